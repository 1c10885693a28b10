"""The block that ends a run."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawler.monitoring.stats import snapshot_of
from newscrawler.monitoring.summary import summary
from newscrawler.monitoring.verdict import Thresholds, Verdict, judge
from tests.unit.test_verdict import stats


def test_the_summary_says_what_was_and_why() -> None:
    counters = stats(
        {"new": 97, "gone": 2, "invalid": 1},
        **{
            "elapsed_time_seconds": 1.64,
            "downloader/request_count": 107,
            "downloader/response_bytes": 12_500_000,
            "newscrawler/discovered_via/feed": 60,
            "newscrawler/discovered_via/listing": 40,
            "newscrawler/invalid/missing_headline": 1,
            "newscrawler/source/newssitemap/lost/status_500": 1,
            "newscrawler/source/newssitemap/lost": 1,
            "newscrawler/output/kept_part": ["articles.jsonl.part"],
        },
    )
    run = snapshot_of(counters)
    text = summary("rt_world", run, judge(run, Thresholds(max_fault_share=0.0)))
    lines = dict(line.strip().split("  ", 1) for line in text.splitlines())
    assert lines == {
        "run": "rt_world, 1.6 s, 107 requests, 12.5 MB",
        "URLs": "100 scheduled (feed 60, listing 40)",
        "outcomes": "new 97, invalid 1, gone 2",
        "invalid": "missing_headline 1",
        "note": "the newssitemap gave no URLs 1 time(s): status_500",
        "output": "articles.jsonl.part (not put in place; the file before it is as it was)",
        "verdict": "bad verdict (exit code 3): 1 of 100 URLs failed, more than 0%",
    }


def test_the_summary_names_what_an_incremental_run_did_besides() -> None:
    counters = stats(
        {"new": 4, "revised": 1},
        **{
            "newscrawler/revisits": 3,
            "newscrawler/scheduled_again": 2,
            "newscrawler/withdrawn": 1,
            "newscrawler/known/not_due": 20,
            "newscrawler/gap/feed": 1,
            "newscrawler/recovered": "put in place data/articles/2026/05/01/x.jsonl",
        },
    )
    run = snapshot_of(counters)
    lines = [" ".join(line.split()) for line in summary("rt_world", run, judge(run, Thresholds())).splitlines()]
    assert "known re-visited 3, tried again 2, withdrawn 1, not due 20" in lines
    assert "note the feed no longer reaches back to the last run; the sitemaps were read for the gap" in lines
    assert "note recovered from a run that was killed: put in place data/articles/2026/05/01/x.jsonl" in lines


@pytest.mark.parametrize(
    ("counters", "line"),
    [
        ({}, "outcomes none"),
        ({"blocked/empty": 2, "blocked/forbidden": 1}, "blocked empty 2, forbidden 1 (responses that block us)"),
        ({"render/pages": 3, "render/clicks": 2}, "rendered 3 pages in a browser, load more clicked 2 time(s)"),
        ({"pages/unproven/lead": 2}, "unproven lead 2"),
        ({"archive/not_html": 2}, "archive not html 2"),
        ({"unknown_layouts/look_at": "2 page(s)"}, "layouts 2 page(s)"),
        ({"output/stored": ["a.jsonl"]}, "output a.jsonl"),
        ({"alarm/notes": ["bad: sent by mailto"]}, "alarm bad: sent by mailto"),
        (
            {"extractor/told": 2, "extractor/untold": 1},
            "known re-extractions separated from edits 2, re-extractions not separated from edits 1",
        ),
        ({"refused/next": "then"}, "note only blocks came; do not come back before then"),
        ({"robots/copy_used": 1}, "note robots.txt can't be had: the copy of an earlier run was obeyed"),
        ({"listing/stopped_at_max_pages": 1}, "note the listing goes on; max_pages ended it"),
        ({"hosts/refused": 4}, "note 4 request(s) to other hosts refused"),
        ({"log_failed": "log file x: the disk is full"}, "note log file x: the disk is full"),
        ({"metrics/failed": "no"}, "note the metrics could not be written: no"),
    ],
)
def test_each_finding_has_its_line(counters: dict[str, Any], line: str) -> None:
    run = snapshot_of({f"newscrawler/{name}": value for name, value in counters.items()})
    lines = [" ".join(one.split()) for one in summary("rt_world", run, Verdict()).splitlines()]
    assert line in lines


def test_a_range_of_days_has_its_line_and_notes() -> None:
    counters = {"first": "2019-12-01", "last": "2019-12-31", "days": 31, "covered": 30, "in_range": 90}
    counters |= {"known_in_range": 10, "considered": 400, "years_without_sitemap": 1, "years_out_of_order": 2}
    run = snapshot_of({f"newscrawler/backfill/{name}": value for name, value in counters.items()})
    text = summary("rt_world", run, Verdict())
    assert (
        "2019-12-01 to 2019-12-31 (UTC): 30 of 31 days have articles; 100 articles in it (10 of them known before); "
        "0 read outside it; 0 not reached; 400 URLs considered; 0 sitemaps read"
    ) in text
    assert "the range was not walked to its end" in text
    assert "names no sitemap for 1 of" in text
    assert "in 2 year(s) ids did not follow" in text


def test_notes_are_said_until_they_are_taken_back() -> None:
    run = snapshot_of(stats() | {"newscrawler/note/contact": "leads nowhere", "newscrawler/note/clock": None})
    notes = [line for line in summary("rt_world", run, judge(run, Thresholds())).splitlines() if "note" in line]
    assert [" ".join(line.split()) for line in notes] == ["note leads nowhere"]

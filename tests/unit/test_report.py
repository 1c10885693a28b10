"""What the report says of runs, gaps and missing URLs, without a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newscrawler.ledger import LEDGER_NAME, DiscoveredLink, Ledger, Run, new_run_id
from newscrawler.outcomes import Outcome
from newscrawler.report.charts import bars, counted, horizontal_bars
from newscrawler.report.figures import Figures
from newscrawler.report.page import FromLedger, page, read_ledger
from newscrawler.report.runs import Gap, RunView, last_ended, last_of_each, view, with_gaps

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def runs(*hours: float, state: str = "good", spider: str = "rt_world") -> list[RunView]:
    """Runs that began so many hours ago, and took a minute."""
    return [
        RunView(
            run_id=str(at),
            spider=spider,
            started_at=NOW - timedelta(hours=ago),
            state=state,
            word="good" if state == "good" else "bad verdict",
            why="0 URLs failed",
            duration=timedelta(minutes=1),
            outcomes={"new": 1},
            lines=1,
            requests=1,
            received=1,
            doubts={"odd_date": 1},
            compared=4,
            agreed=3,
        )
        for at, ago in enumerate(hours)
    ]


def shown(found: Sequence[RunView]) -> str:
    return page(Figures(NOW), FromLedger(runs=list(found)), folder="data", days=30)


@pytest.mark.parametrize(
    ("ago", "state"),
    [
        ((1,), "good"),
        ((23,), "good"),
        ((25,), "old"),
        # Hourly runs: old after three hours.
        ((2, 3, 4, 5), "good"),
        ((4, 5, 6, 7), "old"),
        # Every fifteen minutes: not after a few of them, since half an hour is nothing.
        ((0.4, 0.65, 0.9, 1.15), "good"),
        ((1, 1.25, 1.5, 1.75), "old"),
        # Weekly ones, too, are told of after a day.
        ((30, 200, 370, 540), "old"),
    ],
)
def test_a_good_run_grows_old(ago: tuple[float, ...], state: str) -> None:
    last = last_ended(last_of_each(runs(*ago), NOW))
    assert last is not None
    assert last.state == state


def test_an_old_run_is_not_good_in_green() -> None:
    html = shown(runs(72, 73, 74, 75))
    assert 'class="card verdict old"' in html
    assert "good, but 3 days ago" in html
    assert "the usual time from one to the next was 1 h" in html
    assert "<title>Old" in html
    fresh = shown(runs(1, 2, 3, 4))
    assert 'class="card verdict good"' in fresh
    assert "good, 1 h ago" in fresh
    assert "This is old" not in fresh
    # What was bad stays bad, with its age.
    bad = shown(runs(72, 73, 74, 75, state="bad"))
    assert 'class="card verdict bad"' in bad
    assert "This is old" in bad


def test_a_spider_that_is_left_behind_shows_beside_one_that_runs() -> None:
    html = shown(
        sorted(
            [*runs(1, 2, 3, 4), *runs(9, 10, 11, 12, spider="rt_world_ru")], key=lambda run: -run.started_at.timestamp()
        )
    )
    assert 'class="card verdict good"' in html
    assert "good, old: 8 h ago" not in html
    assert "good, old: 9 h ago" in html


def test_gaps_among_runs_and_after_them() -> None:
    found = with_gaps(runs(10, 11, 12, 30, 31, 32), NOW)
    assert [one.word if isinstance(one, Gap) else "run" for one in found] == [
        *["run"] * 3,
        "no run for 17 h",
        *["run"] * 3,
        "no run for 9 h",
    ]
    assert shown(runs(10, 11, 12, 30, 31, 32)).count('<li class="gap"') == 2
    assert not [one for one in with_gaps(runs(1, 2, 3, 4), NOW) if isinstance(one, Gap)]


def test_days_without_articles_are_named() -> None:
    chart = bars("x", "day", ["1", "2", "3", "4", "5", "6"], [("news", [0, 1, 0, 0, 2, 0])])
    assert chart.note == "None: 3 to 4, 6."
    assert bars("x", "day", ["1", "2"], [("news", [0, 1])]).note == ""


def test_a_bar_that_is_too_small_to_be_seen_has_its_number() -> None:
    svg = horizontal_bars("x", "edition", [("en", 50_000), ("ru", 1)]).svg
    assert "ru 1<" in svg


@pytest.mark.parametrize(("count", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_singular_and_plural(count: int, text: str) -> None:
    assert counted(count, "file") == text


def test_one_of_everything_is_in_the_singular() -> None:
    html = shown([*runs(1)])
    assert "1 request, 1 B: 1 new, 0 revised, 0 unchanged, 0 faults" in html
    assert "The only run so far" in html
    assert "of 4 pages have the feed" in html
    assert "75 %" in html


def test_an_empty_folder_is_one_sentence_and_no_empty_charts() -> None:
    html = shown([])
    assert "There is nothing in this data folder yet" in html
    assert "<figure" not in html
    assert "<nav" not in html


def test_articles_of_several_editions_are_stacked_by_edition() -> None:
    """By section they would be "other" for the most part: each edition has sections of its own."""
    figures = Figures(NOW)
    for number, edition in enumerate(("en", "ru", "ru")):
        times = dict.fromkeys(("published_at", "fetched_at"), NOW.isoformat())
        record = {"edition": edition, "article_id": str(number), "section": "news", "layout": "x", **times}
        figures.add(json.dumps(record).encode())
    html = page(figures, FromLedger(runs=runs(1)), folder="data", days=30)
    assert '<li class="color-0">ru</li><li class="color-1">en</li>' in html


def test_missing_urls_are_listed_from_the_ledger(tmp_path: Path) -> None:
    url = "https://www.rt.com/news/1-a/"
    links = [DiscoveredLink(("en", "1"), url, "feed"), DiscoveredLink(("ru", "2"), "https://russian.rt.com/x", "feed")]
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(NOW), NOW, extractor_version="1")
        ledger.urls.discovered(run, NOW, links)
        assert ledger.urls.count_missing() == {("en", "not_reached"): 1, ("ru", "not_reached"): 1}
        ledger.urls.finished(run, ("en", "1"), Outcome.UNKNOWN_LAYOUT, NOW, "<b>no layout</b>")
        ledger.urls.finished(run, ("ru", "2"), Outcome.NOT_ARTICLE, NOW)
        found = read_ledger(tmp_path, ledger, Figures(NOW))
    assert [(one.key, one.outcome) for one in found.missing] == [(("en", "1"), "unknown_layout")]
    assert found.missing_by_edition == {"en": {"unknown_layout": 1}}
    html = page(Figures(NOW + timedelta(days=9)), found, folder="data", days=30)
    assert "<td>now</td>" in html, "a time in the past is no time at which it will be tried"
    assert f'<a href="{url}" rel="noopener noreferrer">{url}</a>' in html
    assert "unknown layout: <bdi>&lt;b&gt;no layout&lt;/b&gt;</bdi>" in html
    assert "1<small>URL without a record" in html


def test_a_run_s_words_move_no_cursor() -> None:
    """A verdict may quote what a page or a server said."""
    seen = view(Run(1, "20260501T120000Z-abcd", NOW, "1", finished_at=NOW, verdict="half of \x1b[2J\u202efailed"))
    assert seen.why == "half of \\x1b[2J\\u202efailed"
    assert view(Run(1, "x", NOW, "1", command="rt\x1b_world since=1")).spider == "rt\\x1b_world"

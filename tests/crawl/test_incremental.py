"""Runs one after the other into one dataset: what is written, and what is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.pages.article import EXTRACTOR_VERSION
from newscrawler.utils import TEST_CLOCK
from tests.harness import (
    FAST,
    HOUR,
    NOW,
    Data,
    Run,
    addresses_until,
    altered,
    article_requests,
    news,
    run_scrapy,
    site_at,
)
from tests.replica import Server, Site, Story
from tests.replica.heads import Head
from tests.replica.site import Options
from tests.replica.story import Paragraph

Serve = Callable[..., Server]


def good(run: Run) -> Run:
    assert run.code == 0, run.err
    return run


def test_each_article_once_and_then_nothing(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    server = served(site_at(NOW, addresses), validators=True)
    first = good(data.crawl(server))
    assert first.outcomes == {"new": len(news(addresses))}
    data.check_whole(news(addresses))
    assert {(r["revision"], r["revision_of_hash"], r["revision_reason"]) for r in data.records} == {(1, None, None)}
    files = data.files
    del server.requests[:]
    second = good(data.crawl(server, at=NOW + timedelta(minutes=20)))
    assert data.files == files
    assert len(server.requests) <= 5
    assert second.scheduled == 0
    del server.requests[:]
    third = good(data.crawl(server, at=NOW + 3 * HOUR))
    assert data.files == files
    assert article_requests(server)
    assert {request.status for request in server.requests} <= {200, 304}
    assert all(request.status == 304 for request in server.requests if request.path in article_requests(server))
    assert third.outcomes == {"unchanged": len(article_requests(server))}
    assert f"known  re-visited {len(article_requests(server))}" in third.err


def test_an_edit_is_a_revision(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    edited = news(addresses)[1]
    before, after = addresses, altered(addresses, edited.path, edits=(NOW + HOUR,))
    before = altered(before, edited.path, edits=(NOW + HOUR,))
    good(data.crawl(served(site_at(NOW, before))))
    later = good(data.crawl(served(site_at(NOW + 3 * HOUR, after)), at=NOW + 3 * HOUR))
    assert later.outcomes["revised"] == 1
    first, second = data.of(edited)
    assert first["content_hash"] != second["content_hash"]
    assert (second["revision"], second["revision_reason"]) == (2, "content")
    assert second["revision_of_hash"] == first["content_hash"]
    assert second["first_seen_at"] == first["first_seen_at"] < second["fetched_at"]
    assert data.problems() == []


def test_other_metadata_is_a_revision_of_its_own(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    moved = news(addresses)[0]
    assert moved.head is not None
    good(data.crawl(served(site_at(NOW, addresses))))
    earlier = moved.head.published_at - timedelta(minutes=7)
    changed = site_at(NOW + 3 * HOUR, altered(addresses, moved.path, published_at=earlier))
    good(data.crawl(served(changed), at=NOW + 3 * HOUR))
    first, second = data.of(moved)
    assert (second["revision"], second["revision_reason"]) == (2, "metadata")
    assert second["content_hash"] == first["content_hash"] == second["revision_of_hash"]
    assert second["published_at"] == earlier.isoformat()
    assert data.problems() == []


def test_another_extractor_with_the_same_result_writes_nothing(data: Data, served: Serve) -> None:
    server = served(site_at(NOW, addresses_until(NOW)), validators=True)
    good(data.crawl(server))
    files = data.files
    newer: dict[str, Any] = {TEST_CLOCK: "tests.crawl.newer_extractor.now", "EXTRACTOR": "99"}
    for hours, status in ((3, 200), (6, 304)):
        del server.requests[:]
        good(data.crawl(server, at=NOW + hours * HOUR, **newer))
        asked = article_requests(server)
        # The first time no request is conditional: a 304 would hide a repair.
        assert {request.status for request in server.requests if request.path in asked} == {status}
        assert data.files == files


def test_what_another_extractor_finds_is_no_edit(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    changed = news(addresses)[1]
    good(data.crawl(served(site_at(NOW, altered(addresses, changed.path, edits=(NOW + HOUR,))))))
    server = served(site_at(NOW + 3 * HOUR, altered(addresses, changed.path, edits=(NOW + HOUR,))))
    newer: dict[str, Any] = {TEST_CLOCK: "tests.crawl.newer_extractor.now", "EXTRACTOR": "99"}
    run = good(data.crawl(server, at=NOW + 3 * HOUR, **newer))
    assert "re-extractions not separated from edits 1" in run.err  # no page was kept
    first, second = data.of(changed)
    assert (first["extractor_version"], second["extractor_version"]) == (EXTRACTOR_VERSION, "99")
    assert second["revision_reason"] == "extractor"
    assert data.problems() == []


def test_a_page_that_breaks_is_no_revision(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    broken, empty = news(addresses)[:2]
    good(data.crawl(served(site_at(NOW, addresses))))
    files = data.files
    worse = altered(altered(addresses, broken.path, kind="no_body"), empty.path, kind="unknown_layout")
    lenient = {"NEWSCRAWLER_VERDICT": '{"max_fault_share": 1}'}
    run = good(data.crawl(served(site_at(NOW + 3 * HOUR, worse)), at=NOW + 3 * HOUR, settings=lenient))
    assert (run.outcomes["invalid"], run.outcomes["unknown_layout"]) == (1, 1)
    assert data.files == files
    assert data.problems() == []


def test_withdrawn_and_back(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    gone = news(addresses)[2]
    there = site_at(NOW, addresses)
    away = served(site_at(NOW, altered(addresses, gone.path, kind="gone")))
    good(data.crawl(served(there)))
    for hours in (3, 5):
        good(data.crawl(away, at=NOW + hours * HOUR))
        assert len(data.of(gone)) == 1
    day_later = good(data.crawl(away, at=NOW + 28 * HOUR))
    assert "withdrawn 1" in day_later.err
    first, withdrawn = data.of(gone)
    assert (withdrawn["status"], withdrawn["revision"], withdrawn["revision_reason"]) == ("withdrawn", 2, "metadata")
    assert withdrawn["text"] == first["text"]
    assert withdrawn["fetched_at"] > first["fetched_at"]
    good(data.crawl(away, at=NOW + 54 * HOUR))
    assert len(data.of(gone)) == 2
    good(data.crawl(served(there), at=NOW + 80 * HOUR))
    *_, back = data.of(gone)
    assert (back["status"], back["revision"], back["revision_reason"]) == ("published", 3, "metadata")
    assert len(data.of(gone)) == 3
    assert data.problems() == []


class Echoes(Site):
    """A site on which the newest stories print an older one again, with a paragraph of their own."""

    @classmethod
    def of(cls, articles: int) -> Echoes:
        addresses = addresses_until(NOW, articles)
        site = cls(addresses, lambda: NOW, Options())
        newest = [address.head for address in news(addresses) if address.head]
        site.original, site.echoes = newest[4], newest[:4:2]
        return site

    original: Head
    echoes: list[Head]

    def story_of(self, head: Head) -> Story:
        story = super().story_of(head)
        if head not in self.echoes:
            return story
        original = super().story_of(self.original)
        own = next(block for block in story.blocks if isinstance(block, Paragraph))
        prose = tuple(block for block in original.blocks if isinstance(block, Paragraph)) * 2
        return replace(story, lead=original.lead, blocks=(*prose, own))


class LongEchoes(Echoes):
    """As Echoes, the original printed twice over, so that one paragraph more counts for little."""

    def story_of(self, head: Head) -> Story:
        story = super().story_of(head)
        if head != self.original:
            return story
        prose = tuple(block for block in story.blocks if isinstance(block, Paragraph)) * 2
        return replace(story, blocks=prose)


def marks(data: Data) -> dict[str, tuple[str | None, float | None]]:
    return {r["article_id"]: (r["near_duplicate_of"], r["near_duplicate_similarity"]) for r in data.records}


def test_marks_name_what_is_in_the_dataset_and_latest_makes_them_anew(tmp_path: Path, served: Serve) -> None:
    """A mark is made when its line is written; those of `dataset latest` do not depend on the order of that."""
    site = LongEchoes.of(30)
    server = served(site, latency=0.01)
    echoes = {head.id for head in site.echoes}
    alike = {site.original.id, *echoes}
    latest = []
    for concurrency in ("1", "16"):
        data = Data(tmp_path / concurrency)
        data.folder.mkdir()
        names = ("CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN")
        good(data.crawl(server, settings=dict.fromkeys(names, concurrency)))
        written: list[str] = []
        for record in data.records:
            of = record["near_duplicate_of"]
            assert of is None or of in written
            assert of is None or record["article_id"] in alike
            assert of is not None or record["article_id"] not in echoes or site.original.id not in written
            assert of is None or 0.5 < record["near_duplicate_similarity"] < 1
            written.append(record["article_id"])
        assert data.problems() == []
        file = tmp_path / f"{concurrency}.jsonl"
        done = run_scrapy(data.folder, ["dataset", "latest", "-o", str(file), "--data", str(data.path)])
        assert done.code == 0, done.err
        lines = map(json.loads, file.read_text("utf-8").splitlines())
        latest.append({record["article_id"]: record["near_duplicate_of"] for record in lines})
    assert latest[0] == latest[1]
    assert {article_id: of for article_id, of in latest[0].items() if of} == {
        head.id: site.original.id for head in site.echoes
    }


def test_near_duplicates_that_are_not_looked_for(data: Data, served: Serve) -> None:
    site = LongEchoes.of(30)
    good(data.crawl(served(site), settings={"NEWSCRAWLER_NEAR_DUPLICATE_DAYS": "0"}))
    assert not any(of for of, _ in marks(data).values())
    assert {head.id for head in site.echoes} <= set(marks(data))
    assert data.problems() == []


def test_an_output_file_beside_the_dataset_has_the_same_marks(data: Data, served: Serve) -> None:
    server = served(LongEchoes.of(30))
    done = good(data.crawl(server, "-O", "articles.jsonl", settings={"NEWSCRAWLER_MODE": "incremental"}))
    lines = (data.folder / "articles.jsonl").read_text("utf-8").splitlines()
    assert sorted(map(json.loads, lines), key=str) == sorted(data.records, key=str)
    assert done.outcomes["new"] == len(lines)
    assert any(of for of, _ in marks(data).values())
    assert data.problems() == []


def test_the_ledger_has_the_verdict_and_the_figures_of_the_summary(data: Data, served: Serve) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    found = data.crawl(server)
    with Ledger.open(data.path / LEDGER_NAME, read_only=True) as ledger:
        [run] = ledger.runs.last(1)
    assert run.figures is not None
    assert found.err.splitlines()[-1].endswith(f"(exit code {run.exit_code}): {run.verdict}")
    assert run.command == "rt_world"
    assert {name: count for name, count in run.figures.outcomes.items() if count} == found.outcomes
    assert (run.figures.lines, run.figures.new) == (len(data.records), len(data.records))
    assert run.figures.line_bytes == sum(path.stat().st_size for path in data.files)
    assert run.figures.records == run.figures.fields["headline"] == len(data.records)
    assert run.figures.fields["lead"] == sum(record["lead"] is not None for record in data.records)
    assert set(run.figures.named) == {"listing", "feed", "newssitemap"}
    good(data.crawl(server, "-a", "max_pages=2", at=NOW + HOUR))
    with Ledger.open(data.path / LEDGER_NAME, read_only=True) as ledger:
        assert ledger.runs.last(1)[0].command == "rt_world max_pages=2"


def test_a_script_s_crawl_is_judged_and_written_down(data: Data, served: Serve) -> None:
    """As scrapyd and CrawlerProcess start it: without the crawl command."""
    server = served(site_at(NOW, addresses_until(NOW)))
    script = (
        "import json, sys\n"
        "from scrapy.crawler import AsyncCrawlerProcess\n"
        "from scrapy.utils.project import get_project_settings\n"
        "settings = get_project_settings()\n"
        "settings.update(json.loads(sys.argv[1]))\n"
        "process = AsyncCrawlerProcess(settings)\n"
        "process.crawl('rt_world')\n"
        "process.start()\n"
    )
    options = {**FAST, "NEWSCRAWLER_MIRRORS": {"www.rt.com": server.url}}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", script, json.dumps(options)],
        cwd=data.folder,
        env=data.environment(NOW),
        check=True,
        capture_output=True,
        timeout=60,
    )
    with Ledger.open(data.path / LEDGER_NAME, read_only=True) as ledger:
        [run] = ledger.runs.last(1)
    assert run.exit_code == 0
    assert run.figures is not None
    assert run.figures.new == len(data.records) > 5

"""Counters: what the named methods count is what the snapshot says, and Scrapy sees the same names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from newscrawler.monitoring.stats import COVERED, RunFigures, RunStats, snapshot_of, stats_of
from newscrawler.outcomes import FAULTS, BlockReason, Outcome


@pytest.fixture
def collector() -> MemoryStatsCollector:
    return MemoryStatsCollector(Crawler(Spider, Settings()))


@pytest.fixture
def stats(collector: MemoryStatsCollector) -> RunStats:
    return RunStats(collector)


def test_nothing_counted_is_nothing_said(stats: RunStats) -> None:
    run = stats.snapshot()
    assert run.figures == RunFigures(outcomes={str(outcome): 0 for outcome in Outcome})
    assert run.backfill is None
    assert not run.output_failed
    assert run.finish_reason is None


def test_a_url_from_its_plan_to_its_outcome(stats: RunStats, collector: MemoryStatsCollector) -> None:
    stats.scheduled("feed", again=False)
    stats.scheduled("sitemap", again=True)
    stats.scheduled("feed", again=True)
    stats.finished(Outcome.NEW, again=False)
    stats.finished(Outcome.UNKNOWN_LAYOUT, again=True)
    stats.finished(Outcome.GONE, again=True)
    run = stats.snapshot()
    assert dict(run.discovered_via) == {"feed": 2, "sitemap": 1}
    figures = run.figures
    assert (figures.scheduled, figures.scheduled_again, figures.failed_again, figures.unknown_again) == (3, 2, 1, 1)
    assert (figures.new, figures.reached, figures.tried) == (1, 3, 1)
    assert (figures.all_faults, figures.faults, figures.unknown_layouts) == (1, 0, 0)
    # Names that logs and dashboards know.
    assert collector.get_value("newscrawler/scheduled") == 3
    assert collector.get_value("newscrawler/outcome/new") == 1
    assert collector.get_value("newscrawler/failed_again/unknown_layout") == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_fault_fails_again(stats: RunStats, outcome: Outcome) -> None:
    stats.finished(outcome, again=True)
    assert stats.snapshot().figures.failed_again == (outcome in FAULTS)


def test_what_records_lack(stats: RunStats) -> None:
    stats.record((), is_op_ed=False)
    stats.record(("lead", "authors", "words"), is_op_ed=False)
    stats.record(("authors",), is_op_ed=True)
    stats.record((), is_op_ed=True)
    figures = stats.snapshot().figures
    assert (figures.records, figures.op_eds) == (4, 2)
    assert dict(figures.fields) == {
        **dict.fromkeys(COVERED, 4),
        "lead": 3,
        "words": 3,
        "authors": 2,
        "op_ed_authors": 1,
    }


def test_sources(stats: RunStats) -> None:
    stats.source_page("feed")
    stats.link_named("feed")
    stats.link_named("feed")
    stats.link("found")
    stats.link("not_article")
    stats.source_unchanged("listing")
    stats.source_failed("newssitemap", "status_500")
    stats.source_failed("newssitemap", "broken")
    run = stats.snapshot()
    assert dict(run.figures.named) == {"feed": 2}
    assert run.figures.unchanged == ("listing",)
    assert dict(run.figures.lost) == {"newssitemap": "broken, status_500"}
    assert run.sources_failed == {"newssitemap": {"broken": 1, "status_500": 1}}
    assert run.figures.discovered == 1
    assert run.any_source_unchanged


def test_the_first_failure_of_the_output_is_kept(stats: RunStats) -> None:
    stats.output_failed("the disk is full")
    stats.output_failed("and more")
    assert stats.snapshot().output_failed == "the disk is full"


def test_a_failed_feed_of_scrapy_is_a_failed_output() -> None:
    assert snapshot_of({"feedexport/failed_count/FileFeedStorage": 1}).output_failed


def test_files_are_listed(stats: RunStats) -> None:
    stats.output_stored("a.jsonl")
    stats.output_stored("b.jsonl")
    stats.output_part(Path("c.jsonl.part"))
    run = stats.snapshot()
    assert (run.stored, run.parts) == (("a.jsonl", "b.jsonl"), ("c.jsonl.part",))


def test_the_site_may_be_asked_again(stats: RunStats) -> None:
    stats.next_visit("then")
    assert stats.snapshot().next_visit == "then"
    stats.next_visit(None)
    assert stats.snapshot().next_visit is None


def test_a_backfill(stats: RunStats) -> None:
    stats.backfill_range(date(2019, 12, 1), date(2019, 12, 31), 31)
    stats.backfill("considered", 40)
    stats.backfill("in_range")
    stats.backfill_days_covered(1)
    stats.source_page("sitemap")
    stats.source_failed("sitemap", "broken")
    found = stats.snapshot().backfill
    assert found is not None
    assert (found.first, found.days, found.considered, found.found, found.covered) == ("2019-12-01", 31, 40, 1, 1)
    assert (found.sitemaps, found.sitemaps_failed, found.complete) == (1, 1, False)
    stats.backfill_complete()
    complete = stats.snapshot().backfill
    assert complete is not None
    assert complete.complete


def test_counters_are_the_crawler_s() -> None:
    crawler = Crawler(Spider, Settings())
    crawler.stats = MemoryStatsCollector(crawler)
    stats_of(crawler).blocked(BlockReason.FORBIDDEN)
    assert crawler.stats.get_value("newscrawler/blocked/forbidden") == 1

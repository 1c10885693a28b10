"""What a range of days reads: which sources, and which of the URLs that a sitemap names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from scrapy.utils.test import get_crawler

from newscrawler.base_spiders.backfill import Backfill, Candidates
from newscrawler.editions import ENGLISH
from newscrawler.pages.feeds import SitemapEntry
from newscrawler.spiders.rt_world import RtWorld
from newscrawler.utils import DateRange

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run at noon that knows nothing yet."""
    run = SimpleNamespace(now=lambda: NOW, known_dates=lambda: [])
    monkeypatch.setattr("newscrawler.base_spiders.article.run_of", lambda crawler: run)
    monkeypatch.setattr("newscrawler.utils.utc_now", lambda: NOW)


@pytest.mark.parametrize(("until", "newest_too"), [(19, True), (18, True), (17, True), (16, False), (1, False)])
def test_the_newest_sources_are_read_where_sitemaps_may_not_have_the_last_days_yet(
    monkeypatch: pytest.MonkeyPatch, until: int, newest_too: bool
) -> None:
    async def none(self: Backfill) -> AsyncIterator[object]:
        nothing: list[object] = []
        for request in nothing:
            yield request

    monkeypatch.setattr(Backfill, "requests", none)
    spider = RtWorld.from_crawler(get_crawler(RtWorld), since="2026-05-01", until=f"2026-05-{until:02}")

    async def urls() -> list[str]:
        return [request.url async for request in spider.start()]

    assert ("https://www.rt.com/rss/news/" in asyncio.run(urls())) == newest_too


def test_what_was_last_changed_before_the_range_is_not_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a day's margin: nobody knows the zone of a time without one."""
    days = DateRange(date(2026, 3, 10), date(2026, 3, 12))
    hours = {640001: None, 640002: 24, 640003: 1, 640004: -23, 640005: -25, 640006: -24 * 40}

    async def rows(url: str) -> AsyncIterator[SitemapEntry]:
        for number, after in hours.items():
            lastmod = None if after is None else days.start + timedelta(hours=after)
            yield SitemapEntry(f"https://www.rt.com/news/{number}-a-story/", lastmod, is_sitemap=False)

    crawler = get_crawler(RtWorld)
    spider = SimpleNamespace(
        run=SimpleNamespace(known_dates=lambda: []), crawler=crawler, edition=ENGLISH, sitemap_rows=rows
    )
    backfill = Backfill(spider, days, ("news",))  # type: ignore[arg-type]
    found = Candidates(2026, ENGLISH, ("news",))
    asyncio.run(backfill._read("https://www.rt.com/sitemap_2026.xml", found))
    assert found.numbers == [640001, 640002, 640003, 640004]

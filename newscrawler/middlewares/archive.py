"""Hands the captures of an archive to the crawl one by one, in their order of time.

One at a time: an article's next capture is compared with the last one, whose record must be decided on first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from scrapy import signals as scrapy_signals
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from newscrawler.base_spiders.archive import ArchiveSpider
from newscrawler.monitoring.stats import stats_of
from newscrawler.run import article_of, run_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class ArchiveMiddleware(BaseSpiderMiddleware):
    """Replaces PlanningMiddleware when reading archives."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = run_of(crawler)
        self._stats = stats_of(crawler)
        crawler.signals.connect(self._spider_closed, scrapy_signals.spider_closed)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Called by Scrapy with the spider's requests."""
        async for request in start:
            ref = article_of(request)
            assert ref is not None
            self._stats.link("found")
            if self._run.track_capture(ref):
                yield request
                await self._run.wait_until_idle()

    def _spider_closed(self, spider: ArchiveSpider) -> None:
        self._stats.archive_read(spider.counts)

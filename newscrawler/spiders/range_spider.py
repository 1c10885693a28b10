"""Finding addresses of articles of a range of days, beside what discovery.py finds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from newscrawler.pages.feeds import BrokenFeed
from newscrawler.pages.sitemap import SitemapEntry, read_sitemap
from newscrawler.spiders.coverage import Memory, NoMemory
from newscrawler.spiders.discovery import DiscoverySpider
from newscrawler.spiders.range_walk import RangeWalk
from newscrawler.timeline import DateRange

#: The newest articles may not be in the sitemaps yet: a range that ends later than this long ago is also looked
#: for in the other sources.
_SITEMAPS_LAG = timedelta(days=3)
#: Rows of a sitemap that are read before others have their turn.
_ROWS_AT_ONCE = 200


class RangeSpider(DiscoverySpider):
    """Walks the yearly sitemaps when a range of days is wanted."""

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name, **given)
        #: Days of publication that are wanted; None for all.
        self.days: DateRange | None = None
        #: What earlier runs know; the schedule middleware puts the ledger here.
        self.memory: Memory = NoMemory()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Called by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.arguments.is_range:
            spider.days = spider.arguments.date_range(spider._now())
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """What discovery names, or a range of days."""
        if self.days is None or self.days.end > self._now() - _SITEMAPS_LAG:
            async for request in super().start():
                yield request
        if self.days is not None:
            margin = self.settings.getint("NEWSCRAWLER_RANGE_MARGIN")
            async for request in RangeWalk(self, self.days, margin).requests():
                yield request

    async def sitemap_rows(self, url: str) -> AsyncIterator[SitemapEntry]:
        """Fetch a sitemap or an index of them, and read it row by row; one that can't be read is named and empty."""
        for request in self._named_source("sitemap", url, NO_CALLBACK):
            async for row in self._rows_of(request):
                yield row

    async def _rows_of(self, request: Request) -> AsyncIterator[SitemapEntry]:
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception:
            failure = Failure()  # type: ignore[no-untyped-call]
            failure.request = request  # type: ignore[attr-defined]
            self.source_failed(failure)
            return
        if not self._source_is_good(response, "sitemap"):
            return
        try:
            for number, row in enumerate(read_sitemap(response)):
                if number % _ROWS_AT_ONCE == 0:
                    await asyncio.sleep(0)
                self._count("discovery/sitemap/named")
                yield row
        except BrokenFeed as error:
            self._source_lost("sitemap", request.url, str(error), "broken")

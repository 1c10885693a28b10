"""Hands captures of stored pages to the crawl one by one, in their order, and books them as scheduled.

One at a time: a story's next capture is compared with the last, so that one's record must be decided on first, and
each address has one outcome open at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from scrapy import signals as scrapy_signals
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from newscrawler import signals
from newscrawler.archive import Capture
from newscrawler.editions import article_url
from newscrawler.ledger import Key, LedgerError
from newscrawler.monitoring.stats import stats_of
from newscrawler.run.incremental import IncrementalRun

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class CapturesMiddleware(BaseSpiderMiddleware):
    """Stands where ScheduleMiddleware stands in a live crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = crawler.get_extension(IncrementalRun)
        self._through = asyncio.Event()
        #: Articles that have no outcome yet: their record is decided on and held.
        self._held: set[Key] = set()
        self._series = ""
        connect = crawler.signals.connect
        connect(self._item_scraped, scrapy_signals.item_scraped)
        connect(self._address_finished, signals.address_finished)
        connect(self._spider_closed, scrapy_signals.spider_closed)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Called by Scrapy with the spider's requests."""
        async for request in start:
            capture: Capture = request.meta["capture"]
            stats_of(self.crawler).link("found")
            self._make_way(capture)
            if not self._is_wanted(capture):
                continue
            self._tell(signals.address_scheduled, address=request.cb_kwargs["address"], via="warc", again=False)
            self._through.clear()
            yield request
            await self._through.wait()

    def _is_wanted(self, capture: Capture) -> bool:
        if self._run is None:
            return True
        try:
            wanted = self._run.is_open and self._run.note_capture(capture.address.key, capture.address.url, capture.at)
        except LedgerError as error:
            self._run.fail(error)
            return False
        if wanted:
            self._held.add(capture.address.key)
        else:
            stats_of(self.crawler).not_planned("taken_down")
        return wanted

    def _make_way(self, capture: Capture) -> None:
        """Have what is held written: before another capture of a held article, and where a series of files ends.

        A live run writes what it holds at its end. With its files being one series, near-duplicate marks come out
        as they were.
        """
        key, series = capture.address.key, capture.place.path.name.rpartition("-")[0]
        if key in self._held or series != self._series:
            self._tell(signals.write_held)
        self._series = series

    def _spider_closed(self, spider: Any) -> None:
        stats_of(self.crawler).archive_read(spider.counts)

    def _item_scraped(self) -> None:
        self._through.set()

    def _address_finished(self, address: str) -> None:
        parsed = article_url(address)
        assert parsed is not None
        self._held.discard(parsed.key)
        self._through.set()

    def _tell(self, signal: object, **arguments: object) -> None:
        self.crawler.signals.send_catch_log(signal, spider=self.crawler.spider, **arguments)

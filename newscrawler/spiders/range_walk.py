"""A range of days, found in the yearly sitemaps: which of their addresses are fetched, and in which order.

A sitemap has no dates of publication. Ids grow with time, nearly; so, year by year: the pages around the range's
two ends are found by asking a few for their date, then all between is fetched, then what lies outside on both
sides until a row of pages is out of the range. docs/history.md tells what that can miss.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy import signals as scrapy_signals

from newscrawler.spiders.candidates import Candidates
from newscrawler.spiders.coverage import Coverage
from newscrawler.timeline import SEED, BoundarySearch, DateRange, Timeline, is_in_order

if TYPE_CHECKING:
    from newscrawler.spiders.range_spider import RangeSpider

logger = logging.getLogger(__name__)

#: A sitemap's time of change may lie this much before the publication that it speaks of.
_LASTMOD_MARGIN = timedelta(days=1)
#: Sitemaps that name sitemaps: the index, the years, their parts.
_MOST_LEVELS = 3
#: Articles to both sides of one whose date is wanted, of which one may be known already.
_NEAR = 40


class RangeWalk:
    """The requests of a range, one after the other, as fast as the downloader takes them."""

    def __init__(self, spider: RangeSpider, days: DateRange, margin: int) -> None:
        self._spider = spider
        self._days = days
        self._margin = margin
        self._timeline = Timeline([*SEED, *spider.memory.sample(spider.edition.code)])
        self._coverage = Coverage(spider.crawler, days, spider.memory)

    async def requests(self) -> AsyncIterator[Request]:
        """The articles' requests. The sitemaps are fetched on the way."""
        async for year, urls in self._years():
            candidates = Candidates(year, self._spider.arguments.section)
            for url in urls:
                await self._read(url, candidates)
            async for request in self._walk(candidates):
                yield request
                if self._coverage.is_enough:
                    return
        self._coverage.complete()

    # --- sitemaps ---

    async def _years(self) -> AsyncIterator[tuple[int, list[str]]]:
        """The years of the range, with the addresses of their sitemaps, the oldest first."""
        site = f"https://{self._spider.edition.host}"
        found: dict[int, list[str]] = {}
        async for entry in self._spider.sitemap_rows(f"{site}/sitemap.xml"):
            if entry.is_sitemap and entry.year is not None:
                found.setdefault(entry.year, []).append(entry.url)
        wanted = self._days.years()
        if not found:
            # Without the index the years' own names are tried: they have not changed since 2015.
            found = {year: [f"{site}/sitemap_{year}.xml"] for year in wanted}
        for year in wanted:
            if year in found:
                yield year, found[year]
            else:
                self._coverage.count("years_without_sitemap")

    async def _read(self, url: str, candidates: Candidates, level: int = 1) -> None:
        """Take up the addresses of a year's sitemap, or of those that it names."""
        deeper = []
        oldest_change = self._days.start - _LASTMOD_MARGIN
        async for entry in self._spider.sitemap_rows(url):
            if entry.is_sitemap:
                deeper.append(entry.url)
            elif candidates.wants(entry.url):
                self._coverage.found()
                if entry.changed_at is not None and entry.changed_at < oldest_change:
                    self._coverage.count("changed_before")
                else:
                    candidates.add(entry.url)
        for part in deeper if level < _MOST_LEVELS else ():
            await self._read(part, candidates, level + 1)

    # --- articles ---

    async def _walk(self, candidates: Candidates) -> AsyncIterator[Request]:
        """The requests for a year's articles."""
        self._coverage.consider(len(candidates))
        # Nothing says in which order these are in time.
        async for request in self._fetch(candidates, candidates.unordered):
            yield request
        if not self._days.holds_year(candidates.year):
            async for request in self._part(candidates):
                yield request
            if is_in_order(self._coverage.dates_of(candidates)):
                return
            logger.warning("%d: ids do not follow publication; the whole year is read", candidates.year)
            self._coverage.count("years_out_of_order")
        async for request in self._fetch(candidates, candidates.numbers):
            yield request

    async def _part(self, candidates: Candidates) -> AsyncIterator[Request]:
        """Those of a year of which a part is wanted."""
        numbers, ends = candidates.numbers, []
        for moment in (self._days.start, self._days.end):
            search = BoundarySearch(numbers, moment, self._timeline)
            async for request in self._search(candidates, search):
                yield request
            ends.append(search)
        low, high = sorted((ends[0].low + 1, ends[1].high))
        async for request in self._fetch(candidates, numbers[low:high]):
            yield request
        for outwards in (reversed(numbers[:low]), iter(numbers[high:])):
            async for request in self._beyond(candidates, outwards):
                yield request
        await self._coverage.settled()

    async def _search(self, candidates: Candidates, search: BoundarySearch) -> AsyncIterator[Request]:
        while (index := search.next()) is not None:
            index = self._known_near(candidates, index, search)
            number = candidates.numbers[index]
            async for request in self._fetch(candidates, [number]):
                self._coverage.count("probes")
                yield request
            await self._coverage.settled()
            search.tell(index, self._coverage.date_of(candidates.url(number)))

    def _known_near(self, candidates: Candidates, index: int, search: BoundarySearch) -> int:
        """An article nearby whose date is known already, or else the one at that index."""
        low, high = max(search.low + 1, index - _NEAR), min(search.high, index + _NEAR)
        for near in sorted(range(low, high), key=lambda other: abs(other - index)):
            if self._coverage.date_of(candidates.url(candidates.numbers[near])) is not None:
                return near
        return index

    async def _beyond(self, candidates: Candidates, numbers: Iterator[int]) -> AsyncIterator[Request]:
        """What lies beyond an end of the range, outwards, until enough in a row are out of it.

        An article in the range beyond others that are not asks for twice as many as had to be passed for it.
        """
        enough, row = self._margin, 0
        while batch := list(islice(numbers, max(enough - row, 0))):
            async for request in self._fetch(candidates, batch):
                yield request
            await self._coverage.settled()
            dates = [self._coverage.date_of(candidates.url(number)) for number in batch]
            if not any(dates):
                return
            for moment in dates:
                if moment is not None and self._days.holds(moment):
                    enough, row = max(enough, 2 * row), 0
                    self._coverage.count("beyond")
                elif moment is not None:
                    row += 1

    async def _fetch(self, candidates: Candidates, numbers: Iterable[int | str]) -> AsyncIterator[Request]:
        """Requests for those that were not asked for, when the downloader has room for them."""
        engine = self._spider.crawler.engine
        assert engine is not None
        for number in numbers:
            url = candidates.take(number)
            if url is None:
                continue
            if engine.needs_backout():
                await self._spider.crawler.signals.wait_for(scrapy_signals.scheduler_empty)
            self._coverage.named(url)
            yield self._spider.article_request(url, "sitemap")
            if self._coverage.was_known(url):
                await asyncio.sleep(0)

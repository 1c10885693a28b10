"""Backfill: the articles of a range of days, found in the yearly sitemaps.

A sitemap has no dates of publication. Ids grow with time, nearly; so, year by year: the pages around the range's
two ends are found by asking a few for their date, then all between is fetched, then what lies outside on both
sides until a row of pages is out of the range. docs/use/history.md lists what that can miss.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy import signals as scrapy_signals

from newscrawler.base_spiders.timeline import BoundarySearch, Timeline, is_in_order
from newscrawler.editions import Edition, article_url
from newscrawler.items import Source
from newscrawler.monitoring.stats import stats_of
from newscrawler.run import article_ref
from newscrawler.utils import DateRange

if TYPE_CHECKING:
    from newscrawler.base_spiders.discovery import DiscoverySpider

logger = logging.getLogger(__name__)

#: Pages in a row out of the range that end the search for more beyond each of its ends.
_MARGIN = 20
#: A sitemap's lastmod may lie this much before the publication that it speaks of.
_LASTMOD_MARGIN = timedelta(days=1)
#: Sitemaps that name sitemaps: the index, the years, their parts.
_MAX_LEVELS = 3
#: Articles to both sides of one whose date is wanted, of which one may be known already.
_NEAR = 40


class Candidates:
    """The URLs of one year's sitemaps that may be of a range: an article once, in order of id.

    Ids that are in order of time are numbers, all others text.
    """

    def __init__(self, year: int, edition: Edition, sections: tuple[str, ...]) -> None:
        self.year = year
        self._edition = edition
        self._rank = {section: rank for rank, section in enumerate(sections)}
        self._urls: dict[int | str, str] = {}
        self._taken: set[int | str] = set()

    def wants(self, url: str) -> bool:
        """Whether a URL is that of an article of the sections."""
        found = article_url(url)
        return found is not None and found.edition is self._edition and found.section in self._rank

    def add(self, url: str) -> None:
        """Take up a URL that is wanted; of two of one article the one of the section that was named first."""
        found = article_url(url)
        assert found is not None
        ordered = found.article_id.isdigit() and int(found.article_id) >= self._edition.first_ordered_id
        number: int | str = int(found.article_id) if ordered else found.article_id
        known = article_url(self._urls.get(number, ""))
        if known is None or self._rank[found.section] < self._rank[known.section]:
            self._urls[number] = found.url_today

    def __len__(self) -> int:
        return len(self._urls)

    def urls(self) -> Iterator[tuple[int | str, str]]:
        yield from self._urls.items()

    def url(self, number: int | str) -> str:
        return self._urls[number]

    def take(self, number: int | str) -> str | None:
        """The URL of an id, the first time that it is asked for; after that None."""
        if number in self._taken:
            return None
        self._taken.add(number)
        return self._urls[number]

    @cached_property
    def numbers(self) -> list[int]:
        """Ids in order of time, ascending. To be read when all URLs are in."""
        return sorted(number for number in self._urls if isinstance(number, int))

    @cached_property
    def unordered(self) -> list[str]:
        """Ids that say nothing about time: those of 2013, and of articles numbered anew."""
        return sorted(number for number in self._urls if isinstance(number, str))


class Backfill:
    """The requests of a range, one after the other, as fast as the downloader takes them."""

    def __init__(self, spider: DiscoverySpider, days: DateRange, sections: tuple[str, ...]) -> None:
        self._spider = spider
        self._run = spider.run
        self._days = days
        self._sections = sections
        self._stats = stats_of(spider.crawler)
        self._timeline = Timeline([*spider.edition.id_dates, *self._run.known_dates()])
        self._dates: dict[str, datetime] = {}
        self._covered: set[date] = set()
        self._stats.backfill_range(days.first, days.last, days.days)

    async def requests(self) -> AsyncIterator[Request]:
        """The articles' requests, planned already. The sitemaps are fetched on the way."""
        async for year, urls in self._years():
            candidates = Candidates(year, self._spider.edition, self._sections)
            for url in urls:
                await self._read(url, candidates)
            async for request in self._walk(candidates):
                yield request
                if self._run.is_enough:
                    return
        self._stats.backfill_complete()

    def dated(self, url: str, published_at: datetime) -> None:
        """A page of this run says when it was published."""
        self._dates[url] = published_at
        if self._days.contains(published_at):
            self._stats.backfill("in_range")
            self._cover(published_at)

    async def _years(self) -> AsyncIterator[tuple[int, list[str]]]:
        """The years of the range, with the URLs of their sitemaps, the oldest first."""
        site = f"https://{self._spider.edition.host}"
        found: dict[int, list[str]] = {}
        async for entry in self._spider.sitemap_rows(f"{site}{self._spider.edition.sitemap}"):
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
                self._stats.backfill("years_without_sitemap")

    async def _read(self, url: str, candidates: Candidates, level: int = 1) -> None:
        """Take up the URLs of a year's sitemap, or of those that it names."""
        deeper = []
        oldest_change = self._days.start - _LASTMOD_MARGIN
        async for entry in self._spider.sitemap_rows(url):
            if entry.is_sitemap:
                deeper.append(entry.url)
            elif candidates.wants(entry.url):
                self._stats.link("found")
                # Anything last changed before the range was published before it.
                if entry.lastmod is not None and entry.lastmod < oldest_change:
                    self._stats.backfill("changed_before")
                else:
                    candidates.add(entry.url)
        for part in deeper if level < _MAX_LEVELS else ():
            await self._read(part, candidates, level + 1)

    async def _walk(self, candidates: Candidates) -> AsyncIterator[Request]:
        """The requests for a year's articles."""
        self._stats.backfill("considered", len(candidates))
        self._dates.clear()
        # Nothing says in which order these are in time.
        async for request in self._fetch(candidates, candidates.unordered):
            yield request
        if not self._days.covers_year(candidates.year):
            async for request in self._part(candidates):
                yield request
            if is_in_order(self._dates_of(candidates)):
                return
            logger.warning("%d: ids do not follow publication; the whole year is read", candidates.year)
            self._stats.backfill("years_out_of_order")
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
        await self._run.wait_until_idle()

    async def _search(self, candidates: Candidates, search: BoundarySearch) -> AsyncIterator[Request]:
        while (index := search.next()) is not None:
            index = self._known_near(candidates, index, search)
            number = candidates.numbers[index]
            async for request in self._fetch(candidates, [number]):
                self._stats.backfill("probes")
                yield request
            await self._run.wait_until_idle()
            search.record(index, self._date_of(candidates.url(number)))

    def _known_near(self, candidates: Candidates, index: int, search: BoundarySearch) -> int:
        """An article nearby whose date is known already, or else the one at that index."""
        low, high = max(search.low + 1, index - _NEAR), min(search.high, index + _NEAR)
        for near in sorted(range(low, high), key=lambda other: abs(other - index)):
            if self._date_of(candidates.url(candidates.numbers[near])) is not None:
                return near
        return index

    async def _beyond(self, candidates: Candidates, numbers: Iterator[int]) -> AsyncIterator[Request]:
        """What lies beyond an end of the range, outwards, until enough in a row are out of it.

        Each article that is found beyond doubles the gap that is still tolerated.
        """
        enough, row = _MARGIN, 0
        while batch := list(islice(numbers, max(enough - row, 0))):
            async for request in self._fetch(candidates, batch):
                yield request
            await self._run.wait_until_idle()
            dates = [self._date_of(candidates.url(number)) for number in batch]
            if not any(dates):
                return
            for moment in dates:
                if moment is not None and self._days.contains(moment):
                    enough, row = max(enough, 2 * row), 0
                    self._stats.backfill("beyond")
                elif moment is not None:
                    row += 1

    async def _fetch(self, candidates: Candidates, numbers: Iterable[int | str]) -> AsyncIterator[Request]:
        """Planned requests for those that were not asked for, when the downloader has room for them."""
        engine = self._spider.crawler.engine
        assert engine is not None
        for number in numbers:
            url = candidates.take(number)
            if url is None:
                continue
            if engine.needs_backout():
                await self._spider.crawler.signals.wait_for(scrapy_signals.scheduler_empty)
            ref = article_ref(url, Source.SITEMAP)
            planned = self._run.plan([self._spider.article_request(ref)])
            for request in planned:
                yield request
            if not planned and not self._run.is_enough:
                self._known(url)
                await asyncio.sleep(0)

    def _known(self, url: str) -> None:
        """An earlier run, or another source, has this article."""
        moment = self._date_of(url)
        if moment is not None and self._days.contains(moment):
            self._stats.backfill("known_in_range")
            self._cover(moment)

    def _date_of(self, url: str) -> datetime | None:
        """When an article was published, as its page or an earlier run says."""
        if url in self._dates:
            return self._dates[url]
        found = article_url(url)
        moment = self._run.date_of(found.key) if found else None
        if moment is not None:
            self._dates[url] = moment
        return moment

    def _dates_of(self, candidates: Candidates) -> Iterator[tuple[int, datetime]]:
        """Ids in order of time, with the dates that were read or asked for."""
        for number, url in candidates.urls():
            if isinstance(number, int) and url in self._dates:
                yield number, self._dates[url]

    def _cover(self, moment: datetime) -> None:
        self._covered.add(moment.date())
        self._stats.backfill_days_covered(len(self._covered))

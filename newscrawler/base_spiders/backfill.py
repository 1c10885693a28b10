"""Finding addresses of articles of a range of days, beside what discovery.py finds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, Self

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from newscrawler import signals
from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.dates import FIRST_ORDERED_ID, SEED, BoundarySearch, DateRange, Timeline, is_in_order
from newscrawler.editions import article_url
from newscrawler.monitoring.stats import BackfillEvent, stats_of
from newscrawler.pages.feeds import BrokenFeed, SitemapEntry, read_sitemap

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

#: The newest articles may not be in the sitemaps yet: a range that ends later than this long ago is also looked
#: for in the other sources.
_SITEMAPS_LAG = timedelta(days=3)
#: Rows of a sitemap that are read before others have their turn.
_ROWS_AT_ONCE = 200


#: Pages in a row out of the range that end the search for more beyond each of its ends: docs/use/history.md.
RANGE_MARGIN = 20


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
            async for request in RangeWalk(self, self.days, RANGE_MARGIN).requests():
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
                self._stats.link_named("sitemap")
                yield row
        except BrokenFeed as error:
            self._source_lost("sitemap", request.url, str(error), "broken")


# --- candidates ---


class Candidates:
    """Addresses by id. Ids that are in order of time are numbers, all others text."""

    def __init__(self, year: int, sections: tuple[str, ...]) -> None:
        self.year = year
        self._rank = {section: rank for rank, section in enumerate(sections)}
        self._urls: dict[int | str, str] = {}
        self._taken: set[int | str] = set()

    def wants(self, url: str) -> bool:
        """Whether an address is that of an article of the sections."""
        address = article_url(url)
        return address is not None and address.section in self._rank

    def add(self, url: str) -> None:
        """Take up an address that is wanted; of two of one article the one of the section that was named first."""
        address = article_url(url)
        assert address is not None
        ordered = address.article_id.isdigit() and int(address.article_id) >= FIRST_ORDERED_ID
        number: int | str = int(address.article_id) if ordered else address.article_id
        known = article_url(self._urls.get(number, ""))
        if known is None or self._rank[address.section] < self._rank[known.section]:
            self._urls[number] = address.url

    def __len__(self) -> int:
        return len(self._urls)

    def urls(self) -> Iterator[tuple[int | str, str]]:
        """All of them."""
        yield from self._urls.items()

    def url(self, number: int | str) -> str:
        """The address of an id."""
        return self._urls[number]

    def take(self, number: int | str) -> str | None:
        """The address of an id, the first time that it is asked for; after that None."""
        if number in self._taken:
            return None
        self._taken.add(number)
        return self._urls[number]

    @cached_property
    def numbers(self) -> list[int]:
        """Ids in order of time, ascending. To be read when all addresses are in."""
        return sorted(number for number in self._urls if isinstance(number, int))

    @cached_property
    def unordered(self) -> list[str]:
        """Ids that say nothing about time: those of 2013, and of stories numbered anew."""
        return sorted(number for number in self._urls if isinstance(number, str))


# --- coverage ---


class Memory(Protocol):
    """What earlier runs know of dates."""

    def date_of(self, key: tuple[str, str]) -> datetime | None:
        """When an article was published, if it was read."""

    def sample(self, edition: str) -> list[tuple[int, datetime]]:
        """Some pairs of id and publication, from all times."""


class NoMemory:
    """Of a one-off run."""

    def date_of(self, key: tuple[str, str]) -> datetime | None:
        """Nothing is known."""

    def sample(self, edition: str) -> list[tuple[int, datetime]]:
        """Nothing is known."""
        return []


class Coverage:
    """Hears what becomes of the walk's addresses; and counts."""

    def __init__(self, crawler: Crawler, days: DateRange, memory: Memory) -> None:
        self._stats = stats_of(crawler)
        self._days = days
        self._memory = memory
        self._limit = getattr(getattr(crawler.spider, "arguments", None), "max_articles", None)
        self._open: set[str] = set()
        self._scheduled = 0
        self._last = ""
        self._dates: dict[str, datetime] = {}
        self._covered: set[date] = set()
        self._settled = asyncio.Event()
        connect = crawler.signals.connect
        connect(self._on_scheduled, signals.address_scheduled)
        connect(self._on_dated, signals.article_dated)
        connect(self._on_finished, signals.address_finished)
        self._stats.backfill_range(days.first, days.last, days.days)

    # --- what the walk tells ---

    def consider(self, count: int) -> None:
        """So many addresses of a year may be of the range. What was known of another year is let go."""
        self._stats.backfill("considered", count)
        self._dates.clear()

    def found(self) -> None:
        """A sitemap names an article of the sections."""
        self._stats.link("found")

    def count(self, event: BackfillEvent) -> None:
        """Increment a counter of the backfill."""
        self._stats.backfill(event)

    def named(self, url: str) -> None:
        """An address is about to be handed over."""
        self._last = url

    def was_known(self, url: str) -> bool:
        """Whether the address just handed over is not fetched in this run, since an earlier one did."""
        if self._last != url:
            return False
        moment = self.date_of(url)
        if moment is not None and self._days.contains(moment):
            self.count("known_in_range")
            self._cover(moment)
        return True

    def complete(self) -> None:
        """The walk came to its end."""
        self._stats.backfill_complete()

    # --- what the walk asks ---

    @property
    def is_enough(self) -> bool:
        """Whether a limit on articles is reached."""
        return self._limit is not None and self._scheduled >= self._limit

    async def settled(self) -> None:
        """Wait until every address that was handed over has its outcome."""
        while self._open:
            self._settled.clear()
            await self._settled.wait()

    def date_of(self, url: str) -> datetime | None:
        """When an article was published, as its page or an earlier run says."""
        if url in self._dates:
            return self._dates[url]
        address = article_url(url)
        moment = self._memory.date_of(address.key) if address else None
        if moment is not None:
            self._dates[url] = moment
        return moment

    def dates_of(self, candidates: Candidates) -> Iterator[tuple[int, datetime]]:
        """Ids in order of time, with the dates that were read or asked for."""
        for number, url in candidates.urls():
            if isinstance(number, int) and url in self._dates:
                yield number, self._dates[url]

    # --- what becomes of addresses ---

    def _on_scheduled(self, address: str, **_: object) -> None:
        self._open.add(address)
        self._scheduled += 1
        self._last = ""

    def _on_dated(self, address: str, published_at: datetime) -> None:
        self._dates[address] = published_at
        if self._days.contains(published_at):
            self.count("in_range")
            self._cover(published_at)

    def _on_finished(self, address: str, **_: object) -> None:
        self._open.discard(address)
        if not self._open:
            self._settled.set()

    def _cover(self, moment: datetime) -> None:
        self._covered.add(moment.date())
        self._stats.backfill_days_covered(len(self._covered))


# --- range_walk ---

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
        if not self._days.covers_year(candidates.year):
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
                if moment is not None and self._days.contains(moment):
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

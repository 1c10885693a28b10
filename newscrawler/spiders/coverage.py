"""What a walk through a range has seen: dates of pages, days with articles, and what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from newscrawler import signals
from newscrawler.spiders.candidates import Candidates
from newscrawler.timeline import DateRange
from newscrawler.urls import article_address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


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
    """Hears what becomes of the walk's addresses; its counters are `newscrawler/history/*`."""

    def __init__(self, crawler: Crawler, days: DateRange, memory: Memory) -> None:
        assert crawler.stats is not None
        self._stats = crawler.stats
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
        self._set("first", days.first.isoformat())
        self._set("last", days.last.isoformat())
        self._set("days", days.days)

    # --- what the walk tells ---

    def consider(self, count: int) -> None:
        """So many addresses of a year may be of the range. What was known of another year is let go."""
        self._stats.inc_value("newscrawler/history/considered", count)
        self._dates.clear()

    def found(self) -> None:
        """A sitemap names an article of the sections."""
        self._stats.inc_value("newscrawler/discovery/found")

    def count(self, name: str) -> None:
        """One more of what the name says."""
        self._stats.inc_value(f"newscrawler/history/{name}")

    def named(self, url: str) -> None:
        """An address is about to be handed over."""
        self._last = url

    def was_known(self, url: str) -> bool:
        """Whether the address just handed over is not fetched in this run, since an earlier one did."""
        if self._last != url:
            return False
        moment = self.date_of(url)
        if moment is not None and self._days.holds(moment):
            self.count("known_in_range")
            self._cover(moment)
        return True

    def complete(self) -> None:
        """The walk came to its end."""
        self._set("walked", value=True)

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
        address = article_address(url)
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
        if self._days.holds(published_at):
            self.count("in_range")
            self._cover(published_at)

    def _on_finished(self, address: str, **_: object) -> None:
        self._open.discard(address)
        if not self._open:
            self._settled.set()

    def _cover(self, moment: datetime) -> None:
        self._covered.add(moment.date())
        self._set("covered", len(self._covered))

    def _set(self, name: str, value: Any) -> None:
        self._stats.set_value(f"newscrawler/history/{name}", value)

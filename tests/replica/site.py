"""The site as a whole: which addresses exist, what is visible now, and the truth about each."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, overload
from urllib.parse import unquote

from tests.replica import faults as f
from tests.replica.heads import Head, Slot, number_slots, plan
from tests.replica.layouts.common import PageContext
from tests.replica.refusals import ROBOTS_REFUSALS
from tests.replica.seed_story import SEED_TIME, seed_head, seed_story
from tests.replica.story import HOST, LAYOUT_2019, Story
from tests.replica.writer import write_story

DEFAULT_NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROBOTS = ("rt", "open", "none", "deny", "error", *ROBOTS_REFUSALS)
LISTING_FORMS = ("2022", "2017", "2014")
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Options:
    """How the site behaves, apart from what it prints."""

    robots: str = "rt"
    listing_form: str = "2022"
    page_size: int = 20
    feed_length: int = 100
    cached_pages: int = 2000
    slow_seconds: float = 2.0
    huge_bytes: int = 30_000_000
    sitemap_length: int = 50_000
    #: Way of saying no (``refusals.REFUSALS``), for every request but the first so many; robots.txt is not refused.
    refusal: str = ""
    refuse_after: int = 0
    #: Ways in which pages need a browser: names of replica.scripted.WAYS.
    scripted: frozenset[str] = frozenset()


class Stories(Sequence[Story]):
    """The good stories in order of time, each written when it is asked for."""

    def __init__(self, heads: Sequence[Head], write: Callable[[Head], Story]) -> None:
        self._heads = heads
        self._write = write

    def __len__(self) -> int:
        return len(self._heads)

    @overload
    def __getitem__(self, index: int) -> Story: ...

    @overload
    def __getitem__(self, index: slice) -> list[Story]: ...

    def __getitem__(self, index: int | slice) -> Story | list[Story]:
        if isinstance(index, slice):
            return [self._write(head) for head in self._heads[index]]
        return self._write(self._heads[index])

    def __iter__(self) -> Iterator[Story]:
        return (self._write(head) for head in self._heads)


class Site:
    """All addresses by path, in order of publication. Stories are written and forgotten as needed."""

    #: Origin of its canonical URLs.
    host: str = HOST
    language: str = "en"

    def __init__(self, addresses: Iterable[f.Address], now: Clock, options: Options) -> None:
        self.now = now
        self.options = options
        self.addresses: Mapping[str, f.Address] = {address.path: address for address in addresses}
        self._good = [address.head for address in self.addresses.values() if address.kind == "article" and address.head]
        self._programmes = [address for address in self.addresses.values() if address.kind in ("show", "podcast")]
        self._numbers = [head.number for head in self._good]
        self._listed: dict[str, list[f.Address]] = {"": []}
        for address in self.addresses.values():
            if address.head and address.sections:
                self._listed[""].append(address)
            for section in address.sections:
                self._listed.setdefault(section, []).append(address)
        self._times = {name: [_time(address) for address in listed] for name, listed in self._listed.items()}
        self._write = lru_cache(maxsize=options.cached_pages)(self._write_version)

    @classmethod
    def build(
        cls,
        articles: int = 400,
        seed: int = 1,
        faults: str | Iterable[str] = "all",
        now: datetime | Clock | None = None,
        until: datetime | None = None,
        **options: Any,
    ) -> Site:
        """A site of that many good stories and the chosen faults; the same arguments give the same bytes.

        `now` may be a clock: stories then appear as it advances, up to `until`.
        """
        moment = DEFAULT_NOW if now is None else now
        clock: Clock = moment if callable(moment) else lambda: moment
        last = until or clock()
        kinds = f.parse_faults(faults if isinstance(faults, str) else ",".join(faults) or "none")
        rng = random.Random(seed)
        slots = plan(articles - 1, rng, last) + f.fault_slots(kinds, rng, last)
        if last >= SEED_TIME:
            slots.append(Slot(SEED_TIME, LAYOUT_2019, "news", "seed"))
        addresses: list[f.Address] = []
        for slot, numbered in number_slots(slots, seed):
            head = seed_head(numbered.number) if slot.kind == "seed" else numbered
            if slot.kind in ("article", "seed"):
                addresses.append(f.Address(head.path, "article", head, (head.section,)))
            else:
                addresses.extend(f.addresses_of(slot.kind, head))
        addresses.sort(key=lambda address: (_time(address), address.head.number if address.head else 0))
        return cls(addresses, clock, Options(**options))

    @property
    def stories(self) -> Stories:
        """The good stories that are visible now, oldest first."""
        now = self.now()
        return Stories([head for head in self._good if head.published_at <= now], self.story_of)

    @property
    def seed_story(self) -> Story:
        """The story in the shape of the page that the project started from."""
        return next(self.story_of(head) for head in self._good if head.seed < 0)

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that list anything."""
        return tuple(sorted(name for name in self._listed if name))

    def story(self, path: str) -> Story | None:
        """The story that can be read at a path or canonical address, as it is now."""
        address = self.addresses.get(unquote(path.removeprefix(self.host)))
        return self.story_of(address.head) if address and address.head and self.is_visible(address) else None

    def story_of(self, head: Head) -> Story:
        """The version of a story that is online now."""
        return self._write(head, self.version(head))

    def version(self, head: Head) -> int:
        """How many edits of a story have happened."""
        return bisect_right(head.edits, self.now())

    def is_visible(self, address: f.Address) -> bool:
        """Whether an address has appeared yet."""
        return _time(address) <= self.now()

    def programmes(self) -> list[f.Address]:
        """The shows and podcasts that are visible now: links to them stand among the articles."""
        return [address for address in self._programmes if self.is_visible(address)]

    def entries(self, section: str = "") -> list[f.Address]:
        """What listings and feeds of a section show now, newest first; all sections without a name."""
        listed = self._listed.get(section, [])
        visible = bisect_right(self._times.get(section, []), self.now())
        return listed[:visible][::-1]

    def newest(self, count: int, section: str = "") -> list[f.Address]:
        """The first `count` entries, without a walk through all of them."""
        visible = bisect_right(self._times.get(section, []), self.now())
        return self._listed.get(section, [])[max(0, visible - count) : visible][::-1]

    def context(self, head: Head) -> PageContext:
        """What stands around a story: the clock, and earlier stories that change with the hour."""
        now = self.now()
        hour = int(now.timestamp() // 3600)
        return PageContext(now, self._earlier(head, 11, head.number + hour))

    def reachable(
        self,
        section: str = "news",
        sources: Iterable[str] = ("listing", "feed", "newssitemap"),
        load_more: bool = False,
    ) -> dict[str, str]:
        """Canonical address -> kind of all that the named sources expose under that section's path or in its lists."""
        found: list[f.Address] = []
        for source in sources:
            if source == "listing":
                found += self.entries(section) if load_more else self.newest(self.options.page_size, section)
            elif source == "feed":
                found += self.newest(self.options.feed_length, section)
            elif source == "newssitemap":
                found += [entry for entry in self.newest(self.options.feed_length) if _in_section(entry, section)]
            elif source == "sitemap":
                found += [entry for entry in self.entries() if _in_section(entry, section)]
            else:
                raise ValueError(f"unknown source {source!r} (known: listing, feed, newssitemap, sitemap)")
        return {address.url: address.kind for address in found}

    def _write_version(self, head: Head, version: int) -> Story:
        if head.seed < 0:
            return seed_story(head, self._earlier(head, 1, 0))
        return write_story(head, version, self._earlier(head, 8, head.number))

    def _earlier(self, head: Head, count: int, salt: int) -> tuple[Head, ...]:
        """Good stories published before `head`; none of them from its future."""
        index = bisect_left(self._numbers, head.number)
        pool = self._good[max(0, index - 40) : index]
        return tuple(random.Random(salt).sample(pool, min(count, len(pool))))


def _time(address: f.Address) -> datetime:
    return address.head.published_at if address.head else datetime(2005, 12, 10, tzinfo=UTC)


def _in_section(address: f.Address, section: str) -> bool:
    return address.path.startswith(f"/{section}/")

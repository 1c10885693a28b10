"""The addresses of one year's sitemaps that may be of a range: an article once, in order of id."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from newscrawler.timeline import FIRST_ORDERED_ID
from newscrawler.urls import article_address


class Candidates:
    """Addresses by id. Ids that are in order of time are numbers, all others text."""

    def __init__(self, year: int, sections: tuple[str, ...]) -> None:
        self.year = year
        self._rank = {section: rank for rank, section in enumerate(sections)}
        self._urls: dict[int | str, str] = {}
        self._taken: set[int | str] = set()

    def wants(self, url: str) -> bool:
        """Whether an address is that of an article of the sections."""
        address = article_address(url)
        return address is not None and address.section in self._rank

    def add(self, url: str) -> None:
        """Take up an address that is wanted; of two of one article the one of the section that was named first."""
        address = article_address(url)
        assert address is not None
        ordered = address.article_id.isdigit() and int(address.article_id) >= FIRST_ORDERED_ID
        number: int | str = int(address.article_id) if ordered else address.article_id
        known = article_address(self._urls.get(number, ""))
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

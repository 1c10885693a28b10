"""What an edition of the replica is: a host, a lexicon, designs of its articles, a design of its listings, a feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.replica.editions.lexicon import Lexicon
from tests.replica.layouts.common import PageContext
from tests.replica.story import Story


class Card(Protocol):
    """What a listing shows of a story."""

    def __call__(self, edition: Edition, story: Story, now: datetime) -> str: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """A design of section pages: what is around the cards, the cards, and the button."""

    page: Callable[[Edition, str, str, str], str]
    card: Card
    #: Where the button leads, with the section, the size of a page and the number of the page to be loaded.
    more: str
    size: int


@dataclass(frozen=True, slots=True)
class Generation:
    """A design of article pages, and what it can show: nothing else is in the truth of a story that wears it."""

    layout: str
    render: Callable[[Edition, Story, PageContext], str]
    #: Years of the stories that are found in this design in the archive.
    years: tuple[int, int]
    offers: frozenset[str]
    #: Where its stories were, with section, number and slug.
    path: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One language edition of the site."""

    code: str
    #: Origin of its canonical URLs.
    host: str
    language: str
    site_name: str
    zone: ZoneInfo
    lexicon: Lexicon
    #: Sections and their printed names; those of world news first.
    sections: Mapping[str, str]
    world: int
    path: str
    #: Newest first.
    generations: Mapping[str, Generation]
    #: Newest first.
    listings: Mapping[str, Listing]
    pictures: str
    #: Ids and the times at which they were given.
    ids: tuple[tuple[int, datetime], ...]
    #: Path of the feed of all sections, and of those of one section.
    feed: str = ""
    section_feed: str = ""
    #: What the links of the feed end in.
    feed_query: str = ""
    feed_length: int = 50
    #: Text of the last link in a description.
    read_on: str = ""
    shortener: str = ""
    #: Words of the design in the language of the edition.
    labels: Mapping[str, str] = field(default_factory=dict)
    months: tuple[str, ...] = ()
    #: Pages that are no articles and to which listings lead.
    strays: tuple[str, ...] = ()
    #: Letters of this edition and what to print in their place: Serbian in Latin script.
    letters: Mapping[int, str] | None = None

    @property
    def slash(self) -> str:
        """What ends its addresses."""
        return "/" if self.path.endswith("/") else ""

    def local(self, moment: datetime) -> datetime:
        """The moment in the zone of the edition."""
        return moment.astimezone(self.zone)

    def number_at(self, moment: datetime) -> int:
        """The id that a story of that moment would have."""
        pairs = self.ids
        at = next((i for i in range(1, len(pairs) - 1) if pairs[i][1] > moment), len(pairs) - 1)
        (low, start), (high, end) = pairs[at - 1], pairs[at]
        return max(1, low + int((high - low) * ((moment - start) / (end - start))))


def offers(text: str) -> frozenset[str]:
    """Names with spaces between them."""
    return frozenset(text.split())


def day(year: int, month: int, number: int) -> datetime:
    """Midnight in Greenwich."""
    return datetime(year, month, number, tzinfo=UTC)


def rfc822(moment: datetime) -> str:
    """`Mon, 06 Jul 2020 07:21:00 +0200`, in the zone of the moment."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[moment.weekday()]}, {moment:%d} {months[moment.month - 1]} {moment:%Y %H:%M:%S %z}"

"""When which story appears, under which id, section, layout and address. Bodies are written only when asked for."""

from __future__ import annotations

import random
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.replica import story as s
from tests.replica.text import Newswire


@dataclass(frozen=True, slots=True)
class Head:
    """What is decided about a story before its body is written."""

    number: int
    seed: int
    path: str
    section: str
    headline: str
    layout: str
    published_at: datetime
    edits: tuple[datetime, ...] = ()
    migrated: bool = False
    host: str = s.HOST

    @property
    def id(self) -> str:
        """The id that a record would carry."""
        return s.article_id(self.path, self.number, self.layout)

    @property
    def url(self) -> str:
        """The canonical address."""
        return s.site_url(self.host, self.path)


# Real ids and their dates (docs/extend/site.md#ids); between them the ids grow evenly.
_MILESTONES: tuple[tuple[datetime, int], ...] = (
    (datetime(2013, 1, 1, tzinfo=UTC), 98_000),
    (datetime(2013, 9, 23, tzinfo=UTC), 133_235),
    (datetime(2014, 9, 22, tzinfo=UTC), 189_460),
    (datetime(2015, 2, 8, tzinfo=UTC), 230_339),
    (datetime(2016, 2, 7, tzinfo=UTC), 331_681),
    (datetime(2017, 2, 6, tzinfo=UTC), 376_495),
    (datetime(2019, 11, 20, tzinfo=UTC), 473_849),
    (datetime(2020, 11, 27, tzinfo=UTC), 507_937),
    (datetime(2022, 10, 10, tzinfo=UTC), 564_427),
    (datetime(2024, 4, 17, tzinfo=UTC), 596_000),
    (datetime(2025, 8, 7, tzinfo=UTC), 622_597),
    (datetime(2026, 5, 1, tzinfo=UTC), 640_000),
    (datetime(2026, 7, 15, tzinfo=UTC), 642_000),
    (datetime(2036, 7, 15, tzinfo=UTC), 942_000),
)
_MILESTONE_TIMES = [time for time, _ in _MILESTONES]

# Share of the stories, span of publication, layouts in turn.
_ERAS: tuple[tuple[float, datetime, datetime, tuple[str, ...]], ...] = (
    (0.09, datetime(2013, 2, 1, tzinfo=UTC), datetime(2013, 12, 20, tzinfo=UTC), (s.LAYOUT_2013,)),
    (0.09, datetime(2014, 1, 10, tzinfo=UTC), datetime(2015, 11, 30, tzinfo=UTC), (s.LAYOUT_2014,)),
    (
        0.18,
        datetime(2016, 1, 15, tzinfo=UTC),
        datetime(2019, 2, 10, tzinfo=UTC),
        (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE),
    ),
    (
        0.11,
        datetime(2019, 3, 1, tzinfo=UTC),
        datetime(2021, 12, 20, tzinfo=UTC),
        (s.LAYOUT_2019,) * 5 + (s.LAYOUT_2022,),
    ),
    (
        0.13,
        datetime(2022, 2, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
        (s.LAYOUT_2022, s.LAYOUT_2022_OPED, s.LAYOUT_2022),
    ),
)
# The layout belongs to the day of capture, yet a few recent stories wear old ones so that a short crawl meets them.
_RECENT = (s.LAYOUT_2022,) * 4 + (s.LAYOUT_2022_OPED,) + (s.LAYOUT_2022,) * 4 + (s.LAYOUT_2022_OPED,)
_OUTDATED = (s.LAYOUT_2019, s.LAYOUT_2015, s.LAYOUT_2014)
_SECTIONS: dict[str, tuple[str, ...]] = {
    s.LAYOUT_2013: ("usa", "business", "politics"),
    s.LAYOUT_2014: ("usa", "uk", "business", "politics"),
    s.LAYOUT_2015: ("usa", "uk", "business", "sport"),
    s.LAYOUT_2015_OPEDGE: ("op-edge",),
    s.LAYOUT_2019: ("usa", "uk", "russia", "business", "sport"),
    s.LAYOUT_2022: ("russia", "business", "sport", "pop-culture", "africa", "india"),
    s.LAYOUT_2022_OPED: ("op-ed",),
}
_TO_THE_MINUTE = frozenset({s.LAYOUT_2013, s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE, s.LAYOUT_2019})
_WORLD_NEWS_SHARE = 0.72


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment and a layout still waiting for a story. `kind` is the kind of the address it will have."""

    time: datetime
    layout: str
    section: str = ""
    kind: str = "article"
    recent: bool = False


def number_at(moment: datetime) -> int:
    """The id that a story of that moment would have."""
    index = min(max(bisect_right(_MILESTONE_TIMES, moment), 1), len(_MILESTONES) - 1)
    (start, low), (end, high) = _MILESTONES[index - 1], _MILESTONES[index]
    return low + int((high - low) * ((moment - start) / (end - start)))


def plan(articles: int, rng: random.Random, until: datetime) -> list[Slot]:
    """Slots for that many good stories: a share in each era, the rest in the last days before `until`."""
    slots: list[Slot] = []
    for share, start, end, layouts in _ERAS:
        length = min(end, until) - start
        if length <= timedelta(0):
            continue
        for index in range(int(articles * share)):
            moment = start + length * rng.random()
            slots.append(Slot(moment, layouts[index % len(layouts)]))
    missing = articles - len(slots)
    # RT prints about thirty stories a day; more than that only when a larger site would reach back too far.
    gap = min(timedelta(minutes=48), timedelta(days=1200) / max(missing, 1))
    moment = until - timedelta(minutes=3)
    for index in range(missing):
        outdated = index % 12 == 11
        layout = _OUTDATED[index // 12 % 3] if outdated else _RECENT[index % len(_RECENT)]
        slots.append(Slot(moment, layout, recent=True))
        moment -= gap * (0.3 + 1.4 * rng.random())
    return slots


def number_slots(slots: list[Slot], seed: int) -> list[tuple[Slot, Head]]:
    """Heads for the slots in order of time, with ids that grow with it."""
    heads: list[tuple[Slot, Head]] = []
    number = 0
    taken: set[str] = set()
    for index, slot in enumerate(sorted(slots, key=lambda slot: (slot.time, slot.kind))):
        number = max(number + 1, number_at(slot.time))
        head = _head(slot, number, seed * 10_000_019 + index, index)
        while head.path in taken:
            # The three-digit tail of 2013 is not unique, and addresses must be.
            number += 1
            head = _head(slot, number, seed * 10_000_019 + index, index)
        taken.add(head.path)
        heads.append((slot, head))
    return heads


def _head(slot: Slot, number: int, seed: int, index: int) -> Head:
    wire = Newswire(seed)
    headline = wire.headline()
    rng = random.Random(seed ^ 0x5EED)
    layout = slot.layout
    section = slot.section or _section(layout, rng, index)
    published = slot.time.replace(microsecond=0)
    if layout in _TO_THE_MINUTE:
        published = published.replace(second=0)
    edits: tuple[datetime, ...] = ()
    if slot.recent and slot.kind == "article" and rng.random() < 0.15:
        first = published + timedelta(minutes=rng.randrange(20, 90))
        edits = (first, first + timedelta(minutes=rng.randrange(30, 240)))[: rng.randrange(1, 3)]
    slug = slugify(headline, rng.randrange(3, 6))
    tail = f"{slug}-{number % 1000:03d}" if layout == s.LAYOUT_2013 else f"{number}-{slug}"
    migrated = layout in (s.LAYOUT_2022, s.LAYOUT_2022_OPED) and published.year < 2022
    return Head(number, seed, f"/{section}/{tail}/", section, headline, layout, published, edits, migrated)


def _section(layout: str, rng: random.Random, index: int) -> str:
    others = _SECTIONS[layout]
    if layout == s.LAYOUT_2022_OPED:
        # RT prints some opinion pieces under /news/, so a crawl of world news meets that form too.
        return "news" if index % 4 == 0 else "op-ed"
    if layout == s.LAYOUT_2015_OPEDGE:
        return "op-edge"
    return "news" if rng.random() < _WORLD_NEWS_SHARE else rng.choice(others)


def slugify(text: str, count: int) -> str:
    """The first `count` longer words of a headline as RT writes them in an address."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join([word for word in re.findall(r"[a-z]+", ascii_text) if len(word) > 2][:count])

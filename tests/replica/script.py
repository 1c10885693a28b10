"""What happens to the stories of a rehearsal, and when: appearing, growing, edits, moves, withdrawals. Known in full.

Nothing here is a page. A script says which versions a story goes through; `replica.rehearsal` serves them.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from tests.replica import story as s
from tests.replica.heads import Head, number_at, slugify
from tests.replica.spans import Span
from tests.replica.text import Newswire
from tests.replica.writer import section_name

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: How far back the site reaches when the rehearsal begins.
BEFORE = timedelta(days=6)
#: Lifecycles of forty stories in a row, so that a short rehearsal meets each. A quarter is edited in its first hours.
LIFECYCLES: dict[str, int] = {
    "plain": 20,
    "edited": 9,
    "developing": 3,  # grows and loses its mark
    "reverted": 1,  # edited and put back
    "forever": 1,  # keeps its mark
    "corrected": 1,  # edited days later
    "moved": 1,  # to another section
    "renamed": 1,  # another slug, the old address leads to it
    "renamed_both": 1,  # another slug, the old address still answers
    "retracted": 1,
    "returned": 1,  # retracted, and back days later
}
_OTHER_SECTIONS = ("russia", "business", "africa", "russia", "sport", "india", "russia")
_DETAILS = s.Paragraph((Span("DETAILS TO FOLLOW"),), "developing")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a story. Kind: text, headline, lead, revert, grow, settle, section or slug."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """One story from first to last. ``absences`` are the spans in which it answers 404 and no list names it."""

    head: Head
    lifecycle: str
    steps: tuple[Step, ...] = ()
    absences: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def number(self) -> int:
        """Its id."""
        return self.head.number

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When each of its versions appears, the first one included."""
        return (self.head.published_at, *(step.at for step in self.steps))

    def version_at(self, moment: datetime) -> int:
        """The version that is online, or would be if the story were not withdrawn."""
        return sum(step.at <= moment for step in self.steps)

    def is_there(self, moment: datetime) -> bool:
        """Whether the story can be read."""
        return self.head.published_at <= moment and not any(gone <= moment < back for gone, back in self.absences)

    def head_at(self, version: int) -> Head:
        """Address, section and headline of a version, as lists name them."""
        return _head_at(self, version) if version else self.head

    def write(self, final: s.Story, version: int) -> s.Story:
        """The story as a version has it, from the whole of it without any edit."""
        head, blocks, lead, description = self.head_at(version), list(final.blocks), final.lead, final.description
        done, open_steps = self.steps[:version], self.steps[version:]
        blocks = [block for block in blocks if not (isinstance(block, s.Paragraph) and block.role == "developing")]
        missing = sum(step.kind in ("grow", "settle") for step in open_steps)
        if missing:
            blocks = blocks[: max(2, len(blocks) - 2 * missing)]
        for index, step in enumerate(done, start=1):
            wire = Newswire(head.seed * 31 + index)
            if step.kind == "text":
                # The first block is always prose.
                blocks[0] = s.Paragraph(wire.paragraph())
            elif step.kind == "revert":
                blocks[0] = final.blocks[0]
            elif step.kind == "lead":
                lead = wire.summary()
        if missing or self.lifecycle == "forever":
            blocks.append(_DETAILS)
        return replace(
            final,
            path=head.path,
            section=head.section,
            headline=head.headline,
            lead=lead,
            description=description,
            blocks=tuple(blocks),
            breadcrumbs=((section_name(head.section, head.layout), f"/{head.section}/"),),
            modified_at=self.steps[version - 1].at if version else final.modified_at,
        )


@lru_cache(maxsize=10_000)
def _head_at(script: Script, version: int) -> Head:
    head = script.head
    for index, step in enumerate(script.steps[:version], start=1):
        if step.kind == "section":
            section = _other_section(script.head)
            tail = head.path.rstrip("/").rsplit("/", 1)[-1]
            head = replace(head, section=section, path=f"/{section}/{tail}/")
        elif step.kind == "slug":
            slug = slugify(Newswire(head.seed + 7919).headline(), 4)
            head = replace(head, path=f"/{head.section}/{head.number}-{slug}-update/")
        elif step.kind == "headline":
            head = replace(head, headline=Newswire(head.seed + 104_729 * index).headline())
    return head


def _other_section(head: Head) -> str:
    return "news" if head.section != "news" else _OTHER_SECTIONS[head.number % len(_OTHER_SECTIONS)]


# --- when stories appear ---------------------------------------------------------------------------------------


def corpus_times(corpus: Path, start: datetime, days: int) -> list[datetime]:
    """The real publication times of world news from ``BEFORE`` the start to the end, from the corpus' feed index."""
    with gzip.open(corpus / "datasets" / "world-news-feed-2024-2026.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        times = sorted(datetime.fromisoformat(line.split("\t", 1)[0]) for line in lines)
    return [time for time in times if start - BEFORE <= time < start + days * DAY]


def invented_times(start: datetime, days: int, seed: int) -> list[datetime]:
    """Some 18 stories a day, most by day, with bursts of six in ten minutes."""
    rng = random.Random(seed)
    times: list[datetime] = []
    day = start - BEFORE
    while day < start + days * DAY:
        for _ in range(rng.randrange(13, 19)):
            times.append(day + timedelta(hours=min(23.9, max(0.0, rng.gauss(13.5, 4.5)))))
        if rng.random() < 0.4:
            burst = day + timedelta(hours=rng.uniform(6, 20))
            times += [burst + timedelta(minutes=rng.uniform(0, 10)) for _ in range(6)]
        day += DAY
    return sorted(time.replace(microsecond=0) for time in times)


# --- what happens to them --------------------------------------------------------------------------------------


def write_scripts(times: Sequence[datetime], start: datetime, seed: int) -> list[Script]:
    """One script a moment, all in world news, and two in other sections for every three of them."""
    rng = random.Random(seed)
    span = max(times) - min(times)
    others = [min(times) + span * rng.random() for _ in range(len(times) * 2 // 3)]
    slots = sorted([(time, "news") for time in times] + [(time.replace(microsecond=0), "") for time in others])
    lifecycles = _lifecycles(rng)
    scripts: list[Script] = []
    number = 0
    for index, (time, section) in enumerate(slots):
        number = max(number + 1, number_at(time))
        head = _head(number, seed * 10_000_019 + index, section or rng.choice(_OTHER_SECTIONS), time)
        if section == "news" and time >= start:
            scripts.append(_script(head, next(lifecycles), rng))
        elif time >= start and index % 29 == 0:
            # Moved the other way: world news only from its second version on.
            scripts.append(Script(head, "moved_in", (Step(_after(time, rng, 0.3, 5), "section"),)))
        else:
            scripts.append(Script(head, "plain"))
    return scripts


def _lifecycles(rng: random.Random) -> Iterator[str]:
    while True:
        block = [lifecycle for lifecycle, count in LIFECYCLES.items() for _ in range(count)]
        rng.shuffle(block)
        yield from block


def _head(number: int, seed: int, section: str, time: datetime) -> Head:
    headline = Newswire(seed).headline()
    path = f"/{section}/{number}-{slugify(headline, 4)}/"
    return Head(number, seed, path, section, headline, s.LAYOUT_2022, time.astimezone(UTC))


def _after(time: datetime, rng: random.Random, low: float, high: float) -> datetime:
    return (time + HOUR * rng.uniform(low, high)).replace(microsecond=0)


def _script(head: Head, lifecycle: str, rng: random.Random) -> Script:
    time = head.published_at
    absences: tuple[tuple[datetime, datetime], ...] = ()
    if lifecycle == "retracted":
        absences = ((_after(time, rng, 1, 60), datetime.max.replace(tzinfo=UTC)),)
    elif lifecycle == "returned":
        gone = _after(time, rng, 1, 40)
        absences = ((gone, _after(gone, rng, 55, 110)),)
    return Script(head, lifecycle, tuple(_steps(time, lifecycle, rng)), absences)


def _steps(time: datetime, lifecycle: str, rng: random.Random) -> list[Step]:
    steps: list[Step] = []
    match lifecycle:
        case "edited":
            steps = _edits(time, rng)
        case "developing":
            moments = _moments(time, rng, rng.randrange(2, 5), mean=1.4)
            steps = [Step(moment, "grow") for moment in moments[:-1]] + [Step(moments[-1], "settle")]
        case "reverted":
            first = _after(time, rng, 0.2, 3)
            steps = [Step(first, "text"), Step(_after(first, rng, 1, 6), "revert")]
        case "forever":
            steps = [Step(moment, "grow") for moment in _moments(time, rng, 1, mean=1.5)]
        case "corrected":
            steps = [*_edits(time, rng)[:1], Step(_after(time, rng, 28, 110), "text")]
        case "moved":
            steps = [Step(_after(time, rng, 0.5, 16), "section")]
        case "renamed" | "renamed_both":
            steps = [Step(_after(time, rng, 0.5, 30), "slug")]
            if rng.random() < 0.5:
                steps.append(Step(_after(steps[0].at, rng, 0.2, 5), "text"))
    return steps


def _edits(time: datetime, rng: random.Random) -> list[Step]:
    kinds = rng.choices(("text", "headline", "lead"), (6, 2, 2), k=rng.choice((1, 1, 2, 3)))
    return [Step(moment, kind) for moment, kind in zip(_moments(time, rng, len(kinds), mean=2.0), kinds, strict=True)]


def _moments(time: datetime, rng: random.Random, count: int, *, mean: float) -> list[datetime]:
    """Moments in a story's first day: gaps of ten minutes and more, most of them short."""
    moments: list[datetime] = []
    for _ in range(count):
        gap = min(10.0, 1 / 6 + rng.expovariate(1 / mean))
        time = (time + HOUR * gap).replace(microsecond=0)
        moments.append(time)
    return moments

"""What one run came to, in figures: made from its counters, kept in the ledger, compared with by later runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from newscrawler.outcomes import FAULTS, Outcome

_SOURCE = "newscrawler/source/"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Counts of one run; times in seconds, sizes in bytes. A field that an older run did not count is 0 or empty.

    ``discovered``: addresses of the section's articles that the sources named, repeats included. ``named``: the
    same of all sections, by source, for sources whose pages were read. ``unchanged``: sources that answered only
    that nothing had changed. ``lost``: sources that gave nothing at all, with the reason. ``scheduled``:
    addresses with an outcome; ``scheduled_again`` of them had failed in an earlier run, and ``failed_again`` did
    so again, ``unknown_again`` for want of a layout. ``records``: records that were read and whole, unchanged
    ones included; ``fields``: how many of them had each field; of ``op_eds`` among them the field
    ``op_ed_authors``. ``lines`` and ``line_bytes``: what was decided to be written, before compression.
    """

    seconds: float = 0.0
    requests: int = 0
    response_bytes: int = 0
    discovered: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)
    scheduled: int = 0
    scheduled_again: int = 0
    failed_again: int = 0
    unknown_again: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    internal_errors: int = 0
    records: int = 0
    op_eds: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    lines: int = 0
    line_bytes: int = 0

    def count(self, outcome: Outcome) -> int:
        """How many addresses had an outcome."""
        return self.outcomes.get(str(outcome), 0)

    @property
    def new(self) -> int:
        """Articles that were not in the dataset before."""
        return self.count(Outcome.NEW)

    @property
    def reached(self) -> int:
        """Scheduled addresses that no limit and no stop left out."""
        return self.scheduled - self.count(Outcome.NOT_REACHED)

    @property
    def tried(self) -> int:
        """Of those, the ones that had not failed before."""
        return max(0, self.reached - self.scheduled_again)

    @property
    def faults(self) -> int:
        """Failures among those: what failed before and fails again is no news."""
        return sum(self.count(outcome) for outcome in FAULTS) - self.failed_again

    @property
    def unknown_layouts(self) -> int:
        """Pages among those that no layout claimed."""
        return self.count(Outcome.UNKNOWN_LAYOUT) - self.unknown_again

    def as_json(self) -> dict[str, Any]:
        """For ``of_json``."""
        return asdict(self)

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """What ``as_json`` gave, of this version or another."""
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in found.items() if name in known}
        return cls(**{**given, "unchanged": tuple(given.get("unchanged", ()))})


def outcome_counts(stats: Mapping[str, Any]) -> dict[Outcome, int]:
    """How many addresses had each outcome."""
    return {outcome: stats.get(f"newscrawler/outcome/{outcome}", 0) for outcome in Outcome}


def figures_of(stats: Mapping[str, Any]) -> RunFigures:
    """The figures of a run's counters."""
    sources = {key.removeprefix(_SOURCE).split("/")[0] for key in stats if key.startswith(_SOURCE)}
    read = {source for source in sources if stats.get(f"{_SOURCE}{source}/pages")}
    unchanged = {source for source in sources - read if stats.get(f"{_SOURCE}{source}/unchanged")}
    records = stats.get("newscrawler/records", 0)
    op_eds = stats.get("newscrawler/records/op_eds", 0)
    having = {name: records - stats.get(f"newscrawler/missing/{name}", 0) for name in COVERED}
    without_byline = stats.get(f"newscrawler/missing/{OP_ED_AUTHORS}", 0)
    return RunFigures(
        seconds=round(float(stats.get("elapsed_time_seconds") or 0), 3),
        requests=stats.get("downloader/request_count", 0),
        response_bytes=stats.get("downloader/response_bytes", 0),
        discovered=stats.get("newscrawler/discovery/found", 0),
        named={source: stats.get(f"newscrawler/discovery/{source}/named", 0) for source in sorted(read)},
        unchanged=tuple(sorted(unchanged)),
        lost={source: _why_lost(stats, source) for source in sorted(sources - read - unchanged)},
        scheduled=stats.get("newscrawler/scheduled", 0),
        scheduled_again=stats.get("newscrawler/scheduled_again", 0),
        failed_again=stats.get("newscrawler/failed_again", 0),
        unknown_again=stats.get(f"newscrawler/failed_again/{Outcome.UNKNOWN_LAYOUT}", 0),
        outcomes={str(outcome): count for outcome, count in outcome_counts(stats).items()},
        withdrawn=stats.get("newscrawler/withdrawn", 0),
        internal_errors=stats.get("newscrawler/internal_errors", 0),
        records=records,
        op_eds=op_eds,
        fields={**having, OP_ED_AUTHORS: op_eds - without_byline} if records else {},
        lines=stats.get("newscrawler/output/lines", 0),
        line_bytes=stats.get("newscrawler/output/line_bytes", 0),
    )


#: Fields whose share among the records is watched; "words" is a text of at least LEAST_WORDS.
COVERED = ("headline", "lead", "authors", "published_at", "image", "words")
#: Authors on the pages that have one by nature.
OP_ED_AUTHORS = "op_ed_authors"
OP_ED_SECTION = "op-ed"
LEAST_WORDS = 50


def _why_lost(stats: Mapping[str, Any], source: str) -> str:
    prefix = f"{_SOURCE}{source}/lost/"
    return ", ".join(sorted(key.removeprefix(prefix) for key in stats if key.startswith(prefix)))


# --- coverage ---

_PREFIX = "newscrawler/history/"


def coverage(stats: Mapping[str, Any]) -> str | None:
    """One line for the summary; None for a run over no range."""
    if f"{_PREFIX}days" not in stats:
        return None

    def count(name: str) -> int:
        return int(stats.get(_PREFIX + name, 0))

    found, known = count("in_range"), count("known_in_range")
    return "; ".join(
        [
            f"{stats[f'{_PREFIX}first']} to {stats[f'{_PREFIX}last']} (UTC): {count('covered')} of {count('days')} days"
            " have articles",
            f"{found + known} articles in it ({known} of them known before)",
            f"{stats.get('newscrawler/outcome/out_of_range', 0)} read outside it",
            f"{stats.get('newscrawler/outcome/not_reached', 0)} not reached",
            f"{count('considered')} addresses weighed",
            f"{stats.get('newscrawler/source/sitemap/pages', 0)} sitemaps read",
        ]
    )


def coverage_notes(stats: Mapping[str, Any]) -> Iterator[str]:
    """What a person should know about the range."""
    if f"{_PREFIX}days" not in stats:
        return
    if not stats.get(f"{_PREFIX}walked"):
        yield "the range was not walked to its end; the same command with a data folder goes on from here"
    if missing := stats.get(f"{_PREFIX}years_without_sitemap"):
        yield f"the index names no sitemap for {missing} of the range's years"
    if strange := stats.get(f"{_PREFIX}years_out_of_order"):
        yield f"in {strange} year(s) ids did not follow publication, and all addresses were read"


def gap_in_range(stats: Mapping[str, Any]) -> str | None:
    """Why a run over a range that came to its end is not to be taken for the whole of it; None if it is."""
    lost = stats.get("newscrawler/source/sitemap/lost", 0)
    if f"{_PREFIX}days" in stats and lost:
        return f"{lost} sitemap(s) of the range could not be read"
    return None

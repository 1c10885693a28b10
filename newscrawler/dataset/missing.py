"""What is not in a dataset and why, as its ledger knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from newscrawler.ledger import LEDGER_NAME, Ledger, MissingUrl, Run

_DAY = timedelta(days=1)
#: A gap is longer than so many usual intervals.
_GAP = 3
#: With fewer runs of a command there is no usual interval.
_MIN_RUNS = 4


class EmptyDays(NamedTuple):
    """Days in a row (UTC, both counted) on which no article of the dataset was published."""

    edition: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


class RunGap(NamedTuple):
    """A time without a good run of a command, from the start of one to the start of the next, or to now."""

    command: str
    start: datetime
    end: datetime
    usual: timedelta


class Missing(NamedTuple):
    """What is not there: URLs, the last tried first, empty days by edition, gaps in order of time."""

    urls: Sequence[MissingUrl]
    empty_days: Sequence[EmptyDays]
    gaps: Sequence[RunGap]


def read_missing(data_dir: Path, now: datetime, *, since: date | None = None, until: date | None = None) -> Missing:
    """What is missing of these days (UTC, both counted), by default of all from the first article to today.

    A URL belongs to the day of its publication where that is known, else to the one on which it was found. Changes
    nothing, and a crawl may go on meanwhile. Raises LedgerMissing.
    """
    last = now.astimezone(UTC).date() if until is None else min(until, now.astimezone(UTC).date())
    with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
        urls = [url for url in ledger.urls.missing() if (since is None or url.day >= since) and url.day <= last]
        empty = [
            days
            for edition, published in ledger.dates.days().items()
            for days in _empty_days(edition, published, since or min(published), last)
        ]
        runs = ledger.runs.last()[::-1]
    gaps = [
        gap
        for gap in _gaps(runs, now)
        if (since is None or gap.end.astimezone(UTC).date() >= since) and gap.start.astimezone(UTC).date() <= last
    ]
    return Missing(urls, empty, gaps)


def _empty_days(edition: str, published: Iterable[date], first: date, last: date) -> Iterator[EmptyDays]:
    inside = sorted(day for day in published if first <= day <= last)
    for before, after in pairwise([first - _DAY, *inside, last + _DAY]):
        if after - before > _DAY:
            yield EmptyDays(edition, before + _DAY, after - _DAY)


def _gaps(runs: Sequence[Run], now: datetime) -> list[RunGap]:
    commands: dict[str, list[Run]] = {}
    for run in runs:
        if run.command is not None and run.started_at <= now:
            commands.setdefault(run.command, []).append(run)
    usual = {command: some for command, some in commands.items() if len(some) >= _MIN_RUNS}
    found = [gap for command, some in usual.items() for gap in _gaps_of(command, some, now)]
    return sorted(found, key=lambda gap: gap.start)


def _gaps_of(command: str, runs: Sequence[Run], now: datetime) -> Iterator[RunGap]:
    starts = sorted(run.started_at for run in runs)
    usual = timedelta(seconds=median((after - before).total_seconds() for before, after in pairwise(starts)))
    good = sorted(run.started_at for run in runs if run.exit_code == 0)
    for start, end in pairwise([*([] if good else starts[:1]), *good, now]):
        if end - start > _GAP * usual:
            yield RunGap(command, start, end, usual)

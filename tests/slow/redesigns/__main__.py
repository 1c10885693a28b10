"""`python -m tests.slow.redesigns`: after a month of runs a template changes; at which run is it told?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.replica.rehearsal import DEFAULT_START
from tests.slow.redesigns.changes import CHANGES
from tests.slow.redesigns.runs import Ended, Redesign, Rehearsal, copied

SHARES = (1.0, 0.5, 0.1)
#: The template changes in the middle of a day; runs before it are the baseline.
WARM_UP = timedelta(days=30)
CHANGE_AT = timedelta(hours=12, minutes=20)
#: How long a change may go unnoticed before the rehearsal gives up.
LONGEST = timedelta(days=3)
#: Hours after which a change that has harmed no record is one that is read right.
_HARMLESS_AFTER = 24


@dataclass(frozen=True, slots=True)
class Told:
    """How a change was told: after so many runs and articles, by which reasons; ``runs`` is 0 for not at all."""

    name: str
    share: float
    runs: int
    articles: int
    records: int
    hours: float
    kinds: tuple[str, ...]
    harmed: int

    @property
    def in_time(self) -> bool:
        """Within two runs or ten articles, whichever is later; where a tenth is struck, within a day.

        A change that makes no other record, or of one page in fifty at most, need not be told.
        """
        if not self.runs:
            return self.harmed * 50 <= self.records
        return self.hours <= 24 if self.share < 0.5 else self.runs <= 2 or self.articles <= 10

    def __str__(self) -> str:
        found = (
            f"run {self.runs:2}  {self.articles:2} new of {self.records:3} pages  {self.hours:4.1f} h"
            if self.runs
            else f"not told, {self.harmed} of {self.records} records harmed"
            if self.harmed
            else "read right"
        )
        return f"{self.name:21} {self.share:4.0%}  {found}  {'' if self.in_time else 'LATE  '}{', '.join(self.kinds)}"


def warm_up(rehearsal: Rehearsal, folder: Path, length: timedelta = WARM_UP) -> list[Ended]:
    """The runs before the change; those that were not good."""
    start = rehearsal.calendar.start
    return [ended for ended in rehearsal.runs(folder, start, start + length + CHANGE_AT) if not ended.verdict.good]


def rehearse(rehearsal: Rehearsal, folder: Path, name: str, share: float, *, length: timedelta = WARM_UP) -> Told:
    """Go on from a warm data folder, which is used up."""
    since = rehearsal.calendar.start + length + CHANGE_AT
    first = since.replace(minute=0) + timedelta(hours=1)
    articles = records = harmed = 0
    redesign = Redesign(CHANGES[name], share, since, rehearsal.seed)
    for runs, ended in enumerate(rehearsal.runs(folder, first, since + LONGEST, redesign), start=1):
        articles += ended.figures.new
        records += ended.figures.records
        harmed += ended.harmed
        hours = (ended.at - since).total_seconds() / 3600
        if not ended.verdict.good:
            kinds = tuple(reason.kind for reason in ended.verdict.reasons)
            return Told(name, share, runs, articles, records, hours, kinds, harmed)
        if hours > _HARMLESS_AFTER and not harmed:
            break
    return Told(name, share, 0, articles, records, hours, (), harmed)


def main(argv: Sequence[str] | None = None) -> int:
    """Rehearse; 1 when a change was told too late, or there was a false alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.redesigns", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder of the corpus; without it the rhythm is invented")
    parser.add_argument("--seed", type=int, default=1, help="seed of what is invented, and of which pages are struck")
    parser.add_argument(
        "--start",
        type=_day,
        default=DEFAULT_START,
        metavar="DAY",
        help="first day; the corpus has gaps",
    )
    parser.add_argument("--only", choices=sorted(CHANGES), action="append", help="these changes; by default all")
    parser.add_argument(
        "--quiet-days", type=int, metavar="N", help="N days without a change instead: are there alarms?"
    )
    args = parser.parse_args(argv)
    days = args.quiet_days or (WARM_UP + LONGEST).days + 2
    rehearsal = Rehearsal(days, corpus=args.corpus, start=args.start, seed=args.seed)
    with tempfile.TemporaryDirectory(prefix="redesigns-") as folder:
        if args.quiet_days:
            return _quiet(Path(folder), rehearsal)
        return _redesigns(Path(folder), args.only or CHANGES, rehearsal)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _redesigns(folder: Path, names: Iterable[str], rehearsal: Rehearsal) -> int:
    false_alarms = warm_up(rehearsal, folder / "warm")
    for ended in false_alarms:
        print(f"FALSE ALARM {ended.at:%d %b %H:%M}: {ended.verdict.why}")
    late = 0
    for name in names:
        for share in SHARES:
            told = rehearse(rehearsal, copied(folder / "warm", folder / f"{name}-{share}"), name, share)
            print(told, flush=True)
            late += not told.in_time
    print(f"{late} late, {len(false_alarms)} false alarms")
    return 1 if late or false_alarms else 0


def _quiet(folder: Path, rehearsal: Rehearsal) -> int:
    doubts: Counter[str] = Counter()
    runs = alarms = compared = agreed = 0
    for ended in rehearsal.runs(folder / "data", rehearsal.calendar.start, rehearsal.calendar.end):
        runs += 1
        compared += ended.figures.compared
        agreed += ended.figures.agreed
        doubts.update(ended.figures.doubts)
        for article in ended.doubted:
            print(f"doubt        {ended.at:%d %b %H:%M} {article.url} {' '.join(article.doubts)}")
        if not ended.verdict.good:
            alarms += 1
            print(f"FALSE ALARM {ended.at:%d %b %H:%M}: {ended.verdict.why}", flush=True)
        if runs % (24 * 30) == 0:
            print(f"{runs // 24} days, {alarms} false alarms", file=sys.stderr, flush=True)
    print(
        f"{runs} runs, {alarms} false alarms; {agreed} of {compared} pages have the feed's words; doubts {dict(doubts)}"
    )
    return 1 if alarms else 0


if __name__ == "__main__":
    sys.exit(main())

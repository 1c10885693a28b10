"""Earlier runs of the same command, by which a run is judged: what is usual, and how much there is to judge by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from newscrawler.figures import RunFigures

Count = Callable[[RunFigures], int]


@dataclass(frozen=True, slots=True)
class PastRun:
    """One earlier run. A killed one is known only by the lines that it committed; it has no exit code."""

    started_at: datetime
    exit_code: int | None
    figures: RunFigures

    @property
    def good(self) -> bool:
        """Whether it says what is usual."""
        return self.exit_code == 0

    @property
    def killed(self) -> bool:
        """Whether it never came to its end."""
        return self.exit_code is None


def latest_with(figures: RunFigures, history: Sequence[PastRun], base: Count) -> list[RunFigures]:
    """The run and those before it, newest first, from the first that has anything to judge by.

    A run that fetched nothing says nothing: what was wrong before it is not mended by it.
    """
    runs = [figures, *(past.figures for past in history if not past.killed)]
    start = next((number for number, run in enumerate(runs) if base(run)), len(runs))
    return runs[start:]


def accumulated(runs: Sequence[RunFigures], enough: int, base: Count, count: Count) -> tuple[int, int]:
    """Base and count of the newest run, with those of the runs before it until the base is enough to judge by."""
    total = found = 0
    for run in runs:
        total += base(run)
        found += count(run)
        if total >= enough:
            break
    return total, found

"""Earlier runs of the same command, by which a run is judged: what is usual, and how much there is to judge by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from newscrawler.figures import RunFigures


@dataclass(frozen=True, slots=True)
class PastRun:
    """One earlier run. A killed one is known only by the lines that it committed, and is never ``good``."""

    started_at: datetime
    good: bool
    killed: bool
    figures: RunFigures


def accumulated(
    figures: RunFigures,
    history: Sequence[PastRun],
    enough: int,
    base: Callable[[RunFigures], int],
    *counts: Callable[[RunFigures], int],
) -> tuple[int, tuple[int, ...]]:
    """The run's base and counts, with those of the runs before it until the base is enough to judge by."""
    total, sums = base(figures), [count(figures) for count in counts]
    for past in history:
        if total >= enough:
            break
        if not past.killed:
            total += base(past.figures)
            sums = [value + count(past.figures) for value, count in zip(sums, counts, strict=True)]
    return total, tuple(sums)

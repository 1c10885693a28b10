"""Earlier runs of the same command, by which a run is judged: what is usual, and how much there is to judge by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from newscrawler.figures import RunFigures

Count = Callable[[RunFigures], int]
_LONGEST_COMMAND = 1000


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


def command_of(spider: Any) -> str:
    """What was asked for, where it is not what is asked for by default: a new argument is no other command."""
    arguments = getattr(spider, "arguments", None)
    if arguments is None:
        return str(spider.name)
    defaults = type(arguments).parse(spider.edition, {})
    values = {one.name: getattr(arguments, one.name) for one in fields(arguments)}
    given = [f"{name}={value!r}" for name, value in values.items() if value != getattr(defaults, name)]
    return " ".join([spider.name, *given])[:_LONGEST_COMMAND]

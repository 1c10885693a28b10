"""Runs as the page shows them: how each ended, in words, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newscrawler.ledger import Run
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.outcomes import FAULTS, Outcome
from newscrawler.utils import printable

#: Runs in the charts and the strip, and in the table.
RUNS = 48
#: Outcomes with a colour of their own in the chart; the rest are faults or neither.
_APART = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED)
GROUPS = ("new", "revised", "unchanged", "faults", "other")


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. ``state`` is good, bad, stopped or open; ``word`` says it, ``why`` gives the reason, if known."""

    run_id: str
    spider: str
    started_at: datetime
    state: str
    word: str
    why: str
    duration: timedelta | None
    outcomes: Mapping[str, int]
    lines: int
    #: Of the network; None where the ledger doesn't know them, as of killed runs.
    requests: int | None = None
    received: int | None = None
    #: Articles that came to have each doubt; of those whose page and feed tell the text, how many tell the same words.
    doubts: Mapping[str, int] = field(default_factory=dict)
    agreed: int = 0
    compared: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """URLs by outcome group."""
        counts = {str(name): self.outcomes.get(name, 0) for name in _APART}
        counts["faults"] = sum(self.outcomes.get(name, 0) for name in FAULTS)
        counts["other"] = sum(self.outcomes.values()) - sum(counts.values())
        return counts

    @property
    def took(self) -> str:
        """The duration for people."""
        return "" if self.duration is None else span(self.duration)


def view(run: Run) -> RunView:
    """A run of the ledger."""
    state, word = _state(run)
    return RunView(
        run_id=run.run_id,
        spider=printable((run.command or "").partition(" ")[0]),
        started_at=run.started_at,
        state=state,
        word=word,
        why=printable(_why(run)),
        duration=None if run.finished_at is None else max(run.finished_at - run.started_at, timedelta(0)),
        outcomes=run.outcomes or (run.figures.outcomes if run.figures else {}),
        lines=run.lines,
        requests=None if run.figures is None or run.killed else run.figures.requests,
        received=None if run.figures is None or run.killed else run.figures.response_bytes,
        doubts={} if run.figures is None else run.figures.doubts,
        agreed=0 if run.figures is None else run.figures.agreed,
        compared=0 if run.figures is None else run.figures.compared,
    )


def _state(run: Run) -> tuple[str, str]:
    if run.finished_at is None:
        return "open", "not ended"
    if run.killed:
        return "bad", "killed"
    if run.exit_code is None:
        return "bad", "without a verdict"
    try:
        code = ExitCode(run.exit_code)
    except ValueError:
        return "bad", f"exit code {run.exit_code}"
    word = code.name.lower().replace("_", " ")
    if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        return "stopped", word
    return ("good" if code is ExitCode.GOOD else "bad"), word


def _why(run: Run) -> str:
    if run.finished_at is None:
        return "under way, or killed and not yet recovered"
    if run.verdict:
        return run.verdict
    return "" if run.finish_reason in (None, "finished") else f"it ended by {run.finish_reason}"


def span(duration: timedelta, units: int = 2) -> str:
    """A duration in so many units at most."""
    seconds = int(duration.total_seconds())
    parts = []
    for name, size in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {'day' if count == 1 and name == 'days' else name}")
    return " ".join(parts[:units]) or "0 s"


def last_of_each(runs: Sequence[RunView]) -> list[RunView]:
    """The newest run of each spider that has ended, by name; ``runs`` are newest first."""
    newest = {run.spider: run for run in reversed(runs) if run.state != "open"}
    return [newest[spider] for spider in sorted(newest)]


def last_ended(runs: Sequence[RunView]) -> RunView | None:
    """The newest run that has ended; ``runs`` are newest first."""
    return next((run for run in runs if run.state != "open"), None)

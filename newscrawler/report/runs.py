"""Runs as the page shows them: how each ended, in words, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from newscrawler.ledger import Run
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.outcomes import FAULTS, Outcome
from newscrawler.utils import escape_control_chars

#: Runs in the charts and the strip, and in the table.
RUNS = 48
#: Outcomes with a colour of their own in the chart; the rest are faults or neither.
_APART = (Outcome.NEW, Outcome.REVISED, Outcome.UNCHANGED)
GROUPS = ("new", "revised", "unchanged", "faults", "other")
#: A run counts as old after a day, or after so many of the usual intervals if that is less; a shorter time never does.
_OLD, _OLD_INTERVALS, _NEVER_OLD = timedelta(days=1), 3, timedelta(minutes=30)
#: Runs that tell an interval.
_MIN_RUNS = 4


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
        spider=escape_control_chars((run.command or "").partition(" ")[0]),
        started_at=run.started_at,
        state=state,
        word=word,
        why=escape_control_chars(_why(run)),
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


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without runs that is longer than usual."""

    length: timedelta

    @property
    def word(self) -> str:
        """What is said in place of a run."""
        return f"no run for {span(self.length, units=1)}"


@dataclass(frozen=True, slots=True)
class LastRun:
    """A spider's newest run that has ended, and how it stands with the spider's runs by now."""

    run: RunView
    #: None while it is not old; else what is usual, or an empty text.
    old: str | None
    #: Of the runs that are shown: articles whose page and feed tell the text, and those with the same words.
    compared: int
    agreed: int
    doubts: int

    @property
    def state(self) -> str:
        """A good run that is old is no good news."""
        return "old" if self.old is not None and self.run.state == "good" else self.run.state


def with_gaps(runs: Sequence[RunView], now: datetime) -> list[RunView | Gap]:
    """Runs, which are newest first, from the oldest to the newest, and the gaps among them and after them."""
    usual = _interval(runs)
    starts = [run.started_at for run in reversed(runs)]
    found: list[RunView | Gap] = []
    for run, after in zip(reversed(runs), [*starts, now][1:], strict=True):
        found.append(run)
        length = after - run.started_at - (run.duration or timedelta(0))
        if run.state != "open" and length > _bound(usual):
            found.append(Gap(length))
    return found


def _interval(runs: Sequence[RunView]) -> timedelta | None:
    """The usual time from one run to the next; None where too few runs tell it."""
    lengths = [(new.started_at - old.started_at).total_seconds() for new, old in pairwise(runs)]
    return timedelta(seconds=median(lengths)) if len(lengths) >= _MIN_RUNS - 1 else None


def _bound(usual: timedelta | None) -> timedelta:
    return _OLD if usual is None else max(min(_OLD, _OLD_INTERVALS * usual), _NEVER_OLD)


def last_of_each(runs: Sequence[RunView], now: datetime) -> list[LastRun]:
    """The newest run of each spider that has ended, by name; ``runs`` are newest first."""
    by_spider: dict[str, list[RunView]] = {}
    for run in runs:
        if run.state != "open":
            by_spider.setdefault(run.spider, []).append(run)
    return [_last(by_spider[spider], now) for spider in sorted(by_spider)]


def _last(runs: Sequence[RunView], now: datetime) -> LastRun:
    usual = _interval(runs)
    is_old = now - runs[0].started_at - (runs[0].duration or timedelta(0)) > _bound(usual)
    return LastRun(
        run=runs[0],
        old=None if not is_old else "" if usual is None else span(usual, units=1),
        compared=sum(run.compared for run in runs),
        agreed=sum(run.agreed for run in runs),
        doubts=sum(sum(run.doubts.values()) for run in runs),
    )


def last_ended(last: Sequence[LastRun]) -> LastRun | None:
    """The newest of the spiders' last runs."""
    return max(last, key=lambda one: one.run.started_at, default=None)

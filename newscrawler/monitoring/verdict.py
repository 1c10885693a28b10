"""Was the run good? Judged by its figures and those of earlier runs. Exit codes are stable.

Pure: the same figures, thresholds and history give the same verdict. docs/operate/verdict.md explains the rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple, Self, cast

from newscrawler.exceptions import ArgumentError
from newscrawler.monitoring.baseline import (
    Finding,
    PastRun,
    accumulated,
    articles,
    changed_fields,
    coverage,
    doubts,
    latest_with,
    lengths,
    lost_sources,
    revisions,
    shares,
    sources,
    sudden,
)
from newscrawler.monitoring.stats import COVERED, OP_ED_AUTHORS, RunFigures, RunSnapshot
from newscrawler.outcomes import READ, Outcome

#: Scrapy's finish reasons of a run that came to an end by itself or by a limit that the user set.
GOOD_ENDS = (
    "finished",
    "closespider_itemcount",
    "closespider_pagecount",
    "closespider_pagecount_no_item",
    "closespider_timeout",
)

#: Pages go singly: a share is judged over this many URLs, and when none of them is an article, the site or
#: the robots file is not as we think.
MIN_SAMPLE = 10


#: A run that began so much before the one before it cannot be explained by DST or drift.
_CLOCK_SLACK = timedelta(days=1)


class ExitCode(IntEnum):
    """What `scrapy crawl` returns."""

    GOOD = 0
    INTERNAL_ERROR = 1
    USAGE = 2
    BAD_VERDICT = 3
    BLOCKED = 4
    ANOTHER_RUN = 5
    OUTPUT = 6
    INTERRUPTED = 130
    TERMINATED = 143


#: Most severe first; the most severe reason makes the exit code.
_SEVERITY = (
    ExitCode.OUTPUT,
    ExitCode.TERMINATED,
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.ANOTHER_RUN,
    ExitCode.INTERNAL_ERROR,
    ExitCode.BLOCKED,
    ExitCode.BAD_VERDICT,
)


class Reason(NamedTuple):
    """Why a run was not good. ``kind`` is a short stable name; ``text`` has the figure and the threshold."""

    code: ExitCode
    kind: str
    text: str


#: Share of the records that must have a field, whatever the baseline.
_MIN_COVERAGE = {"lead": 0.5, "image": 0.5, "words": 0.5, OP_ED_AUTHORS: 0.5}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What still counts as good. docs/operate/verdict.md says what the figures rest on."""

    #: Of the URLs that were tried.
    max_fault_share: float = 0.2
    #: Well before a fifth of the pages fails, a redesign is under way.
    max_unknown_layout_share: float = 0.1
    #: Exceptions in the program itself.
    max_internal_errors: int = 5
    #: Runs in a row in which a source may give nothing; 0 for no limit. One run is a hiccup.
    max_source_losses: int = 3
    #: Of an incremental run, under an hour, when the next one comes; 0 for no limit.
    max_seconds: float = 3000.0
    #: Of the baseline of new articles, and of URLs that a source names.
    min_ratio_to_baseline: float = 0.5
    #: Of the records, by kind of doubt; what is less and unusual counts besides. 1 for no limit.
    max_doubt_share: float = 0.5
    #: Of the articles since a paragraph first came, those that have it, word for word. A closing line that began in
    #: 2022 stood in 7 of the first 10 articles. 1 for no limit.
    max_recurring_share: float = 0.75
    #: Share of the records that have a field, at least; 0 where it is not asked for.
    min_coverage: Mapping[str, float] = field(default_factory=lambda: dict(_MIN_COVERAGE))
    #: Of a field's baseline share.
    min_coverage_to_baseline: float = 0.8

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Self:
        """The defaults, with what is given in their place. Raises ArgumentError, which names the key."""
        defaults = cls()
        for name, value in given.items():
            if name not in cls.__slots__:
                raise ArgumentError(f"{name}: no such threshold; there are: {', '.join(cls.__slots__)}")
            what = _what_is_wanted(getattr(defaults, name), value)
            if what is not None:
                raise ArgumentError(f"{name}: {value}: give {what}")
        return cls(**{**given, "min_coverage": {**_MIN_COVERAGE, **given.get("min_coverage", {})}})


def _what_is_wanted(default: object, value: object) -> str | None:
    """What a threshold must be, if it is something else."""
    if isinstance(default, Mapping):
        fields = (*COVERED, OP_ED_AUTHORS)
        usable = isinstance(value, Mapping) and set(value) <= {*fields} and all(map(_is_share, value.values()))
        what = f"shares, 0 to 1, of the fields {', '.join(fields)}"
    elif isinstance(default, int):
        usable, what = isinstance(value, int) and not isinstance(value, bool) and value >= 0, "a whole number from 0"
    elif isinstance(default, float) and default > 1:
        usable, what = _is_number(value) and cast("float", value) >= 0, "seconds, 0 or more"
    else:
        usable, what = _is_share(value), "a share, 0 to 1"
    return None if usable else what


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= cast("float", value) <= 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """All reasons of a bad verdict, most severe first; of a good one none, and what was found in one line."""

    reasons: tuple[Reason, ...] = ()
    good_because: str = ""

    @classmethod
    def of(cls, reasons: Sequence[Reason], good_because: str = "") -> Verdict:
        """The reasons in order of severity."""
        return cls(tuple(sorted(reasons, key=lambda reason: _SEVERITY.index(reason.code))), good_because)

    @property
    def code(self) -> ExitCode:
        """The exit code: that of the most severe reason."""
        return self.reasons[0].code if self.reasons else ExitCode.GOOD

    @property
    def good(self) -> bool:
        """Whether the run's output may take the place of the last one's."""
        return not self.reasons

    @property
    def word(self) -> str:
        """The code in words."""
        return "good" if self.good else self.code.name.lower().replace("_", " ")

    @property
    def why(self) -> str:
        """All reasons, in one line."""
        return "; ".join(reason.text for reason in self.reasons) or self.good_because


class _Case(NamedTuple):
    """What the rules look at."""

    run: RunSnapshot
    thresholds: Thresholds
    history: Sequence[PastRun]
    started_at: datetime | None

    @property
    def figures(self) -> RunFigures:
        return self.run.figures


def judge(
    run: RunSnapshot,
    thresholds: Thresholds,
    history: Sequence[PastRun] = (),
    started_at: datetime | None = None,
) -> Verdict:
    """The verdict on a finished run. ``history``: earlier runs of the same command, newest first."""
    ended = _check_end(run)
    if ended is not None:
        return Verdict((ended,))
    case = _Case(run, thresholds, history, started_at)
    figures = case.figures
    again = f", and {figures.failed_again} again" if figures.failed_again else ""
    good = f"{figures.faults} of {figures.tried} URLs failed{again}"
    if figures.faults > thresholds.max_fault_share * figures.tried:
        # Too few to tell by themselves; "5 of 5 failed" alone would be no reason to call a run good.
        tried, faults = accumulated(latest_with(figures, history, _reached), MIN_SAMPLE, _tried, _faults)
        good += f"; with the runs before it {faults} of {tried}"
    return Verdict.of(list(_reasons(case)), good)


def _check_clock(case: _Case) -> Iterator[Reason]:
    """Told once: the next run is compared with this one."""
    if case.started_at is None or not case.history:
        return
    before = case.history[0].started_at
    if before - case.started_at > _CLOCK_SLACK:
        text = (
            f"by the clock of this run it is {case.started_at:%Y-%m-%d %H:%M}, by that of the run before it was "
            f"{before:%Y-%m-%d %H:%M}: one of them is wrong"
        )
        yield Reason(ExitCode.BAD_VERDICT, "clock", text)


def _no_url(run: RunSnapshot) -> Reason:
    text = "no article's URL was found in any source"
    if run.blocked or any("blocked" in reasons for reasons in run.sources_failed.values()):
        return Reason(ExitCode.BLOCKED, "no_address", text)
    if run.robots_unavailable:
        text += f": robots.txt can't be had ({run.robots_unavailable})"
        return Reason(ExitCode.BAD_VERDICT, "robots_unknown", text)
    said = ", ".join(f"{source} {why}" for source, why in sorted(run.figures.lost.items()))
    return Reason(ExitCode.BAD_VERDICT, "no_address", f"{text}: {said}" if said else text)


def _check_end(run: RunSnapshot) -> Reason | None:
    """The reason against a run that did not come to its end; None for one that did."""
    if run.output_failed:
        return Reason(ExitCode.OUTPUT, "output", f"the output could not be written: {run.output_failed}")
    stopped = ExitCode.TERMINATED if run.stop_signal == "SIGTERM" else ExitCode.INTERRUPTED
    if run.finish_reason == "shutdown":
        return Reason(stopped, "interrupted", "interrupted; what was found so far is kept where the output is")
    if run.finish_reason is None and run.stop_signal:
        # A second signal ends Scrapy before it can close the spider.
        text = "interrupted twice and stopped at once; the next run goes on from there"
        return Reason(stopped, "interrupted", text)
    if run.another_run is not None:
        return Reason(ExitCode.ANOTHER_RUN, "another_run", run.another_run)
    if run.refused_why:
        text = f"{run.refused_why}; do not come back before {run.refused_until}"
        return Reason(ExitCode.BLOCKED, "refused", text)
    if run.finish_reason not in GOOD_ENDS:
        return Reason(ExitCode.INTERNAL_ERROR, "ended_early", f"ended early: {run.finish_reason}")
    return None


def _reasons(case: _Case) -> Iterator[Reason]:
    """All that is to be said against a run that came to its end, in the order in which one would ask."""
    figures, thresholds = case.figures, case.thresholds
    yield from _check_outcome_totals(case)
    yield from _check_clock(case)
    if figures.scheduled == 0 and not (case.run.any_source_unchanged or figures.discovered):
        # Whatever else is missing is missing for that.
        yield _no_url(case.run)
        return
    for source, what in case.run.cut.items():
        yield Reason(ExitCode.BAD_VERDICT, "cut", f"a part of the {source} was lost: {what}")
    if case.run.would_empty is not None:
        text = f"the run has no record, and {case.run.would_empty} is not replaced by nothing"
        yield Reason(ExitCode.BAD_VERDICT, "empty", text)
    yield from _check_archive(case.run.archive)
    yield from _check_outcomes(case)
    yield from _check_unknown_layouts(case)
    if (backfill := case.run.backfill) and backfill.sitemaps_failed:
        text = f"{backfill.sitemaps_failed} sitemap(s) of the range could not be read"
        yield Reason(ExitCode.BAD_VERDICT, "range", text)
    for finding in _findings(case):
        yield Reason(ExitCode.BAD_VERDICT, finding.kind, finding.text)
    # A range of years takes days; it has no next run to give way to.
    if case.run.backfill is None and 0 < thresholds.max_seconds < figures.seconds:
        text = f"the run took {figures.seconds:.0f} seconds, more than {thresholds.max_seconds:.0f}"
        yield Reason(ExitCode.BAD_VERDICT, "duration", text)


def _check_archive(counts: Mapping[str, int]) -> Iterator[Reason]:
    """What an archive held and could not be read: which articles are lost with it is not known."""
    if broken := counts.get("broken"):
        yield Reason(ExitCode.BAD_VERDICT, "archive", f"{broken} record(s) of the WARC files could not be read")
    if others := counts.get("passed_over"):
        yield Reason(ExitCode.BAD_VERDICT, "archive", f"{others} file(s) of the folder are of a form that is not read")


def _findings(case: _Case) -> Iterator[Finding]:
    figures, history, thresholds = case.figures, case.history, case.thresholds
    yield from coverage(figures, history, thresholds.min_coverage, thresholds.min_coverage_to_baseline)
    few = articles(case.started_at, figures, history, thresholds.min_ratio_to_baseline) if case.started_at else None
    if few is not None:
        yield few
    yield from sources(figures, history, thresholds.min_ratio_to_baseline)
    yield from lost_sources(figures, history, thresholds.max_source_losses)
    yield from doubts(case.started_at, figures, history, thresholds.max_doubt_share)
    yield from sudden(case.run.recurring, case.started_at, thresholds.max_recurring_share)
    yield from shares(figures, history)
    yield from changed_fields(case.started_at, figures, history)
    yield from lengths(figures, history)
    yield from revisions(figures, history)


def _check_outcome_totals(case: _Case) -> Iterator[Reason]:
    if sum(case.figures.outcomes.values()) != case.figures.scheduled or case.run.finished_twice:
        text = "outcomes do not add up to the URLs scheduled"
        yield Reason(ExitCode.INTERNAL_ERROR, "books", text)
    errors, most = case.figures.internal_errors, case.thresholds.max_internal_errors
    if errors > most:
        text = f"{errors} errors in the program itself, more than {most}; the log has them"
        yield Reason(ExitCode.INTERNAL_ERROR, "internal_errors", text)


def _check_outcomes(case: _Case) -> Iterator[Reason]:
    figures = case.figures
    # A few pages say little: those of the runs before are added until they are enough.
    newest = latest_with(figures, case.history, _reached)
    if newest and newest[0].count(Outcome.BLOCKED):
        reached, blocked = accumulated(newest, MIN_SAMPLE, _reached, lambda run: run.count(Outcome.BLOCKED))
        if blocked * 2 > reached:
            text = f"{blocked} of {reached} URLs blocked{_over(figures.reached, reached)}, more than half"
            yield Reason(ExitCode.BLOCKED, "blocked", text)
            return
    if newest and newest[0].faults > 0:
        tried, faults = accumulated(newest, MIN_SAMPLE, _tried, _faults)
        most = case.thresholds.max_fault_share
        if faults > most * tried:
            text = f"{faults} of {tried} URLs failed{_over(figures.tried, tried)}, more than {most:.0%}"
            yield Reason(ExitCode.BAD_VERDICT, "faults", text)
    tried, read = accumulated(newest, MIN_SAMPLE, _tried, _read)
    if tried >= MIN_SAMPLE and not read:
        text = f"no article at any of {tried} URLs{_over(figures.tried, tried)}"
        yield Reason(ExitCode.BAD_VERDICT, "no_article", text)
    elif figures.scheduled and not figures.reached:
        yield Reason(ExitCode.BAD_VERDICT, "no_article", "no article at any of 0 URLs")


def _check_unknown_layouts(case: _Case) -> Iterator[Reason]:
    newest = latest_with(case.figures, case.history, _reached)
    if not newest or newest[0].unknown_layouts <= 0:
        return
    tried, unknown = accumulated(newest, MIN_SAMPLE, _tried, lambda run: run.unknown_layouts)
    most = case.thresholds.max_unknown_layout_share
    if tried >= MIN_SAMPLE and unknown > most * tried:
        text = (
            f"{unknown} of {tried} pages of an unknown layout{_over(case.figures.tried, tried)}, more than {most:.0%}"
        )
        yield Reason(ExitCode.BAD_VERDICT, "unknown_layouts", text)


def _reached(figures: RunFigures) -> int:
    return figures.reached


def _tried(run: RunFigures) -> int:
    return run.tried


def _faults(run: RunFigures) -> int:
    return run.faults


def _read(run: RunFigures) -> int:
    return sum(run.count(outcome) for outcome in READ)


def _over(own: int, together: int) -> str:
    return "" if own == together else f" in this run ({own}) and those before it"

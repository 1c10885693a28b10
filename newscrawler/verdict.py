"""Was the run good? Judged from counters alone. The exit codes are stable: schedulers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from newscrawler.outcomes import FAULTS, READ, Outcome

#: Scrapy's finish reasons of a run that came to an end by itself or by a limit that the user set.
GOOD_ENDS = (
    "finished",
    "closespider_itemcount",
    "closespider_pagecount",
    "closespider_pagecount_no_item",
    "closespider_timeout",
)

#: Pages go singly: when none of this many addresses is an article, the site or the robots file is not as we think.
TELLING = 10


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The exit code and the reason in one line."""

    code: ExitCode
    why: str

    @property
    def good(self) -> bool:
        """Whether the run's output may take the place of the last one's."""
        return self.code is ExitCode.GOOD


def judge(stats: Mapping[str, Any], *, max_fault_share: float) -> Verdict:
    """The verdict on a finished run; the first that applies, gravest first."""
    return _of_its_end(stats) or _of_outcomes(stats, outcome_counts(stats), max_fault_share)


def _of_its_end(stats: Mapping[str, Any]) -> Verdict | None:
    """The verdict on a run that did not come to its end; None for one that did."""
    reason = stats.get("finish_reason")
    lost = stats.get("newscrawler/output/failed") or stats.get("newscrawler/output_failed")
    if lost or any(key.startswith("feedexport/failed_count/") for key in stats):
        return Verdict(ExitCode.OUTPUT, f"the output could not be written: {lost or 'see the log above'}")
    if reason == "shutdown":
        return Verdict(_signal_code(stats), "interrupted; what was found so far is kept where the output is")
    if reason is None and stats.get("newscrawler/stop_signal"):
        # A second signal ends Scrapy before it can close the spider.
        return Verdict(_signal_code(stats), "interrupted twice and stopped at once; the next run goes on from there")
    refusal = stats.get("newscrawler/another_run")
    if refusal is not None:
        return Verdict(ExitCode.ANOTHER_RUN, str(refusal))
    if reason not in GOOD_ENDS:
        return Verdict(ExitCode.INTERNAL_ERROR, f"ended early: {reason}")
    return None


def _of_outcomes(stats: Mapping[str, Any], outcomes: Mapping[Outcome, int], max_fault_share: float) -> Verdict:
    scheduled = stats.get("newscrawler/scheduled", 0)
    if scheduled == 0 and not _sources_answered(stats):
        refused = any(_is_lost(key) and key.endswith("/blocked") for key in stats)
        code = ExitCode.BLOCKED if refused else ExitCode.BAD_VERDICT
        return Verdict(code, "no article's address was found in any source")
    # What a limit or a stop left out says nothing about the site.
    reached = scheduled - outcomes[Outcome.NOT_REACHED]
    blocked = outcomes[Outcome.BLOCKED]
    if blocked * 2 > reached:
        return Verdict(ExitCode.BLOCKED, f"{blocked} of {reached} addresses blocked")
    if sum(outcomes.values()) != scheduled or stats.get("newscrawler/outcome_twice"):
        return Verdict(ExitCode.INTERNAL_ERROR, "outcomes do not add up to the addresses scheduled")
    # What failed in an earlier run and fails again is no news of this one.
    again = stats.get("newscrawler/failed_again", 0)
    faults = sum(outcomes[outcome] for outcome in FAULTS) - again
    tried = reached - stats.get("newscrawler/scheduled_again", 0)
    why = f"{faults} of {tried} addresses failed" + (f", and {again} again" if again else "")
    if faults > max_fault_share * max(tried, 0):
        return Verdict(ExitCode.BAD_VERDICT, why)
    read = sum(outcomes[outcome] for outcome in READ)
    if (scheduled and not reached) or (tried >= TELLING and not read):
        return Verdict(ExitCode.BAD_VERDICT, f"no article at any of {reached} addresses")
    return Verdict(ExitCode.GOOD, why)


def outcome_counts(stats: Mapping[str, Any]) -> dict[Outcome, int]:
    """How many addresses had each outcome."""
    return {outcome: stats.get(f"newscrawler/outcome/{outcome}", 0) for outcome in Outcome}


def _sources_answered(stats: Mapping[str, Any]) -> bool:
    """Whether there were addresses, all of them known, or a source that said it had not changed."""
    unchanged = any(key.startswith("newscrawler/source/") and key.endswith("/unchanged") for key in stats)
    return unchanged or stats.get("newscrawler/discovery/found", 0) > 0


def _is_lost(key: str) -> bool:
    return key.startswith("newscrawler/source/") and "/lost/" in key


def _signal_code(stats: Mapping[str, Any]) -> ExitCode:
    terminated = stats.get("newscrawler/stop_signal") == "SIGTERM"
    return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED

"""Was the run good? Judged from counters alone. The exit codes are stable: schedulers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from newscrawler.outcomes import FAULTS, Outcome

#: Scrapy's finish reasons of a run that came to an end by itself or by a limit that the user set.
GOOD_ENDS = (
    "finished",
    "closespider_itemcount",
    "closespider_pagecount",
    "closespider_pagecount_no_item",
    "closespider_timeout",
)


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
    outcomes = outcome_counts(stats)
    scheduled = stats.get("newscrawler/scheduled", 0)
    reason = stats.get("finish_reason")
    lost = stats.get("newscrawler/output/failed")
    if lost or any(key.startswith("feedexport/failed_count/") for key in stats):
        return Verdict(ExitCode.OUTPUT, f"the output could not be written: {lost or 'see the log above'}")
    if reason == "shutdown":
        return Verdict(_signal_code(stats), "interrupted; what was found so far is in the .part file")
    if reason not in GOOD_ENDS:
        return Verdict(ExitCode.INTERNAL_ERROR, f"ended early: {reason}")
    if scheduled == 0:
        refused = any(_is_lost(key) and key.endswith("/blocked") for key in stats)
        code = ExitCode.BLOCKED if refused else ExitCode.BAD_VERDICT
        return Verdict(code, "no article's address was found in any source")
    blocked = outcomes[Outcome.BLOCKED]
    if blocked * 2 > scheduled:
        return Verdict(ExitCode.BLOCKED, f"{blocked} of {scheduled} addresses blocked")
    if sum(outcomes.values()) != scheduled or stats.get("newscrawler/outcome_twice"):
        return Verdict(ExitCode.INTERNAL_ERROR, "outcomes do not add up to the addresses scheduled")
    faults = sum(outcomes[outcome] for outcome in FAULTS)
    if faults > max_fault_share * scheduled:
        return Verdict(ExitCode.BAD_VERDICT, f"{faults} of {scheduled} addresses failed")
    return Verdict(ExitCode.GOOD, f"{faults} of {scheduled} addresses failed")


def outcome_counts(stats: Mapping[str, Any]) -> dict[Outcome, int]:
    """How many addresses had each outcome."""
    return {outcome: stats.get(f"newscrawler/outcome/{outcome}", 0) for outcome in Outcome}


def _is_lost(key: str) -> bool:
    return key.startswith("newscrawler/source/") and "/lost/" in key


def _signal_code(stats: Mapping[str, Any]) -> ExitCode:
    terminated = stats.get("newscrawler/stop_signal") == "SIGTERM"
    return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED

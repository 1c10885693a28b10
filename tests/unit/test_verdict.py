"""Was the run good? From its counters to the exit code."""

from __future__ import annotations

from typing import Any

import pytest

from newscrawler.monitoring.stats import snapshot_of
from newscrawler.monitoring.verdict import ExitCode, Thresholds, judge
from newscrawler.outcomes import FAULTS, READ, Outcome


def stats(counts: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """The counters of a run with these outcomes."""
    counts = {"new": 100} if counts is None else counts
    found = {f"newscrawler/outcome/{name}": count for name, count in counts.items()}
    return {"finish_reason": "finished", "newscrawler/scheduled": sum(counts.values()), **found, **more}


def code(counters: dict[str, Any], share: float = 0.2) -> ExitCode:
    return judge(snapshot_of(counters), Thresholds(max_fault_share=share)).code


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"new": 100}, ExitCode.GOOD),
        ({"new": 1}, ExitCode.GOOD),
        ({"new": 50, "gone": 30, "robots": 10, "not_article": 5, "duplicate": 5}, ExitCode.GOOD),
        ({"new": 80, "invalid": 20}, ExitCode.GOOD),
        ({"new": 79, "invalid": 21}, ExitCode.BAD_VERDICT),
        ({"new": 90, "unknown_layout": 10}, ExitCode.GOOD),
        ({"new": 89, "unknown_layout": 11}, ExitCode.BAD_VERDICT),
        ({"new": 79, "invalid": 7, "http_error": 7, "failed": 7}, ExitCode.BAD_VERDICT),
        ({"new": 50, "blocked": 50}, ExitCode.BAD_VERDICT),
        ({"new": 49, "blocked": 51}, ExitCode.BLOCKED),
        ({"blocked": 1}, ExitCode.BLOCKED),
        ({"unknown_layout": 1}, ExitCode.BAD_VERDICT),
        # What a limit left out hides no fault.
        ({"unknown_layout": 10, "not_reached": 90}, ExitCode.BAD_VERDICT),
        ({"blocked": 10, "not_reached": 90}, ExitCode.BLOCKED),
        ({"new": 10, "not_reached": 90}, ExitCode.GOOD),
        ({"not_reached": 90}, ExitCode.BAD_VERDICT),
        # Pages go singly; all at once they don't.
        ({"gone": 1}, ExitCode.GOOD),
        ({"gone": 50, "robots": 50}, ExitCode.BAD_VERDICT),
        ({}, ExitCode.BAD_VERDICT),
    ],
)
def test_outcomes_make_the_verdict(counts: dict[str, int], expected: ExitCode) -> None:
    assert code(stats(counts)) is expected


@pytest.mark.parametrize("outcome", FAULTS)
def test_every_fault_counts(outcome: Outcome) -> None:
    assert code(stats({"new": 9, str(outcome): 1}), share=0.05) is ExitCode.BAD_VERDICT
    assert code(stats({"new": 9, str(outcome): 1}), share=0.1) is ExitCode.GOOD


def test_an_outcome_is_at_most_one_of_read_and_fault() -> None:
    assert not set(FAULTS) & set(READ)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"finish_reason": "closespider_timeout"}, ExitCode.GOOD),
        ({"finish_reason": "closespider_itemcount"}, ExitCode.GOOD),
        ({"finish_reason": "closespider_errorcount"}, ExitCode.INTERNAL_ERROR),
        ({"finish_reason": "memusage_exceeded"}, ExitCode.INTERNAL_ERROR),
        ({"finish_reason": "shutdown"}, ExitCode.INTERRUPTED),
        ({"finish_reason": "shutdown", "newscrawler/stop_signal": "SIGINT"}, ExitCode.INTERRUPTED),
        ({"finish_reason": "shutdown", "newscrawler/stop_signal": "SIGTERM"}, ExitCode.TERMINATED),
        ({"finish_reason": None}, ExitCode.INTERNAL_ERROR),
        # The second signal ends Scrapy before there is a reason.
        ({"finish_reason": None, "newscrawler/stop_signal": "SIGINT"}, ExitCode.INTERRUPTED),
        ({"finish_reason": None, "newscrawler/stop_signal": "SIGTERM"}, ExitCode.TERMINATED),
        ({"newscrawler/output/failed": "No space left on device"}, ExitCode.OUTPUT),
        ({"feedexport/failed_count/AtomicFileFeedStorage": 1}, ExitCode.OUTPUT),
        ({"newscrawler/outcome_twice": 1}, ExitCode.INTERNAL_ERROR),
        ({"newscrawler/scheduled": 101}, ExitCode.INTERNAL_ERROR),
    ],
)
def test_what_else_decides(more: dict[str, Any], expected: ExitCode) -> None:
    assert code({**stats(), **more}) is expected


def test_the_gravest_reason_is_told() -> None:
    full = {"newscrawler/output/failed": "No space left on device", "finish_reason": "shutdown"}
    verdict = judge(snapshot_of({**stats({"blocked": 9}), **full}), Thresholds())
    assert verdict.code is ExitCode.OUTPUT
    assert "No space left on device" in verdict.why


@pytest.mark.parametrize(("reason", "expected"), [("blocked", ExitCode.BLOCKED), ("status_404", ExitCode.BAD_VERDICT)])
def test_sources_that_name_nothing(reason: str, expected: ExitCode) -> None:
    lost = {"newscrawler/source/feed/lost": 1, f"newscrawler/source/feed/lost/{reason}": 1}
    assert code({**stats({}), **lost}) is expected


def test_codes_are_as_promised() -> None:
    assert {int(member): member.name for member in ExitCode} == {
        0: "GOOD",
        1: "INTERNAL_ERROR",
        2: "USAGE",
        3: "BAD_VERDICT",
        4: "BLOCKED",
        5: "ANOTHER_RUN",
        6: "OUTPUT",
        130: "INTERRUPTED",
        143: "TERMINATED",
    }


def test_a_site_that_refuses_is_blocked_whatever_was_found() -> None:
    counters = stats(
        {"new": 90, "blocked": 1}, **{"newscrawler/refused/why": "no", "newscrawler/refused/until": "then"}
    )
    assert code({**counters, "finish_reason": "refused"}) is ExitCode.BLOCKED
    assert code(stats({}, **{"newscrawler/blocked/empty": 3})) is ExitCode.BLOCKED
    assert code(stats({}, **{"newscrawler/robots/unknown": "answered 503"})) is ExitCode.BAD_VERDICT


def test_a_range_of_days_may_take_days() -> None:
    long = stats(elapsed_time_seconds=90_000.0)
    assert [one.kind for one in judge(snapshot_of(long), Thresholds()).reasons] == ["duration"]
    of_range = {
        f"newscrawler/backfill/{name}": value for name, value in (("first", "2019-01-01"), ("last", "2019-12-31"))
    }
    assert judge(snapshot_of({**long, **of_range, "newscrawler/backfill/days": 365}), Thresholds()).good

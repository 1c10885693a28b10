"""Runs whose clock was ahead, and the first one after them whose clock is right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dataset_driver import entry
from tests.unit.test_ledger_urls import DAY, HOUR, Runs

YEAR = timedelta(days=365)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Two runs with the right clock, and one that is under way a year ahead."""
    runs = Runs(tmp_path)
    runs.plan(0)
    runs.save(0)
    runs.at(HOUR)
    runs.at(YEAR)
    yield runs
    runs.part.close()
    runs.ledger.close()


def test_what_was_read_then_is_read_again(runs: Runs) -> None:
    runs.plan(1)
    runs.save(1)
    runs.at(2 * HOUR)
    assert "revisit 1" in runs.pending()
    decision = runs.ledger.articles.decide(runs.record(1, version=1))
    assert (decision.outcome, decision.revision) == ("revised", 2)
    assert decision.in_order, "the page of today is newer than the one of next year"


def test_what_failed_or_was_not_reached_then_is_tried_again(runs: Runs) -> None:
    for number, outcome in ((1, "failed"), (2, "http_error")):
        runs.plan(number)
        runs.fail(outcome, number)
    runs.plan(3)
    runs.at(2 * HOUR)
    assert {"fetch 1", "fetch 2", "fetch 3"} <= set(runs.pending())


def test_it_is_done_once(runs: Runs) -> None:
    runs.plan(1)
    runs.save(1)
    runs.at(2 * HOUR)
    assert "revisit 1" in runs.pending()
    runs.not_modified(1)
    runs.at(3 * HOUR)
    assert "revisit 1" not in runs.pending()


def test_a_clock_that_is_behind_changes_nothing(runs: Runs) -> None:
    """More runs are ahead of it than are not: this one is wrong."""
    runs.at(YEAR + HOUR)
    runs.plan(1)
    runs.save(1)
    runs.at(-DAY)
    assert runs.pending() == []
    assert runs.ledger.urls.state_of(entry(1).key) is not None
    decision = runs.ledger.articles.decide(runs.record(1, version=1))
    assert not decision.in_order

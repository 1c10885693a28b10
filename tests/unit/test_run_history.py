"""What the ledger keeps of each run, by which the next ones are judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawler.dataset.recovery import recover
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, Ledger, Run, new_run_id
from newscrawler.ledger.database import Database
from newscrawler.ledger.schema import MIGRATIONS
from newscrawler.monitoring.stats import RunFigures, snapshot_of
from tests.dataset_driver import START, make_record, save

HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / LEDGER_NAME) as opened:
        yield opened


def begun(ledger: Ledger, number: int, command: str = "rt_world") -> Run:
    at = START + number * HOUR
    return ledger.runs.begin(new_run_id(at), at, extractor_version="1", command=command)


def ended(ledger: Ledger, number: int, command: str = "rt_world", scheduled: int = 0) -> Run:
    run = begun(ledger, number, command)
    ledger.runs.end(
        run,
        run.started_at,
        outcomes={},
        finish_reason="finished",
        exit_code=0,
        verdict="0 of 1 URLs failed",
        figures=RunFigures(scheduled=scheduled),
    )
    return ledger.runs.get(run.run_id)


def test_figures_come_back_as_they_were(ledger: Ledger) -> None:
    counters = {
        "elapsed_time_seconds": 2.25,
        "newscrawler/source/feed/pages": 1,
        "newscrawler/discovery/feed/named": 100,
        "newscrawler/source/listing/unchanged": 1,
        "newscrawler/source/newssitemap/lost": 1,
        "newscrawler/source/newssitemap/lost/status_500": 1,
        "newscrawler/records": 10,
        "newscrawler/missing/lead": 3,
        "newscrawler/outcome/new": 10,
        "newscrawler/scheduled": 11,
    }
    figures = snapshot_of(counters).figures
    assert figures.named == {"feed": 100}
    assert figures.unchanged == ("listing",)
    assert figures.lost == {"newssitemap": "status_500"}
    assert figures.fields["lead"] == 7
    run = begun(ledger, 0)
    ledger.runs.end(
        run, START, outcomes=figures.outcomes, finish_reason="finished", exit_code=3, verdict="why", figures=figures
    )
    found = ledger.runs.get(run.run_id)
    assert (found.figures, found.verdict, found.exit_code) == (figures, "why", 3)


def test_figures_of_another_version_can_be_read() -> None:
    assert RunFigures.of_json({"scheduled": 3, "invented_later": 1}) == RunFigures(scheduled=3)


def test_history_is_of_the_same_command_newest_first(ledger: Ledger) -> None:
    for number in range(4):
        ended(ledger, number, scheduled=number)
    ended(ledger, 4, command="rt_world -a url=x")
    begun(ledger, 5)
    run = begun(ledger, 6)
    found = ledger.runs.history(run, since=START + HOUR)
    assert [past.figures.scheduled for past in found if past.figures] == [3, 2, 1]


def test_of_a_killed_run_the_committed_lines_are_known(ledger: Ledger, tmp_path: Path) -> None:
    first = begun(ledger, 0)
    part = PartFile(tmp_path, ledger, first)
    save(ledger, part, first, make_record(0), START)
    part.finish()
    ledger.runs.end(first, START, outcomes={}, finish_reason="finished", exit_code=0)
    run = begun(ledger, 1)
    part = PartFile(tmp_path, ledger, run)
    later = (START + HOUR).isoformat()
    for record in (make_record(0, version=1, fetched_at=later), make_record(1), make_record(2)):
        save(ledger, part, run, record, START + HOUR)
    part.close()
    recover(tmp_path, ledger, START + 2 * HOUR)
    found = ledger.runs.get(run.run_id)
    assert found.killed
    assert found.exit_code is None
    assert found.figures is not None
    assert found.figures.outcomes == {"new": 2, "revised": 1}
    assert found.figures.lines == 3


def test_a_ledger_of_the_first_version_keeps_its_runs(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_NAME
    database = Database(path, durability="run", read_only=False, migrations=MIGRATIONS[:1])
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO runs (run_id, started_at, extractor, compress, finished_at, outcomes, exit_code)"
            " VALUES ('old', 0, '1', 0, 1, '{\"new\": 3}', 0)"
        )
    database.close()
    with Ledger.open(path) as ledger:
        old = ledger.runs.get("old")
        assert (old.outcomes, old.exit_code, old.figures, old.verdict) == ({"new": 3}, 0, None, None)
        assert ledger.runs.history(begun(ledger, 0), since=START) == []


def test_runs_of_one_second_sort_in_their_order() -> None:
    """A run that was killed is started again within its second, and its file comes after the first one's."""
    names = [new_run_id(START)]
    for _ in range(20):
        names.append(new_run_id(START, names[-1]))
    assert names == sorted(set(names))
    assert new_run_id(START + timedelta(seconds=1), names[-1]) > names[-1]

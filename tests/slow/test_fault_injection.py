"""Some of the faults that `python -m tests.slow.fault_injection` injects, and its check."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newscrawler.dataset.files import finished_files
from tests.oracle import lines_of, problems
from tests.slow.fault_injection.__main__ import ALL, run_faults
from tests.slow.fault_injection.fault import Harness
from tests.slow.fault_injection.history import History, ServedSite
from tests.slow.fault_injection.table import table

QUICK = (
    "all_500",
    "parts_unwritable",
    "log_unwritable",
)
HISTORY = History(days=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a history, for all tests here."""
    path = tmp_path_factory.mktemp("faults")
    Harness(path, HISTORY).before()
    return path


def test_there_are_enough_of_them() -> None:
    assert len({fault.name for fault in ALL}) == len(ALL) >= 25
    assert {fault.name for fault in ALL} >= set(QUICK)


def test_nothing_is_lost(folder: Path) -> None:
    results = run_faults([fault for fault in ALL if fault.name in QUICK], folder, days=HISTORY.days)
    assert {result.fault.name: result.problems for result in results if result.problems} == {}
    rows = table(results).splitlines()
    assert len(rows) == 2 + len(QUICK)
    assert all(row.count("|") - row.count("\\|") == 7 for row in rows)
    assert all(json.dumps(result.as_json()) for result in results)


def test_what_is_not_as_expected_is_said(folder: Path) -> None:
    """A fault that is none: everything expected of it must be missed."""
    [fault] = [fault for fault in ALL if fault.name == "locale_c"]
    wrong = replace(fault, codes=(3,), says="no such words", alarms=("bad",), next_codes=(4,))
    [result] = run_faults([wrong], folder, days=HISTORY.days)
    told = "; ".join(result.problems)
    for part in ("exit code 0, should be 3", "should match 'no such words'", "should be ['bad']", "the next run: exit"):
        assert part in told
    assert len(result.problems) == 4
    assert (folder / "locale_c" / "log-1").exists()


@pytest.fixture
def whole(folder: Path, tmp_path: Path) -> Iterator[tuple[ServedSite, Path, list[bytes]]]:
    data = tmp_path / "data"
    shutil.copytree(folder / "history" / "data", data)
    with ServedSite.of(HISTORY) as served:
        yield served, data, lines_of(data)


def found(whole: tuple[ServedSite, Path, list[bytes]]) -> str:
    served, data, before = whole
    return "; ".join(problems(data, served.truth(before, HISTORY.runs[-1])))


def test_a_whole_dataset_is_whole(whole: tuple[ServedSite, Path, list[bytes]]) -> None:
    assert found(whole) == ""


def test_a_lost_line_is_seen(whole: tuple[ServedSite, Path, list[bytes]]) -> None:
    path = list(finished_files(whole[1]))[-1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    text = found(whole)
    assert "an earlier line is lost" in text
    assert ": lost" in text
    assert "verify: " in text


def test_a_doubled_line_is_seen(whole: tuple[ServedSite, Path, list[bytes]]) -> None:
    path = list(finished_files(whole[1]))[-1]
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[0])
    assert "revisions [1, 1]" in found(whole)


def test_a_missed_edit_is_seen(whole: tuple[ServedSite, Path, list[bytes]]) -> None:
    served, data, before = whole
    text = "; ".join(problems(data, served.truth(before, HISTORY.moment)))
    assert "version 0, the site has 1" in text
    assert "; ".join(problems(data, served.truth(before, HISTORY.moment, stale=True))).count("version 0") == 0


def test_a_wrong_text_is_seen(whole: tuple[ServedSite, Path, list[bytes]]) -> None:
    path = list(finished_files(whole[1]))[-1]
    record = json.loads(path.read_bytes().splitlines()[0])
    record["headline"] = "Words that the site never had"
    path.write_bytes(json.dumps(record).encode() + b"\n" + b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    assert "its lines are versions [-1]" in found(whole)

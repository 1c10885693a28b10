"""The short form of the kill test (`make torture` is the long one), and a check that sees damage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newscrawler.dataset.files import finished_files
from tests.oracle import lines_of, problems
from tests.slow.crash_tests.__main__ import run_rounds, tasks
from tests.slow.crash_tests.crawls import Setup, crawl
from tests.slow.crash_tests.rounds import POINTS, STOPS, Harness
from tests.slow.crash_tests.site_states import AFTER, SiteStates


def test_killed_and_interrupted_crawls_lose_and_repeat_nothing(tmp_path: Path) -> None:
    # 29 kills, eleven of them at random instants. Of the interruptions one of each signal, one of them twice;
    # test_output.py has the others.
    left_out = ("SIGTERM twice", "SIGINT")
    results = run_rounds([task for task in tasks(22, 1, seed=7) if task.how not in left_out], tmp_path)
    assert [result.line() for result in results if result.problems or not result.hit] == []
    assert sum(result.how == "random" for result in results) == 11
    assert {result.how for result in results} == {"random", *POINTS, *STOPS} - set(left_out)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SiteStates, Path, list[bytes]]]:
    """A data folder after a first and a second run, and the lines of the first."""
    states = SiteStates.build()
    with states.served() as servers:
        harness = Harness(states, servers, tmp_path_factory.mktemp("crashes"))
        setup = Setup()
        folder = harness.fresh("whole", setup)
        run = crawl(folder, harness.url("after", setup), AFTER, setup)
        assert run.code == 0, run.log
        yield states, folder / "data", lines_of(harness.first(setup) / "data")


def _remove_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def _double_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[0]]))


def _tear_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _change_word(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"Officials", b"Officers", 1))


def _lose_revision(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if json.loads(line)["revision"] == 1))


def _leave_part(path: Path) -> None:
    (path.parents[4] / "parts" / path.name).write_bytes(b"")


def test_a_whole_dataset_has_no_problems(whole: tuple[SiteStates, Path, list[bytes]]) -> None:
    states, data, first = whole
    assert problems(data, states.truth(first)) == []
    assert any(json.loads(line)["revision"] == 2 for line in lines_of(data))


@pytest.mark.parametrize("file", [0, 1])
@pytest.mark.parametrize("damage", [_remove_line, _double_line, _tear_line, _change_word, _leave_part])
def test_damage_is_seen(
    whole: tuple[SiteStates, Path, list[bytes]], tmp_path: Path, damage: Callable[[Path], None], file: int
) -> None:
    states, data, first = whole
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    damage(list(finished_files(copy))[file])
    found = problems(copy, states.truth(first))
    assert found
    seen = [problem for problem in found if not problem.startswith("verify")]
    assert seen, "only verify, which is under test itself, has seen it"


def test_a_lost_revision_is_seen(whole: tuple[SiteStates, Path, list[bytes]], tmp_path: Path) -> None:
    states, data, first = whole
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    _lose_revision(list(finished_files(copy))[1])
    assert any("version 0, the site has 1" in problem for problem in problems(copy, states.truth(first)))

"""Crawls killed with SIGKILL at every named instant and at random ones, and what is found afterwards."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.dataset.verification import verify
from newscrawler.ledger import LEDGER_NAME, Ledger
from tests.dataset_driver import LATER, START, crawl

POINTS = (
    "in_migration",
    "after_discovered",
    "after_discovered:2",
    "after_write",
    "after_write:4",
    "after_fsync",
    "after_fsync:5",
    "before_commit",
    "before_commit:6",
    "after_commit",
    "after_commit:7",
    "before_rename",
    "after_rename",
    "gzip_half",
    "compress_before_rename",
    "compress_after_rename",
    "compress_before_filed",
    "before_filed",
)
ARTICLES = 12
ROOT = Path(__file__).parents[2]


def run_cases(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(
        [sys.executable, "-m", "tests.dataset_driver"],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(data_dir: Path) -> None:
    """Each article exactly once in each of its revisions, nothing torn, ledger and files of one mind."""
    found: Counter[tuple[str, int]] = Counter()
    for path in finished_files(data_dir):
        for _, line in read_lines(path):
            record = json.loads(line)
            found[(record["article_id"], record["revision"])] += 1
    expected = {(str(600000 + n), revision) for n in range(ARTICLES) for revision in ((1,) if n % 2 else (1, 2))}
    assert found == Counter(expected)
    assert not list((data_dir / "parts").iterdir())
    assert not (data_dir / "orphans").exists()
    with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
        assert list(verify(data_dir, ledger, lambda record: [])) == []
        assert ledger.runs.unfinished() == []


def case(data_dir: Path, kills: list[str], compress: bool, durability: str, **more: Any) -> dict[str, Any]:
    return {
        "data_dir": str(data_dir),
        "kills": kills,
        "compress": compress,
        "durability": durability,
        "articles": ARTICLES,
        **more,
    }


@pytest.mark.parametrize("durability", ["run", "line"])
@pytest.mark.parametrize("compress", [False, True])
def test_killed_at_named_instants(tmp_path: Path, compress: bool, durability: str) -> None:
    cases = [case(tmp_path / point.replace(":", "_"), [point], compress, durability) for point in POINTS]
    killed = Counter(
        os.WTERMSIG(end) == signal.SIGKILL and os.WIFSIGNALED(end)
        for result in run_cases(cases)
        for end in (result["ends"][0], result["ends"][2])
    )
    assert killed[True] >= (30 if compress else 24)  # compression's instants are not reached without it
    for one in cases:
        check(Path(one["data_dir"]))


@pytest.mark.parametrize("compress", [False, True])
def test_killed_again_in_recovery(tmp_path: Path, compress: bool) -> None:
    then = (
        "gzip_half",
        "compress_before_rename",
        "compress_after_rename",
        "before_filed",
        "before_rename",
        "after_rename",
    )
    cases = [
        case(tmp_path / f"{first}-{second}".replace(":", "_"), [first, second, second], compress, "run")
        for first in ("after_commit:3", "after_write:3")
        for second in then
    ]
    run_cases(cases)
    for one in cases:
        check(Path(one["data_dir"]))


@pytest.mark.parametrize("compress", [False, True])
def test_killed_at_random_instants(tmp_path: Path, compress: bool) -> None:
    cases = [
        case(tmp_path / str(seed), ["random", "random"], compress, "run", seed=seed, longest=0.03) for seed in range(20)
    ]
    results = run_cases(cases)
    assert sum(os.WIFSIGNALED(end) for result in results for end in result["ends"]) >= 20
    for one in cases:
        check(Path(one["data_dir"]))


def test_killed_in_a_later_migration(tmp_path: Path) -> None:
    crawl(tmp_path, START, articles=4, version=0, compress=False, durability="run")
    ledger = tmp_path / LEDGER_NAME
    killed, finished = run_cases(
        [{"migrate": str(ledger), "kill_at": "in_migration"}, {"migrate": str(ledger), "kill_at": None}]
    )
    assert os.WIFSIGNALED(killed["ends"][0])
    assert finished["ends"] == [0]
    with closing(sqlite3.connect(ledger)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (len(LATER),)


@pytest.mark.parametrize("compress", [False, True])
def test_killed_in_a_takedown(tmp_path: Path, compress: bool) -> None:
    points = [f"takedown_{when}_rename:{count}" for when in ("before", "after") for count in (1, 2)]
    cases = []
    for first in points:
        for second in (None, "takedown_before_rename", "takedown_after_rename"):
            folder = tmp_path / f"{first}-{second}".replace(":", "_")
            for days, version in ((0, 0), (1, 1)):
                now = START + timedelta(days=days)
                crawl(folder, now, articles=6, version=version, compress=compress, durability="run")
            cases.append({"takedown": str(folder), "kills": [first, second]})
    for one, result in zip(cases, run_cases(cases), strict=True):
        folder = Path(str(one["takedown"]))
        assert os.WIFSIGNALED(result["ends"][0])
        assert result["ends"][-1] == 0
        with Ledger.open(folder / LEDGER_NAME) as ledger:
            assert list(verify(folder, ledger, lambda record: [])) == []
            (entry_of_log,) = ledger.takedowns.all()
            assert entry_of_log.finished_at == START
            assert entry_of_log.lines == 2
        ids = [json.loads(line)["article_id"] for path in finished_files(folder) for _, line in read_lines(path)]
        assert sorted(set(ids)) == ["600000", "600001", "600003", "600004", "600005"]


def test_same_lines_give_the_same_gzip(tmp_path: Path) -> None:
    for name in ("a", "b"):
        crawl(tmp_path / name, START, articles=4, version=0, compress=True, durability="run")
    files = [next(finished_files(tmp_path / name)) for name in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert gzip.decompress(files[0].read_bytes()).count(b"\n") == 4
    shutil.rmtree(tmp_path / "a")

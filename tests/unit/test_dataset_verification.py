"""Each kind of damage is found; a takedown leaves none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.export import latest_lines
from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.dataset.takedown import takedown
from newscrawler.dataset.verification import KINDS, Problem, verify
from newscrawler.exceptions import DatasetError
from newscrawler.ledger import LEDGER_NAME, Ledger
from tests.dataset_driver import START, as_line, crawl, entry, make_record

DAY = timedelta(days=1)


def dataset(folder: Path, *, compress: bool = False) -> None:
    """Six articles; the even ones have two revisions, in a second file."""
    for days, version in ((0, 0), (1, 1)):
        crawl(folder, START + days * DAY, articles=6, version=version, compress=compress, durability="run")


def check(folder: Path, validate: Callable[[dict[str, Any]], list[str]] = lambda record: []) -> list[Problem]:
    with Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
        return list(verify(folder, ledger, validate))


def edit(number: int, line: int, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Damage to one line of one of the two files."""

    def damage(folder: Path) -> None:
        path = list(finished_files(folder))[number]
        lines = path.read_bytes().splitlines(keepends=True)
        lines[line] = change(lines[line])
        path.write_bytes(b"".join(lines))

    return damage


def set_field(name: str, value: object) -> Callable[[bytes], bytes]:
    return lambda line: as_line(json.loads(line) | {name: value})


def ledger_says(sql: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with Ledger.open(folder / LEDGER_NAME) as ledger, ledger._database.transaction() as connection:
            connection.execute(sql)

    return damage


def on_files(work: Callable[[Path, Path], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        first, second = finished_files(folder)
        work(first, second)

    return damage


def spoil_ledger(folder: Path) -> None:
    """Change a key in the index that finds stories, so that it no longer agrees with its table."""
    path = folder / LEDGER_NAME
    with Ledger.open(path) as ledger:
        page = ledger._database.one("SELECT rootpage FROM sqlite_master WHERE name = 'stories_by_key'")[0]
    data = bytearray(path.read_bytes())
    at = data.index(b"600003", 4096 * (page - 1), 4096 * page)
    data[at : at + 6] = b"600009"
    path.write_bytes(data)


def leave_part(folder: Path) -> None:
    (folder / "parts" / "20260509T000000Z-ffff.jsonl").write_text("x")


def swap_lines(first: Path, second: Path) -> None:
    lines = first.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "torn_line": edit(1, -1, lambda line: line[:-5]),
    "invalid_json": edit(0, 2, lambda line: b"?" + line[1:]),
    "no_key": edit(0, 2, set_field("revision", None)),
    "schema": edit(0, 1, set_field("word_count", "many")),
    "text_mismatch": edit(0, 1, set_field("text", "Other words.")),
    "hash_mismatch": edit(0, 1, set_field("headline", "Other words")),
    "altered_line": edit(0, 1, set_field("section", "usa")),
    "ledger_mismatch": edit(1, 0, set_field("revision_reason", "extractor")),
    "misplaced_line": on_files(swap_lines),
    "duplicate_revision": edit(1, 0, lambda line: line + line),
    "revision_gap": ledger_says("DELETE FROM revisions WHERE n = 1 AND story = 1"),
    "base_mismatch": edit(1, 1, set_field("revision_of_hash", "0" * 64)),
    "unknown_line": edit(0, 5, lambda line: line + as_line(make_record(77))),
    "missing_line": edit(0, 5, lambda line: b""),
    "missing_file": on_files(lambda first, second: second.unlink()),
    "doubled_file": on_files(
        lambda first, second: first.with_name(first.name + ".gz").write_bytes(gzip.compress(first.read_bytes()))
    ),
    "unreadable_file": on_files(lambda first, second: second.rename(second.with_name(second.name + ".gz"))),
    "unfinished_part": leave_part,
    "stray_file": on_files(lambda first, second: first.with_name("notes.txt").write_text("x")),
    "ledger_damaged": spoil_ledger,
}


def test_a_sound_dataset_has_no_problem(tmp_path: Path) -> None:
    dataset(tmp_path, compress=True)
    assert check(tmp_path) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("orphan", "taken_down")])
def test_damage_is_found(tmp_path: Path, kind: str) -> None:
    dataset(tmp_path)
    DAMAGES[kind](tmp_path)
    many = {"schema": lambda record: ["word_count is no number"] if record.get("word_count") == "many" else []}
    problems = check(tmp_path, many.get(kind, lambda record: []))
    assert kind in {problem.kind for problem in problems}
    assert len(problems) <= 4
    assert all(problem.kind in KINDS for problem in problems)


def test_a_truncated_gzip_file(tmp_path: Path) -> None:
    dataset(tmp_path, compress=True)
    path = next(finished_files(tmp_path))
    path.write_bytes(path.read_bytes()[:-20])
    assert [problem.kind for problem in check(tmp_path)] == ["unreadable_file"]


@pytest.mark.parametrize("compress", [False, True])
def test_takedown(tmp_path: Path, compress: bool) -> None:
    dataset(tmp_path, compress=compress)
    others = [line for line in latest_lines(tmp_path) if json.loads(line)["article_id"] != "600002"]
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        entry_of_log = takedown(tmp_path, ledger, entry(2).key, START, reason="asked to")
        assert (entry_of_log.lines, len(entry_of_log.files), entry_of_log.finished_at) == (2, 2, START)
        assert ledger.takedowns.all() == [entry_of_log]
        assert ledger.takedowns.includes(entry(2).key)
        assert ledger.lines.of_article(entry(2).key) == []
        run = ledger.runs.last(1)[0]
        assert [p.action for p in ledger.urls.discovered(run, START + DAY, [entry(2)])] == ["taken_down"]
        again = takedown(tmp_path, ledger, entry(2).key, START)
        assert again.lines == 0
        takedown(tmp_path, ledger, ("en", "999999"), START)
    assert sorted(latest_lines(tmp_path)) == sorted(others)
    assert all(b"600002" not in line for path in finished_files(tmp_path) for _, line in read_lines(path))
    assert check(tmp_path) == []
    crawl(tmp_path, START + 2 * DAY, articles=6, version=2, compress=compress, durability="run")
    assert len(list(latest_lines(tmp_path))) == 5


def test_a_file_that_a_takedown_empties_is_removed(tmp_path: Path) -> None:
    crawl(tmp_path, START, articles=1, version=0, compress=False, durability="run")
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        takedown(tmp_path, ledger, entry(0).key, START)
    assert list(finished_files(tmp_path)) == []
    assert check(tmp_path) == []


def test_takedown_waits_for_recovery(tmp_path: Path) -> None:
    dataset(tmp_path)
    (tmp_path / "parts" / "20260509T000000Z-ffff.jsonl").write_text("x")
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger, pytest.raises(DatasetError, match="run recover first"):
        takedown(tmp_path, ledger, entry(0).key, START)


def test_a_line_of_an_article_that_was_taken_down(tmp_path: Path) -> None:
    dataset(tmp_path)
    path = next(finished_files(tmp_path))
    line = path.read_bytes().splitlines(keepends=True)[-1]
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        takedown(tmp_path, ledger, entry(5).key, START)
    path.write_bytes(path.read_bytes() + line)
    assert [problem.kind for problem in check(tmp_path)] == ["taken_down"]

"""What the commands refuse, and what `scrapy dataset verify` finds."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.cmdline import execute

from newscrawler.dataset.files import finished_files
from newscrawler.dataset.verification import KINDS
from newscrawler.ledger import LEDGER_NAME
from tests.command_runs import DAY, make_dataset, records_of, scrapy
from tests.dataset_driver import START
from tests.hand_made import whole_record, write_file
from tests.harness import Run


@pytest.fixture
def in_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """Runs a command as `scrapy` does, without the second that a process takes to start."""
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawler.settings")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def start(*args: str) -> Run:
        with pytest.raises(SystemExit) as stopped:
            execute(["scrapy", *args])
        out, err = capsys.readouterr()
        return Run(int(stopped.value.code or 0), out, err)

    return start


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("dataset",), 2, "say what to do"),
        (("dataset", "latest"), 2, "-o FILE"),
        (("dataset", "latest", "--since", "2026-02-30", "-o", "x"), 2, "--since 2026-02-30: give a day"),
        (("dataset", "latest", "--since", "20260501", "-o", "x"), 2, "give a day"),
        (("dataset", "latest", "--format", "csv", "-o", "-"), 2, "needs a file"),
        (("dataset", "latest", "-o", "x.jsonl.gz"), 2, "not compressed"),
        (("dataset", "latest", "-o", "/dev/null"), 6, "no regular file"),
        (("dataset", "latest", "-o", "x", "-s", "NEWSCRAWLER_NEAR_DUPLICATE_DAYS=maybe"), 2, "NEAR_DUPLICATE_DAYS"),
        (("dataset", "latest", "-o", "x", "--data", "nowhere"), 2, "nowhere: no such data folder"),
        (("dataset", "latest", "-o", "x", "-s", "NEWSCRAWLER_DATA_DIR=gone"), 2, "gone: no such data folder"),
        (("dataset", "latest", "-o", "x", "--data", "empty"), 2, "no dataset"),
        (("dataset", "verify", "-o", "x"), 2, "verify does not take --output"),
        (("dataset", "verify", "--data", "empty"), 6, "there is none"),
        (("recover", "--data", "empty"), 6, "there is none"),
        (("recover", "now"), 2, "takes no argument"),
        (("revisions",), 2, "name one article"),
        (("revisions", "words"), 2, "names no article"),
        (("revisions", "https://www.example.org/news/600001-x/"), 2, "names no article"),
        (("revisions", "600001", "--data", "empty"), 6, "there is none"),
        (("takedown", "600001"), 2, "--reason"),
        (("takedown", "600001", "--reason", " "), 2, "--reason"),
        (("takedown", "600001", "--reason", "x"), 2, "no terminal"),
        (("takedown", "600001", "--reason", "x", "--yes", "--data", "empty"), 6, "there is none"),
        (("takedown", "600001", "--reason", "x", "--yes", "--rows", "rosw"), 2, "--rows rosw: no such folder; nothing"),
        (("dataset", "latest", "--edition", "xx", "-o", "x"), 2, "argument --edition: invalid choice: 'xx'"),
        (("schema", "now"), 2, "schema takes no arguments"),
    ],
)
def test_a_refusal_is_one_line_and_changes_nothing(
    in_process: Callable[..., Run], tmp_path: Path, args: tuple[str, ...], code: int, says: str
) -> None:
    write_file(tmp_path / "data", START, [whole_record(1)])
    (tmp_path / "empty").mkdir()
    done = in_process(*args)
    assert done.code == code, done.err
    assert says in done.only_line
    assert done.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "empty"]
    assert list((tmp_path / "empty").iterdir()) == []


def change_line(file: int, line: int, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Damage that keeps a line a record."""

    def damage(data: Path) -> None:
        path = list(finished_files(data))[file]
        records = records_of(path)
        change(records[line])
        path.write_text("".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records))

    return damage


def edit_bytes(file: int, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def damage(data: Path) -> None:
        path = list(finished_files(data))[file]
        path.write_bytes(change(path.read_bytes()))

    return damage


def without_line(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:-1])


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a word changed": ("hash_mismatch", change_line(0, 1, lambda r: r["paragraphs"].__setitem__(0, "Other words."))),
    "a field of another type": ("schema", change_line(0, 1, lambda r: r.update(word_count="many"))),
    "a time that is none": ("schema", change_line(0, 1, lambda r: r.update(published_at="2026-13-45T00:00:00+00:00"))),
    "a field removed": ("schema", change_line(0, 1, lambda r: r.pop("status"))),
    "text that is not the paragraphs": ("text_mismatch", change_line(1, 0, lambda r: r.update(text="Other words."))),
    "a tag added": ("altered_line", change_line(0, 2, lambda r: r["tags"].append("added"))),
    "the end cut off": ("torn_line", edit_bytes(1, lambda data: data[:-9])),
    "a line that is no JSON": ("invalid_json", edit_bytes(0, lambda data: b"?" + data[1:])),
    "a line lost": ("missing_line", edit_bytes(0, without_line)),
    "a line twice": ("duplicate_revision", edit_bytes(1, lambda data: data + data.splitlines(keepends=True)[0])),
    "a file lost": ("missing_file", lambda data: list(finished_files(data))[1].unlink()),
    "a file that is no gzip": ("unreadable_file", lambda d: (p := next(finished_files(d))).rename(f"{p}.gz")),
    "a file of nobody's": ("unknown_line", lambda data: write_file(data, START + 9 * DAY, [whole_record(9)])),
    "another chain of hashes": ("base_mismatch", change_line(1, 1, lambda r: r.update(revision_of_hash="0" * 64))),
    "a part left behind": ("unfinished_part", lambda data: (data / "parts" / "20260101T000000Z-ffff.jsonl").touch()),
}


def test_verify_finds_nothing_in_a_sound_dataset(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    done = scrapy(tmp_path, "dataset", "verify")
    assert (done.code, done.out, done.err) == (0, "2 files, 8 records; no problems\n", "")


@pytest.mark.parametrize("name", DAMAGES)
def test_verify_finds_damage(in_process: Callable[..., Run], tmp_path: Path, name: str) -> None:
    data = make_dataset(tmp_path)
    kind, damage = DAMAGES[name]
    damage(data)
    done = in_process("dataset", "verify", "--data", str(data))
    *problems, total = done.out.splitlines()
    assert done.code == 3, done.err
    assert kind in {line.split("  ")[0] for line in problems}
    assert all(len(line.split("  ", 2)) == 3 for line in problems)
    assert len(problems) <= 4
    assert f"; {len(problems)} problems: " in total


def test_verify_makes_control_characters_harmless(in_process: Callable[..., Run], tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    change_line(0, 1, lambda r: r.update(edition="\x1b[2J\u202e"))(data)
    done = in_process("dataset", "verify")
    assert done.code == 3
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_a_damaged_ledger_is_one_line(in_process: Callable[..., Run], tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    (data / LEDGER_NAME).write_bytes(b"no ledger at all")
    for args in (("dataset", "verify"), ("recover",), ("revisions", "600001")):
        done = in_process(*args)
        assert done.code == 6
        assert "it is not a ledger" in done.only_line


def test_docs_explain_every_kind_of_problem() -> None:
    page = (Path(__file__).parents[2] / "docs" / "use" / "dataset.md").read_text("utf-8")
    missing = [kind for kind, meaning in KINDS.items() if f"| `{kind}` | {meaning} |" not in page]
    assert missing == []

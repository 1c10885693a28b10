"""`scrapy dataset compress` and `backup`: what they leave, and what a kill or a full disk leaves of them."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.backup import back_up
from newscrawler.dataset.files import finished_files
from newscrawler.dataset.recovery import recover
from newscrawler.dataset.verification import verify
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from tests.command_runs import DAY, make_dataset, scrapy
from tests.dataset_driver import START, entry, save
from tests.hand_made import whole_record
from tests.oracle import lines_of, schema_problems


def problems(data: Path) -> list[str]:
    with Ledger.open(data / LEDGER_NAME, read_only=True) as ledger:
        return [problem.kind for problem in verify(data, ledger, schema_problems)]


def compress(folder: Path, day: str = "2026-05-03", **more: Any) -> tuple[int, str]:
    done = scrapy(folder, "dataset", "compress", "--before", day, **more)
    return done.code, done.out + done.err


def test_old_days_are_compressed(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    before = lines_of(data)
    code, said = compress(tmp_path, "2026-05-02")  # the second file is of that day
    assert (code, said) == (0, "1 files compressed, 0.0 MB to 0.0 MB\n")
    assert [path.suffix for path in finished_files(data)] == [".gz", ".jsonl"]
    assert lines_of(data) == before
    assert problems(data) == []
    assert compress(tmp_path, "2026-05-02") == (0, "0 files compressed, 0.0 MB to 0.0 MB\n")
    assert compress(tmp_path)[0] == 0
    assert [path.suffix for path in finished_files(data)] == [".gz", ".gz"]
    assert lines_of(data) == before
    assert problems(data) == []
    done = scrapy(tmp_path, "takedown", "600001", "--reason", "asked for", "--yes")
    assert "2 line(s) removed from 2 file(s)" in done.out
    assert problems(data) == []


@pytest.mark.parametrize("point", ["gzip_half", "compress_before_rename", "compress_after_rename"])
def test_a_kill_while_compressing(tmp_path: Path, point: str) -> None:
    killed_and_recovered(tmp_path, point, "compress_before_filed")


def killed_and_recovered(folder: Path, point: str, again: str) -> None:
    data = make_dataset(folder)
    before = lines_of(data)
    assert compress(folder, env={"NEWSCRAWLER_KILL_AT": point})[0] == -signal.SIGKILL
    assert set(lines_of(data)) == set(before), "a reader misses lines"
    scrapy(folder, "recover", env={"NEWSCRAWLER_KILL_AT": again})
    assert scrapy(folder, "recover").code == 0
    assert lines_of(data) == before
    assert problems(data) == []
    assert compress(folder)[0] == 0
    assert {path.suffix for path in finished_files(data)} == {".gz"}
    assert lines_of(data) == before
    assert problems(data) == []


def test_a_disk_that_is_full_while_compressing(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    before = {path: path.read_bytes() for path in finished_files(data)}
    code, said = compress(tmp_path, file_size=600)
    assert code == 6, said
    assert "Traceback" not in said
    assert {path: path.read_bytes() for path in finished_files(data)} == before
    assert scrapy(tmp_path, "recover").code == 0
    assert problems(data) == []


def test_what_is_damaged_is_not_compressed(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    first, _ = finished_files(data)
    with first.open("ab") as file:
        file.write(b"{}\n")
    damaged = first.read_bytes()
    code, said = compress(tmp_path)
    assert code == 3
    assert f"{first.relative_to(tmp_path)}: left as it is" in said
    assert "1 files compressed" in said
    assert first.read_bytes() == damaged


def test_a_backup_in_the_midst_of_a_run(tmp_path: Path) -> None:
    data, copy, now = make_dataset(tmp_path), tmp_path / "copy", START + 2 * DAY
    (data / "kept").mkdir()
    (data / "kept/en-1.html").write_text("<p>")
    before = lines_of(data)
    with Ledger.open(data / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        part = PartFile(data, ledger, run)
        for number in (10, 11):
            ledger.urls.discovered(run, now, [entry(number)])
            save(ledger, part, run, whole_record(number, fetched_at=now.isoformat()), now)
        part.append(b"{}\n")  # in the file, but not committed
        report = back_up(data, copy, now)
    assert (report.files, report.copied, report.damaged) == (4, 4, [])
    assert json.loads((copy / "backup.json").read_text())["complete"] is True
    assert (copy / "kept/en-1.html").read_text() == "<p>"
    assert not (copy / "lock").exists()
    done = scrapy(tmp_path, "recover", "--data", "copy")
    assert "1 run(s) marked as killed" in done.out
    assert "bytes of unfinished lines" not in done.out, "more was copied than is committed"
    assert problems(copy) == []
    assert lines_of(copy)[: len(before)] == before
    assert [json.loads(line)["article_id"] for line in lines_of(copy)[len(before) :]] == ["600010", "600011"]


def test_a_run_that_ends_while_a_backup_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's copy knows two lines in a part; when the files are copied, it is a finished file of three."""
    data, copy, now = make_dataset(tmp_path), tmp_path / "copy", START + 2 * DAY
    with Ledger.open(data / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        part = PartFile(data, ledger, run)

        def write(number: int) -> None:
            ledger.urls.discovered(run, now, [entry(number)])
            save(ledger, part, run, whole_record(number, fetched_at=now.isoformat()), now)

        copied = Ledger.copy_to

        def copy_and_go_on(self: Ledger, path: Path) -> None:
            copied(self, path)
            write(12)
            part.finish()
            ledger.runs.end(run, now, outcomes={}, finish_reason="finished", exit_code=0)

        write(10)
        write(11)
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "copy_to", copy_and_go_on)
            assert back_up(data, copy, now).damaged == []
    assert scrapy(tmp_path, "recover", "--data", "copy").code == 0
    assert problems(copy) == []
    assert {b'"600010"' in line for line in lines_of(copy)} == {True, False}
    assert not any(b'"600012"' in line for line in lines_of(copy))
    # The next backup has it, and in its place.
    assert back_up(data, tmp_path / "next", now).damaged == []
    assert lines_of(tmp_path / "next") == lines_of(data)


def test_a_backup_is_renewed(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    (data / "kept").mkdir()
    (data / "kept/en-600001.html").write_text("<p>")
    assert scrapy(tmp_path, "dataset", "backup", "copy").out == "copy: 3 files and the ledger, 3 of them copied now\n"
    assert scrapy(tmp_path, "dataset", "verify", "--data", "copy").code == 0
    assert scrapy(tmp_path, "dataset", "backup", "copy").out == "copy: 3 files and the ledger, 0 of them copied now\n"
    assert compress(tmp_path)[0] == 0
    assert scrapy(tmp_path, "takedown", "600001", "--reason", "asked for", "--yes").code == 0
    # What SQLite would take for the new ledger's own.
    (tmp_path / "copy" / f"{LEDGER_NAME}-wal").write_bytes(b"of the ledger before")
    assert scrapy(tmp_path, "dataset", "backup", "copy").out == "copy: 2 files and the ledger, 2 of them copied now\n"
    assert problems(tmp_path / "copy") == []
    assert lines_of(tmp_path / "copy") == lines_of(data)
    assert not any(b'"600001"' in line for line in lines_of(tmp_path / "copy"))
    assert not (tmp_path / "copy" / f"{LEDGER_NAME}-wal").exists()
    assert not list((tmp_path / "copy/kept").iterdir())
    assert {path.suffix for path in finished_files(tmp_path / "copy")} == {".gz"}


def test_what_is_damaged_is_backed_up_and_named(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    first, second = finished_files(data)
    first.write_bytes(first.read_bytes()[:-5])
    second.unlink()
    done = scrapy(tmp_path, "dataset", "backup", "copy")
    assert done.code == 3
    assert f"{first.relative_to(data)}: not the " in done.out
    assert f"{second.relative_to(data)}: missing; run verify" in done.out
    assert (tmp_path / "copy" / first.relative_to(data)).read_bytes() == first.read_bytes()


@pytest.mark.parametrize("target", ["data", "data/backup", ".", "other", "another"])
def test_no_backup_over_what_is_none(tmp_path: Path, target: str) -> None:
    data = make_dataset(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("")
    shutil.copytree(data, tmp_path / "another")
    (tmp_path / "another/backup.json").write_text('{"of": "/elsewhere"}')
    before = sorted(path for path in tmp_path.rglob("*"))
    done = scrapy(tmp_path, "dataset", "backup", target)
    assert done.code == 6
    assert target in done.only_line
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_gzip_files_are_the_same_whoever_makes_them(tmp_path: Path) -> None:
    """A file that is compressed later is as good."""
    data = make_dataset(tmp_path)
    first = next(finished_files(data))
    plain = first.read_bytes()
    assert compress(tmp_path)[0] == 0
    packed = first.with_name(first.name + ".gz")
    assert gzip.decompress(packed.read_bytes()) == plain
    assert packed.read_bytes()[4:8] == bytes(4), "a time in it"


def test_recovery_drops_the_intent(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    with Ledger.open(data / LEDGER_NAME) as ledger:
        run = ledger.runs.with_lines()[0]
        ledger.runs.set_compress(run, compress=True)
        assert [one.run_id for one in ledger.runs.half_compressed()] == [run.run_id]
        assert not recover(data, ledger, START)
        assert ledger.runs.half_compressed() == []

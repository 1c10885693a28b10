"""Opening a ledger: new, older, newer, broken, full, read-only."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import LedgerError, LedgerMissing
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.ledger.database import Database
from newscrawler.ledger.schema import MIGRATIONS
from tests.dataset_driver import LATER, START, crawl, entry, make_record, save

ROOT = Path(__file__).parents[2]


def made_ledger(folder: Path) -> Path:
    crawl(folder, START, articles=3, version=0, compress=False, durability="run")
    return folder / LEDGER_NAME


def test_a_new_ledger_can_be_opened_again(tmp_path: Path) -> None:
    path = made_ledger(tmp_path)
    with Ledger.open(path) as ledger:
        assert [run.lines for run in ledger.runs.last(5)] == [3]
        assert ledger.lines.problems() == []
    assert not path.with_name(path.name + "-wal").exists()


def test_an_older_ledger_is_migrated_with_what_it_holds(tmp_path: Path) -> None:
    path = made_ledger(tmp_path)
    Database(path, durability="run", read_only=False, migrations=LATER).close()
    database = Database(path, durability="run", read_only=False, migrations=LATER)
    assert database.all("SELECT article_id, mood FROM stories ORDER BY id") == [
        ("600000", "calm"),
        ("600001", "calm"),
        ("600002", "calm"),
    ]
    assert database.one("PRAGMA user_version") == (len(LATER),)
    database.close()


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = made_ledger(tmp_path)
    broken = (*MIGRATIONS, ("ALTER TABLE stories ADD COLUMN mood TEXT", "UPDATE nowhere SET x = 1"))
    with pytest.raises(LedgerError, match="no such table"):
        Database(path, durability="run", read_only=False, migrations=broken)
    with Ledger.open(path) as ledger:
        assert len(ledger.runs.last(5)) == 1


def test_a_newer_ledger_is_left_alone(tmp_path: Path) -> None:
    path = made_ledger(tmp_path)
    Database(path, durability="run", read_only=False, migrations=LATER).close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=r"newer version .*its version is \d+.*use that version"):
        Ledger.open(path)
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if "ledger" in file.name) == [LEDGER_NAME]


def test_files_that_are_no_ledger_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "text.sqlite3"
    text.write_text("These are my notes, and not a database at all.")
    other = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(LedgerError, match="move it away"):
            Ledger.open(path)
        assert path.read_bytes() == before


def test_a_damaged_ledger(tmp_path: Path) -> None:
    path = made_ledger(tmp_path)
    data = bytearray(path.read_bytes())
    data[4096 * 1 : 4096 * 12] = os.urandom(4096 * 11)
    path.write_bytes(data)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="damaged; put a backup in its place"), Ledger.open(path) as ledger:
        [ledger.lines.of_article(entry(number).key) for number in range(3)]
    assert path.read_bytes() == before


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(LedgerError, match="can't be read: Is a directory"):
        Ledger.open(tmp_path / "x")


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="can't be opened"):
        Ledger.open(tmp_path / "no" / "ledger.sqlite3")


def test_reading_needs_a_ledger_and_changes_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match="there is none"):
        Ledger.open(tmp_path / LEDGER_NAME, read_only=True)
    path = made_ledger(tmp_path)
    with Ledger.open(path, read_only=True) as ledger:
        run = ledger.runs.last(1)[0]
        with pytest.raises(LedgerError, match="can't be written"):
            ledger.urls.discovered(run, START, [entry(9)])
        with pytest.raises(LedgerError, match="older version"):
            Database(path, durability="run", read_only=True, migrations=LATER)


def test_a_read_only_folder() -> None:
    """Root may write anywhere, so a child that is nobody tries."""
    folder = Path(tempfile.mkdtemp())
    try:
        path = made_ledger(folder)
        before = path.read_bytes()
        folder.chmod(0o555)
        path.chmod(0o444)
        code = (
            "import os, sys\n"
            "from newscrawler.exceptions import LedgerError\n"
            "from newscrawler.ledger import Ledger\n"
            "os.getuid() or os.setuid(65534)\n"
            "for name in ('ledger.sqlite3', 'new.sqlite3'):\n"
            "    try:\n"
            "        Ledger.open(f'{sys.argv[1]}/{name}')\n"
            "    except LedgerError as error:\n"
            "        print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert done.stdout.count("writable") == 2
        assert len(done.stdout.splitlines()) == 2
        assert path.read_bytes() == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_full_disk_while_opening(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from newscrawler.exceptions import LedgerError\n"
        "from newscrawler.ledger import Ledger\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try:\n"
        "    Ledger.open(sys.argv[1])\n"
        "except LedgerError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    path = tmp_path / LEDGER_NAME
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT, check=True)
    assert len(done.stdout.splitlines()) == 1
    assert str(path) in done.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    with Ledger.open(path) as ledger:
        assert ledger.runs.last(1) == []


def test_a_full_disk_while_crawling_keeps_what_was_committed(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        part = PartFile(tmp_path, ledger, run)
        save(ledger, part, run, make_record(0), START)
        pages = ledger._database.one("PRAGMA page_count")[0]
        ledger._database.one(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match="disk is full; free some space"):
            [save(ledger, part, run, make_record(number), START) for number in range(1, 200)]
        ledger._database.one("PRAGMA max_page_count = 1000000")
        committed = ledger.runs.get(run.run_id).committed
        assert part.path.stat().st_size == committed == part.committed
        assert part.finish() is not None


def test_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawler.ledger.database._BUSY_SECONDS", 0.05)
    path = made_ledger(tmp_path)
    with Ledger.open(path) as one, Ledger.open(path) as other:
        run = one.runs.last(1)[0]
        with one._database.transaction(), pytest.raises(LedgerError, match="another process is writing"):
            other.urls.discovered(run, START + timedelta(days=1), [entry(7)])

"""One writer a data folder, with real processes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawler.dataset.lock import RunActive, RunLock
from newscrawler.exceptions import OutputError

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from newscrawler.dataset.lock import RunLock
lock = RunLock(Path(sys.argv[1]), now=datetime(2026, 5, 1, 11, tzinfo=UTC))
sys.argv = ["scrapy", "crawl", "rt_world"]
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_told_of_the_first_and_a_dead_one_never_blocks(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunActive) as caught:
            RunLock(tmp_path, now=NOW).acquire()
        assert str(caught.value) == (
            f"{tmp_path} is in use by process {holder.pid}, started 2026-05-01T11:00:00+00:00"
            " (scrapy crawl rt_world); wait for it to end or stop it"
        )
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert (tmp_path / "lock").read_text() != ""
    with RunLock(tmp_path, now=NOW):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"pid": "x"}', b"\xff\xfe", b"[" * 5000, b'{"pid": 1}'])
def test_what_the_file_says_never_decides(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)
    first = RunLock(tmp_path, now=NOW)
    first.acquire()
    (tmp_path / "lock").write_bytes(content)
    with pytest.raises(RunActive, match=r"in use by (another process|process 1);"):
        RunLock(tmp_path, now=NOW).acquire()
    first.release()
    first.release()
    with RunLock(tmp_path, now=NOW):
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be locked"):
        RunLock(tmp_path / "file", now=NOW).acquire()


@pytest.mark.parametrize(("uid", "owner", "refused"), [(0, 4321, True), (0, 0, False), (4321, 4321, False)])
def test_root_leaves_another_user_s_folder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, owner: int, refused: bool
) -> None:
    """A ledger that root made would lock the service out."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr("newscrawler.dataset.lock._owner_of", lambda _: owner)
    run_lock = RunLock(tmp_path, now=NOW)
    if refused:
        with pytest.raises(OutputError, match=r"belongs to user 4321: run as that user \(sudo -u USER"):
            run_lock.acquire()
    else:
        run_lock.acquire()
        run_lock.release()
    assert run_lock.path.exists() == (not refused)


def test_a_folder_that_belongs_to_somebody_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    monkeypatch.setattr("newscrawler.dataset.lock._owner_of", lambda _: 0)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match=r"belongs to root, and this is user 4321: run as that user"):
        RunLock(tmp_path, now=NOW).acquire()

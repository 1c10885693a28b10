"""One writer a data folder.

The lock is the kernel's (flock on ``<data>/lock``), so it ends with the process that holds it, however that
dies. What is written in the file is for messages about the holder only.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pwd
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType

from newscrawler.exceptions import NewscrawlerError, OutputError

LOCK_NAME = "lock"
_MAX_BYTES = 4096


class RunActive(NewscrawlerError):
    """Raised by ``RunLock.acquire`` when another process holds the data folder."""


class RunLock:
    """Holds a data folder for one process, as a context manager or with ``acquire`` and ``release``."""

    def __init__(self, data_dir: Path, *, now: datetime) -> None:
        self._data_dir = data_dir
        self._started_at = now.isoformat(timespec="seconds")
        self._fd: int | None = None

    @property
    def path(self) -> Path:
        """The lock file. It stays when the lock is released: removing it would let two processes in."""
        return self._data_dir / LOCK_NAME

    def acquire(self) -> None:
        """Take the lock or raise ``RunActive`` at once; ``OutputError`` when the folder can't be written."""
        fd: int | None = None
        owner = _owner_of(self._data_dir)
        if os.geteuid() == 0 and owner not in (0, None):
            # The ledger and files of a run by root could not be written by the owner's next run.
            raise OutputError(f"{self._data_dir} belongs to {_user(owner)}: {_RUN_AS_OWNER}")
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            holder = {"pid": os.getpid(), "started_at": self._started_at, "command": " ".join(sys.argv)[:1000]}
            os.ftruncate(fd, 0)
            os.pwrite(fd, json.dumps(holder).encode()[:_MAX_BYTES], 0)
        except OSError as error:
            who = _holder(fd)
            if fd is not None:
                os.close(fd)
            if isinstance(error, BlockingIOError):
                raise RunActive(f"{self._data_dir} is in use by {who}; wait for it to end or stop it") from None
            if error.errno in (errno.EACCES, errno.EPERM) and owner not in (os.geteuid(), None):
                who = f"{_user(owner)}, and this is {_user(os.geteuid())}"
                raise OutputError(
                    f"{self.path} can't be locked: the folder belongs to {who}: {_RUN_AS_OWNER}"
                ) from error
            raise OutputError(f"{self.path} can't be locked: {_reason(error)}") from error
        self._fd = fd

    def release(self) -> None:
        """Give the lock back. Harmless when it is not held."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            try:
                os.ftruncate(fd, 0)
            finally:
                os.close(fd)

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


_RUN_AS_OWNER = "run as that user (sudo -u USER …), or give it the folder (chown -R USER)"


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _user(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return f"user {uid}"


def _holder(fd: int | None) -> str:
    """Who holds the lock, by the file, which may be empty, half written or have any content."""
    try:
        found = None if fd is None else json.loads(os.pread(fd, _MAX_BYTES, 0))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("pid"), int):
        return "another process"
    started_at, command = found.get("started_at"), found.get("command")
    since = f", started {started_at}" if isinstance(started_at, str) else ""
    return f"process {found['pid']}{since}" + (f" ({command})" if isinstance(command, str) else "")


def _reason(error: OSError) -> str:
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "the folder can't be written; make it writable or name another"
    return error.strerror or str(error)

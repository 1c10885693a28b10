"""The file of a run while it grows: a line is in it before it is in the ledger.

What survives. A killed process: every committed line, under both policies. A power cut: with the ledger's
durability "line" every committed line, since the file is on the disk before the commit and the commit before
the next line; with "run" the lines of earlier, finished runs for certain and of the run under way most likely
all but the last seconds'. The ledger may then claim lines that the file lost; ``recover`` finds that out by
length and checksum and takes the claim back, so that they are fetched again.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from newscrawler.dataset.files import finished_path, part_path
from newscrawler.exceptions import OutputError
from newscrawler.failpoints import failpoint
from newscrawler.ledger import Ledger, LineLocation, Run
from newscrawler.utils import make_folders, sync_path


class PartFile:
    """Appends lines and commits them. Made on the first line, so that a run with nothing new leaves no file.

    Not for two tasks at once: ``save`` must not be interrupted by another, which is why it never awaits.
    """

    def __init__(self, data_dir: Path, ledger: Ledger, run: Run) -> None:
        self._data_dir = data_dir
        self._ledger = ledger
        self._run = run
        self._fd: int | None = None
        self._broken = False
        self.path = part_path(data_dir, run.run_id)
        #: Bytes that the ledger has as committed.
        self.committed = 0
        self.lines = 0

    def save(self, line: bytes, commit: Callable[[LineLocation], None]) -> LineLocation:
        """Append a line, sync it if the policy asks for that, and commit it: one critical section.

        ``commit`` is a call of ``ledger.articles.save_line``. When it or the writing fails, the file is cut back
        to what is committed, and the part takes no more lines. Raises OutputError, or what ``commit`` raises.
        """
        location = self.append(line)
        try:
            commit(location)
        except BaseException:
            self._cut_back()
            raise
        self.committed = location.offset + location.length
        self.lines += 1
        return location

    def append(self, line: bytes) -> LineLocation:
        """The first half of ``save``: the line is in the file, and on the disk with durability "line", but not
        committed. Raises OutputError when it can't be written, ValueError for what is not one line.
        """
        if not line.endswith(b"\n") or line.find(b"\n") != len(line) - 1:
            raise ValueError("a line of the dataset ends with its only line feed")
        if self._broken:
            raise OutputError(f"{self.path}: takes no more lines after a failed write; run recover")
        try:
            fd = self._opened()
            _write_all(fd, line, self.committed)
            failpoint("after_write")
            if self._ledger.durability == "line":
                os.fdatasync(fd)
            failpoint("after_fsync")
        except OSError as error:
            self._cut_back()
            raise OutputError(f"{self.path}: can't be written: {error.strerror or error}") from error
        return LineLocation(self._run.run_id, self.committed, len(line), zlib.crc32(line))

    def finish(self) -> Path | None:
        """Put the part in its place among the finished files; None when the run had no line.

        To be called at every end of a run but a kill, also after a failure: the committed lines are good.
        Raises OutputError; ``recover`` can then do it later.
        """
        self.close()
        if self.committed == 0:
            if self.path.exists():
                self.path.unlink()
                sync_path(self.path.parent)
            return None
        try:
            if self._ledger.runs.get(self._run.run_id).committed != self.committed:
                # A commit that failed halfway may count after all: recovery compares, line by line.
                raise OutputError(f"{self.path}: ledger and file differ; run recover")
            if self.path.stat().st_size > self.committed:
                os.truncate(self.path, self.committed)
            return finish_part(self._data_dir, self._ledger, self._run)
        except OSError as error:
            raise OutputError(f"{self.path}: can't be finished: {error.strerror or error}") from error

    def close(self) -> None:
        """Close the file without finishing it."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def _opened(self) -> int:
        if self._fd is None:
            make_folders(self.path.parent)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            sync_path(self.path.parent)
        return self._fd

    def _cut_back(self) -> None:
        """Leave only what is committed, if the disk lets us; recovery does the same later if not."""
        self._broken = True
        if self._fd is not None:
            try:
                os.ftruncate(self._fd, self.committed)
            except OSError as error:
                raise OutputError(f"{self.path}: can't be cut back: {error.strerror}; run recover") from error


def _write_all(fd: int, data: bytes, offset: int) -> None:
    """Write at that place; a full disk may take a part before the error."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written


def finish_part(data_dir: Path, ledger: Ledger, run: Run) -> Path:
    """Put a run's complete part file among the finished ones; its new path.

    The part must hold exactly the committed lines. Raises OSError or a LedgerError; doing it again is safe.
    """
    part = part_path(data_dir, run.run_id)
    sync_path(part)
    ledger.runs.mark_complete(run)
    target = finished_path(data_dir, run)
    make_folders(target.parent)
    failpoint("before_rename")
    os.rename(part, target)
    failpoint("after_rename")
    sync_path(target.parent)
    sync_path(part.parent)
    failpoint("before_filed")
    ledger.runs.set_final_path(run, target.relative_to(data_dir).as_posix())
    return target


def gzip_is_of(path: Path, size: int) -> bool:
    """Whether a gzip file ends as one of so many uncompressed bytes does."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() < 18:
            return False
        file.seek(-4, os.SEEK_END)
        (length,) = struct.unpack("<I", file.read(4))
    return bool(length == size & 0xFFFFFFFF)

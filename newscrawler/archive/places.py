"""Where WARC files come from and where rows go: this machine's disk, or an object store."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from newscrawler.utils import TMP_SUFFIX, make_folders, open_plain_or_gzip, sync_path


@dataclass(frozen=True, slots=True)
class LocalCopy:
    """An input as a file of this machine; ``offset_of`` says where a record of it is in the input itself."""

    path: Path
    offset_of: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Input:
    """A WARC file: a path or a URL, whole or only ranges of its bytes (offset and length), each a whole record."""

    file: str
    ranges: tuple[tuple[int, int], ...] = ()

    @contextmanager
    def local(self) -> Iterator[LocalCopy]:
        """The file on this machine's disk while it is read. Raises ArchiveError or OSError."""
        yield LocalCopy(Path(self.file), lambda offset: offset)


class Place(Protocol):
    """A folder of rows files. Files appear whole or not at all, and never change."""

    @property
    def url(self) -> str:
        """What names it to a worker, wherever that runs."""

    def names(self) -> list[str]:
        """The finished files, sorted."""

    def has(self, name: str) -> bool:
        """Whether a file is there."""

    def new_file(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file that is put in its place when the block ends, and is not there when the block fails."""

    def open(self, name: str) -> IO[bytes]:
        """A file for reading, decompressed."""

    def sweep(self) -> int:
        """Remove what killed processes left; how many files that were."""


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def url(self) -> str:
        """What names it to a worker, wherever that runs."""
        return os.path.abspath(self.path)

    def names(self) -> list[str]:
        """The finished files, sorted."""
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(self.path) if entry.is_file() and entry.name[0] != ".")

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).exists()

    @contextmanager
    def new_file(self, name: str) -> Iterator[IO[bytes]]:
        """A file that is put in its place when the block ends, and is not there when the block fails."""
        make_folders(self.path)
        beside = self.path / f".{name}.{os.getpid()}-{time.monotonic_ns():x}{TMP_SUFFIX}"
        with _locked(beside) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                beside.replace(self.path / name)
            except BaseException:
                beside.unlink(missing_ok=True)
                raise
        sync_path(self.path)

    def open(self, name: str) -> IO[bytes]:
        """A file for reading, decompressed."""
        return open_plain_or_gzip(self.path / name)

    def sweep(self) -> int:
        """Remove what killed processes left; how many files that were."""
        swept = 0
        for left in self.path.glob(f".*{TMP_SUFFIX}"):
            with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
                swept += 1
        return swept


def _locked(path: Path) -> IO[bytes]:
    """A new file, locked while it is open: that tells whoever sweeps, on whatever machine, that somebody is at it."""
    while True:
        file = path.open("wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # swept between the two calls


def place_of(where: str) -> Place:
    """The folder that a path names."""
    return Folder(Path(where))

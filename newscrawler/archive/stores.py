"""Where rows go, and where WARC files may come from: a folder of this machine, or an object store."""

from __future__ import annotations

import fcntl
import gzip
import io
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol, cast

from newscrawler.exceptions import ArchiveError, ArgumentError, require_extra
from newscrawler.utils import GZ_SUFFIX, TMP_SUFFIX, make_folders, open_plain_or_gzip, sync_path

BLOCK = 1 << 20


class Store(Protocol):
    """A folder of rows files. Files appear whole or not at all, and never change."""

    #: What names it to a worker, wherever that runs.
    url: str

    def names(self) -> list[str]:
        """The finished files, sorted."""

    def has(self, name: str) -> bool:
        """Whether a file is there."""

    def new_file(self, name: str, *, replace: bool = False) -> AbstractContextManager[IO[bytes]]:
        """A file that is put in its place when the block ends, and is not there when the block fails.

        With ``replace`` it takes the place of another.
        """

    def open(self, name: str) -> IO[bytes]:
        """A file for reading, decompressed."""

    def sweep(self) -> None:
        """Remove what killed processes left."""


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = os.path.abspath(path)

    def names(self) -> list[str]:
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in os.scandir(self.path) if entry.is_file() and entry.name[0] != ".")

    def has(self, name: str) -> bool:
        return (self.path / name).exists()

    @contextmanager
    def new_file(self, name: str, *, replace: bool = False) -> Iterator[IO[bytes]]:
        del replace  # a rename replaces; what is there already has the same bytes
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
        return open_plain_or_gzip(self.path / name)

    def sweep(self) -> None:
        for left in self.path.glob(f".*{TMP_SUFFIX}"):
            with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()


def _locked(path: Path) -> IO[bytes]:
    """A new file, locked while it is open: that tells whoever sweeps, on whatever machine, that somebody is at it."""
    while True:
        file = path.open("wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        file.close()  # swept between the two calls


class ObjectStore:
    """A prefix in an object store, through obstore: s3://, gs://, az://. Files appear by one conditional PUT."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        require_extra("objects", url, "obstore")
        self._obstore = import_module("obstore")
        try:
            self._store = import_module("obstore.store").from_url(self.url)
        except (ValueError, OSError, import_module("obstore.exceptions").BaseError) as error:
            raise ArgumentError(f"{url}: {_one_line(error)}") from error

    def names(self) -> list[str]:
        with self._failing():
            return sorted(found["path"] for batch in self._obstore.list(self._store) for found in batch)

    def has(self, name: str) -> bool:
        try:
            with self._failing():
                self._obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def new_file(self, name: str, *, replace: bool = False) -> Iterator[IO[bytes]]:
        with tempfile.NamedTemporaryFile(prefix="newscrawler-rows-") as file:
            yield file.file
            file.flush()
            self.put(name, Path(file.name), new=not replace)

    def put(self, name: str, path: Path, *, new: bool = False) -> None:
        """Store a file; a ``new`` one only where there is none: the one that is there has the same bytes."""
        with self._failing(), suppress(FileExistsError):
            mode = "create" if new else "overwrite"
            self._obstore.put(self._store, name, path, mode=mode, use_multipart=False)

    def remove(self, name: str) -> None:
        """Remove a file."""
        with self._failing():
            self._obstore.delete(self._store, name)

    def open(self, name: str) -> IO[bytes]:
        with self._failing():
            reader = io.BufferedReader(_Raw(self._obstore.open_reader(self._store, name)), BLOCK)
        return cast("IO[bytes]", gzip.open(reader) if name.endswith(GZ_SUFFIX) else reader)

    def copy_to(self, name: str, target: IO[bytes], start: int = 0, length: int | None = None) -> None:
        """Copy a file or a range of it into an open one."""
        with self._failing():
            if length is not None:
                target.write(self._obstore.get_range(self._store, name, start=start, length=length))
                return
            for block in self._obstore.get(self._store, name).stream(min_chunk_size=BLOCK):
                target.write(block)

    def sweep(self) -> None:
        """Nothing to do: what was not stored whole is not there."""

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """What goes wrong inside is an ArchiveError in one line; a file that is there or not is for the caller."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except (OSError, import_module("obstore.exceptions").BaseError) as error:
            raise ArchiveError(f"{self.url}: {_one_line(error)}") from error


class _Raw(io.RawIOBase):
    """obstore's reader as a file of Python's."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        """Called by BufferedReader."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Called by BufferedReader."""
        data = bytes(self._reader.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def _one_line(error: Exception) -> str:
    """The first line of obstore's messages: the others are its inner state."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def store_of(where: str) -> Store:
    """The folder that a path names, or the prefix that a URL does. Raises ArgumentError."""
    return ObjectStore(where) if "://" in where else Folder(Path(where))

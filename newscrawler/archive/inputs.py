"""Which WARC files are meant (paths, folders, globs, URLs, and manifests that list them), and their bytes."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tempfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from newscrawler.archive.fetching import fetch
from newscrawler.archive.reader import is_warc_name, named_files
from newscrawler.archive.stores import BLOCK, ObjectStore, store_of
from newscrawler.exceptions import ArchiveError, ArgumentError
from newscrawler.utils import open_plain_or_gzip

#: Ends of the names of manifests: one file or one row of an index a line.
MANIFESTS = (".txt", ".paths", ".paths.gz", ".jsonl", ".jsonl.gz")


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
        if "://" not in self.file and not self.ranges:
            yield LocalCopy(Path(self.file), lambda offset: offset)
            return
        with tempfile.NamedTemporaryFile(prefix="newscrawler-warc-") as copy:
            starts = [0]
            for offset, length in self.ranges:
                fetch_bytes(self.file, copy, offset, length)
                starts.append(copy.tell())
            if not self.ranges:
                fetch_bytes(self.file, copy)
            copy.flush()

            def offset_of(here: int) -> int:
                piece = bisect_right(starts, here) - 1
                return here if not self.ranges else self.ranges[piece][0] + here - starts[piece]

            try:
                yield LocalCopy(Path(copy.name), offset_of)
            except ArchiveError as error:
                raise ArchiveError(str(error).replace(copy.name, self.file)) from error


def fetch_bytes(file: str, target: IO[bytes], start: int = 0, length: int | None = None) -> None:
    """Copy a file or a range of it, wherever it is, into an open one. Raises ArchiveError or OSError."""
    if file.startswith(("http://", "https://")):
        fetch(file, target, start=start, length=length)
    elif "://" in file:
        folder, _, name = file.rpartition("/")
        ObjectStore(folder).copy_to(name, target, start, length)
    else:
        with open(file, "rb") as source:
            source.seek(start)
            shutil.copyfileobj(source if length is None else io.BytesIO(source.read(length)), target, BLOCK)


def inputs_of(values: Sequence[str]) -> list[Input]:
    """The files that are named, each once, sorted: the same list on every machine. Raises ArgumentError."""
    found: dict[str, set[tuple[int, int]] | None] = {}
    for value in values:
        for one in _named(value):
            if not one.ranges:
                found[one.file] = None  # all of it
            elif (ranges := found.setdefault(one.file, set())) is not None:
                ranges.update(one.ranges)
    return [Input(file, tuple(sorted(ranges or ()))) for file, ranges in sorted(found.items())]


def shard_of(inputs: Sequence[Input], text: str) -> list[Input]:
    """The part of the files that a shard such as 3/16 reads. Shards are counted from 0 or from 1: of n shards the
    last may be called n or 0. Raises ArgumentError.
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 0 <= int(number) <= int(count) and int(count)):
        raise ArgumentError(f"--shard {text}: give the number of this shard and how many there are, such as 3/16")
    return [one for at, one in enumerate(inputs) if at % int(count) == int(number) % int(count)]


def _named(value: str) -> Iterator[Input]:
    if value.startswith(("http://", "https://")):
        yield Input(value)
        return
    if "://" in value:
        yield from _of_store(value)
        return
    path = Path(value)
    if path.is_file() and path.name.lower().endswith(MANIFESTS):
        yield from _of_manifest(path)
        return
    # Workers may have another working directory.
    yield from (Input(os.path.abspath(name)) for name in named_files(value))


def _of_store(url: str) -> Iterator[Input]:
    """A file of an object store, or the WARC files under a prefix."""
    if is_warc_name(url):
        yield Input(url)
        return
    found = [name for name in store_of(url).names() if is_warc_name(name)]
    if not found:
        raise ArgumentError(f"{url}: no WARC file under it")
    yield from (Input(f"{url.rstrip('/')}/{name}") for name in found)


def _of_manifest(path: Path) -> Iterator[Input]:
    number = 0
    try:
        with open_plain_or_gzip(path) as file:
            for line in file:
                number += 1
                text = line.decode().strip()
                if text:
                    yield _of_line(text, path)
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArgumentError(f"{path}: can't be read: {error}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError(
            f"{path}, line {number}: neither a file nor an index row with file, offset and length: {error}"
        ) from None
    if not number:
        raise ArgumentError(f"{path}: names no file")


def _of_line(text: str, manifest: Path) -> Input:
    file, ranges = text, []
    if text.startswith("{"):
        row = json.loads(text)
        file = row["file"]
        if not isinstance(file, str):
            raise ValueError("its file is no text")
        if row.get("offset") is not None:
            ranges.append((int(row["offset"]), int(row["length"])))
    return Input(file if "://" in file else os.path.abspath(manifest.parent / file), tuple(ranges))

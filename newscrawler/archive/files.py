"""Which WARC files an argument names."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

from newscrawler.archive.members import is_gzip
from newscrawler.exceptions import ArgumentError

#: Ends of names; files of the last one are still being written, or were when their run was killed.
SUFFIXES = (".warc", ".warc.gz", ".warc.gz.open")


def is_warc_name(name: str) -> bool:
    """Whether a file's name is that of a WARC file."""
    return name.lower().endswith(SUFFIXES)


def warc_files(value: str) -> list[Path]:
    """The files that are named: a file, a folder, a glob, or several of them with commas; each once, in order.

    Raises ArgumentError for one that is missing, can't be read or is no WARC file.
    """
    parts = [value] if Path(value).exists() else [part.strip() for part in value.split(",") if part.strip()]
    files = {path.resolve(): path for part in parts for path in _named(part)}
    if not files:
        raise ArgumentError(f"warc={value}: no WARC file in it")
    for path in files.values():
        _check(path)
    return list(files.values())


def _named(part: str) -> Iterator[Path]:
    path = Path(part)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if is_warc_name(file.name) and file.is_file())
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(part, recursive=True)) if Path(name).is_file()]
    if not found:
        raise ArgumentError(f"warc={part}: no such file, and no folder or glob with WARC files")
    yield from found


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(5)
    except OSError as error:
        raise ArgumentError(f"warc={path}: can't be read: {error.strerror or error}") from None
    if start and not is_gzip(start) and start != b"WARC/":
        raise ArgumentError(f"warc={path}: no WARC file; give .warc or .warc.gz files")

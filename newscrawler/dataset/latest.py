"""The newest revision of each article, from the finished files alone."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newscrawler.dataset.errors import DatasetError
from newscrawler.dataset.files import finished_files, read_lines

#: No run lasts longer: a file whose run began this long before ``since`` holds nothing fetched after it.
LONGEST_RUN = timedelta(days=7)


def latest(data_dir: Path, since: datetime | None = None) -> Iterator[bytes]:
    """The line of each article's newest revision, withdrawn ones included, in the order of the files.

    Newest is the greatest ``fetched_at``; of equal ones the later line. With ``since`` (aware) only articles
    whose newest revision was fetched then or later, and files from long before it are not read.
    The first pass keeps a key, a time and a pointer for each article, some 250 bytes; the second reads the
    files that a pointer leads to. Raises DatasetError naming file and line for one that is no record.
    """
    files = [path for path in finished_files(data_dir) if since is None or _may_hold(path, since)]
    slots: dict[tuple[str, str], int] = {}
    times = array("d")
    pointers = array("q")  # two for each article: file, offset
    for number, path in enumerate(files):
        for offset, line in read_lines(path):
            key, fetched_at = _head(path, offset, line)
            if since is not None and fetched_at < since.timestamp():
                continue
            slot = slots.setdefault(key, len(times))
            if slot == len(times):
                times.append(fetched_at)
                pointers.extend((number, offset))
            elif fetched_at >= times[slot]:
                times[slot] = fetched_at
                pointers[2 * slot], pointers[2 * slot + 1] = number, offset
    del slots, times
    wanted: dict[int, set[int]] = {}
    for at in range(0, len(pointers), 2):
        wanted.setdefault(pointers[at], set()).add(pointers[at + 1])
    for number in sorted(wanted):
        yield from _lines_at(files[number], wanted.pop(number))


def _lines_at(path: Path, offsets: set[int]) -> Iterator[bytes]:
    for offset, line in read_lines(path):
        if offset in offsets:
            offsets.remove(offset)
            yield line
    if offsets:
        raise DatasetError(f"{path}: has changed while it was read; do it again")


def _may_hold(path: Path, since: datetime) -> bool:
    """Whether a file's day, the start of its run, allows for pages fetched since then."""
    year, month, day = (int(folder) for folder in path.parts[-4:-1])
    return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1) + LONGEST_RUN > since


def _head(path: Path, offset: int, line: bytes) -> tuple[tuple[str, str], float]:
    """Key and time (seconds since 1970) of a record."""
    try:
        record = json.loads(line)
        key = (str(record["edition"]), str(record["article_id"]))
        return key, datetime.fromisoformat(record["fetched_at"]).timestamp()
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: no record at byte {offset} ({error}); run verify") from error

"""The dataset's folders and files, and the few operations on them that must be right.

<data>/parts/<run id>.jsonl                      grows while a run lasts
<data>/articles/YYYY/MM/DD/<run id>.jsonl[.gz]   finished: appears by rename, never changes (but a takedown)
<data>/orphans/                                  part files that no run of the ledger explains
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from newscrawler.editions import ArticleUrl
from newscrawler.exceptions import DatasetError, OutputError
from newscrawler.ledger import Key, Ledger, RevisionRow, Run
from newscrawler.utils import GZ_SUFFIX, open_plain_or_gzip, parse_time

PARTS = "parts"
ARTICLES = "articles"
ORPHANS = "orphans"
#: Folder of the pages that gave no record, for a human (extensions/failed_pages.py). Its name is that of 1.0.
FAILED_PAGES = "kept"


def part_path(data_dir: Path, run_id: str) -> Path:
    """Where a run's lines are while it lasts."""
    return data_dir / PARTS / f"{run_id}.jsonl"


def finished_path(data_dir: Path, run: Run) -> Path:
    """Where a run's lines are when it has ended: by the day (UTC) on which it began."""
    return data_dir / ARTICLES / f"{run.started_at.astimezone(UTC):%Y/%m/%d}" / f"{run.run_id}.jsonl"


def packed_path(plain: Path) -> Path:
    """Where a finished file is when it has been compressed."""
    return plain.with_name(plain.name + GZ_SUFFIX)


def finished_file(data_dir: Path, run: Run) -> Path | None:
    """The finished file of a run as it is on the disk, plain or compressed, or None."""
    plain = finished_path(data_dir, run)
    return next((path for path in (plain, packed_path(plain)) if path.exists()), None)


def finished_files(data_dir: Path) -> Iterator[Path]:
    """All finished files, in order of day and run."""
    days = sorted((data_dir / ARTICLES).glob("[0-9]*/[0-9]*/[0-9]*/"))
    for day in days:
        yield from sorted(
            path for path in day.iterdir() if path.name.endswith((".jsonl", ".jsonl.gz")) and path.is_file()
        )


def run_id_of(path: Path) -> str:
    """The run that a part or finished file belongs to."""
    return path.name.partition(".")[0]


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its offset in the uncompressed file, line end included if there is one.

    Raises DatasetError for a file that can't be read or is no whole gzip file.
    """
    offset = 0
    try:
        with open_plain_or_gzip(path) as file:
            for line in file:
                yield offset, line
                offset += len(line)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path}: can't be read after byte {offset}: {error}") from error


class RecordLine(NamedTuple):
    """A line that is a record. ``offset`` is its first byte in the uncompressed file; ``fetched_at`` is in UTC."""

    offset: int
    line: bytes
    record: dict[str, Any]
    key: Key
    fetched_at: datetime


def read_records(path: Path) -> Iterator[RecordLine]:
    """Each line as a record. Raises DatasetError for one that is none, and as ``read_lines`` does."""
    for offset, line in read_lines(path):
        try:
            record = json.loads(line)
            key = (str(record["edition"]), str(record["article_id"]))
            fetched_at = parse_time(record["fetched_at"]).astimezone(UTC)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise DatasetError(f"{path}: no record at byte {offset} ({error}); run verify") from error
        yield RecordLine(offset, line, record, key, fetched_at)


def read_record(data_dir: Path, ledger: Ledger, line: RevisionRow) -> dict[str, Any]:
    """The record in a line of the ledger, from the finished file or the part file of its run.

    Raises DatasetError when it isn't there or is not what was written.
    """
    run = ledger.runs.get(line.location.run_id)
    path = finished_file(data_dir, run) or part_path(data_dir, run.run_id)
    location = line.location
    try:
        with open_plain_or_gzip(path) as file:
            file.seek(location.offset)
            found = file.read(location.length)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path}: can't be read: {error}") from error
    if len(found) != location.length or zlib.crc32(found) != location.crc32:
        raise DatasetError(f"{path}: byte {location.offset} is not {'/'.join(line.key)} as written; run verify")
    record: dict[str, Any] = json.loads(found)
    return record


def check_written(path: Path, lines: int, size: int) -> None:
    """Raise OutputError when a file does not hold so many lines and bytes, before compression."""
    found_lines = found_size = 0
    try:
        for _, line in read_lines(path):
            found_lines += 1
            found_size += len(line)
    except DatasetError as error:
        raise OutputError(str(error)) from error
    if (found_lines, found_size) != (lines, size):
        raise OutputError(
            f"{path}: holds {found_lines} lines and {found_size} bytes, where {lines} lines and {size} bytes were"
            " written; run dataset verify"
        )


def failed_page_path(data_dir: Path, article: ArticleUrl) -> Path:
    """Where a page that gave no record is stored."""
    return data_dir / FAILED_PAGES / f"{article.edition.code}-{article.article_id}.html"

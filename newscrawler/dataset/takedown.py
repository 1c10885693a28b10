"""Removing an article from every file of the dataset and from the ledger, permanently.

The ledger logs the request first. Then each file that has the article is written anew beside itself, put on
the disk and renamed over the old one, and the ledger follows file by file. A kill leaves the request
unfinished; ``recover`` carries it on. Other articles may still name the removed one's id as near-duplicate.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from gzip import GzipFile
from pathlib import Path
from typing import IO

from newscrawler.dataset.files import ARTICLES, FAILED_PAGES, ORPHANS, PARTS, finished_files, read_lines, run_id_of
from newscrawler.exceptions import DatasetError, OutputError
from newscrawler.failpoints import failpoint
from newscrawler.ledger import Key, Ledger, Takedown
from newscrawler.utils import GZ_SUFFIX, TMP_SUFFIX, gzip_writer, sync_path, synced_file


def takedown(data_dir: Path, ledger: Ledger, key: Key, now: datetime, *, reason: str = "") -> Takedown:
    """Remove an article from all finished files and the ledger; it is not fetched again. The log's entry.

    The run lock must be held and ``recover`` done: raises DatasetError while there are part files. Reads the
    whole dataset, orphans too. Raises OutputError or a LedgerError when interrupted by the disk; ``recover``
    then goes on. An unknown article is logged and barred too.
    """
    if any((data_dir / PARTS).glob("*.jsonl")):
        raise DatasetError(f"{data_dir / PARTS}: holds an unfinished run; run recover first")
    return _carry_out(data_dir, ledger, ledger.takedowns.begin(key, now, reason), now)


def resume_takedowns(data_dir: Path, ledger: Ledger, now: datetime) -> list[Key]:
    """Carry on what a kill interrupted; the articles concerned."""
    return [_carry_out(data_dir, ledger, entry, now).key for entry in ledger.takedowns.unfinished()]


def _carry_out(data_dir: Path, ledger: Ledger, entry: Takedown, now: datetime) -> Takedown:
    try:
        for leftover in (data_dir / ARTICLES).glob(f"*/*/*/*{TMP_SUFFIX}"):
            leftover.unlink()
        for path in [*finished_files(data_dir), *sorted((data_dir / ORPHANS).glob("*.jsonl*"))]:
            _clean_file(data_dir, ledger, entry, path)
        for page in (data_dir / FAILED_PAGES).glob(f"{'-'.join(entry.key)}.*"):
            page.unlink()
        # A file may have been replaced, or removed when nothing was left, just before a kill.
        concerned = {line.location.run_id for line in ledger.lines.of_article(entry.key)}
        for run_id in sorted(concerned):
            _note_removal(data_dir, ledger, entry, run_id, None, 0)
    except OSError as error:
        raise OutputError(f"{error.filename or data_dir}: can't be rewritten: {error.strerror or error}") from error
    return ledger.takedowns.finish(entry, now)


def _clean_file(data_dir: Path, ledger: Ledger, entry: Takedown, path: Path) -> None:
    removed = sum(_is_of(line, entry.key) for _, line in read_lines(path))
    if not removed:
        return
    kept = (line for _, line in read_lines(path) if not _is_of(line, entry.key))
    beside = path.with_name(path.name + TMP_SUFFIX)
    with synced_file(beside) as raw:
        if path.suffix == GZ_SUFFIX:
            with gzip_writer(raw) as packed:
                left = _write_lines(packed, kept)
        else:
            left = _write_lines(raw, kept)
    failpoint("takedown_before_rename")
    if left:
        os.rename(beside, path)
    else:
        beside.unlink()
        path.unlink()
    failpoint("takedown_after_rename")
    sync_path(path.parent)
    _note_removal(data_dir, ledger, entry, run_id_of(path), path, removed)


def _note_removal(data_dir: Path, ledger: Ledger, entry: Takedown, run_id: str, path: Path | None, lines: int) -> None:
    run = ledger.runs.find(run_id)
    name = run_id if path is None else path.relative_to(data_dir).as_posix()
    in_dataset = path is None or path.is_relative_to(data_dir / ARTICLES)
    if run is None or not in_dataset:
        ledger.takedowns.file_cleaned(entry, file=name, lines=lines)
        return
    ledger.takedowns.lines_removed(entry, run, file=run.file or name, lines=lines)


def _is_of(line: bytes, key: Key) -> bool:
    """Whether a line is the article's; a cheap look first, since nearly no line is."""
    if json.dumps(key[1]).encode() not in line:
        return False
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and (record.get("edition"), record.get("article_id")) == key


def _write_lines(file: IO[bytes] | GzipFile, lines: Iterable[bytes]) -> int:
    count = 0
    for line in lines:
        file.write(line)
        count += 1
    return count

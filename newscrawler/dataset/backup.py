"""A copy of a data folder that agrees with itself, made while a crawl may go on.

First the ledger, as of one moment, by SQLite's backup; then what that copy records as committed, and no more: the
finished files, and of a run under way the committed bytes, as a part file that recovery finishes. Files that are in the
backup already are not copied again, and the ledger is put in place last.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from newscrawler.dataset.files import ARTICLES, FAILED_PAGES, ORPHANS, PARTS, finished_file, part_path
from newscrawler.dataset.lock import LOCK_NAME
from newscrawler.dataset.writer import gzip_is_of
from newscrawler.exceptions import DatasetError, OutputError
from newscrawler.ledger import LEDGER_NAME, Ledger, Run
from newscrawler.utils import GZ_SUFFIX, TMP_SUFFIX, atomic_write, make_folders, open_plain_or_gzip, sync_path

#: Marks a folder as a backup, and says of when it is; ``complete`` is false while one is being made.
MARK = "backup.json"
_PIECE = 1 << 20
#: What the backup makes by itself, or must not have.
_OWN = {ARTICLES, PARTS, LEDGER_NAME, f"{LEDGER_NAME}-wal", f"{LEDGER_NAME}-shm", LOCK_NAME, MARK}

#: What a takedown or a compression removed from these is removed from the backup, too.
_MIRRORED = (ARTICLES, PARTS, ORPHANS, FAILED_PAGES)


@dataclass(slots=True)
class Backup:
    """What was done: files that the backup holds and that were copied now, and those that are not as written."""

    files: int = 0
    copied: int = 0
    damaged: list[str] = field(default_factory=list)


def back_up(data_dir: Path, target: Path, now: datetime) -> Backup:
    """Make or renew a backup; a crawl, compression or takedown may run at the same time.

    A file that differs from the ledger's length is copied as it is, and named. Raises DatasetError for a
    folder that is no backup and not empty, OutputError when the disk does not allow it, or a LedgerError.
    """
    one, other = data_dir.resolve(), target.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise DatasetError(f"{target}: can't be a backup of {data_dir}: one holds the other")
    try:
        _check_target(target, str(one))
        make_folders(target)
        _mark(target, data_dir, now, complete=False)
        report = _copy(data_dir, target)
        _mark(target, data_dir, now, complete=True)
    except OSError as error:
        raise OutputError(f"{error.filename or target}: can't be backed up: {error.strerror or error}") from error
    return report


def _check_target(target: Path, of: str) -> None:
    """Raise DatasetError where a backup would replace what is no backup of that folder."""
    if not target.exists() or not any(target.iterdir()):
        return
    try:
        mark = json.loads((target / MARK).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        raise DatasetError(f"{target}: is not empty and no backup; name a new folder") from None
    if not isinstance(mark, dict) or mark.get("of") != of:
        raise DatasetError(f"{target}: is no backup of {of}, by its {MARK}; name a new folder")


def _copy(data_dir: Path, target: Path) -> Backup:
    report = Backup()
    wanted: set[Path] = set()
    beside = target / (LEDGER_NAME + TMP_SUFFIX)
    with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
        ledger.copy_to(beside)
    with Ledger.open(beside, read_only=True) as ledger:
        for run in ledger.runs.with_lines():
            name = _copy_run(data_dir, target, run, report)
            if name is None:
                report.damaged.append(f"{run.file or run.run_id}: missing")
            else:
                wanted.add(target / name)
    for path in _others(data_dir):
        with contextlib.suppress(FileNotFoundError):  # renamed or removed since
            _copy_file(path, target / path.relative_to(data_dir), report)
            wanted.add(target / path.relative_to(data_dir))
    for path in [path for folder in _MIRRORED for path in (target / folder).rglob("*")]:
        if path.is_file() and path not in wanted:
            path.unlink()
    for ending in ("-wal", "-shm"):  # of the ledger before; SQLite would take them for this one's
        (target / (LEDGER_NAME + ending)).unlink(missing_ok=True)
    os.replace(beside, target / LEDGER_NAME)
    sync_path(target)
    return report


def _copy_run(data_dir: Path, target: Path, run: Run, report: Backup) -> Path | None:
    """Copy what a run has committed; its name in the backup, or None where there is no file."""
    for _ in range(3):  # a run may end, or its file be compressed, between the look and the copy
        finished = finished_file(data_dir, run)
        source = finished or part_path(data_dir, run.run_id)
        name = source.relative_to(data_dir) if run.file is not None else Path(PARTS) / f"{run.run_id}.jsonl"
        try:
            if run.file is not None:
                _copy_file(source, target / name, report)
            else:
                _copy_committed(source, target / name, run.committed, report)
        except FileNotFoundError:
            continue
        copy = target / name
        if not (gzip_is_of(copy, run.committed) if copy.suffix == GZ_SUFFIX else copy.stat().st_size == run.committed):
            report.damaged.append(f"{name}: not the {run.committed} bytes that the ledger has of it")
        return name
    return None


def _copy_file(source: Path, copy: Path, report: Backup) -> None:
    seen = source.stat()
    report.files += 1
    if copy.exists() and (copy.stat().st_size, copy.stat().st_mtime_ns) == (seen.st_size, seen.st_mtime_ns):
        return
    with atomic_write(copy) as file, source.open("rb") as original:
        shutil.copyfileobj(original, file, _PIECE)
    os.utime(copy, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    report.copied += 1


def _copy_committed(source: Path, copy: Path, length: int, report: Backup) -> None:
    with open_plain_or_gzip(source) as original, atomic_write(copy) as file:
        while length > 0 and (piece := original.read(min(_PIECE, length))):
            file.write(piece)
            length -= len(piece)
    report.files += 1
    report.copied += 1


def _others(data_dir: Path) -> Iterator[Path]:
    """What else is in the data folder, such as pages kept for a human; not what is just being made."""
    for entry in sorted(data_dir.iterdir()):
        if entry.name in _OWN:
            continue
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if path.is_file() and path.suffix not in (TMP_SUFFIX, ".part"):
                yield path


def _mark(target: Path, data_dir: Path, now: datetime, *, complete: bool) -> None:
    text = {"of": str(data_dir.resolve()), "begun_at": now.isoformat(timespec="seconds"), "complete": complete}
    with atomic_write(target / MARK) as file:
        file.write(json.dumps(text).encode() + b"\n")

"""After a kill or a power cut: make part files, finished files and ledger agree, and finish what can be finished.

Every step may itself be killed: doing it all again comes to the same end. Finished files are never touched.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from scrapy.settings import BaseSettings

from newscrawler.dataset.files import ORPHANS, PARTS, finished_file, packed_path, part_path, run_id_of
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.takedown import resume_takedowns
from newscrawler.dataset.writer import finish_part, gzip_is_of
from newscrawler.exceptions import LedgerMissing, OutputError
from newscrawler.failpoints import failpoint
from newscrawler.ledger import LEDGER_NAME, Key, Ledger, RevisionRow, Run
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.utils import GZ_SUFFIX, TMP_SUFFIX, gzip_writer, make_folders, sync_path, synced_file


@dataclass(slots=True)
class Recovery:
    """What recovery did. All empty when the last run ended well.

    ``finished``: files put in place; ``truncated_bytes``: bytes of uncommitted lines that were dropped; ``revoked``:
    articles whose lines a power cut took, to be fetched again; ``orphans``: part files of no known run, kept
    under orphans/; ``killed``: runs that did not come to their end; ``takedowns``: removals completed.
    """

    finished: list[Path] = field(default_factory=list)
    truncated_bytes: int = 0
    revoked: list[Key] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    takedowns: list[Key] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.finished, self.truncated_bytes, self.revoked, self.orphans, self.killed, self.takedowns))

    def __str__(self) -> str:
        """For a person, in one line."""
        parts = [f"put in place {', '.join(map(str, self.finished))}"] if self.finished else []
        parts += [f"{self.truncated_bytes} bytes of unfinished lines cut off"] if self.truncated_bytes else []
        counts = (
            (len(self.killed), "run(s) marked as killed"),
            (len(self.revoked), "article(s) to be fetched again"),
            (len(self.orphans), "file(s) of no known run set aside in orphans"),
            (len(self.takedowns), "takedown(s) completed"),
        )
        return ", ".join(parts + [f"{count} {what}" for count, what in counts if count])


def recover(data_dir: Path, ledger: Ledger, now: datetime) -> Recovery:
    """Bring a data folder into order, before ``runs.begin`` or by itself; the run lock must be held.

    Raises OutputError when the disk does not allow it, or a LedgerError.
    """
    report = Recovery()
    try:
        for run in ledger.runs.unfinished():
            _recover_run(data_dir, ledger, run, report)
            if run.finished_at is None:
                ledger.runs.mark_killed(run, now)
                report.killed.append(run.run_id)
        report.finished += resume_compressions(data_dir, ledger)
        _clear_parts(data_dir, ledger, report)
    except OSError as error:
        raise OutputError(f"{error.filename or data_dir}: can't be recovered: {error.strerror or error}") from error
    report.takedowns = resume_takedowns(data_dir, ledger, now)
    return report


def _recover_run(data_dir: Path, ledger: Ledger, run: Run, report: Recovery) -> None:
    part, target = part_path(data_dir, run.run_id), finished_file(data_dir, run)
    if run.committed == 0 or run.file is not None:
        return
    if target is not None and (not part.exists() or (target.suffix == GZ_SUFFIX and gzip_is_of(target, run.committed))):
        # Killed after the rename. Version 1.0 could compress a part, and removed it after the rename.
        if part.exists():
            part.unlink()
        sync_path(target.parent)
        ledger.runs.set_final_path(run, target.relative_to(data_dir).as_posix())
        report.finished.append(target)
        return
    valid = _valid_prefix_length(part, ledger.lines.of_run(run))
    if valid < run.committed:
        report.revoked += ledger.lines.revoke(run, valid)
    if not part.exists():
        return
    size = part.stat().st_size
    if size > valid:
        os.truncate(part, valid)
        report.truncated_bytes += size - max(valid, min(size, run.committed))
    if valid == 0:
        part.unlink()
        sync_path(part.parent)
    else:
        report.finished.append(finish_part(data_dir, ledger, run))


def _valid_prefix_length(part: Path, lines: Sequence[RevisionRow]) -> int:
    """How many bytes of the file are lines as the ledger has them."""
    valid = 0
    if not part.exists():
        return 0
    with part.open("rb") as file:
        for line in lines:
            found = file.read(line.location.length)
            if line.location.offset != valid or zlib.crc32(found) != line.location.crc32:
                break
            valid += len(found)
    return valid


def _clear_parts(data_dir: Path, ledger: Ledger, report: Recovery) -> None:
    """Remove half-made files and parts without a committed line; quarantine what no run explains."""
    folder = data_dir / PARTS
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.endswith(TMP_SUFFIX):
            path.unlink()
        elif path.name.endswith(".jsonl"):
            run = ledger.runs.find(run_id_of(path))
            if run is None:
                report.orphans.append(_quarantine(data_dir, path))
            elif run.committed == 0 or run.file is not None:
                report.truncated_bytes += path.stat().st_size
                path.unlink()
    sync_path(folder)


def _quarantine(data_dir: Path, path: Path) -> Path:
    """Move a part of no known run, as after a lost ledger, to where no run and no reader looks."""
    make_folders(data_dir / ORPHANS)
    target = data_dir / ORPHANS / path.name
    number = 1
    while target.exists():
        number += 1
        target = data_dir / ORPHANS / f"{path.name}.{number}"
    os.rename(path, target)
    sync_path(target.parent)
    return target


_PIECE = 1 << 20


@dataclass(slots=True)
class Compression:
    """What was done: files compressed, their bytes before and after, and files that were left as they are."""

    files: int = 0
    before: int = 0
    after: int = 0
    left: list[Path] = field(default_factory=list)


def compress_before(data_dir: Path, ledger: Ledger, day: date) -> Compression:
    """Compress every plain finished file of the days (UTC) before that one.

    The run lock must be held and ``recover`` done. A file that differs from the ledger's length is left as it is, and
    named. Raises OutputError when the disk does not allow it, or a LedgerError; nothing is lost then.
    """
    report = Compression()
    for run in ledger.runs.with_lines():
        if run.file is None or run.file.endswith(GZ_SUFFIX) or run.started_at.astimezone(UTC).date() >= day:
            continue
        plain = data_dir / run.file
        if not plain.exists() or plain.stat().st_size != run.committed:
            report.left.append(plain)
            continue
        try:
            packed = _compress_one(data_dir, ledger, run, plain)
        except OSError as error:
            raise OutputError(f"{plain}: can't be compressed: {error.strerror or error}") from error
        report.files += 1
        report.before += run.committed
        report.after += packed.stat().st_size
    return report


def resume_compressions(data_dir: Path, ledger: Ledger) -> list[Path]:
    """Finish what a kill interrupted; the files that were put in the place of plain ones."""
    finished = []
    for run in ledger.runs.half_compressed():
        assert run.file is not None
        plain = data_dir / run.file
        packed = packed_path(plain)
        if packed.exists():
            _take_its_place(data_dir, ledger, run, plain, packed)
            finished.append(packed)
        else:
            ledger.runs.set_compress(run, compress=False)
    return finished


def _compress_one(data_dir: Path, ledger: Ledger, run: Run, plain: Path) -> Path:
    packed = packed_path(plain)
    make_folders(data_dir / PARTS)
    beside = data_dir / PARTS / (packed.name + TMP_SUFFIX)
    ledger.runs.set_compress(run, compress=True)
    try:
        _compress(plain, beside)
        if not _same(plain, beside):
            raise OSError("what was written does not read as what it was made of")
        failpoint("compress_before_rename")
        os.rename(beside, packed)
    except OSError:
        beside.unlink(missing_ok=True)
        ledger.runs.set_compress(run, compress=False)
        raise
    failpoint("compress_after_rename")
    _take_its_place(data_dir, ledger, run, plain, packed)
    return packed


def _take_its_place(data_dir: Path, ledger: Ledger, run: Run, plain: Path, packed: Path) -> None:
    sync_path(packed.parent)
    plain.unlink(missing_ok=True)
    sync_path(packed.parent)
    failpoint("compress_before_filed")
    ledger.runs.set_final_path(run, packed.relative_to(data_dir).as_posix())


def _compress(plain: Path, beside: Path) -> None:
    """A file as gzip, on the disk. Neither name nor time is in it: the same lines give the same bytes."""
    half = plain.stat().st_size // 2
    read = 0
    with plain.open("rb") as source, synced_file(beside) as raw, gzip_writer(raw) as packed:
        while piece := source.read(min(_PIECE, max(1, half))):
            packed.write(piece)
            if read <= half < read + len(piece):
                raw.flush()
                failpoint("gzip_half")
            read += len(piece)


def _same(plain: Path, packed: Path) -> bool:
    """Whether a gzip file, by whatever name, holds just the bytes of a plain one."""
    with plain.open("rb") as one, gzip.open(packed) as other:
        while piece := one.read(_PIECE):
            if other.read(len(piece)) != piece:
                return False
        return not other.read(1)


@contextmanager
def open_for_writing(folder: Path, settings: BaseSettings, now: datetime) -> Iterator[Ledger]:
    """The ledger of a data folder, locked against other runs.

    Raises LedgerMissing where there is none, rather than making one; RunActive, OutputError or a LedgerError.
    """
    path = folder / LEDGER_NAME
    if not path.exists():
        raise LedgerMissing(f"ledger {path}: there is none; name the data folder of a crawl")
    revisits = parse_table(settings.getdict("NEWSCRAWLER_REVISITS"))
    durability = settings["NEWSCRAWLER_DURABILITY"]
    with RunLock(folder, now=now), Ledger.open(path, durability=durability, revisits=revisits) as ledger:
        yield ledger

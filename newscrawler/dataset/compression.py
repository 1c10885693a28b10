"""Compressing the finished files of old days, in steps after each of which a kill leaves what recovery can settle.

1. the ledger notes the intent, on the disk, 2. compressed beside (among the parts), on the disk, and read back,
3. renamed to stand by the plain file, 4. the plain file is removed, 5. the ledger notes the new name. Before 3 recovery
drops the intent, after 3 it carries it out. Between 3 and 4 both files are there, for an instant or until recovery.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path

from newscrawler.dataset.errors import OutputError
from newscrawler.dataset.files import BESIDE, PARTS, make_folders, sync_folder
from newscrawler.dataset.finishing import compress
from newscrawler.kill_points import reached
from newscrawler.ledger import Ledger, Run

_PIECE = 1 << 20
PACKED = ".gz"


@dataclass(slots=True)
class Compression:
    """What was done: files compressed, their bytes before and after, and files that were left as they are."""

    files: int = 0
    before: int = 0
    after: int = 0
    left: list[Path] = field(default_factory=list)


def compress_before(data_dir: Path, ledger: Ledger, day: date) -> Compression:
    """Compress every plain finished file of the days (UTC) before that one.

    The run lock must be held and ``recover`` done. A file that has not the bytes that the ledger vouches for is left
    as it is, and named. Raises OutputError when the disk does not allow it, or a LedgerError; nothing is lost then.
    """
    report = Compression()
    for run in ledger.runs.with_lines():
        if run.file is None or run.file.endswith(PACKED) or run.started_at.astimezone(UTC).date() >= day:
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
    """Settle what a kill interrupted; the files that were put in the place of plain ones."""
    settled = []
    for run in ledger.runs.half_compressed():
        assert run.file is not None
        plain = data_dir / run.file
        packed = _packed(plain)
        if packed.exists():
            _take_its_place(data_dir, ledger, run, plain, packed)
            settled.append(packed)
        else:
            ledger.runs.set_compress(run, compress=False)
    return settled


def _compress_one(data_dir: Path, ledger: Ledger, run: Run, plain: Path) -> Path:
    packed = _packed(plain)
    make_folders(data_dir / PARTS)
    beside = data_dir / PARTS / (packed.name + BESIDE)
    ledger.runs.set_compress(run, compress=True)
    try:
        compress(plain, beside)
        if not _same(plain, beside):
            raise OSError("what was written does not read as what it was made of")
        reached("compress_before_rename")
        os.rename(beside, packed)
    except OSError:
        beside.unlink(missing_ok=True)
        ledger.runs.set_compress(run, compress=False)
        raise
    reached("compress_after_rename")
    _take_its_place(data_dir, ledger, run, plain, packed)
    return packed


def _take_its_place(data_dir: Path, ledger: Ledger, run: Run, plain: Path, packed: Path) -> None:
    sync_folder(packed.parent)
    plain.unlink(missing_ok=True)
    sync_folder(packed.parent)
    reached("compress_before_filed")
    ledger.runs.filed(run, packed.relative_to(data_dir).as_posix())


def _packed(plain: Path) -> Path:
    return plain.with_name(plain.name + PACKED)


def _same(plain: Path, packed: Path) -> bool:
    """Whether a gzip file holds just the bytes of a plain one."""
    with plain.open("rb") as one, gzip.open(packed) as other:
        while piece := one.read(_PIECE):
            if other.read(len(piece)) != piece:
                return False
        return not other.read(1)

"""From a part file to a finished one, in steps after each of which a kill leaves something recovery can go on from.

1. the part is on the disk, 2. so is the ledger, which seals the run, 3. with gzip: compressed beside, on the
disk, 4. renamed, 5. the folders are on the disk, 6. with gzip: the part is removed, 7. the ledger notes the file.
"""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

from newscrawler.dataset.files import BESIDE, finished_path, make_folders, part_path, sync_folder, sync_path
from newscrawler.kill_points import reached
from newscrawler.ledger import Ledger, Run

_PIECE = 1 << 20


def finish_part(data_dir: Path, ledger: Ledger, run: Run) -> Path:
    """Put a run's complete part file among the finished ones, as the run's ``compress`` says; its new path.

    The part must hold exactly the committed lines. Raises OSError or a LedgerError; doing it again is safe.
    """
    part = part_path(data_dir, run.run_id)
    sync_path(part)
    ledger.runs.seal(run)
    target = finished_path(data_dir, run.run_id, run.started_at, compress=run.compress)
    make_folders(target.parent)
    if run.compress:
        beside = part.with_name(part.name + ".gz" + BESIDE)
        compress(part, beside)
        reached("gzip_before_rename")
        os.rename(beside, target)
        reached("gzip_after_rename")
        sync_folder(target.parent)
        part.unlink()
    else:
        reached("before_rename")
        os.rename(part, target)
        reached("after_rename")
        sync_folder(target.parent)
    sync_folder(part.parent)
    reached("before_filed")
    ledger.runs.filed(run, target.relative_to(data_dir).as_posix())
    return target


def gzip_is_of(path: Path, size: int) -> bool:
    """Whether a gzip file ends as one of so many uncompressed bytes does."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() < 18:
            return False
        file.seek(-4, os.SEEK_END)
        (length,) = struct.unpack("<I", file.read(4))
    return bool(length == size & 0xFFFFFFFF)


def compress(part: Path, beside: Path) -> None:
    """A file as gzip, on the disk. Neither name nor time is in it: the same lines give the same bytes."""
    half = part.stat().st_size // 2
    read = 0
    with part.open("rb") as source, beside.open("wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=6) as packed:
            while piece := source.read(min(_PIECE, max(1, half))):
                packed.write(piece)
                if read <= half < read + len(piece):
                    raw.flush()
                    reached("gzip_half")
                read += len(piece)
        raw.flush()
        os.fsync(raw.fileno())

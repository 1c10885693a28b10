"""After a kill or a power cut: make part files, finished files and ledger agree, and finish what can be finished.

Every step may itself be killed: doing it all again comes to the same end. Finished files are never touched.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from newscrawler.dataset.compression import resume_compressions
from newscrawler.dataset.errors import OutputError
from newscrawler.dataset.files import (
    BESIDE,
    ORPHANS,
    PARTS,
    finished_file,
    make_folders,
    part_path,
    run_id_of,
    sync_folder,
)
from newscrawler.dataset.finishing import finish_part, gzip_is_of
from newscrawler.dataset.takedown import resume_takedowns
from newscrawler.ledger import Key, Ledger, LineRow, Run


@dataclass(slots=True)
class Recovery:
    """What recovery did. All empty when the last run ended well.

    ``finished``: files put in place; ``cut``: bytes of uncommitted lines that were dropped; ``revoked``:
    articles whose lines a power cut took, to be fetched again; ``orphans``: part files of no known run, kept
    under orphans/; ``killed``: runs that did not come to their end; ``takedowns``: removals completed.
    """

    finished: list[Path] = field(default_factory=list)
    cut: int = 0
    revoked: list[Key] = field(default_factory=list)
    orphans: list[Path] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    takedowns: list[Key] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.finished, self.cut, self.revoked, self.orphans, self.killed, self.takedowns))

    def __str__(self) -> str:
        """For a person, in one line."""
        parts = [f"put in place {', '.join(map(str, self.finished))}"] if self.finished else []
        parts += [f"{self.cut} bytes of unfinished lines cut off"] if self.cut else []
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
    if target is not None and (not part.exists() or (target.suffix == ".gz" and gzip_is_of(target, run.committed))):
        # Killed after the rename. A compressed file is renamed only when it is whole and on the disk.
        if part.exists():
            part.unlink()
        sync_folder(target.parent)
        ledger.runs.filed(run, target.relative_to(data_dir).as_posix())
        report.finished.append(target)
        return
    sound = _sound_bytes(part, ledger.lines.of_run(run))
    if sound < run.committed:
        report.revoked += ledger.lines.revoke(run, sound)
    if not part.exists():
        return
    size = part.stat().st_size
    if size > sound:
        os.truncate(part, sound)
        report.cut += size - max(sound, min(size, run.committed))
    if sound == 0:
        part.unlink()
        sync_folder(part.parent)
    else:
        report.finished.append(finish_part(data_dir, ledger, run))


def _sound_bytes(part: Path, lines: Sequence[LineRow]) -> int:
    """How far the file holds the lines that the ledger vouches for, each as it was written."""
    sound = 0
    if not part.exists():
        return 0
    with part.open("rb") as file:
        for line in lines:
            found = file.read(line.place.length)
            if line.place.offset != sound or zlib.crc32(found) != line.place.crc32:
                break
            sound += len(found)
    return sound


def _clear_parts(data_dir: Path, ledger: Ledger, report: Recovery) -> None:
    """Remove half-made files and parts without a committed line; set aside what no run explains."""
    folder = data_dir / PARTS
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.endswith(BESIDE):
            path.unlink()
        elif path.name.endswith(".jsonl"):
            run = ledger.runs.find(run_id_of(path))
            if run is None:
                report.orphans.append(_set_aside(data_dir, path))
            elif run.committed == 0 or run.file is not None:
                report.cut += path.stat().st_size
                path.unlink()
    sync_folder(folder)


def _set_aside(data_dir: Path, path: Path) -> Path:
    """Keep a part that the ledger can't explain, as after a lost ledger, where no run and no reader meets it."""
    make_folders(data_dir / ORPHANS)
    target = data_dir / ORPHANS / path.name
    number = 1
    while target.exists():
        number += 1
        target = data_dir / ORPHANS / f"{path.name}.{number}"
    os.rename(path, target)
    sync_folder(target.parent)
    return target

"""Lines in the order of their first bytes, whatever their number: sorted in pieces on disk, then merged."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

#: Bytes of lines that are sorted in memory at a time.
PIECE = 64_000_000
#: Files that are merged at a time: well below what a process may have open.
_MERGED_AT_ONCE = 128
_BUFFER = 256 * 1024


def sorted_lines(lines: Iterable[bytes], *, piece: int = PIECE) -> Iterator[bytes]:
    """The lines, each with its line end, sorted as bytes.

    Needs the memory of a piece, and disk for all lines in the folder that TMPDIR names, which is let go of at the end.
    """
    with tempfile.TemporaryDirectory(prefix="newscrawler-sort-") as name, ExitStack() as stack:
        runs = _sorted_pieces(lines, Path(name), piece)
        number = len(runs)
        while len(runs) > _MERGED_AT_ONCE:
            first, runs = runs[:_MERGED_AT_ONCE], runs[_MERGED_AT_ONCE:]
            with ExitStack() as some:
                merged = _write(heapq.merge(*(some.enter_context(_opened(path)) for path in first)), Path(name), number)
            for path in first:
                path.unlink()
            runs.append(merged)
            number += 1
        yield from heapq.merge(*(stack.enter_context(_opened(path)) for path in runs))


def _sorted_pieces(lines: Iterable[bytes], folder: Path, piece: int) -> list[Path]:
    runs: list[Path] = []
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= piece:
            held.sort()
            runs.append(_write(held, folder, len(runs)))
            held, size = [], 0
    held.sort()
    return [*runs, _write(held, folder, len(runs))] if held else runs


def _write(lines: Iterable[bytes], folder: Path, number: int) -> Path:
    path = folder / str(number)
    with path.open("wb", _BUFFER) as file:
        file.writelines(lines)
    return path


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb", _BUFFER)

"""Is a finished file what was written? Asked of the file on the disk, not of the program that wrote it."""

from __future__ import annotations

from pathlib import Path

from newscrawler.dataset.errors import DatasetError, OutputError
from newscrawler.dataset.files import read_lines


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

"""The bytes of one record: a gzip member of a .warc.gz file, or a stretch of a .warc file."""

from __future__ import annotations

import io
import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 64 * 1024
_GZIP = b"\x1f\x8b\x08"


class CutOff(EOFError):
    """Raised when a file ends inside a record."""


class Member(io.RawIOBase):
    """One gzip member, decompressed as it is read; wrap it in a BufferedReader.

    ``head`` is what was read of it before: the rest of the block in which the member before it ended. Reading
    raises zlib.error for damaged data and CutOff when the file ends first.
    """

    def __init__(self, file: IO[bytes], head: bytes = b"") -> None:
        self._file = file
        self._packed = head
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        #: Bytes after the member's end, once that is reached.
        self.rest = b""

    def readable(self) -> bool:
        """Called by BufferedReader."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Called by BufferedReader."""
        view = memoryview(buffer).cast("B")
        while not self._inflate.eof:
            packed = self._packed or self._file.read(BLOCK)
            data = self._inflate.decompress(packed, len(view))
            self._packed = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self.rest = self._inflate.unused_data
            if data:
                view[: len(data)] = data
                return len(data)
            if not packed:
                raise CutOff
        return 0


def is_gzip(start: bytes) -> bool:
    """Whether a file that begins like this is compressed."""
    return start[:2] == _GZIP[:2]


def next_start(file: IO[bytes], after: int, *, compressed: bool) -> int | None:
    """Where the next record may begin, at or after a byte; None when there is no such place."""
    mark = _GZIP if compressed else b"\nWARC/"
    # A line end belongs to what stands before.
    skipped = 0 if compressed else 1
    position = max(0, after - skipped)
    file.seek(position)
    window = b""
    while block := file.read(BLOCK):
        window += block
        found = window.find(mark)
        if found >= 0:
            return position + found + skipped
        position += max(0, len(window) - len(mark) + 1)
        window = window[-(len(mark) - 1) :]
    return None

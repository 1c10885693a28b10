"""Parquet files of a web server as DuckDB reads them: by ranges, one request at a time. Imported only by `find`."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.spec import AbstractBufferedFile

from newscrawler.archive.fetching import fetch, length_of


class RangeFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """Files of one server; names are paths on it."""

    protocol = "ranges"
    cachable = False

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Called by fsspec."""
        name = self._strip_protocol(path)
        return {"name": name, "size": length_of(f"{self._base}/{name}"), "type": "file"}

    def modified(self, path: str) -> datetime:
        """Called by DuckDB: a file of an index does not change."""
        return datetime(1970, 1, 1, tzinfo=UTC)

    def glob(self, path: str, **_: Any) -> list[str]:
        """Called by DuckDB: no name has a pattern."""
        return [self._strip_protocol(path)]

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **_: Any) -> RangeFile:
        return RangeFile(self, self._strip_protocol(path), mode, block_size or 1 << 20)

    def read(self, name: str, start: int, end: int) -> bytes:
        """Bytes of a file."""
        found = io.BytesIO()
        fetch(f"{self._base}/{name}", found, start=start, length=end - start)
        return found.getvalue()


class RangeFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file that is read by ranges."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        found: bytes = self.fs.read(self.path, start, end)
        return found

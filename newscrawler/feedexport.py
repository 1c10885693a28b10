"""Local output files that are there whole or not at all.

Scrapy's own storage writes in place: `-O` destroys the last good file before the first new item
(docs/extend/scrapy.md#output).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from scrapy.exporters import JsonLinesItemExporter
from scrapy.extensions.feedexport import FileFeedStorage

from newscrawler.extensions.verdict import RunVerdict
from newscrawler.items import Article, json_value
from newscrawler.monitoring.stats import stats_of
from newscrawler.run import run_of
from newscrawler.utils import sync_path

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from scrapy import Spider
    from scrapy.crawler import Crawler

_LINES = ("jsonlines", "jsonl", "jl")


class AtomicFileFeedStorage(FileFeedStorage):
    """Writes `FILE.part` and puts it in FILE's place at the end of a good run; else the part stays.

    `-o` begins with a copy of what FILE holds. Both are synced to disk before the rename.
    """

    def __init__(self, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        self._crawler = crawler
        self._final = Path(self.path)
        self._part = self._final.with_name(self._final.name + ".part")
        options = feed_options or {}
        # Of other forms, and of files in pieces, the lines say nothing about the records.
        self._a_line_a_record = options.get("format") in _LINES and not (
            options.get("batch_item_count") or options.get("postprocessing") or options.get("item_filter")
        )
        self._lines_before = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        """Called by Scrapy."""
        return cls(crawler, uri, feed_options=feed_options)

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the part file for writing. A failure ends the run: what can't be kept need not be fetched."""
        try:
            self._final.parent.mkdir(parents=True, exist_ok=True)
            if self._final.is_dir():
                raise IsADirectoryError(f"{self._final} is a folder; name a file")
            if self.write_mode == "ab" and self._final.exists():
                shutil.copyfile(self._final, self._part)
                self._lines_before = _lines_of(self._part)
            else:
                self._part.unlink(missing_ok=True)
            return _WatchedFile(self._part, self._fail)
        except OSError as error:
            self._fail(error)
            raise

    def _fail(self, error: OSError) -> None:
        run_of(self._crawler).fail(error)

    def store(self, file: IO[bytes]) -> None:
        """Put the part in place if the run was good."""
        try:
            file.flush()
            os.fsync(file.fileno())
            self._check(file)
        except OSError as error:
            self._fail(error)
        with contextlib.suppress(OSError):  # said above; closing tries to write once more
            file.close()
        judgement = self._crawler.get_extension(RunVerdict)
        if judgement is not None and judgement.preview().good:
            self._part.replace(self._final)
            sync_path(self._final.parent)
            stats_of(self._crawler).output_stored(self._final)
        else:
            stats_of(self._crawler).output_part(self._part)

    def _check(self, file: IO[bytes]) -> None:
        """Whether the disk has what was written; raise OSError if it has not."""
        size, written = os.fstat(file.fileno()).st_size, file.tell()
        if size != written:
            raise OSError(f"{self._part}: holds {size} bytes, where {written} were written")
        records = stats_of(self._crawler).items_exported()
        lines = _lines_of(self._part) - self._lines_before if self._a_line_a_record else records
        if lines != records:
            raise OSError(f"{self._part}: holds {lines} lines of this run, where {records} records were written")


def _lines_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


class _WatchedFile(io.BufferedWriter):
    """Tells of failed writes: Scrapy logs them for each item and goes on as if it were kept."""

    def __init__(self, path: Path, failed: Callable[[OSError], None]) -> None:
        super().__init__(io.FileIO(path, "ab"))
        self._failed = failed

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self._failed(error)
            raise


# --- exporters ---

_NAMES = tuple(field.name for field in fields(Article))


#: Asks ``json_value`` only for what json does not know.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=json_value)


class RecordLinesExporter(JsonLinesItemExporter):
    """Knows the record's fields beforehand: Scrapy's asks an adapter about each field of each record.

    What it does not know (other items, a choice of fields, another encoding) it leaves to Scrapy's.
    """

    def export_item(self, item: Any) -> None:
        """Called by Scrapy."""
        if type(item) is not Article or self.fields_to_export is not None or self.encoding != "utf-8":
            super().export_item(item)
            return
        line = _ENCODER.encode({name: getattr(item, name) for name in _NAMES})
        self.file.write(line.encode("utf-8", "replace") + b"\n")

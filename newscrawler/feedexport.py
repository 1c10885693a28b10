"""Output files that are there whole or not at all, wherever they are.

Scrapy's own storages write in place, or upload whatever came of the run: `-O` destroys the last good file before the
first new item, and what goes wrong with an output is a line in the log (docs/extend/scrapy.md#output).
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import urlparse

from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter, XmlItemExporter
from scrapy.extensions.feedexport import FeedExporter, FeedSlot, StdoutFeedStorage
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.misc import build_from_crawler, load_object
from w3lib.url import file_uri_to_path

from newscrawler.dataset.export import NOT_IN_XML, table_cell
from newscrawler.exceptions import ArgumentError, OutputError
from newscrawler.extensions.verdict import RunVerdict
from newscrawler.items import FIELD_NAMES, Article, json_value, record_of
from newscrawler.middlewares.backoff import drop_waiting
from newscrawler.monitoring.stats import stats_of
from newscrawler.run import run_of
from newscrawler.utils import sync_path

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_LINES = ("jsonlines", "jsonl", "jl")
_STDOUT = "standard output"
#: Libraries without which Scrapy leaves out a scheme, with a line in the log only.
_LIBRARIES = {"s3": "boto3", "gs": "google.cloud.storage"}


def check_outputs(settings: BaseSettings, result: str | None = None) -> None:
    """What -o, -O, FEEDS and --result name can be written, as far as can be checked before the run.

    Raises ArgumentError for what Scrapy cannot do, OutputError for what the machine refuses. Folders that are missing
    are made.
    """
    try:
        feeds = {str(uri): options for uri, options in settings.getdict("FEEDS").items()}
    except ValueError as error:
        raise ArgumentError(f"FEEDS: give a JSON object: {error}") from None
    seen: dict[Path, str] = {}
    for uri, options in feeds.items():
        _check_feed(uri, options, settings)
        path = _local_path(uri)
        if path is None or "%(" in uri:
            continue
        target = target_of(path)
        if target in seen:
            raise ArgumentError(f"{uri}: the same file as {seen[target]}; name two files")
        seen[target] = uri
        if not options.get("overwrite", False):
            _check_appendable(uri, target, options)
        _check_writable(target)
    if result is not None:
        target = target_of(Path(result))
        if target in seen:
            raise ArgumentError(f"--result {result}: the same file as {seen[target]}; name two files")
        _check_writable(target)


def _check_appendable(uri: str, target: Path, options: dict[str, Any]) -> None:
    """Raise ArgumentError where what is added would not be read with what is there."""
    form = options["format"]
    if form in _LINES or form == "pickle" or options.get("postprocessing") or not _size_of(target):
        return
    if form != "csv":
        raise ArgumentError(f"{uri}: {form} can't be added to; replace it with -O, or name a .jsonl file")
    names = options.get("fields") or FIELD_NAMES
    with target.open("rb") as file:
        header = file.readline().decode("utf-8", "replace").strip()
    if header != ",".join(names):
        raise ArgumentError(f"{uri}: its columns are not those of the records; name another file")


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_feed(uri: str, options: Any, settings: BaseSettings) -> None:
    scheme = urlparse(uri).scheme
    if settings.getwithbase("FEED_STORAGES").get(scheme) is None:
        raise ArgumentError(f"{uri}: no such kind of output: {scheme}://")
    if scheme in _LIBRARIES and not _has_module(_LIBRARIES[scheme]):
        raise ArgumentError(f"{uri}: {scheme}:// needs {_LIBRARIES[scheme]}, which is not installed")
    if not isinstance(options, dict):
        raise ArgumentError(f"FEEDS: {uri}: give an object with a format")
    # As Scrapy's own: FEED_FORMAT is deprecated, and an ending is read by -o and -O only.
    form = options.get("format")
    formats = sorted(name for name, path in settings.getwithbase("FEED_EXPORTERS").items() if path is not None)
    if form not in formats:
        raise ArgumentError(f"{uri}: format {form}: choose one of {', '.join(formats)}")
    if scheme == "stdout" and _stdout_is_closed():
        raise OutputError(f"{_STDOUT} is closed")
    batches = options.get("batch_item_count") or settings.getint("FEED_EXPORT_BATCH_ITEM_COUNT")
    if batches and not re.search(r"%\(batch_time\)s|%\(batch_id\)", uri):
        raise ArgumentError(f"{uri}: files in pieces need %(batch_id)d or %(batch_time)s in their name")


def _has_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _stdout_is_closed() -> bool:
    try:
        os.fstat(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):  # Python has None for what was closed before it began
        return True
    return False


def _local_path(uri: str) -> Path | None:
    """The file that a URI names; None for one that is not on this machine, and for standard output."""
    scheme = urlparse(uri).scheme
    return Path(file_uri_to_path(uri) if scheme == "file" else uri) if scheme in ("", "file") else None


def target_of(path: Path) -> Path:
    """The file that is replaced: of a link, what it leads to, which need not be there yet.

    Raises OutputError for what is no regular file: a FIFO or a device would be replaced by one.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return path.resolve()
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from error
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a folder; name a file")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{path} is no regular file; name a file, or - for standard output")
    return path.resolve()


def _check_writable(target: Path) -> None:
    part = _part_of(target)
    there = part.exists()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(0, "it may not be written")
        with part.open("ab"):
            pass
        if not there:
            part.unlink()
    except OSError as error:
        raise OutputError(f"{target}: can't be written: {error.strerror or error}") from error


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


class AtomicFileFeedStorage:
    """Writes `FILE.part`, which `OutputFeeds` puts in FILE's place at the end of a good run; else the part stays.

    `-o` begins with a copy of what FILE holds. Both are synced to disk before the rename.
    """

    def __init__(self, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        self._crawler = crawler
        options = feed_options or {}
        self._appends = not options.get("overwrite", False)
        self._final, self._part = self._places(uri)
        # Of other forms, and of files in pieces, the lines say nothing about the records.
        self._a_line_a_record = options.get("format") in _LINES and not (
            options.get("batch_item_count") or options.get("postprocessing") or options.get("item_filter")
        )
        self._lines_before = 0
        #: Device and inode of the part file: another run that writes to the same FILE has one of its own.
        self._identity: tuple[int, int] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        return cls(crawler, uri, feed_options=feed_options)

    def _places(self, uri: str) -> tuple[Path, Path]:
        path = _local_path(uri)
        assert path is not None
        final = path.resolve()
        return final, _part_of(final)

    def open(self, spider: Spider) -> IO[bytes]:
        """Open the part file for writing. A failure ends the run: what can't be stored need not be fetched."""
        try:
            self._prepare()
            file = _WatchedFile(self._part, self._fail)
        except (OSError, OutputError) as error:
            self._fail(error)
            raise
        found = os.fstat(file.fileno())
        self._identity = (found.st_dev, found.st_ino)
        return file

    def _prepare(self) -> None:
        target_of(self._final)
        self._final.parent.mkdir(parents=True, exist_ok=True)
        self._part.unlink(missing_ok=True)
        if self._appends and self._final.exists():
            shutil.copyfile(self._final, self._part)
            if self._a_line_a_record:
                _end_last_line(self._part)
            self._lines_before = _lines_of(self._part)

    def _fail(self, error: Exception) -> None:
        _stop(self._crawler, error)

    def store(self, file: IO[bytes]) -> None:
        """Have the part on the disk; whether it is put in place is decided when the run is over."""
        try:
            file.flush()
            os.fsync(file.fileno())
            self._check(file)
        except OSError as error:
            self._fail(error)
        with contextlib.suppress(OSError):  # said above; closing tries to write once more
            file.close()
        outputs_of(self._crawler).written(self)

    def would_empty(self) -> bool:
        """Whether a run without a record would take the place of a file that has some."""
        return not self._appends and self._final.exists() and self._final.stat().st_size > 0

    @property
    def name(self) -> str:
        """What the user named, for the summary."""
        return str(self._final)

    async def put_in_place(self) -> None:
        """Let the part take FILE's place, with the mode and owner that FILE has. Raises OSError."""
        found = self._part.stat()
        if (found.st_dev, found.st_ino) != self._identity:
            raise OSError(f"{self._part}: another run has written it since")
        with contextlib.suppress(FileNotFoundError):
            before = target_of(self._final).stat()
            with contextlib.suppress(PermissionError):  # who may not give a file away owns the new one
                os.chown(self._part, before.st_uid, before.st_gid)
            self._part.chmod(stat.S_IMODE(before.st_mode))
        self._part.replace(self._final)
        sync_path(self._final.parent)
        stats_of(self._crawler).output_stored(self.name)

    def leave(self) -> None:
        stats_of(self._crawler).output_part(self._part)

    def _check(self, file: IO[bytes]) -> None:
        """Whether the disk has what was written; raise OSError if it has not."""
        size, written = os.fstat(file.fileno()).st_size, file.tell()
        if size != written:
            raise OSError(f"{self._part}: holds {size} bytes, where {written} were written")
        records = outputs_of(self._crawler).exported
        lines = _lines_of(self._part) - self._lines_before if self._a_line_a_record else records
        if lines != records:
            raise OSError(f"{self._part}: holds {lines} lines of this run, where {records} records were written")


class RemoteFeedStorage(AtomicFileFeedStorage):
    """Writes a part file here, and hands it to Scrapy's own storage at the end of a good run."""

    def __init__(self, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        kind = load_object(crawler.settings.getdict("FEED_STORAGES_BASE")[urlparse(uri).scheme])
        # Raises NotConfigured without its library.
        self._remote = build_from_crawler(kind, crawler, uri, feed_options=feed_options)
        self._uri = uri
        super().__init__(crawler, uri, feed_options=feed_options)
        self._appends = False

    def _places(self, uri: str) -> tuple[Path, Path]:
        parts = urlparse(uri)
        folder = Path(self._crawler.settings["FEED_TEMPDIR"] or ".").resolve()
        part = _part_of(folder / (Path(parts.path).name or parts.hostname or "output"))
        return part, part

    @property
    def name(self) -> str:
        """The URI without a password in it."""
        return _without_password(self._uri)

    def would_empty(self) -> bool:
        """What is there is not known: a run without a record is not handed over."""
        return True

    async def put_in_place(self) -> None:
        """Upload the part and remove it. Raises what the library raises."""
        with self._part.open("rb") as file:
            await ensure_awaitable(self._remote.store(file))
        self._part.unlink()
        stats_of(self._crawler).output_stored(self.name)


class CheckedStdoutFeedStorage(StdoutFeedStorage):
    """Standard output, of which each record is flushed: a reader sees it at once, and a failed write is noticed."""

    def __init__(self, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        if _stdout_is_closed():
            raise ArgumentError(f"{_STDOUT} is closed")
        # Scrapy's own warns that -O can't overwrite it.
        super().__init__(uri, feed_options={**(feed_options or {}), "overwrite": False})

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        return cls(crawler, uri, feed_options=feed_options)

    def flush(self) -> None:
        """Raises OSError."""
        self._stdout.flush()

    @staticmethod
    def give_up() -> None:
        """Discard what Python would flush at its end: that would fail again."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _without_password(uri: str) -> str:
    return re.sub(r"(?<=//)[^/]*@", "", uri)


def _lines_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _end_last_line(path: Path) -> None:
    """The first record is not added to a line that was cut off."""
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read() != b"\n":
                file.write(b"\n")


def _stop(crawler: Crawler, error: Exception) -> None:
    run_of(crawler).fail(error)
    drop_waiting(crawler, "the output can't be written")


class _WatchedFile(io.BufferedWriter):
    """Reports failed writes: Scrapy logs one for each item and goes on as if the item were stored."""

    def __init__(self, path: Path, failed: Callable[[OSError], None]) -> None:
        super().__init__(io.FileIO(path, "ab"))
        self._failed = failed

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self._failed(error)
            raise


class OutputFeeds(FeedExporter):
    """Scrapy's feed export, in which what goes wrong ends the run, and files are put in place when it is over."""

    def __init__(self, crawler: Crawler) -> None:
        self._written: list[AtomicFileFeedStorage] = []
        self._failed = False
        #: Items that the exporters have taken.
        self.exported = 0
        try:
            super().__init__(crawler)
        except NotConfigured as error:
            if not crawler.settings["FEEDS"]:
                raise
            # Scrapy would go on without any output.
            raise ArgumentError(f"FEEDS: an output can't be written: {error or 'the log says why'}") from None

    def written(self, storage: AtomicFileFeedStorage) -> None:
        self._written.append(storage)

    def open_spider(self, spider: Spider) -> None:
        """Called by Scrapy. An output that can't be written ends the run before its first request.

        By CloseSpider: a crawler that is stopped before its engine runs crawls on, and never ends.
        """
        try:
            super().open_spider(spider)
            for slot in self.slots:
                if (path := _local_path(slot.uri)) is not None:
                    _check_writable(target_of(path))
        except Exception as error:  # Scrapy would log it and go on without any output
            # A name is made of what the spider has: KeyError for an attribute that there is not.
            what = f"no %({error.args[0]})s for its name" if isinstance(error, KeyError) else str(error)
            said = error if isinstance(error, OutputError) else f"{', '.join(self.feeds)}: can't be opened: {what}"
            stats_of(self.crawler).output_failed(_without_password(str(said)))
            logger.error("%s", _without_password(str(said)))
            self.slots.clear()  # which would be opened to be stored
            raise CloseSpider("output_failed") from error

    def _start_new_batch(self, *args: Any, **kwargs: Any) -> FeedSlot:
        """Called by Scrapy, which logs a slot's URI."""
        slot = super()._start_new_batch(*args, **kwargs)
        slot.uri = _without_password(slot.uri)
        return slot

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Called by Scrapy, which would log a failure and go on."""
        if self._failed:
            return
        try:
            super().item_scraped(item, spider)
            self.exported += 1
            self._flush()
        except Exception as error:
            self._fail(error)

    def _flush(self) -> None:
        for storage in self._stdout_storages():
            storage.flush()

    def _stdout_storages(self) -> list[CheckedStdoutFeedStorage]:
        return [slot.storage for slot in self.slots if isinstance(slot.storage, CheckedStdoutFeedStorage)]

    def _fail(self, error: Exception) -> None:
        """End the run. Files have reported their own failures before, and the first one counts."""
        self._failed = True
        stdout = self._stdout_storages()
        for storage in stdout:
            storage.give_up()
        if isinstance(error, OSError) and stdout:
            error = OutputError(f"{_STDOUT}: {error.strerror or error}")
        _stop(self.crawler, error)

    async def close_spider(self, spider: Spider) -> None:
        """Called by Scrapy. Put everything in place, or nothing."""
        await super().close_spider(spider)
        try:
            self._flush()
        except OSError as error:
            self._fail(error)
        # A run that remembers has nothing to write where nothing is new.
        if not self.exported and not run_of(self.crawler).remembers:
            for storage in self._written:
                if storage.would_empty():
                    stats_of(self.crawler).output_empty(storage.name)
        # What can fail comes first: then the others stay as they are.
        self._written.sort(key=lambda storage: not isinstance(storage, RemoteFeedStorage))
        for storage in self._written:
            if not self._is_good():
                storage.leave()
                continue
            try:
                await storage.put_in_place()
            except Exception as error:
                _stop(self.crawler, OutputError(f"{storage.name}: can't be stored: {' '.join(str(error).split())}"))
                storage.leave()

    def _is_good(self) -> bool:
        run_verdict = self.crawler.get_extension(RunVerdict)
        return run_verdict is not None and run_verdict.preview().good


def outputs_of(crawler: Crawler) -> OutputFeeds:
    """The crawl's outputs."""
    outputs = crawler.get_extension(OutputFeeds)
    assert outputs is not None
    return outputs


#: Asks ``json_value`` only for what json does not know.
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=json_value)


class RecordLinesExporter(JsonLinesItemExporter):
    """Knows the record's fields beforehand: Scrapy's asks an adapter about each field of each record.

    What it does not know (other items, a choice of fields, another encoding) it leaves to Scrapy's.
    """

    def export_item(self, item: Any) -> None:
        if type(item) is not Article or self.fields_to_export is not None or self.encoding != "utf-8":
            super().export_item(item)
            return
        line = _ENCODER.encode({name: getattr(item, name) for name in FIELD_NAMES})
        self.file.write(line.encode("utf-8", "replace") + b"\n")


class RecordJsonExporter(JsonItemExporter):
    """One list of records."""

    def export_item(self, item: Any) -> None:
        super().export_item(_plain(item))


class RecordCsvExporter(CsvItemExporter):
    """The cells of `dataset latest -o FILE.csv`: lists and objects are JSON, null is empty.

    Scrapy's joins a list with commas, and writes Python's own form of what is in it.
    """

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **{"errors": "replace", "lineterminator": "\n", **kwargs})
        if isinstance(file, _WatchedFile) and file.tell():  # -o adds to a table that has a header
            self.include_headers_line = False

    def serialize_field(self, field: Any, name: str, value: Any) -> Any:
        return table_cell(value)

    def export_item(self, item: Any) -> None:
        super().export_item(_plain(item))

    def finish_exporting(self) -> None:
        """Called by Scrapy. A table without rows has its header too."""
        if self._headers_not_written and self.include_headers_line:
            self.csv_writer.writerow(self.fields_to_export or FIELD_NAMES)
        super().finish_exporting()


class RecordXmlExporter(XmlItemExporter):
    """Null is an empty element, true and false are as in JSON, and no character is written that XML can't hold."""

    def export_item(self, item: Any) -> None:
        super().export_item(_plain(item))

    def _export_xml_field(self, name: str, serialized_value: Any, depth: int) -> None:
        value = serialized_value
        if value is None:
            value = ""
        elif isinstance(value, bool):
            value = json.dumps(value)
        elif isinstance(value, str):
            value = NOT_IN_XML.sub("\ufffd", value)
        super()._export_xml_field(name, value, depth)


def _plain(item: Any) -> Any:
    return record_of(item) if isinstance(item, Article) else item

"""WARC files, record by record: a broken record is skipped and reported, and reading goes on after it.

warcio reads the records; finding their ends is done here. Its own iterator ends silently at a damaged gzip
member, and the records after it would be lost.
"""

from __future__ import annotations

import glob
import io
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

from newscrawler.exceptions import ArchiveError, ArgumentError, BrokenRecord

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# It warns of each blank in a URL of whatever site.
logging.getLogger("warcio.recordloader").setLevel(logging.ERROR)

#: What reading a damaged record raises.
_DAMAGE = (
    zlib.error,
    EOFError,
    ArchiveLoadFailed,
    StatusAndHeadersParserException,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
)
_LOADER = ArcWarcRecordLoader(verify_http=False)
_SEVERAL = "several records in one gzip member; run: warcio recompress OLD NEW"
#: Ends of names; files of the last one are still being written, or were when their run was killed.
SUFFIXES = (".warc", ".warc.gz", ".warc.gz.open")
#: Ends of names of archives that are not read, and that a folder of WARC files may hold.
_OTHER_SUFFIXES = (".warc.zst", ".wacz", ".arc", ".arc.gz", ".warc.bz2", ".warc.xz", ".warc.zip")
BLOCK = 64 * 1024
_GZIP = b"\x1f\x8b\x08"
#: Never of the stored body: it is without transfer encoding, and of the length that it has.
_CONNECTION_HEADERS = ("transfer-encoding", "content-length")
#: Called with what is wrong: one line that names the file and the byte.
Report = Callable[[str], None]
#: Called with a record's type and URL.
WantsStatus = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Record:
    """The headers of a record. ``offset`` is where it begins in its file, compressed or not."""

    offset: int
    type: str
    #: WARC-Target-URI; empty where there is none.
    url: str
    #: WARC-Date; None where there is none that can be read.
    at: datetime | None
    #: The WARC headers, names in lower case.
    headers: dict[str, str]
    #: Status of the HTTP response, where there is one.
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stored response. ``body`` is without transfer encoding; a Content-Encoding is as ``headers`` say."""

    record: Record
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def warc_files(value: str) -> list[Path]:
    """The files that are named: a file, a folder, a glob, or several of them with commas; each once, in order.

    Raises ArgumentError for one that is missing, can't be read or is no WARC file.
    """
    parts = [value] if Path(value).exists() else [part.strip() for part in value.split(",") if part.strip()]
    files = {path.resolve(): path for part in parts for path in _named_files(part)}
    if not files:
        raise ArgumentError(f"warc={value}: no WARC file in it")
    for path in files.values():
        _check(path)
    return list(files.values())


def passed_over(value: str) -> list[Path]:
    """Archives in the folders that are named, of forms that are not read."""
    parts = [value] if Path(value).exists() else [part.strip() for part in value.split(",") if part.strip()]
    found = (file for part in parts if Path(part).is_dir() for file in Path(part).rglob("*") if file.is_file())
    return sorted(file for file in found if file.name.lower().endswith(_OTHER_SUFFIXES))


def is_warc_name(name: str) -> bool:
    """Whether a file's name is that of a WARC file."""
    return name.lower().endswith(SUFFIXES)


def scan(path: Path, report: Report, wants_status: WantsStatus | None = None) -> Iterator[Record]:
    """The records of a file in their order, without what they hold. Needs the memory of one block.

    A record that is damaged, cut off or of a wrong length is reported and left out. ``wants_status`` tells by type and
    URL whose HTTP head is parsed; the others have no status. Raises ArchiveError for a file that can't be read at all.
    """
    try:
        with path.open("rb", BLOCK) as file:
            start = file.read(5)
            if not start:
                report(f"{path}: empty")
            elif _is_gzip(start):
                yield from _scan(_Packed(path, file, wants_status), report)
            elif start == b"WARC/":
                yield from _scan(_Plain(path, cast("io.BufferedReader", file), wants_status), report)
            else:
                raise ArchiveError(f"{path}: no WARC file; give .warc or .warc.gz files")
    except OSError as error:
        raise ArchiveError(f"{path}: can't be read: {error.strerror or error}") from error


def load(path: Path, offset: int, limit: int) -> Page:
    """The response that is stored at that location, as ``scan`` gave it.

    Raises BrokenRecord when it can't be read or its body has more than ``limit`` bytes.
    """
    location = f"{path}, byte {offset}"
    try:
        with path.open("rb") as file:
            packed = _is_gzip(file.read(2))
            file.seek(offset)
            parsed = _parse(io.BufferedReader(Member(file), BLOCK) if packed else file)
            record = _record(parsed, offset)
            http = parsed.http_headers
            stream = parsed.raw_stream
            if http and (http.get_header("Transfer-Encoding") or "").strip().lower() == "chunked":
                stream = ChunkedDataReader(stream)
            body: bytes = stream.read(limit + 1)
    except (OSError, *_DAMAGE) as error:
        raise BrokenRecord(f"{location}: can't be read: {_message(error)}") from error
    if len(body) > limit:
        raise BrokenRecord(f"{location}: the page has more than {limit} bytes")
    if record.type == "resource":
        return Page(record, 200, [("Content-Type", record.headers.get("content-type", ""))], body)
    if record.status is None or http is None:
        raise BrokenRecord(f"{location}: no HTTP response in it")
    return Page(record, record.status, list(http.headers), body)


def response_of(page: Page, url: str) -> Response:
    """The response to a request for ``url``; a Content-Encoding is left for HttpCompressionMiddleware to undo."""
    headers = Headers()
    for name, value in page.headers:
        if name.lower() not in _CONNECTION_HEADERS:
            headers.appendlist(name, value)
    if not _is_encoded(page.body, headers):
        headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=headers, url=url, body=page.body)
    # A page that was not modified is the page that was stored before.
    status = 200 if page.status == 304 else page.status
    return kind(url=url, status=status, headers=headers, body=page.body)


def valid_prefix_length(path: Path, start: int = 0) -> int:
    """Where the last whole record of a .warc.gz file ends, searched from a byte at which one begins or ends."""
    with path.open("rb") as file:
        reader = _Packed(path, file)
        reader.go_to(start)
        with suppress(*_DAMAGE):
            while reader.more():
                reader.read()
        return reader.position


def time_of(text: str | None) -> datetime | None:
    """A WARC-Date, in UTC; None when it is missing or no time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class _Packed:
    """A .warc.gz file: one record a gzip member."""

    compressed = True

    def __init__(self, path: Path, file: IO[bytes], wants_status: WantsStatus | None = None) -> None:
        self.path = path
        self.file = file
        self._wants_status = wants_status
        #: Where the next record begins.
        self.position = 0
        self._head = b""
        self.go_to(0)

    def go_to(self, position: int) -> None:
        self.position = position
        self._head = b""
        self.file.seek(position)

    def more(self) -> bool:
        """Whether the file goes on."""
        if not self._head:
            self._head = self.file.read(BLOCK)
        return bool(self._head)

    def read(self) -> Record:
        """The next record. A member that is not whole to its end raises, and the position stays."""
        member = Member(self.file, self._head)
        stream = io.BufferedReader(member, BLOCK)
        parsed = _parse(stream, self._wants_status)
        record = _record(parsed, self.position)
        _drain(parsed.raw_stream)
        if parsed.raw_stream.limit:
            raise ValueError("its length is wrong")
        after = stream.read(BLOCK)
        if after.strip(b"\r\n"):
            several = after.lstrip(b"\r\n").startswith(b"WARC/")
            # None of them could be found again.
            raise ValueError(_SEVERAL if several else "its length is wrong")
        _drain(stream)
        self._head = member.rest
        self.position = self.file.tell() - len(member.rest)
        return record


class _Plain:
    """A .warc file."""

    compressed = False

    def __init__(self, path: Path, file: io.BufferedReader, wants_status: WantsStatus | None = None) -> None:
        self.path = path
        self.file = file
        self._wants_status = wants_status
        self.position = 0
        self._size = path.stat().st_size
        self.go_to(0)

    def go_to(self, position: int) -> None:
        self.position = position
        self.file.seek(position)

    def more(self) -> bool:
        """Whether the file goes on."""
        return self.position < self._size

    def read(self) -> Record:
        """The next record. One that is not followed by another or the end raises, and the position stays."""
        parsed = _parse(self.file, self._wants_status)
        record = _record(parsed, self.position)
        end = self.file.tell() + parsed.raw_stream.limit
        if end > self._size:
            raise CutOff
        self.file.seek(end)
        after = self.file.peek(16)[:16] if end < self._size else b""
        gap = len(after) - len(after.lstrip(b"\r\n"))
        if end + gap < self._size and not after[gap:].startswith(b"WARC/"):
            raise ValueError("its length is wrong")
        self.go_to(end + gap)
        return record


def _scan(reader: _Packed | _Plain, report: Report) -> Iterator[Record]:
    while reader.more():
        start = reader.position
        try:
            record = reader.read()
        except _DAMAGE as error:
            record_after = _next_whole_record(reader, start)
            if record_after is None:
                what = "the file is cut off in it" if isinstance(error, EOFError) else _message(error)
                report(f"{reader.path}, byte {start}: no whole record to the file's end: {what}")
                return
            report(f"{reader.path}, byte {start}: passed over to byte {record_after.offset}: {_message(error)}")
            yield record_after
        else:
            yield record


def _next_whole_record(reader: _Packed | _Plain, start: int) -> Record | None:
    """The first whole record after a broken one."""
    location = _next_start(reader.file, start + 1, compressed=reader.compressed)
    while location is not None:
        reader.go_to(location)
        if reader.more():
            try:
                return reader.read()
            except _DAMAGE:
                pass
        location = _next_start(reader.file, location + 1, compressed=reader.compressed)
    return None


def _next_start(file: IO[bytes], after: int, *, compressed: bool) -> int | None:
    """Where the next record may begin, at or after a byte; None when there is no such place."""
    mark = _GZIP if compressed else b"\nWARC/"
    # The line end belongs to the record before.
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


def _parse(stream: Any, wants_status: WantsStatus | None = None) -> Any:
    """A record of warcio's, its HTTP headers read where they are wanted. Raises one of _DAMAGE."""
    # Most records of an archive are of other sites, and parsing their heads is most of the work of a first pass.
    record = _LOADER.parse_record_stream(stream, known_format="warc", no_record_parse=wants_status is not None)
    if record.length is None or record.rec_headers.get_header("Content-Length") is None:
        raise ValueError("it does not say its length")
    if wants_status is not None:
        url = record.rec_headers.get_header("WARC-Target-URI") or ""
        if wants_status(record.rec_type or "", url):
            record.http_headers = _LOADER.load_http_headers(record.rec_type, url, record.raw_stream, record.length)
    return record


def _record(parsed: Any, offset: int) -> Record:
    headers = {name.lower(): value for name, value in parsed.rec_headers.headers}
    status = None
    if parsed.http_headers and parsed.rec_type != "request":
        code = parsed.http_headers.get_statuscode()
        status = int(code) if code.isdigit() and len(code) == 3 else None
    at = time_of(headers.get("warc-date"))
    return Record(offset, parsed.rec_type or "", headers.get("warc-target-uri", ""), at, headers, status)


def _drain(stream: Any) -> None:
    while stream.read(BLOCK):
        pass


def _message(error: Exception) -> str:
    if isinstance(error, CutOff):
        return "cut off"
    return " ".join(str(error).split())[:200] or type(error).__name__


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


def _is_gzip(start: bytes) -> bool:
    """Whether a file that begins like this is compressed."""
    return start[:2] == _GZIP[:2]


def _is_encoded(body: bytes, headers: Headers) -> bool:
    """Whether the body can be what Content-Encoding says: many crawlers store the page decoded and keep the header."""
    names = b",".join(headers.getlist("Content-Encoding")).lower()
    if not names or body.lstrip()[:1] == b"<":
        return False
    return b"gzip" not in names or b"," in names or body.startswith(_GZIP[:2])


def _named_files(part: str) -> Iterator[Path]:
    path = Path(part)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if is_warc_name(file.name) and file.is_file())
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(part, recursive=True)) if Path(name).is_file()]
    if not found:
        raise ArgumentError(f"warc={part}: no such file, and no folder or glob with WARC files")
    yield from found


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(5)
    except OSError as error:
        raise ArgumentError(f"warc={path}: can't be read: {error.strerror or error}") from None
    if start and not _is_gzip(start) and start != b"WARC/":
        raise ArgumentError(f"warc={path}: no WARC file; give .warc or .warc.gz files")

"""WARC files, record by record: a broken record is skipped and reported, and reading goes on after it.

Finding the ends of records is done here: warcio's own iterator ends silently at a damaged gzip member, and the records
after it would be lost; FastWARC's ends there too, or joins two records (docs/extend/decisions.md).
"""

from __future__ import annotations

import glob
import io
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from warcio.bufferedreaders import ChunkedDataReader
from warcio.limitreader import LimitReader

from newscrawler.exceptions import ArchiveError, ArgumentError, BrokenRecord

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from backports.zstd import ZstdDict

#: What reading a damaged record raises.
_DAMAGE = (zlib.error, EOFError, ValueError)
_SEVERAL = "several records in one gzip member; run: warcio recompress OLD NEW"
#: Ends of names; files of the last one are still being written, or were when their run was killed.
SUFFIXES = (".warc", ".warc.gz", ".warc.zst", ".wacz", ".warc.gz.open")
#: Ends of names of archives that are not read, and that a folder of WARC files may hold.
_OTHER_SUFFIXES = (".arc", ".arc.gz", ".warc.bz2", ".warc.xz", ".warc.zip")
BLOCK = 64 * 1024
_GZIP = b"\x1f\x8b\x08"
_WARC = b"WARC/"
_ZIP = b"PK\x03\x04"
_ZSTD = b"\x28\xb5\x2f\xfd"
#: A frame that is skipped: at the start of a .warc.zst file it holds the dictionary of all others.
_ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
_FORMS = "give .warc, .warc.gz, .warc.zst or .wacz files"
#: Types of record that begin with an HTTP head, where their URL is one of HTTP.
_HTTP_TYPES = ("response", "request", "revisit")
#: Never of the stored body: it is without transfer encoding, and of the length that it has.
_CONNECTION_HEADERS = ("transfer-encoding", "content-length")
#: Called with what is wrong: one line that names the file and the byte.
Report = Callable[[str], None]
#: Called with a record's type and URL.
Wants = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """A stored response. ``body`` is without transfer encoding; a Content-Encoding is as ``headers`` say."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """The headers of a record. ``offset`` is where it begins: in the file, but in a .warc.zst file's content."""

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
    #: What ``load`` would give, or raise, where the scan was asked for pages.
    page: Page | BrokenRecord | None = None


def warc_files(value: str) -> list[Path]:
    """The files that are named: a file, a folder, a glob, or several of them with commas; each once, in order.

    Raises ArgumentError for one that is missing, can't be read or is no WARC file.
    """
    try:
        files = {path.resolve(): path for part in _parts(value) for path in named_files(part)}
        for path in files.values():
            _check(path)
    except ArgumentError as error:
        raise ArgumentError(f"warc={error}") from None
    if not files:
        raise ArgumentError(f"warc={value}: no WARC file in it")
    return list(files.values())


def named_files(part: str) -> list[Path]:
    """The file, the WARC files in a folder or the files of a glob. Raises ArgumentError when there are none."""
    path = Path(part)
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if is_warc_name(file.name) and file.is_file())
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(part, recursive=True)) if Path(name).is_file()]
    if not found:
        raise ArgumentError(f"{part}: no such file, and no folder or glob with WARC files")
    return found


def passed_over(value: str) -> list[Path]:
    """Archives in the folders that are named, of forms that are not read."""
    found = (file for part in _parts(value) if Path(part).is_dir() for file in Path(part).rglob("*") if file.is_file())
    return sorted(file for file in found if file.name.lower().endswith(_OTHER_SUFFIXES))


def is_warc_name(name: str) -> bool:
    """Whether a file's name is that of a WARC file."""
    return name.lower().endswith(SUFFIXES)


def scan(path: Path, report: Report, wants: Wants | None = None, limit: int | None = None) -> Iterator[Record]:
    """The records of a file in their order, without what they hold. Needs the memory of one block.

    A record that is damaged, cut off or of a wrong length is reported and left out. ``wants`` tells by type and URL
    whose HTTP head is parsed; the others have no status. With ``limit`` those that are wanted have their pages, and the
    memory of one is needed too. Raises ArchiveError for a file that can't be read at all.
    """
    try:
        with path.open("rb", BLOCK) as file:
            start = file.read(5)
            wanted = _Wanted(wants, limit)
            if not start:
                report(f"{path}: empty")
            elif start.startswith(_GZIP[:2]):
                yield from _scan(_Packed(path, file, wanted), report)
            elif start == _WARC:
                yield from _scan(_Plain(path, cast("io.BufferedReader", file), wanted), report)
            elif start.startswith(_ZIP):
                for start_, end in _zipped_files(path, report):
                    yield from _scan(_Packed(path, cast("IO[bytes]", _Section(file, end)), wanted, start_), report)
            elif start.startswith((_ZSTD, _ZSTD_DICTIONARY)):
                with _unpacked(path, report) as content:
                    yield from _scan(_Plain(path, content, wanted), report)
            else:
                raise ArchiveError(f"{path}: no WARC file; {_FORMS}")
    except OSError as error:
        raise ArchiveError(f"{path}: can't be read: {error.strerror or error}") from error


def load(path: Path, offset: int, limit: int) -> Page:
    """The response that is stored at that location, as ``scan`` gave it.

    Raises BrokenRecord when it can't be read or its body has more than ``limit`` bytes.
    """
    try:
        with path.open("rb") as opened:
            file = _content(path) if opened.read(4) in (_ZSTD, _ZSTD_DICTIONARY) else opened
            file.seek(offset)
            packed = file.read(2) == _GZIP[:2]
            file.seek(offset)
            page = _Parsed(io.BufferedReader(Member(file), BLOCK) if packed else file).page(limit)
    except (OSError, *_DAMAGE) as error:
        raise BrokenRecord(f"{path}, byte {offset}: can't be read: {_message(error)}") from error
    if isinstance(page, BrokenRecord):
        raise BrokenRecord(f"{path}, byte {offset}: {page}")
    return page


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
        reader = _Packed(path, file, _Wanted(), start)
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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a scan is asked for beyond the headers of each record."""

    wants: Wants | None = None
    limit: int | None = None


class _Packed:
    """Gzip members, one record each."""

    mark = _GZIP

    def __init__(self, path: Path, file: IO[bytes], wanted: _Wanted, start: int = 0) -> None:
        self.path = path
        self.file = file
        self._wanted = wanted
        self.go_to(start)

    def go_to(self, position: int) -> None:
        #: Where the next record begins.
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
        parsed = _Parsed(stream, self._wanted.wants)
        record = parsed.record(self.position, self._wanted.limit)
        parsed.skip_rest()
        after = stream.read(BLOCK)
        if after.strip(b"\r\n"):
            several = after.lstrip(b"\r\n").startswith(_WARC)
            # None of them could be found again.
            raise ValueError(_SEVERAL if several else "its length is wrong")
        while stream.read(BLOCK):
            pass
        self._head = member.rest
        self.position = self.file.tell() - len(member.rest)
        return record


class _Plain:
    """Records one after the other, as in a .warc file."""

    mark = b"\nWARC/"

    def __init__(self, path: Path, file: io.BufferedReader | io.BufferedRandom, wanted: _Wanted) -> None:
        self.path = path
        self.file = file
        self._wanted = wanted
        self._size = file.seek(0, io.SEEK_END)
        self.go_to(0)

    def go_to(self, position: int) -> None:
        self.position = position
        self.file.seek(position)

    def more(self) -> bool:
        """Whether the file goes on."""
        return self.position < self._size

    def read(self) -> Record:
        """The next record. One that is not followed by another or the end raises, and the position stays."""
        parsed = _Parsed(self.file, self._wanted.wants)
        end = self.file.tell() + parsed.rest.limit
        if end > self._size:
            raise CutOff
        record = parsed.record(self.position, self._wanted.limit)
        self.file.seek(end)
        after = self.file.peek(16)[:16] if end < self._size else b""
        gap = len(after) - len(after.lstrip(b"\r\n"))
        if end + gap < self._size and not after[gap:].startswith(_WARC):
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
    location = _next_start(reader.file, start + 1, reader.mark)
    while location is not None:
        reader.go_to(location)
        if reader.more():
            try:
                return reader.read()
            except _DAMAGE:
                pass
        location = _next_start(reader.file, location + 1, reader.mark)
    return None


def _next_start(file: IO[bytes], after: int, mark: bytes) -> int | None:
    """Where the next record may begin, at or after a byte; None when there is no such place."""
    # The line end belongs to the record before.
    skipped = 1 if mark.startswith(b"\n") else 0
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


class _Parsed:
    """A record whose heads have been read: warcio's parser takes as long for them as for inflating the record."""

    def __init__(self, stream: IO[bytes], wants: Wants | None = None) -> None:
        first, headers = _head(stream)
        if not first.upper().startswith(_WARC.decode()):
            raise ValueError(f"it does not begin as a record: {first[:60]!r}")
        self.headers = {name.lower(): value for name, value in headers}
        length = self.headers.get("content-length", "").strip()
        if not (length.isascii() and length.isdecimal()):
            raise ValueError("it does not say its length")
        self.type = self.headers.get("warc-type", "")
        url = self.headers.get("warc-target-uri", "")
        # As wget 1.19 writes it.
        url = url[1:-1] if url.startswith("<") and url.endswith(">") else url
        self.url = self.headers["warc-target-uri"] = url.replace(" ", "%20")
        #: What is left of the record.
        self.rest = LimitReader(stream, int(length))
        self.is_wanted = wants is None or wants(self.type, self.url)
        self.status: int | None = None
        self.http: list[tuple[str, str]] | None = None
        if self.is_wanted and self.type in _HTTP_TYPES and int(length):
            if not self.url:
                raise ValueError("it does not say its URL")
            if self.url.startswith(("http:", "https:")):
                self._read_http()

    def _read_http(self) -> None:
        try:
            first, self.http = _head(self.rest)
        except EOFError:
            if self.type != "revisit":
                raise
            return
        code = first.partition(" ")[2].strip().partition(" ")[0]
        if self.type != "request" and len(code) == 3 and code.isascii() and code.isdecimal():
            self.status = int(code)

    def record(self, offset: int, limit: int | None) -> Record:
        """As it is given to others, with its page if it is wanted and a limit is given."""
        page = self.page(limit) if self.is_wanted and limit is not None else None
        at = time_of(self.headers.get("warc-date"))
        return Record(offset, self.type, self.url, at, self.headers, self.status, page)

    def page(self, limit: int) -> Page | BrokenRecord:
        """The response, or why there is none. Raises one of _DAMAGE."""
        headers, status = self.http or [], self.status
        if self.type == "resource":
            headers, status = [("Content-Type", self.headers.get("content-type", ""))], 200
        stream = self.rest
        if any(name.lower() == "transfer-encoding" and value.strip().lower() == "chunked" for name, value in headers):
            stream = ChunkedDataReader(stream)
        body: bytes = stream.read(limit + 1)
        if len(body) > limit:
            return BrokenRecord(f"the page has more than {limit} bytes")
        if status is None:
            return BrokenRecord("no HTTP response in it")
        return Page(status, headers, body)

    def skip_rest(self) -> None:
        """Read to the end. Raises ValueError for a record that is shorter than it says."""
        while self.rest.read(BLOCK):
            pass
        if self.rest.limit:
            raise ValueError("its length is wrong")


def _head(stream: IO[bytes]) -> tuple[str, list[tuple[str, str]]]:
    """First line and headers of a record or response. Raises EOFError where there is nothing."""
    first = stream.readline()
    if not first:
        raise EOFError
    lines: list[bytes] = []
    while first.strip() and (line := stream.readline().rstrip()):
        if line[:1] in b" \t" and lines:
            lines[-1] += line  # an older form: one header in several lines
        else:
            lines.append(line)
    headers = []
    for line in lines:
        name, colon, value = _text(line).partition(":")
        if colon:
            headers.append((name.rstrip(" \t"), value.lstrip()))
    return _text(first).rstrip(), headers


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


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


class _Section:
    """A file that ends before its end; positions are those of the whole file."""

    def __init__(self, file: IO[bytes], end: int) -> None:
        self._file = file
        self._end = end
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        """So many bytes, or what there are."""
        return self._file.read(max(0, min(size, self._end - self._file.tell())))


def _zipped_files(path: Path, report: Report) -> Iterator[tuple[int, int]]:
    """Where the WARC files in a .wacz file begin and end: they stand in it as they are."""
    try:
        with ZipFile(path) as zipped, path.open("rb") as file:
            for entry in sorted(zipped.infolist(), key=lambda entry: entry.header_offset):
                if not is_warc_name(entry.filename):
                    continue
                if entry.compress_type != ZIP_STORED or not entry.filename.lower().endswith(".warc.gz"):
                    report(f"{path}: {entry.filename}: not read in this form: unzip it first")
                    continue
                # Names in the two places of an entry's header may differ in length.
                file.seek(entry.header_offset + 26)
                name, extra = struct.unpack("<HH", file.read(4))
                start = entry.header_offset + 30 + name + extra
                yield start, start + entry.compress_size
    except (BadZipFile, struct.error) as error:
        report(f"{path}: no whole zip file: {error}")


@cache
def _content(path: Path) -> io.BufferedRandom:
    """What ``_unpacked`` gives, once in a process: pages are read in no order of theirs."""
    return _unpacked(path, lambda _: None)


def _unpacked(path: Path, report: Report) -> io.BufferedRandom:
    """The content of a .warc.zst file, in the folder that TMPDIR names until it is closed; a damaged frame is reported,
    and it goes on with the next.

    In files that `zstd` made of others a record has no frame to itself, so that locations are those in the content.
    """
    from backports import zstd  # noqa: PLC0415 - few archives are of this form

    temporary = tempfile.TemporaryFile("w+b", BLOCK, prefix="newscrawler-zst-")  # noqa: SIM115 - the caller's
    target = cast("io.BufferedRandom", temporary)
    with path.open("rb") as file:
        dictionary = _dictionary(file)
        start = file.tell()
        data = file.read(BLOCK)
        while data:
            frame = zstd.ZstdDecompressor(zstd_dict=dictionary)
            try:
                while not frame.eof:
                    data = data or (file.read(BLOCK) if frame.needs_input else b"")
                    if not data and frame.needs_input:
                        report(f"{path}, byte {start}: the file is cut off in a frame")
                        return target
                    target.write(frame.decompress(data, BLOCK))
                    data = b""
                data = frame.unused_data or file.read(BLOCK)
                start = file.tell() - len(data)
            except zstd.ZstdError as error:
                after = _next_start(file, start + 1, _ZSTD)
                report(f"{path}, byte {start}: a frame can't be read: {_message(error)}")
                if after is None:
                    return target
                file.seek(start := after)
                data = file.read(BLOCK)
    return target


def _dictionary(file: IO[bytes]) -> ZstdDict | None:
    """The dictionary at the start of a file, which is left behind it; None where there is none."""
    from backports import zstd  # noqa: PLC0415

    start = file.read(8)
    if start[:4] != _ZSTD_DICTIONARY:
        file.seek(0)
        return None
    data = file.read(int.from_bytes(start[4:], "little"))
    try:
        return zstd.ZstdDict(zstd.decompress(data) if data.startswith(_ZSTD) else data)
    except (zstd.ZstdError, ValueError) as error:
        raise OSError(f"its dictionary can't be read: {error}") from error


def _is_encoded(body: bytes, headers: Headers) -> bool:
    """Whether the body can be what Content-Encoding says: many crawlers store the page decoded and keep the header."""
    names = b",".join(headers.getlist("Content-Encoding")).lower()
    if not names or body.lstrip()[:1] == b"<":
        return False
    return b"gzip" not in names or b"," in names or body.startswith(_GZIP[:2])


def _parts(value: str) -> list[str]:
    return [value] if Path(value).exists() else [part.strip() for part in value.split(",") if part.strip()]


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(5)
    except OSError as error:
        raise ArgumentError(f"{path}: can't be read: {error.strerror or error}") from None
    if start and start != _WARC and not start.startswith((_GZIP[:2], _ZIP, _ZSTD, _ZSTD_DICTIONARY)):
        raise ArgumentError(f"{path}: no WARC file; {_FORMS}")

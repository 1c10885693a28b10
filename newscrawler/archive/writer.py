"""Writing responses to WARC 1.1 files.

One gzip member a record, appended with one write each. A file that is being written ends with `.open`; one that a
killed run left is truncated after its last whole record by the next run, and renamed. Nothing is ever changed before
its end.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Headers, Response
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from newscrawler.archive.captures import RecordLocation
from newscrawler.archive.payloads import OPEN, PayloadIndex, StoredPayload
from newscrawler.archive.reader import valid_prefix_length
from newscrawler.exceptions import ArchiveError

_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
_SUFFIX = ".warc.gz"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, as they went over the wire. ``url`` is the site's own, never a mirror's."""

    url: str
    at: datetime
    request: Request
    response: Response


class _Verbatim(StatusAndHeaders):  # type: ignore[misc]
    """A head that is written as it is: warcio's own would change bytes beyond ASCII."""

    def __init__(self, line: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(line.decode("latin-1"), [])
        lines = [line, *(name + b": " + value for name, value in headers)]
        self._bytes = b"\r\n".join(lines) + b"\r\n\r\n"

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Called by warcio."""
        self.headers_buff = self._bytes

    def __bool__(self) -> bool:
        return True


class ArchiveWriter:
    """Writes the files of one run into a folder: `PREFIX-00000.warc.gz` and so on.

    Every method may raise ArchiveError, after which nothing more is written.
    """

    def __init__(self, folder: Path, prefix: str, *, max_bytes: int, info: Mapping[str, str]) -> None:
        self._folder = folder
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._info = info
        self._number = 0
        self._fd: int | None = None
        self._path = folder
        self._size = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._index = PayloadIndex(folder)
            for left in sorted(folder.glob(f"*{_SUFFIX}{OPEN}")):
                _finish_leftover(left, self._index)
        except OSError as error:
            raise ArchiveError(f"{folder}: can't be written: {error.strerror or error}") from error

    def write(self, exchange: Exchange) -> None:
        """Append a response and its request. A response whose payload is stored already becomes a revisit record."""
        try:
            if self._fd is None or self._size >= self._max_bytes:
                self._next_file(exchange.at)
            record, digest, before = self._response_record(exchange)
            location = RecordLocation(self._path, self._size)
            data = _bytes_of(record)
            self._append(data + _bytes_of(_request_record(exchange, record)))
        except OSError as error:
            self._cut_back()
            raise ArchiveError(f"{self._path}: can't be written: {error.strerror or error}") from error
        date = record.rec_headers.get_header("WARC-Date")
        whole = record.rec_type == "response" and exchange.response.status != 304
        if whole and exchange.response.body:
            self._index.add(StoredPayload(exchange.url, date, location), digest, len(data))
        elif before is not None and exchange.response.status == 200:
            self._index.add_reference(StoredPayload(exchange.url, date, location), digest, before)

    def close(self) -> None:
        """Finish the file that is open."""
        try:
            self._finish_file()
        except OSError as error:
            raise ArchiveError(f"{self._path}: can't be finished: {error.strerror or error}") from error
        finally:
            self._index.close()

    def _response_record(self, exchange: Exchange) -> tuple[ArcWarcRecord, str, StoredPayload | None]:
        """The record, the payload's digest, and the stored payload that it refers to."""
        response = exchange.response
        digester = Digester("sha1")
        digester.update(response.body)
        digest = str(digester)
        headers = {"WARC-Date": _date(exchange.at)}
        if response.ip_address is not None:
            headers["WARC-IP-Address"] = str(response.ip_address)
        before = None
        if response.status == 304:
            before, profile = self._index.last_of(exchange.url), "server-not-modified"
        elif response.body:
            before, profile = self._index.with_payload(digest), "identical-payload-digest"
        if before is None:
            record = _record(exchange.url, "response", headers, _head_of(response), response.body)
            return record, digest, None
        headers |= {
            "WARC-Profile": _PROFILES + profile,
            "WARC-Refers-To-Target-URI": before.url,
            "WARC-Refers-To-Date": before.date,
        }
        if response.status != 304:
            headers["WARC-Payload-Digest"] = digest
        return _record(exchange.url, "revisit", headers, _head_of(response), b""), digest, before

    def _next_file(self, at: datetime) -> None:
        self._finish_file()
        name = f"{self._prefix}-{self._number:05}{_SUFFIX}"
        self._number += 1
        self._path = self._folder / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(self._path.with_name(name + OPEN), flags, 0o644)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._size = 0
        info = "".join(f"{key}: {value}\r\n" for key, value in self._info.items()).encode()
        headers = {"WARC-Date": _date(at), "WARC-Filename": name}
        self._append(_bytes_of(_record("", "warcinfo", headers, None, info)))

    def _append(self, data: bytes) -> None:
        assert self._fd is not None
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        self._size += len(data)

    def _cut_back(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, self._size)

    def _finish_file(self) -> None:
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            os.fsync(fd)
            os.rename(self._path.with_name(self._path.name + OPEN), self._path)
        finally:
            os.close(fd)


def _finish_leftover(left: Path, index: PayloadIndex) -> None:
    """Truncate what a killed run left after its last whole record, and rename it; not if it is being written."""
    final = left.with_name(left.name.removesuffix(OPEN))
    fd = os.open(left, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        end = valid_prefix_length(left, index.known_end(final.name))
        os.ftruncate(fd, end)
        index.forget(final.name, end)
        os.fsync(fd)
        if end:
            os.rename(left, final)
        else:
            os.unlink(left)
    except BlockingIOError:
        return
    finally:
        os.close(fd)


def _record(url: str, kind: str, headers: dict[str, str], head: _Verbatim | None, body: bytes) -> ArcWarcRecord:
    writer = WARCWriter(io.BytesIO(), warc_version="1.1")
    content_type = writer.WARC_RECORDS[kind]
    return writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        warc_content_type=content_type,
        warc_headers_dict=headers,
        http_headers=head,
    )


def _bytes_of(record: ArcWarcRecord) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=True, warc_version="1.1").write_record(record)
    return out.getvalue()


def _request_record(exchange: Exchange, record: ArcWarcRecord) -> ArcWarcRecord:
    """The request's record. Host is that of the URL; the connection's own headers are not known here."""
    request, parts = exchange.request, urlsplit(exchange.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [(b"Host", parts.netloc.encode()), *_flat(request.headers)]
    line = f"{request.method} {target} HTTP/1.1".encode()
    warc_headers = {
        "WARC-Date": record.rec_headers.get_header("WARC-Date"),
        "WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID"),
    }
    return _record(exchange.url, "request", warc_headers, _Verbatim(line, headers), request.body)


def _head_of(response: Response) -> _Verbatim:
    """Status line and headers. Scrapy gives bodies without transfer encoding, so the header goes by another name."""
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    line = f"{response.protocol or 'HTTP/1.1'} {response.status} {phrase}".encode()
    headers = [
        (b"X-Archive-Orig-" + name if name.lower() == b"transfer-encoding" else name, value)
        for name, value in _flat(response.headers)
    ]
    return _Verbatim(line, headers)


def _flat(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, values in headers.items() for value in values]


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

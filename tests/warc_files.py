"""WARC files for tests, made with warcio or by hand where they are to be wrong."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HTML = (("Content-Type", "text/html; charset=UTF-8"),)
PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


@dataclass(frozen=True)
class Stored:
    """A record to write. ``body`` is written as it is, encoded or not."""

    url: str
    body: bytes = b""
    at: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML
    type: str = "response"
    says: tuple[tuple[str, str], ...] = ()


def record_bytes(stored: Stored, *, compress: bool = True, version: str = "1.0") -> bytes:
    """One record, as it stands in a file."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=compress, warc_version=version)
    headers = {"WARC-Date": stored.at.strftime("%Y-%m-%dT%H:%M:%SZ"), **dict(stored.says)}
    http = None
    if stored.type in ("response", "revisit"):
        http = StatusAndHeaders(stored.status, list(stored.headers), protocol="HTTP/1.1")
    elif stored.type == "request":
        http = StatusAndHeaders("GET / HTTP/1.1", [("Host", "www.rt.com")], is_http_request=True)
    body = b"" if stored.type == "revisit" else stored.body
    payload = io.BytesIO(body)
    writer.write_record(
        writer.create_warc_record(
            stored.url, stored.type, payload=payload, length=len(body), http_headers=http, warc_headers_dict=headers
        )
    )
    return out.getvalue()


def write_warc(path: Path, records: Iterable[Stored | bytes]) -> Path:
    """A file of these records; what is bytes already is put in as it is. Compressed as the name says."""
    compress = path.name.endswith(".gz")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for one in records:
            file.write(one if isinstance(one, bytes) else record_bytes(one, compress=compress))
    return path


def one_page_warc(folder: Path) -> Path:
    """A file with one page of an article."""
    return write_warc(folder / "one.warc.gz", [Stored("https://www.rt.com/news/123456-a-story/", b"<html></html>")])


def damaged(data: bytes) -> bytes:
    """A gzip member with a wrong byte in its middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def packed(data: bytes) -> bytes:
    """A gzip member of any bytes."""
    return gzip.compress(data, mtime=0)

"""Which pages a set of WARC files has of the site, in order of capture.

Two passes. The first reads every record's headers and notes the site's in a temporary SQLite table, on disk where
it grows (a page cache of 2 MB and a sort that spills are all the memory it takes, whatever the files hold); the
second asks for them in order of capture, and each page is then read from its location. WARC files are in no order
that one could rely on: a series is written by several crawlers at once, and files of several years are given
together.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from newscrawler.archive.reader import Record, scan, time_of
from newscrawler.editions import ArticleUrl, article_url, site_path
from newscrawler.exceptions import BrokenRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGES = ("response", "resource", "revisit")
_NOT_MODIFIED = "server-not-modified"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class RecordLocation:
    """Where a record is."""

    path: Path
    offset: int

    def __str__(self) -> str:
        return f"{self.path}:{self.offset}"


class RecordKind(StrEnum):
    """What a record is to a crawl of articles; the names are those of the counts."""

    CAPTURES = "captures"
    #: Where it leads to is a capture of its own.
    REDIRECTS = "redirects"
    #: Another page of the site.
    NOT_ARTICLE = "not_article"
    OTHER_SITE = "other_site"
    #: Requests, metadata, the file's own description.
    OTHER_RECORDS = "other_records"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A record with a page of the site, or one that refers to such a record."""

    offset: int
    url: str
    #: When, in UTC.
    at: datetime
    #: Whether it is a capture of an article; the others may be referred to.
    is_capture: bool
    #: Why a record has no page itself; empty for one that has.
    revisit: str = ""
    digest: str | None = None
    refers_url: str | None = None
    refers_at: datetime | None = None


def kind_of(record: Record) -> RecordKind:
    """What a record is."""
    if not may_have_page(record.type, record.url):
        return RecordKind.OTHER_SITE if record.type in _PAGES else RecordKind.OTHER_RECORDS
    if article_url(record.url) is None:
        return RecordKind.NOT_ARTICLE
    if record.status is not None and 300 <= record.status < 400 and record.status != 304:
        return RecordKind.REDIRECTS
    return RecordKind.CAPTURES


def stored_page(record: Record, kind: RecordKind) -> StoredPage:
    """What the index notes of a record of the site. Raises BrokenRecord for one that says too little."""
    if record.at is None or (record.status is None and record.type == "response"):
        raise BrokenRecord(f"{record.url}: no date or no HTTP response in it")
    headers = record.headers
    return StoredPage(
        record.offset,
        record.url,
        record.at,
        kind is RecordKind.CAPTURES,
        _revisit_kind(record),
        headers.get("warc-payload-digest"),
        headers.get("warc-refers-to-target-uri"),
        time_of(headers.get("warc-refers-to-date")),
    )


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture of an article's URL."""

    #: What was asked for, as the record says.
    url: str
    article: ArticleUrl
    #: When, in UTC.
    at: datetime
    #: The record of this capture.
    location: RecordLocation
    #: The record that has the page: the same, or the one that a revisit record refers to.
    page: RecordLocation


@dataclass(frozen=True, slots=True)
class PageReference:
    """A capture whose page is in another record, at ``page_offset`` of the file that was asked about."""

    at: datetime
    file: int
    offset: int
    url: str
    page_offset: int | None


class CaptureIndex:
    """The captures of articles in a set of files. ``counts`` counts what else there was.

    ``report`` is called with a line for each thing that is wrong. Use it as a context manager.
    """

    def __init__(self, files: Sequence[Path], report: Callable[[str], None]) -> None:
        self._files = files
        self._report = report
        self.counts: Counter[str] = Counter()
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE pages (at INTEGER, file INTEGER, offset INTEGER, url TEXT, article INTEGER, revisit INTEGER,"
            " digest TEXT, refers_url TEXT, refers_at INTEGER)"
        )
        self._rows: list[tuple[object, ...]] = []
        self._referring = False

    def __enter__(self) -> CaptureIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the table."""
        self._db.close()

    def build(self) -> Iterator[int]:
        """The first pass; gives the number of records read so far, now and then, so that others can have a turn.

        Raises ArchiveError for a file that can't be read at all.
        """
        self._db.execute("BEGIN")
        for number, path in enumerate(self._files):
            self.counts["files"] += 1
            for record in scan(path, self._broken, may_have_page):
                self.counts["records"] += 1
                self._add_record(number, record)
                if self.counts["records"] % 200 == 0:
                    yield self.counts["records"]
        self.finish()

    def finish(self) -> None:
        """No further page is added: they can be asked for."""
        self._flush()
        self._db.execute("CREATE INDEX by_url ON pages (url, at)")
        self._db.execute("CREATE INDEX by_digest ON pages (digest)")
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def references_to(self, file: int | None) -> Iterator[PageReference]:
        """Captures whose pages are in other records, of those whose page is in the file with this number, by place; for
        None those whose pages are in none of the files.
        """
        self._refer()
        select = "SELECT at, file, offset, url, page_offset FROM refers WHERE page_file IS ? ORDER BY page_offset, at"
        with closing(self._db.execute(select, (file,))) as rows:
            for at, own_file, offset, url, page_offset in rows:
                yield PageReference(_EPOCH + timedelta(microseconds=at), own_file, offset, url, page_offset)

    def _refer(self) -> None:
        """Look up all references, once."""
        if self._referring:
            return
        self._referring = True
        self._db.execute(
            "CREATE TABLE refers (at INTEGER, file INTEGER, offset INTEGER, url TEXT, page_file INTEGER,"
            " page_offset INTEGER)"
        )
        select = (
            "SELECT at, file, offset, url, revisit, digest, refers_url, refers_at FROM pages"
            " WHERE article AND revisit <> ''"
        )
        with closing(self._db.execute(select)) as rows:
            for at, file, offset, url, revisit, digest, refers_url, refers_at in rows:
                page = self._referred(revisit, at, url, digest, refers_url, refers_at) or (None, None)
                self._db.execute("INSERT INTO refers VALUES (?, ?, ?, ?, ?, ?)", (at, file, offset, url, *page))
        self._db.execute("CREATE INDEX by_page ON refers (page_file, page_offset)")

    def captures(self) -> Iterator[Capture]:
        """Captures of articles in order of time, then of file and place in it."""
        select = (
            "SELECT at, file, offset, url, revisit, digest, refers_url, refers_at FROM pages WHERE article"
            " ORDER BY at, file, offset"
        )
        with closing(self._db.execute(select)) as rows:
            for at, file, offset, url, revisit, digest, refers_url, refers_at in rows:
                article = article_url(url)
                assert article is not None
                location = RecordLocation(self._files[file], offset)
                page: RecordLocation | None = location
                if revisit:
                    found = self._referred(revisit, at, url, digest, refers_url, refers_at)
                    page = None if found is None else RecordLocation(self._files[found[0]], found[1])
                if page is None:
                    self.counts["unresolved"] += 1
                    self._report(
                        f"{location}: {url}: says that it is as before, and what was before is in no file given"
                    )
                    continue
                self.counts["captures"] += 1
                yield Capture(url, article, _EPOCH + timedelta(microseconds=at), location, page)

    def _broken(self, what: str) -> None:
        self.counts["broken"] += 1
        self._report(what)

    def _add_record(self, file: int, record: Record) -> None:
        kind = kind_of(record)
        if kind in (RecordKind.OTHER_SITE, RecordKind.OTHER_RECORDS):
            self.counts[kind] += 1
            return
        try:
            page = stored_page(record, kind)
        except BrokenRecord as error:
            self._broken(f"{self._files[file]}, byte {record.offset}: {error}")
            return
        if kind is not RecordKind.CAPTURES:
            self.counts[kind] += 1
        self.add(file, page)

    def add(self, file: int, page: StoredPage) -> None:
        """Note a page of the file with this number."""
        self._rows.append(
            (
                *(_micros(page.at), file, page.offset, page.url, page.is_capture, page.revisit, page.digest),
                *(page.refers_url, None if page.refers_at is None else _micros(page.refers_at)),
            )
        )
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    def _referred(
        self, revisit: str, at: int, url: str, digest: str | None, refers_url: str | None, refers_at: int | None
    ) -> tuple[int, int] | None:
        """Where the page is that a revisit record speaks of: file and offset."""
        lookups: list[tuple[str, tuple[object, ...]]] = []
        if refers_at is not None:
            lookups.append(("url = ? AND at = ?", (refers_url or url, refers_at)))
        if digest:
            lookups.append(("digest = ?", (digest,)))
        if revisit == _NOT_MODIFIED:
            lookups.append(("url = ? AND at <= ?", (url, at)))
        for condition, values in lookups:
            row = self._db.execute(
                f"SELECT file, offset FROM pages WHERE revisit = '' AND {condition} ORDER BY at DESC LIMIT 1",
                values,
            ).fetchone()
            if row is not None:
                return int(row[0]), int(row[1])
        return None


def may_have_page(record_type: str, url: str) -> bool:
    """Whether a record of that type and URL may be a page of the site: its HTTP head is worth reading."""
    return record_type in _PAGES and site_path(url) is not None


def _revisit_kind(record: Record) -> str:
    """Empty for a record that has its page itself."""
    if record.status == 304:
        return _NOT_MODIFIED
    if record.type != "revisit":
        return ""
    return record.headers.get("warc-profile", "").rsplit("/", 1)[-1] or "revisit"


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)

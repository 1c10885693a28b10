"""Which pages a set of WARC files has of the site, in order of capture.

Two passes. The first reads every record's headers and notes the site's in a temporary SQLite table, on disk where
it grows (a page cache of 2 MB and a sort that spills are all the memory it takes, whatever the files hold); the
second asks for them in order of capture, and each page is then read from its place. WARC files are in no order
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
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from newscrawler.archive.records import Record, scan, time_of
from newscrawler.urls import ArticleAddress, article_address, site_path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGES = ("response", "resource", "revisit")
_SERVER_SAYS = "server-not-modified"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is. As an address it is `warc://localhost/folder/file.warc.gz?offset=1234`."""

    path: Path
    offset: int

    @property
    def url(self) -> str:
        """The place as an address, for a request."""
        return f"warc://localhost{quote(str(self.path.absolute()))}?offset={self.offset}"

    @classmethod
    def parse(cls, url: str) -> Place:
        """The place that such an address names."""
        parts = urlsplit(url)
        return cls(Path(unquote(parts.path)), int(parts.query.removeprefix("offset=")))

    def __str__(self) -> str:
        return f"{self.path}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture of an article's address."""

    #: What was asked for, as the record says.
    url: str
    address: ArticleAddress
    #: When, in UTC.
    at: datetime
    #: The record of this capture.
    place: Place
    #: The record that has the page: the same, or the one that a revisit record refers to.
    page: Place


class CaptureIndex:
    """The captures of articles in a set of files. ``counts`` says what else there was.

    ``tell`` is called with a line for each thing that is wrong. Use it as a context manager.
    """

    def __init__(self, files: Sequence[Path], tell: Callable[[str], None]) -> None:
        self._files = files
        self._tell = tell
        self.counts: Counter[str] = Counter()
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE pages (at INTEGER, file INTEGER, offset INTEGER, url TEXT, article INTEGER, revisit INTEGER,"
            " digest TEXT, refers_url TEXT, refers_at INTEGER)"
        )
        self._rows: list[tuple[object, ...]] = []

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
            for record in scan(path, self._broken):
                self.counts["records"] += 1
                self._note(number, record)
                if self.counts["records"] % 200 == 0:
                    yield self.counts["records"]
        self._flush()
        self._db.execute("CREATE INDEX by_url ON pages (url, at)")
        self._db.execute("CREATE INDEX by_digest ON pages (digest)")
        self._db.execute("COMMIT")

    def captures(self) -> Iterator[Capture]:
        """Captures of articles in order of time, then of file and place in it."""
        select = (
            "SELECT at, file, offset, url, revisit, digest, refers_url, refers_at FROM pages WHERE article"
            " ORDER BY at, file, offset"
        )
        with closing(self._db.execute(select)) as rows:
            for at, file, offset, url, revisit, digest, refers_url, refers_at in rows:
                address = article_address(url)
                assert address is not None
                place = Place(self._files[file], offset)
                page = place if not revisit else self._referred(revisit, at, url, digest, refers_url, refers_at)
                if page is None:
                    self.counts["unresolved"] += 1
                    self._tell(f"{place}: {url}: says that it is as before, and what was before is in no file given")
                    continue
                self.counts["captures"] += 1
                yield Capture(url, address, _EPOCH + timedelta(microseconds=at), place, page)

    def _broken(self, what: str) -> None:
        self.counts["broken"] += 1
        self._tell(what)

    def _note(self, file: int, record: Record) -> None:
        kind = self._kind(record)
        if kind not in ("article", "site"):
            self.counts[kind] += 1
            return
        if record.at is None or (record.status is None and record.type == "response"):
            place = f"{self._files[file]}, byte {record.offset}"
            self._broken(f"{place}: {record.url}: no date or no HTTP answer in it")
            return
        if kind == "site":
            self.counts["not_article"] += 1
        elif record.status is not None and 300 <= record.status < 400 and record.status != 304:
            # The page that it leads to is a capture of its own.
            self.counts["redirects"] += 1
            kind = "site"
        says = record.headers
        revisit = _revisit_kind(record)
        refers_at = _micros(says.get("warc-refers-to-date"))
        self._rows.append(
            (
                *(_micros_of(record.at), file, record.offset, record.url, kind == "article", revisit),
                *(says.get("warc-payload-digest"), says.get("warc-refers-to-target-uri"), refers_at),
            )
        )
        if len(self._rows) >= _BATCH:
            self._flush()

    def _kind(self, record: Record) -> str:
        if record.type not in _PAGES:
            return "other_records"
        if site_path(record.url) is None:
            return "other_site"
        return "site" if article_address(record.url) is None else "article"

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._rows.clear()

    def _referred(
        self, revisit: str, at: int, url: str, digest: str | None, refers_url: str | None, refers_at: int | None
    ) -> Place | None:
        """Where the page is that a revisit record speaks of."""
        asked: list[tuple[str, tuple[object, ...]]] = []
        if refers_at is not None:
            asked.append(("url = ? AND at = ?", (refers_url or url, refers_at)))
        if digest:
            asked.append(("digest = ?", (digest,)))
        if revisit == _SERVER_SAYS:
            asked.append(("url = ? AND at <= ?", (url, at)))
        for condition, values in asked:
            row = self._db.execute(
                f"SELECT file, offset FROM pages WHERE revisit = '' AND {condition} ORDER BY at DESC LIMIT 1",
                values,
            ).fetchone()
            if row is not None:
                return Place(self._files[row[0]], row[1])
        return None


def _revisit_kind(record: Record) -> str:
    """Empty for a record that has its page itself."""
    if record.status == 304:
        return _SERVER_SAYS
    if record.type != "revisit":
        return ""
    return record.headers.get("warc-profile", "").rsplit("/", 1)[-1] or "revisit"


def _micros(text: str | None) -> int | None:
    moment = time_of(text)
    return None if moment is None else _micros_of(moment)


def _micros_of(moment: datetime | None) -> int:
    assert moment is not None
    return (moment - _EPOCH) // timedelta(microseconds=1)

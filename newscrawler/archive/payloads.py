"""What is where in a folder of WARC files that runs of ours write: `index.sqlite3` beside them.

By it a payload is stored once, and the page of a known revision is found again.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from newscrawler.archive.captures import RecordLocation
from newscrawler.editions import article_url
from newscrawler.exceptions import ArchiveError

INDEX_NAME = "index.sqlite3"
#: End of the name of a file that is being written.
OPEN = ".open"


@dataclass(frozen=True, slots=True)
class StoredPayload:
    """A stored response: its URL and WARC-Date, as its record has them, and its location."""

    url: str
    date: str
    location: RecordLocation


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response that an article's URL gave. ``location`` is that of its payload, whose SHA-1 ``digest`` is; the
    payload may have come with an earlier response.
    """

    url: str
    at: datetime
    location: RecordLocation
    digest: str


class PayloadIndex:
    """Open index of one folder. Errors of the disk are ArchiveErrors; an index that is damaged is made anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / INDEX_NAME
        try:
            self._db = self._opened()
        except sqlite3.DatabaseError:
            with suppress(OSError):
                self.path.unlink()
            try:
                self._db = self._opened()
            except sqlite3.Error as error:
                raise ArchiveError(f"{self.path}: can't be opened: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None)
        # A killed process loses nothing; after a power cut it may name records that are not there.
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS answers (url TEXT, at TEXT, digest TEXT, edition TEXT, article_id TEXT,"
            " file TEXT, offset INTEGER, length INTEGER)"
        )
        for column in ("url", "digest", "article_id", "file"):
            db.execute(f"CREATE INDEX IF NOT EXISTS by_{column} ON answers ({column})")
        return db

    def add(self, stored: StoredPayload, digest: str, length: int) -> None:
        """Remember a response that is in its file. ``length`` is that of the record."""
        found = article_url(stored.url)
        key = (None, None) if found is None else found.key
        row = (stored.url, stored.date, digest, *key, stored.location.path.name, stored.location.offset, length)
        self._insert(row)

    def add_reference(self, stored: StoredPayload, digest: str, before: StoredPayload) -> None:
        """Remember an article's response whose payload is in the record ``before``."""
        found = article_url(stored.url)
        if found is not None:
            self._insert(
                (stored.url, stored.date, digest, *found.key, before.location.path.name, before.location.offset, 0)
            )

    def with_payload(self, digest: str) -> StoredPayload | None:
        """A response with that payload, whose file is still in the folder."""
        return self._find("digest = ? AND length > 0 ORDER BY rowid DESC", (digest,))

    def last_of(self, url: str) -> StoredPayload | None:
        """The newest response from a URL, whose file is still in the folder."""
        return self._find("url = ? AND length > 0 ORDER BY rowid DESC", (url,))

    def files_with(self, key: tuple[str, str]) -> list[str]:
        """Names of the files that have pages of an article."""
        select = "SELECT DISTINCT file FROM answers WHERE edition = ? AND article_id = ? AND length > 0 ORDER BY file"
        return [str(row[0]) for row in self._db.execute(select, key)]

    def known_end(self, file: str) -> int:
        """How far a file is known to be whole, in bytes."""
        row = self._db.execute("SELECT max(offset + length) FROM answers WHERE file = ?", (file,)).fetchone()
        return int(row[0] or 0)

    def forget(self, file: str, end: int) -> None:
        """Forget what was said to be in a file from that byte on."""
        self._db.execute("DELETE FROM answers WHERE file = ? AND offset >= ?", (file, end))

    def close(self) -> None:
        """Close the index."""
        self._db.close()

    def _insert(self, row: tuple[object, ...]) -> None:
        try:
            self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise ArchiveError(f"{self.path}: can't be written: {error}") from error

    def _find(self, condition: str, values: tuple[str, ...]) -> StoredPayload | None:
        select = f"SELECT url, at, file, offset FROM answers WHERE {condition} LIMIT 1"
        for url, at, file, offset in self._db.execute(select, values):
            if _file_of(self._folder / file) is not None:
                return StoredPayload(url, at, RecordLocation(self._folder / file, offset))
        return None


def stored_responses(folder: Path, key: tuple[str, str], at: datetime) -> list[StoredResponse]:
    """What the folder has of an article from that second, newest first; a redirect may be among it.

    Nothing is written, and an empty list is also what a folder without an index has. Raises ArchiveError for an
    index that can't be read.
    """
    path = folder / INDEX_NAME
    if not path.exists():
        return []
    second = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    select = (
        "SELECT url, at, file, offset, digest FROM answers WHERE article_id = ? AND edition = ? AND at BETWEEN ? AND ?"
        " ORDER BY at DESC, rowid DESC"
    )
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute(select, (key[1], key[0], f"{second}.000000Z", f"{second}.999999Z")).fetchall()
    except sqlite3.Error as error:
        raise ArchiveError(f"{path}: can't be read: {error}") from error
    return [
        StoredResponse(url, datetime.fromisoformat(date), RecordLocation(there, offset), digest)
        for url, date, file, offset, digest in rows
        if (there := _file_of(folder / file)) is not None
    ]


def _file_of(path: Path) -> Path | None:
    """Where a file is now: it has another name while it is being written."""
    being_written = path.with_name(path.name + OPEN)
    return next((there for there in (path, being_written) if there.exists()), None)

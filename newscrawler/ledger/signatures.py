"""Near-duplicate signatures of committed articles, found by band key within a window of publication.

A row a key would touch some forty pages of the file for each new article. Instead an article's keys are one
blob, kept beside those of its neighbours in time, and the buckets of days that are asked for are indexed in
memory: 42 look-ups a bucket, however large the ledger. Live crawls stay in a few buckets; an archive should be
crawled in order of time, since each bucket that comes into use is read once (some 80 microseconds an article).
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from struct import pack, unpack

from newscrawler.ledger.database import Database, micros, moment_of
from newscrawler.ledger.models import Candidate, Signature

BUCKET = 10 * 86_400_000_000
"""Ten days, in microseconds."""
#: Articles whose keys are kept in memory at most, some 700 bytes each; and indexes at least.
_MAX_INDEXED = 200_000
_MIN_INDEXES = 16
_VERSION_NOTE = "band_version"


class Signatures:
    """Saves signatures inside ``Articles.save_line``'s transaction and finds candidates."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._indexes: OrderedDict[tuple[int, str], _Index] = OrderedDict()
        self._waiting: list[tuple[tuple[int, str], int, Sequence[int]]] = []

    def candidates(
        self, edition: str, band_keys: Iterable[int], published_at: datetime, window: timedelta
    ) -> list[Candidate]:
        """Committed articles of the edition that share a band key and were published within the window."""
        first, last = micros(published_at - window), micros(published_at + window)
        keys = frozenset(band_keys)
        found: list[Candidate] = []
        for bucket in range(first // BUCKET, last // BUCKET + 1):
            for article in sorted(self._index(bucket, edition).matches(keys)):
                row = self._db.one(
                    "SELECT s.article_id, b.published_at, h.packed FROM stories s JOIN shingles h ON h.story = s.id"
                    " JOIN bands b ON b.bucket = ? AND b.edition = ? AND b.story = s.id WHERE s.id = ?",
                    (bucket, edition, article),
                )
                if row is not None and first <= row[1] <= last:
                    found.append(Candidate((edition, row[0]), moment_of(row[1]), row[2]))
        return found

    def prune(self, published_before: datetime) -> None:
        """Forget the signatures of older articles, in whole buckets of ten days.

        For a live crawl call it at a run's end with now less the window less a margin for late finds.
        """
        bucket = micros(published_before) // BUCKET
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM bands WHERE bucket < ?", (bucket,))
            connection.execute("DELETE FROM shingles WHERE bucket < ?", (bucket,))
        self.forget_index()

    def ensure_version(self, version: str, keys_of: Callable[[bytes], Iterable[int]]) -> None:
        """Make all band keys again if they are of another version.

        ``keys_of`` gives the keys of packed shingles. To be called once before a run.
        """
        row = self._db.one("SELECT value FROM notes WHERE name = ?", (_VERSION_NOTE,))
        if row is not None and row[0] == version:
            return
        with self._db.transaction() as connection:
            pairs = connection.execute("SELECT bucket, story, packed FROM shingles").fetchall()
            for bucket, article, packed in pairs:
                connection.execute(
                    "UPDATE bands SET keys = ? WHERE story = ? AND bucket = ?",
                    (_packed_keys(tuple(keys_of(packed))), article, bucket),
                )
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (_VERSION_NOTE, version))
        self.forget_index()

    def save(
        self,
        connection: sqlite3.Connection,
        article: int,
        edition: str,
        published_at: int,
        signature: Signature,
    ) -> None:
        """Put an article's signature in place of the one it had; inside a transaction."""
        bucket = published_at // BUCKET
        old = connection.execute("SELECT bucket FROM shingles WHERE story = ?", (article,)).fetchone()
        if old is not None:
            connection.execute(
                "DELETE FROM bands WHERE bucket = ? AND edition = ? AND story = ?", (old[0], edition, article)
            )
            connection.execute("DELETE FROM shingles WHERE story = ?", (article,))
            self._indexes.pop((old[0], edition), None)
        if signature.band_keys:
            connection.execute(
                "INSERT INTO bands VALUES (?, ?, ?, ?, ?)",
                (bucket, edition, article, published_at, _packed_keys(signature.band_keys)),
            )
            connection.execute("INSERT INTO shingles VALUES (?, ?, ?)", (article, bucket, signature.shingles))
            self._waiting = [((bucket, edition), article, signature.band_keys)]

    def committed(self) -> None:
        """Take what the last transaction saved into the index."""
        for place, article, keys in self._waiting:
            if place in self._indexes:
                self._indexes[place].add(article, keys)
        self._waiting = []
        # What an archive adds to articles of all years would not end.
        self._forget_some()

    def _forget_some(self) -> None:
        while len(self._indexes) > _MIN_INDEXES and sum(map(len, self._indexes.values())) > _MAX_INDEXED:
            self._indexes.popitem(last=False)

    def forget_index(self) -> None:
        """Drop what is indexed in memory, after the tables were changed by other means."""
        self._indexes.clear()
        self._waiting = []

    def _index(self, bucket: int, edition: str) -> _Index:
        place = (bucket, edition)
        if place not in self._indexes:
            rows = self._db.all("SELECT story, keys FROM bands WHERE bucket = ? AND edition = ?", place)
            self._indexes[place] = _Index([(article, unpack(f"<{len(keys) // 8}q", keys)) for article, keys in rows])
            self._forget_some()
        self._indexes.move_to_end(place)
        return self._indexes[place]


class _Index:
    """Band keys of articles, sorted, each with its article. A dictionary would take 4 kB an article."""

    def __init__(self, articles: Sequence[tuple[int, Sequence[int]]]) -> None:
        self._count = len(articles)
        pairs = sorted((key, article) for article, keys in articles for key in keys)
        self._keys = array("q", (key for key, _ in pairs))
        self._articles = array("q", (article for _, article in pairs))

    def __len__(self) -> int:
        """How many articles are in it."""
        return self._count

    def add(self, article: int, keys: Iterable[int]) -> None:
        """Put an article in."""
        self._count += 1
        for key in keys:
            place = bisect_left(self._keys, key)
            self._keys.insert(place, key)
            self._articles.insert(place, article)

    def matches(self, keys: Iterable[int]) -> set[int]:
        """The articles that have one of the keys."""
        found: set[int] = set()
        for key in keys:
            place = bisect_left(self._keys, key)
            while place < len(self._keys) and self._keys[place] == key:
                found.add(self._articles[place])
                place += 1
        return found


def _packed_keys(keys: Sequence[int]) -> bytes:
    return pack(f"<{len(keys)}q", *keys)

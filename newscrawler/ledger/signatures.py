"""Near-duplicate signatures of committed articles, found by band key within a window of publication.

A row a key would touch some forty pages of the file for each new article. Instead an article's keys are one
blob, kept beside those of its neighbours in time, and the buckets of days that are asked for are indexed in
memory: 42 look-ups a bucket, however large the ledger. Live crawls stay in a few buckets; an archive should be
crawled in order of time, since each bucket that comes into use is read once (a millisecond or so).
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from struct import pack, unpack
from typing import TypeAlias

from newscrawler.ledger.database import Database, micros, moment_of
from newscrawler.ledger.models import Candidate, Signature

#: Band key to article, or to several.
_Index: TypeAlias = dict[int, int | tuple[int, ...]]

BUCKET = 10 * 86_400_000_000
"""Ten days, in microseconds."""
#: Articles whose keys are kept in memory at most, some 4 kB each.
_MAX_INDEXED = 8000
_VERSION_NOTE = "band_version"


class Signatures:
    """Saves signatures inside ``Articles.save_line``'s transaction and finds candidates."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._indexes: OrderedDict[tuple[int, str], tuple[_Index, int]] = OrderedDict()
        self._waiting: list[tuple[tuple[int, str], int, Sequence[int]]] = []

    def candidates(
        self, edition: str, band_keys: Iterable[int], published_at: datetime, window: timedelta
    ) -> list[Candidate]:
        """Committed articles of the edition that share a band key and were published within the window."""
        first, last = micros(published_at - window), micros(published_at + window)
        keys = frozenset(band_keys)
        found: list[Candidate] = []
        for bucket in range(first // BUCKET, last // BUCKET + 1):
            for article in sorted(_matches(self._index(bucket, edition), keys)):
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
                index, count = self._indexes[place]
                _add(index, article, keys)
                self._indexes[place] = (index, count + 1)
        self._waiting = []

    def forget_index(self) -> None:
        """Drop what is indexed in memory, after the tables were changed by other means."""
        self._indexes.clear()
        self._waiting = []

    def _index(self, bucket: int, edition: str) -> _Index:
        place = (bucket, edition)
        if place not in self._indexes:
            rows = self._db.all("SELECT story, keys FROM bands WHERE bucket = ? AND edition = ?", place)
            index: _Index = {}
            for article, keys in rows:
                _add(index, article, unpack(f"<{len(keys) // 8}q", keys))
            self._indexes[place] = (index, len(rows))
            while len(self._indexes) > 16 and sum(n for _, n in self._indexes.values()) > _MAX_INDEXED:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(place)
        return self._indexes[place][0]


def _matches(index: _Index, keys: frozenset[int]) -> set[int]:
    found: set[int] = set()
    for key in keys & index.keys():
        match = index[key]
        found.update(match if isinstance(match, tuple) else (match,))
    return found


def _add(index: _Index, article: int, keys: Iterable[int]) -> None:
    for key in keys:
        held = index.get(key)
        if held is None:
            index[key] = article
        else:
            index[key] = (*(held if isinstance(held, tuple) else (held,)), article)


def _packed_keys(keys: Sequence[int]) -> bytes:
    return pack(f"<{len(keys)}q", *keys)

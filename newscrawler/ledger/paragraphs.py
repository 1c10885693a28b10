"""What pages are compared with later: words, doubts and fields of an article, and the paragraphs of the last weeks.

A paragraph takes a row of some 20 bytes an article, for four weeks of runs and at most MAX_ROWS rows; its text is kept
only when several articles have it. docs/operate/verdict.md says what that comes to.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from newscrawler.ledger.database import Database, micros, moment_of
from newscrawler.ledger.models import Key, PageNotes
from newscrawler.monitoring.stats import Recurrence

#: Rows that are kept at most: the paragraphs of some 16,000 articles.
MAX_ROWS = 200_000
#: Rows after which a run that goes on looks whether they are too many.
_CHECK_AFTER = 20_000
_MAX_TEXT = 500
#: Articles before a paragraph that are counted.
_MAX_BEFORE = 100


class Paragraphs:
    """The tables of paragraphs, and the notes in that of the articles."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._added = 0

    def noted(self, key: Key) -> PageNotes | None:
        """Words, doubts and fields of an article's latest page; None for one of which none were noted."""
        row = self._db.one("SELECT words, doubts, fields FROM stories WHERE edition = ? AND article_id = ?", key)
        if row is None or row[0] is None:
            return None
        return PageNotes(row[0], frozenset(row[1].split()), frozenset(row[2].split()))

    def note(self, key: Key, notes: PageNotes) -> None:
        """Note doubts and fields of a page whose record was not written anew."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE stories SET words = ?, doubts = ?, fields = ? WHERE edition = ? AND article_id = ?",
                (*_columns(notes), *key),
            )

    def count_others(self, key: Key, paragraphs: Sequence[str]) -> list[int]:
        """Of each paragraph, how many other articles of the edition have it word for word."""
        if not paragraphs:
            return []
        hashes = [_hash(key[0], text) for text in paragraphs]
        marks = ",".join("?" * len(hashes))
        found = dict(
            self._db.all(
                f"SELECT hash, count(*) FROM paragraphs WHERE hash IN ({marks}) AND story IS NOT"
                " (SELECT id FROM stories WHERE edition = ? AND article_id = ?) GROUP BY hash",
                (*hashes, *key),
            )
        )
        return [found.get(number, 0) for number in hashes]

    def save(self, connection: sqlite3.Connection, story: int, edition: str, run: int, notes: PageNotes) -> None:
        """Save an article's notes; inside a transaction."""
        connection.execute(
            "UPDATE stories SET words = ?, doubts = ?, fields = ? WHERE id = ?", (*_columns(notes), story)
        )
        connection.executemany(
            "INSERT OR IGNORE INTO paragraphs VALUES (?, ?, ?)",
            [(_hash(edition, text), story, run) for text in notes.paragraphs],
        )
        connection.executemany(
            "INSERT INTO recurring VALUES (?, ?, ?, ?)"
            " ON CONFLICT (hash) DO UPDATE SET in_feed = max(in_feed, excluded.in_feed)",
            [(_hash(edition, text), edition, text[:_MAX_TEXT], int(text in notes.in_feed)) for text in notes.recurring],
        )
        self._added += len(notes.paragraphs)
        if self._added >= _CHECK_AFTER:
            self._added = 0
            _keep_within(connection)

    def recurring(self, edition: str | None = None) -> list[Recurrence]:
        """The paragraphs that several articles have, those of the most articles first; of one edition, or of all."""
        found = []
        rows = self._db.all(
            "SELECT c.edition, c.text, c.in_feed, count(*) AS articles, min(p.run) FROM recurring c"
            " JOIN paragraphs p ON p.hash = c.hash WHERE ? IS NULL OR c.edition = ?"
            " GROUP BY c.hash ORDER BY articles DESC, c.hash",
            (edition, edition),
        )
        lines = "FROM revisions r JOIN stories s ON s.id = r.story WHERE s.edition = ?"
        for of, text, in_feed, articles, first in rows:
            since = self._db.one(f"SELECT count(DISTINCT r.story) {lines} AND r.run >= ?", (of, first))[0]
            before = self._db.one(
                f"SELECT count(*) FROM (SELECT 1 {lines} AND r.run < ? AND r.n = 1 LIMIT {_MAX_BEFORE})", (of, first)
            )[0]
            began = self._db.one("SELECT started_at FROM runs WHERE number = ?", (first,))
            found.append(Recurrence(of, text, articles, since, before, moment_of(began[0]), bool(in_feed)))
        return found

    def prune(self, started_before: datetime) -> None:
        """Forget the paragraphs of runs that began before that time, and what is too many."""
        with self._db.transaction() as connection:
            connection.execute(
                "DELETE FROM paragraphs WHERE run < (SELECT min(number) FROM runs WHERE started_at >= ?)",
                (micros(started_before),),
            )
            _keep_within(connection)
            forget_texts(connection)


def forget_texts(connection: sqlite3.Connection) -> None:
    """Forget the texts of paragraphs that no article has any more; inside a transaction."""
    connection.execute(
        "DELETE FROM recurring WHERE NOT EXISTS (SELECT 1 FROM paragraphs p WHERE p.hash = recurring.hash)"
    )


def _keep_within(connection: sqlite3.Connection) -> None:
    """The articles that were discovered first are forgotten first."""
    if connection.execute("SELECT count(*) FROM paragraphs").fetchone()[0] > MAX_ROWS:
        connection.execute(
            "DELETE FROM paragraphs WHERE story < (SELECT story FROM paragraphs ORDER BY story DESC LIMIT 1 OFFSET ?)",
            (MAX_ROWS * 3 // 4,),
        )


# Asked when a page is compared, and again when its line is saved.
@lru_cache(maxsize=256)
def _hash(edition: str, text: str) -> int:
    digest = hashlib.blake2b(f"{edition} {text}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _columns(notes: PageNotes) -> tuple[int, str, str]:
    return notes.words, " ".join(sorted(notes.doubts)), " ".join(sorted(notes.fields))

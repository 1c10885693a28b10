"""The lines that the ledger vouches for, by place and by article, and how claims are revoked."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from newscrawler.ledger.database import Database
from newscrawler.ledger.times import moment_of, optional_moment
from newscrawler.ledger.values import Key, LineRow, Place, Run

_SELECT = (
    "SELECT s.edition, s.article_id, r.n, r.content_hash, r.extractor, r.published_at, r.fetched_at, r.reason,"
    " r.status, runs.run_id, r.start, r.length, r.crc"
    " FROM revisions r JOIN stories s ON s.id = r.story JOIN runs ON runs.number = r.run"
)


class Lines:
    """Revisions seen as lines of files."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_run(self, run: Run) -> list[LineRow]:
        """All lines of a run's file, in their order."""
        return [_line(row) for row in self._db.all(f"{_SELECT} WHERE r.run = ? ORDER BY r.start", (run.number,))]

    def of_article(self, key: Key) -> list[LineRow]:
        """All lines of an article, by revision."""
        return [
            _line(row) for row in self._db.all(f"{_SELECT} WHERE s.edition = ? AND s.article_id = ? ORDER BY r.n", key)
        ]

    def find(self, key: Key, revision: int) -> LineRow | None:
        """One line of an article, or None."""
        row = self._db.one(f"{_SELECT} WHERE s.edition = ? AND s.article_id = ? AND r.n = ?", (*key, revision))
        return None if row is None else _line(row)

    def most_revised(self, count: int) -> list[tuple[Key, int]]:
        """The articles whose words changed most often, with how often. Reads the whole table of revisions."""
        rows = self._db.all(
            "SELECT s.edition, s.article_id, c.times FROM (SELECT story, count(*) AS times, max(fetched_at) AS at"
            " FROM revisions WHERE reason = 'content' GROUP BY story ORDER BY times DESC, at DESC LIMIT ?) c"
            " JOIN stories s ON s.id = c.story ORDER BY c.times DESC, c.at DESC",
            (count,),
        )
        return [((edition, article_id), times) for edition, article_id, times in rows]

    def last_revised(self, count: int) -> list[LineRow]:
        """The lines that changed an article's words last, newest first. Reads the whole table of revisions."""
        where = "WHERE r.reason = 'content' ORDER BY r.fetched_at DESC, r.run DESC, r.start DESC LIMIT ?"
        return [_line(row) for row in self._db.all(f"{_SELECT} {where}", (count,))]

    def hash_before(self, line: LineRow) -> str | None:
        """The ``revision_of_hash`` that a line must have, from the lines written before it."""
        earlier = [
            other
            for other in self.of_article(line.key)
            if other.revision < line.revision and other.fetched_at <= line.fetched_at
        ]
        return max(earlier, key=lambda other: (other.fetched_at, other.revision)).content_hash if earlier else None

    def revoke(self, run: Run, offset: int) -> list[Key]:
        """Withdraw the claim to all lines of a run from that byte on, because its file doesn't have them.

        Their articles are as before those lines and due at once, with no validators. Returns their keys. One
        transaction, on the disk when this returns.
        """
        with self._db.durable_transaction() as connection:
            rows = connection.execute(
                "SELECT s.id, s.edition, s.article_id FROM revisions r JOIN stories s ON s.id = r.story"
                " WHERE r.run = ? AND r.start >= ? ORDER BY r.start",
                (run.number, offset),
            ).fetchall()
            connection.execute("DELETE FROM revisions WHERE run = ? AND start >= ?", (run.number, offset))
            stories = {story: (edition, article_id) for story, edition, article_id in rows}
            for story in stories:
                _return_to_latest(connection, story)
            connection.execute(
                "UPDATE runs SET committed = ?, sealed = 0,"
                " lines = (SELECT count(*) FROM revisions WHERE run = runs.number) WHERE number = ?",
                (offset, run.number),
            )
        return list(stories.values())

    def problems(self) -> list[str]:
        """What SQLite's own full check says against the ledger's file; empty when it is sound."""
        return [str(row[0]) for row in self._db.all("PRAGMA integrity_check(20)") if row[0] != "ok"]


def _return_to_latest(connection: sqlite3.Connection, story: int) -> None:
    """Make a story what its remaining revisions say, and due."""
    latest: Sequence[Any] = connection.execute(
        "SELECT n, published_at, status, fetched_at FROM revisions WHERE story = ?"
        " ORDER BY fetched_at DESC, n DESC LIMIT 1",
        (story,),
    ).fetchone() or (None, None, None, None)
    connection.execute(
        "UPDATE stories SET latest_n = ?, published_at = ?, status = ?, visited_at = ?,"
        " last_n = (SELECT coalesce(max(n), 0) FROM revisions WHERE story = stories.id),"
        " developing = 0, unchanged_streak = 0, attempts = 0, outcome = NULL, missing_since = NULL,"
        " next_at = first_seen_at, scheduled_run = NULL, etag = NULL, last_modified = NULL WHERE id = ?",
        (*latest, story),
    )
    connection.execute(
        "DELETE FROM bands WHERE story = ? AND bucket = (SELECT bucket FROM shingles WHERE story = ?)",
        (story, story),
    )
    connection.execute("DELETE FROM shingles WHERE story = ?", (story,))


def _line(row: Any) -> LineRow:
    (
        edition,
        article_id,
        n,
        content_hash,
        extractor,
        published,
        fetched,
        reason,
        status,
        run_id,
        start,
        length,
        crc,
    ) = row
    return LineRow(
        key=(edition, article_id),
        revision=n,
        content_hash=content_hash,
        extractor_version=extractor,
        published_at=optional_moment(published),
        fetched_at=moment_of(fetched),
        reason=reason,
        status=status,
        place=Place(run_id, start, length, crc),
    )

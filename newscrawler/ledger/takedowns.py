"""Removals on request: logged first, then carried out file by file, so that a kill leaves a task, not a gap."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from newscrawler.ledger.articles import find_article, insert_article
from newscrawler.ledger.database import Database, micros, moment_of, optional_moment
from newscrawler.ledger.models import Key, Run, Takedown
from newscrawler.ledger.paragraphs import forget_texts
from newscrawler.ledger.signatures import Signatures


class Takedowns:
    """The log of removals, and the ledger's side of them."""

    def __init__(self, database: Database, signatures: Signatures) -> None:
        self._db = database
        self._signatures = signatures

    def begin(self, key: Key, now: datetime, reason: str) -> Takedown:
        """Log a removal and see to it that the article is not fetched again. On the disk when this returns."""
        moment = micros(now)
        with self._db.durable_transaction() as connection:
            if find_article(self._db, key) is None:
                insert_article(connection, key, "", "takedown", moment)
            connection.execute(
                "UPDATE stories SET taken_down = 1, next_at = NULL, url = '', detail = NULL, outcome = NULL,"
                " etag = NULL, last_modified = NULL WHERE edition = ? AND article_id = ?",
                key,
            )
            cursor = connection.execute(
                "INSERT INTO takedowns (edition, article_id, reason, requested_at) VALUES (?, ?, ?, ?)",
                (*key, reason, moment),
            )
        return next(entry for entry in self.all() if entry.number == cursor.lastrowid)

    def lines_removed(self, takedown: Takedown, run: Run, *, file: str, lines: int) -> None:
        """Record that a run's finished file is without the article: its revisions there are forgotten, and what
        comes after them in the file is that much nearer to its start. Repeating it changes nothing more.
        """
        with self._db.durable_transaction() as connection:
            article = find_article(self._db, takedown.key)
            assert article is not None
            gone: list[tuple[int, int]] = connection.execute(
                "SELECT start, length FROM revisions WHERE story = ? AND run = ? ORDER BY start DESC",
                (article.id, run.number),
            ).fetchall()
            connection.execute("DELETE FROM revisions WHERE story = ? AND run = ?", (article.id, run.number))
            for start, length in gone:  # from the last, so that no start moves before it is compared
                connection.execute(
                    "UPDATE revisions SET start = start - ? WHERE run = ? AND start > ?",
                    (length, run.number, start),
                )
            connection.execute(
                "UPDATE runs SET committed = committed - ?, lines = lines - ? WHERE number = ?",
                (sum(length for _, length in gone), len(gone), run.number),
            )
            # A kill may have come after the file was replaced: then the lines are counted here.
            _log_file(connection, takedown, file, max(lines, len(gone)))

    def file_cleaned(self, takedown: Takedown, *, file: str, lines: int) -> None:
        """Record that lines were removed from a file that belongs to no run of this ledger."""
        with self._db.durable_transaction() as connection:
            _log_file(connection, takedown, file, lines)

    def finish(self, takedown: Takedown, now: datetime) -> Takedown:
        """Forget what else the ledger has of the article but its key, and close the entry."""
        with self._db.durable_transaction() as connection:
            article = find_article(self._db, takedown.key)
            assert article is not None
            connection.execute("DELETE FROM revisions WHERE story = ?", (article.id,))
            connection.execute("DELETE FROM shingles WHERE story = ?", (article.id,))
            connection.execute("DELETE FROM bands WHERE story = ?", (article.id,))
            connection.execute("DELETE FROM paragraphs WHERE story = ?", (article.id,))
            forget_texts(connection)
            connection.execute(
                "UPDATE stories SET latest_n = NULL, last_n = 0, published_at = NULL, status = NULL, words = NULL,"
                " doubts = NULL, fields = NULL WHERE id = ?",
                (article.id,),
            )
            connection.execute("UPDATE takedowns SET finished_at = ? WHERE number = ?", (micros(now), takedown.number))
        self._signatures.forget_index()
        return next(entry for entry in self.all() if entry.number == takedown.number)

    def all(self) -> list[Takedown]:
        """Every removal, oldest first."""
        rows = self._db.all(
            "SELECT number, edition, article_id, reason, requested_at, finished_at, files, lines FROM takedowns"
            " ORDER BY number"
        )
        return [_takedown(row) for row in rows]

    def unfinished(self) -> list[Takedown]:
        """Removals that a kill interrupted."""
        return [entry for entry in self.all() if entry.finished_at is None]

    def includes(self, key: Key) -> bool:
        """Whether an article was taken down."""
        row = self._db.one("SELECT taken_down FROM stories WHERE edition = ? AND article_id = ?", key)
        return row is not None and bool(row[0])


def _log_file(connection: Any, takedown: Takedown, file: str, lines: int) -> None:
    row = connection.execute("SELECT files FROM takedowns WHERE number = ?", (takedown.number,)).fetchone()
    files: Sequence[str] = json.loads(row[0] or "[]")
    connection.execute(
        "UPDATE takedowns SET files = ?, lines = lines + ? WHERE number = ?",
        (json.dumps(sorted({*files, file})), lines, takedown.number),
    )


def _takedown(row: Any) -> Takedown:
    number, edition, article_id, reason, requested, finished, files, lines = row
    return Takedown(
        number=number,
        key=(edition, article_id),
        reason=reason,
        requested_at=moment_of(requested),
        finished_at=optional_moment(finished),
        files=tuple(json.loads(files or "[]")),
        lines=lines,
    )

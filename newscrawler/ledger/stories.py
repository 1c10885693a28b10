"""One row of ``stories``, typed, and the few statements that several parts share."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from newscrawler.ledger.database import Database
from newscrawler.ledger.times import micros, moment_of
from newscrawler.ledger.values import Key, Validators
from newscrawler.revisit import RevisitTable, next_visit


class Story(NamedTuple):
    """Everything the ledger keeps of one key beside its revisions; the columns of ``stories`` in order."""

    id: int
    edition: str
    article_id: str
    url: str
    via: str
    first_seen_at: int
    taken_down: int
    scheduled_run: int | None
    outcome: str | None
    outcome_at: int | None
    outcome_extractor: str | None
    detail: str | None
    attempts: int
    next_at: int | None
    hint_at: int | None
    hinted: int
    hint_misses: int
    latest_n: int | None
    last_n: int
    published_at: int | None
    developing: int
    status: str | None
    visited_at: int | None
    visits: int
    unchanged_streak: int
    missing_since: int | None
    etag: str | None
    last_modified: str | None
    validators_extractor: str | None

    @property
    def key(self) -> Key:
        """Edition and article id."""
        return (self.edition, self.article_id)

    def validators(self, extractor_version: str) -> Validators:
        """Those of the accepted record, or none: a 304 must hide neither an extractor's repair nor a return."""
        if self.latest_n is None or self.validators_extractor != extractor_version or self.status != "published":
            return Validators()
        return Validators(self.etag, self.last_modified)


COLUMNS = ", ".join(Story._fields)
_BY_KEY = f"SELECT {COLUMNS} FROM stories WHERE edition = ? AND article_id = ?"


def find(database: Database, key: Key) -> Story | None:
    """The story of a key, outside a transaction."""
    row = database.one(_BY_KEY, key)
    return None if row is None else Story._make(row)


def find_in(connection: sqlite3.Connection, key: Key) -> Story | None:
    """The story of a key, inside a transaction."""
    row = connection.execute(_BY_KEY, key).fetchone()
    return None if row is None else Story._make(row)


def insert(
    connection: sqlite3.Connection,
    key: Key,
    url: str,
    via: str,
    first_seen_at: int,
    *,
    scheduled_run: int | None = None,
) -> int:
    """A new story, due from ``first_seen_at``; its row number."""
    cursor = connection.execute(
        "INSERT INTO stories (edition, article_id, url, via, first_seen_at, next_at, scheduled_run)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, url, via, first_seen_at, first_seen_at, scheduled_run),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def planned_visit(
    table: RevisitTable,
    now: datetime,
    *,
    published_at: int | None,
    first_seen_at: int,
    fetched_at: int,
    developing: bool,
    streak: int,
    visits: int,
) -> int | None:
    """When the re-visit table has a known story fetched again; a story without date counts from its discovery."""
    due = next_visit(
        moment_of(first_seen_at if published_at is None else published_at),
        moment_of(fetched_at),
        developing,
        streak,
        now,
        table,
        visits=visits,
    )
    return None if due is None else micros(due)

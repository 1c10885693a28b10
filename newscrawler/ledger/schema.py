"""The ledger's tables and how an older ledger becomes a new one.

``PRAGMA user_version`` counts the migrations that a ledger has been through. Each runs in one transaction with
the new number, so a kill leaves the ledger either before or after it. A released migration never changes.

Times are microseconds since 1970. A row of ``stories`` is an article, or the URL of one not yet read.
Growth: an article takes one row in ``stories``, two index entries and one row a revision. Everything that a
decision reads is found by key; what is appended in order of time or number stays in few pages, so the cost of a
decision hardly depends on the size.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from newscrawler.exceptions import LedgerError
from newscrawler.failpoints import failpoint

#: Marks the file as this program's ("NWSL").
APPLICATION_ID = 0x4E57534C

_FIRST = (
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        started_at INTEGER NOT NULL,
        extractor TEXT NOT NULL,
        command TEXT,
        compress INTEGER NOT NULL,   -- finish as .jsonl.gz
        finished_at INTEGER,
        finish_reason TEXT,
        exit_code INTEGER,
        outcomes TEXT,               -- JSON object: outcome to count
        committed INTEGER NOT NULL DEFAULT 0,  -- bytes of the run's file that the ledger vouches for
        lines INTEGER NOT NULL DEFAULT 0,
        sealed INTEGER NOT NULL DEFAULT 0,     -- the part file is complete and on the disk
        file TEXT                    -- finished file, relative to the data folder
    )""",
    """CREATE TABLE stories (
        id INTEGER PRIMARY KEY,
        edition TEXT NOT NULL,
        article_id TEXT NOT NULL,
        url TEXT NOT NULL,
        via TEXT NOT NULL,
        first_seen_at INTEGER NOT NULL,
        taken_down INTEGER NOT NULL DEFAULT 0,
        scheduled_run INTEGER,       -- number of the run that last meant to fetch it
        outcome TEXT,
        outcome_at INTEGER,
        outcome_extractor TEXT,
        detail TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,   -- in a row, without a record or an unchanged page
        next_at INTEGER,             -- due from then on; null: never
        hint_at INTEGER,             -- the last hint that was followed
        hinted INTEGER NOT NULL DEFAULT 0,     -- the visit under way is a hint's
        hint_misses INTEGER NOT NULL DEFAULT 0,
        latest_n INTEGER,            -- revision with the greatest fetched_at; null: no record yet
        last_n INTEGER NOT NULL DEFAULT 0,     -- greatest revision number
        published_at INTEGER,        -- this and the next two: of the latest revision
        developing INTEGER NOT NULL DEFAULT 0,
        status TEXT,
        visited_at INTEGER,          -- last time the page was seen, changed or not
        visits INTEGER NOT NULL DEFAULT 0,     -- re-visits, whatever came of them
        unchanged_streak INTEGER NOT NULL DEFAULT 0,
        missing_since INTEGER,       -- first of the 404 or 410 answers in a row
        etag TEXT,
        last_modified TEXT,
        validators_extractor TEXT
    )""",
    "CREATE UNIQUE INDEX stories_by_key ON stories (edition, article_id)",
    "CREATE INDEX stories_by_due ON stories (edition, next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX stories_unreadable ON stories (outcome) WHERE outcome IN ('invalid', 'unknown_layout')",
    """CREATE TABLE revisions (
        story INTEGER NOT NULL,
        n INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        metadata_hash TEXT NOT NULL,
        extractor TEXT NOT NULL,     -- newest version that made this content of the page
        published_at INTEGER,
        fetched_at INTEGER NOT NULL,
        reason TEXT,
        status TEXT NOT NULL,
        run INTEGER NOT NULL,
        start INTEGER NOT NULL,      -- byte in the run's uncompressed file
        length INTEGER NOT NULL,     -- with the line end
        crc INTEGER NOT NULL,        -- CRC-32 of the line
        PRIMARY KEY (story, n)
    ) WITHOUT ROWID""",
    "CREATE INDEX revisions_by_place ON revisions (run, start)",
    """CREATE TABLE pages (
        url TEXT PRIMARY KEY,
        etag TEXT,
        last_modified TEXT,
        extractor TEXT NOT NULL,
        saved_at INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE sources (
        name TEXT PRIMARY KEY,
        ids TEXT NOT NULL,           -- JSON list of article ids, newest first
        seen_at INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE bands (
        bucket INTEGER NOT NULL,     -- days of publication, so that neighbours in time share pages
        edition TEXT NOT NULL,
        story INTEGER NOT NULL,
        published_at INTEGER NOT NULL,
        keys BLOB NOT NULL,          -- signed 64-bit numbers, little-endian
        PRIMARY KEY (bucket, edition, story)
    ) WITHOUT ROWID""",
    """CREATE TABLE shingles (
        story INTEGER PRIMARY KEY,
        bucket INTEGER NOT NULL,
        packed BLOB NOT NULL
    )""",
    "CREATE INDEX shingles_by_bucket ON shingles (bucket)",
    """CREATE TABLE takedowns (
        number INTEGER PRIMARY KEY,
        edition TEXT NOT NULL,
        article_id TEXT NOT NULL,
        reason TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        finished_at INTEGER,
        files TEXT,                  -- JSON list of files that were rewritten
        lines INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {APPLICATION_ID}",
)

#: What each run came to, by which later runs are judged; the state of each channel of the alarms.
_RUN_HISTORY = (
    "ALTER TABLE runs ADD COLUMN verdict TEXT",  # why the run was good or bad, in one line
    "ALTER TABLE runs ADD COLUMN figures TEXT",  # JSON object: newscrawler/monitoring/stats.py
    "CREATE INDEX runs_by_start ON runs (started_at)",
    """CREATE TABLE alarms (
        channel TEXT PRIMARY KEY,
        state TEXT NOT NULL          -- JSON object: what was said there last
    ) WITHOUT ROWID""",
)

#: What later pages are compared with: doubts are counted once an article, paragraphs are known again.
_DOUBTS = (
    "ALTER TABLE stories ADD COLUMN words INTEGER",  # of the latest revision
    "ALTER TABLE stories ADD COLUMN doubts TEXT",  # names of the doubts about the latest page, separated by spaces
    "ALTER TABLE stories ADD COLUMN fields TEXT",  # names of the watched fields that its latest page has
    """CREATE TABLE paragraphs (
        hash INTEGER NOT NULL,       -- of edition and text
        story INTEGER NOT NULL,
        run INTEGER NOT NULL,        -- number of the run that read it there first
        PRIMARY KEY (hash, story)
    ) WITHOUT ROWID""",
    """CREATE TABLE recurring (
        hash INTEGER PRIMARY KEY,
        edition TEXT NOT NULL,
        text TEXT NOT NULL,
        in_feed INTEGER NOT NULL DEFAULT 0   -- the feed has had it in an article's text: the site means it
    )""",
)

#: One entry a version, first to last: the statements that lead to it.
MIGRATIONS: tuple[Sequence[str], ...] = (_FIRST, _RUN_HISTORY, _DOUBTS)


def check_version(
    connection: sqlite3.Connection,
    path: Path,
    migrations: Sequence[Sequence[str]] = MIGRATIONS,
    *,
    read_only: bool = False,
) -> None:
    """Whether this program can use the ledger; changes nothing.

    Raises LedgerError for a newer one, for a database that is no ledger and, with ``read_only``, for an older one,
    which only a writer may migrate.
    """
    version = _version(connection)
    if version > len(migrations):
        raise LedgerError(
            f"ledger {path}: made by a newer version of newscrawler (its version is {version}, this one knows "
            f"{len(migrations)}); use that version"
        )
    foreign = int(connection.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID
    if foreign and (version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise LedgerError(f"ledger {path}: it is another program's database; move it away")
    if read_only and version < len(migrations):
        raise LedgerError(f"ledger {path}: of an older version ({version}); a crawl or recover renews it")


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring a checked ledger to the newest version, one transaction a version."""
    version = _version(connection)
    for number, statements in enumerate(migrations[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            failpoint("in_migration")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])

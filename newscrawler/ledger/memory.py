"""The latest revisions of one run that keeps no ledger: on disk where they are many, and gone at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from newscrawler.ledger.decisions import Decision, Face, Known, decide, face_of, key_of


class RevisionMemory:
    """Compares records that come in order of time, each with the one before it of the same article."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE latest (edition TEXT, article_id TEXT, n INTEGER, content_hash TEXT, metadata_hash TEXT,"
            " status TEXT, extractor TEXT, fetched_at INTEGER, PRIMARY KEY (edition, article_id)) WITHOUT ROWID"
        )

    def decide(self, record: Mapping[str, Any]) -> Decision:
        """New, revised or unchanged; what is not unchanged is what the next one is compared with."""
        key, face = key_of(record), face_of(record)
        row = self._db.execute(
            "SELECT n, content_hash, metadata_hash, status, extractor, fetched_at FROM latest"
            " WHERE edition = ? AND article_id = ?",
            key,
        ).fetchone()
        before = None if row is None else Known(row[0], Face(*row[1:]))
        decision = decide(face, baseline=before, successor=None, last_n=0 if before is None else before.n)
        if decision.kind != "unchanged":
            self._db.execute(
                "INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, decision.revision, *astuple(face)),
            )
        return decision

    def close(self) -> None:
        """Forget all."""
        self._db.close()

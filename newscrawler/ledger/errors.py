"""What can go wrong with the ledger, one class each; every message names the file and the remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from newscrawler.exceptions import NewscrawlerError


class LedgerError(NewscrawlerError):
    """Base of all ledger errors; raised itself when the disk fails in a way that has no class of its own."""


class LedgerMissing(LedgerError):
    """Raised when there is no ledger: by ``Ledger.open(read_only=True)``, and by a crawl beside a dataset."""


class LedgerTooNew(LedgerError):
    """Raised by ``Ledger.open`` when a newer version of the program made the ledger."""


class LedgerDamaged(LedgerError):
    """Raised by any call when the file is no ledger or can't be read as one."""


class LedgerReadOnly(LedgerError):
    """Raised by any call that writes when the file or its folder can't be written."""


class LedgerFull(LedgerError):
    """Raised by any call that writes when the disk is full; the change is not made."""


class LedgerBusy(LedgerError):
    """Raised by any call that writes when another process holds the ledger for longer than the time-out."""


class StaleDecision(LedgerError):
    """Raised by ``Articles.save_line`` when the article or the run has moved on since the decision was made."""


_REMEDIES: dict[int, tuple[type[LedgerError], str]] = {
    sqlite3.SQLITE_FULL: (LedgerFull, "the disk is full; free some space and run again"),
    sqlite3.SQLITE_READONLY: (LedgerReadOnly, "it can't be written; make file and folder writable"),
    sqlite3.SQLITE_PERM: (LedgerReadOnly, "it can't be written; make file and folder writable"),
    sqlite3.SQLITE_CANTOPEN: (LedgerReadOnly, "it can't be opened; make the folder exist and be writable"),
    sqlite3.SQLITE_CORRUPT: (LedgerDamaged, "it is damaged; put a backup in its place"),
    sqlite3.SQLITE_NOTADB: (LedgerDamaged, "it is not a ledger; move it away or put a backup in its place"),
    sqlite3.SQLITE_BUSY: (LedgerBusy, "another process is writing to it; wait for that to end"),
    sqlite3.SQLITE_LOCKED: (LedgerBusy, "another process is writing to it; wait for that to end"),
}


def translated(error: sqlite3.Error, path: Path) -> LedgerError:
    """The one-line error for what SQLite says."""
    code = getattr(error, "sqlite_errorcode", None)
    kind, remedy = _REMEDIES.get((code or 0) & 0xFF, (LedgerError, f"SQLite says: {error}"))
    return kind(f"ledger {path}: {remedy}")

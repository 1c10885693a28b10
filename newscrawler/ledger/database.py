"""The one connection to the ledger's file: opening it, transactions, and SQLite's errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from newscrawler.exceptions import LedgerError, LedgerMissing
from newscrawler.ledger.schema import MIGRATIONS, check_version, migrate
from newscrawler.utils import parse_time

#: What a line's or run's fsync policy is; see ``Ledger``.
Durability: TypeAlias = Literal["run", "line"]

_MAGIC = b"SQLite format 3\x00"
_SYNCHRONOUS: dict[Durability, str] = {"run": "NORMAL", "line": "FULL"}
#: Seconds to wait for another process that writes; only by mistake is there one, since runs hold a lock.
_BUSY_SECONDS = 5.0


class Database:
    """Reads and transactions in autocommit mode; every sqlite3.Error leaves as a LedgerError."""

    def __init__(
        self,
        path: Path,
        *,
        durability: Durability,
        read_only: bool,
        migrations: Sequence[Sequence[str]] = MIGRATIONS,
    ) -> None:
        self.path = path
        self.durability: Durability = durability
        _check_file(path, read_only=read_only)
        try:
            mode = "ro" if read_only else "rwc"
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=_BUSY_SECONDS,
                cached_statements=256,
            )
        except sqlite3.Error as error:
            raise translated(error, path) from error
        try:
            self._prepare(migrations, read_only)
        except sqlite3.Error as error:
            self._connection.close()
            raise translated(error, path) from error
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, migrations: Sequence[Sequence[str]], read_only: bool) -> None:
        execute = self._connection.execute
        check_version(self._connection, self.path, migrations, read_only=read_only)
        execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self.durability]}")
        execute("PRAGMA cache_size = -32768")
        if read_only:
            return
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA wal_autocheckpoint = 2000")
        execute("BEGIN IMMEDIATE")  # a folder that can't be written is found here, not after the first page
        execute("ROLLBACK")
        migrate(self._connection, migrations)

    def copy_to(self, path: Path) -> None:
        """A copy of one moment, in one file that needs no write-ahead log beside it; what was there is replaced."""
        path.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(path, isolation_level=None)) as copy:
                self._connection.backup(copy)
                copy.execute("PRAGMA synchronous = FULL")
                copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise translated(error, path) from error
        with path.open("rb") as file:
            os.fsync(file.fileno())

    def close(self) -> None:
        """Close the file, with what is in the write-ahead log moved into it."""
        try:
            self._connection.close()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first row as a tuple, or None; for what has one at most."""
        return next(iter(self.all(sql, parameters)), None)

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows, as tuples."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is executed inside; rolled back on any exception."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise translated(error, self.path) from error
            raise

    @contextmanager
    def durable_transaction(self) -> Iterator[sqlite3.Connection]:
        """As ``transaction``, and on return it and all before it survive a power cut."""
        self._connection.execute("PRAGMA synchronous = FULL")
        try:
            with self.transaction() as connection:
                yield connection
        finally:
            self._connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self.durability]}")


def _check_file(path: Path, *, read_only: bool) -> None:
    """Turn down what SQLite would explain badly or, worse, write to."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        if read_only:
            raise LedgerMissing(f"ledger {path}: there is none; name the data folder of a crawl") from None
        return
    except OSError as error:
        raise LedgerError(f"ledger {path}: it can't be read: {error.strerror}") from error
    if head and head != _MAGIC:
        raise LedgerError(f"ledger {path}: {_NO_LEDGER}")


_NOT_WRITABLE = "it can't be written; make file and folder writable"
_NO_LEDGER = "it is not a ledger; move it away or put a backup in its place"
_BUSY = "another process is writing to it; wait for that to end"
_REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run again",
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: "it can't be opened; make the folder exist and be writable",
    sqlite3.SQLITE_CORRUPT: "it is damaged; put a backup in its place",
    sqlite3.SQLITE_NOTADB: _NO_LEDGER,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}


def translated(error: sqlite3.Error, path: Path) -> LedgerError:
    """The one-line error for what SQLite says."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return LedgerError(f"ledger {path}: {_REMEDIES.get(code & 0xFF, f'SQLite says: {error}')}")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970. Raises ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND


def micros_of_text(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 text with offset. Raises ValueError for any other."""
    return micros(parse_time(text))


def moment_of(value: int) -> datetime:
    """The aware datetime, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def optional_micros(moment: datetime | None) -> int | None:
    """As ``micros``; None stays None."""
    return None if moment is None else micros(moment)


def optional_moment(value: int | None) -> datetime | None:
    """As ``moment_of``; None stays None."""
    return None if value is None else moment_of(value)

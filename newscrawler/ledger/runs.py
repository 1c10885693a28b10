"""Runs: when they began and ended, what came of them, and what of their file is committed."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from newscrawler.ledger.database import Database, micros, moment_of, optional_moment
from newscrawler.ledger.models import KILLED, Run
from newscrawler.monitoring.stats import RunFigures

_COLUMNS = ", ".join(Run._fields).replace("extractor_version", "extractor")
#: A run that began so much later than the one that begins now had another clock.
_SLACK = int(timedelta(days=1) / timedelta(microseconds=1))
#: More of them are no slip; and if they are not fewer than the others, it is this run's clock that is wrong.
_MAX_FUTURE_RUNS = 100
_NOTE = "clock_repaired"


class Runs:
    """The table of runs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, run_id: str, started_at: datetime, *, extractor_version: str, command: str | None = None) -> Run:
        """Record a run that starts, on the disk at once, so that its file never outlives it unexplained.

        Pages that an earlier extractor version could not read become due, with their attempts forgotten, and so
        does what runs with a clock that was ahead have seen. ``command`` says what was asked for; ``history`` compares
        runs of one command. Raises ValueError for a run_id in use.
        """
        if self.find(run_id) is not None:
            raise ValueError(f"run {run_id} is in the ledger already")
        moment = micros(started_at)
        with self._db.durable_transaction() as connection:
            _repair_clock(connection, moment)
            connection.execute(
                "INSERT INTO runs (run_id, started_at, extractor, compress, command) VALUES (?, ?, ?, 0, ?)",
                (run_id, moment, extractor_version, command),
            )
            connection.execute(
                "UPDATE stories SET next_at = ?, attempts = 0"
                " WHERE outcome IN ('invalid', 'unknown_layout') AND outcome_extractor IS NOT ? AND NOT taken_down",
                (moment, extractor_version),
            )
        return self.get(run_id)

    def end(
        self,
        run: Run,
        finished_at: datetime,
        *,
        outcomes: Mapping[str, int],
        finish_reason: str,
        exit_code: int | None,
        verdict: str | None = None,
        figures: RunFigures | None = None,
    ) -> None:
        """Record how a run ended. ``outcomes`` maps outcome to count, ``verdict`` is the summary's line."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE runs SET finished_at = ?, outcomes = ?, finish_reason = ?, exit_code = ?, verdict = ?,"
                " figures = ? WHERE number = ?",
                (
                    micros(finished_at),
                    json.dumps(dict(outcomes), sort_keys=True),
                    finish_reason,
                    exit_code,
                    verdict,
                    None if figures is None else json.dumps(asdict(figures), sort_keys=True),
                    run.number,
                ),
            )

    def mark_killed(self, run: Run, now: datetime) -> None:
        """Record that a run never came to its end, for recovery. Of its outcomes only its lines are known."""
        with self._db.transaction() as connection:
            new, lines = connection.execute(
                "SELECT count(*) FILTER (WHERE n = 1), count(*) FROM revisions WHERE run = ?", (run.number,)
            ).fetchone()
            figures = RunFigures(outcomes={"new": new, "revised": lines - new}, lines=lines)
            connection.execute(
                "UPDATE runs SET finished_at = ?, finish_reason = ?, verdict = ?, figures = ? WHERE number = ?",
                (
                    micros(now),
                    KILLED,
                    "killed before its end",
                    json.dumps(asdict(figures), sort_keys=True),
                    run.number,
                ),
            )

    def mark_complete(self, run: Run) -> None:
        """Record that the run's part file is complete and on the disk; this and all before survive a power cut."""
        with self._db.durable_transaction() as connection:
            connection.execute("UPDATE runs SET sealed = 1 WHERE number = ?", (run.number,))

    def set_compress(self, run: Run, *, compress: bool) -> None:
        """Record whether the run's finished file is, or is to be, a compressed one; on the disk when this returns."""
        with self._db.durable_transaction() as connection:
            connection.execute("UPDATE runs SET compress = ? WHERE number = ?", (int(compress), run.number))

    def half_compressed(self) -> list[Run]:
        """Runs whose file is to be compressed, but is not yet noted as such."""
        return [_run(row) for row in self._select("WHERE compress = ? AND file LIKE '%.jsonl' ORDER BY number", 1)]

    def set_final_path(self, run: Run, file: str | None) -> None:
        """Record the finished file, relative to the data folder; None when a takedown has emptied it."""
        with self._db.transaction() as connection:
            connection.execute("UPDATE runs SET file = ? WHERE number = ?", (file, run.number))

    def find(self, run_id: str) -> Run | None:
        """The run as it is now, or None."""
        row = self._db.one(f"SELECT {_COLUMNS} FROM runs WHERE run_id = ?", (run_id,))
        return None if row is None else _run(row)

    def get(self, run_id: str) -> Run:
        """The run as it is now. Raises KeyError for one that the ledger doesn't know."""
        run = self.find(run_id)
        if run is None:
            raise KeyError(run_id)
        return run

    def last(self, count: int | None = None) -> list[Run]:
        """The newest runs, or all, newest first."""
        return [_run(row) for row in self._select("ORDER BY number DESC LIMIT ?", -1 if count is None else count)]

    def last_good(self, command: str) -> Run | None:
        """The newest run of a command that ended with exit code 0, or None. Of another schedule's it says nothing."""
        found = self._select("WHERE exit_code = 0 AND command = ? ORDER BY number DESC LIMIT 1", command)
        return _run(found[0]) if found else None

    def history(self, run: Run, *, since: datetime) -> list[Run]:
        """Earlier runs of the same command that began at ``since`` or later and have figures, newest first."""
        rows = self._db.all(
            f"SELECT {_COLUMNS} FROM runs WHERE started_at >= ? AND number < ? AND command IS ?"
            " AND figures IS NOT NULL ORDER BY number DESC LIMIT 10000",
            (micros(since), run.number, run.command),
        )
        return [_run(row) for row in rows]

    def with_lines(self) -> list[Run]:
        """Every run whose file holds lines, oldest first."""
        return [_run(row) for row in self._select("WHERE committed > ? ORDER BY number", 0)]

    def unfinished(self) -> list[Run]:
        """Runs that did not end, or whose lines are not in a finished file, oldest first."""
        where = "WHERE finished_at IS NULL OR (committed > ? AND file IS NULL) ORDER BY number"
        return [_run(row) for row in self._select(where, 0)]

    def _select(self, rest: str, *parameters: int | str) -> list[Any]:
        return self._db.all(f"SELECT {_COLUMNS} FROM runs {rest}", parameters)


class Alarms:
    """The table of channels; a channel without an entry knows of nothing bad."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def states(self) -> dict[str, dict[str, Any]]:
        """By channel, as ``save`` had them."""
        return {channel: json.loads(state) for channel, state in self._db.all("SELECT channel, state FROM alarms")}

    def save(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep these states and forget all others."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM alarms")
            connection.executemany(
                "INSERT INTO alarms (channel, state) VALUES (?, ?)",
                [(channel, json.dumps(state, sort_keys=True)) for channel, state in states.items()],
            )


def new_run_id(started_at: datetime, last: str | None = None) -> str:
    """A name that sorts by time and is unique: ``20260501T120000Z-1a2b``.

    ``last`` is the name of the run before. A service manager starts a killed run again within its second (systemd
    after 0.1 s), and revisions must not stand before what they revise.
    """
    second = f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number = int(last[-4:], 16) + 1 if last is not None and last.startswith(second) else secrets.randbelow(0x8000)
    return f"{second}-{number:04x}"


def _run(row: Any) -> Run:
    found = dict(zip(Run._fields, row, strict=True))
    outcomes, figures = found["outcomes"], found["figures"]
    found |= {
        "started_at": moment_of(found["started_at"]),
        "finished_at": optional_moment(found["finished_at"]),
        "outcomes": None if outcomes is None else json.loads(outcomes),
        "figures": None if figures is None else RunFigures.of_json(json.loads(figures)),
    }
    return Run(**found)


def _repair_clock(connection: sqlite3.Connection, moment: int) -> None:
    """Date back to ``moment`` (microseconds) what runs of the future saw, and have all their URLs due.

    Done once for each such run, inside the transaction in which a run begins. The lines keep the times that they
    were written with.
    """
    limit = moment + _SLACK
    runs = connection.execute(
        "SELECT number FROM runs WHERE started_at > ? LIMIT ?", (limit, _MAX_FUTURE_RUNS + 1)
    ).fetchall()
    numbers = [number for (number,) in runs]
    if not numbers or len(numbers) > _MAX_FUTURE_RUNS:
        return
    right = connection.execute("SELECT count(*) FROM runs WHERE started_at <= ?", (limit,)).fetchone()[0]
    note = connection.execute("SELECT value FROM notes WHERE name = ?", (_NOTE,)).fetchone()
    if right <= len(numbers) or (note is not None and int(note[0]) >= max(numbers)):
        return
    connection.executemany(
        "UPDATE revisions SET fetched_at = ? WHERE run = ? AND fetched_at > ?",
        [(moment, number, limit) for number in numbers],
    )
    connection.execute(
        "UPDATE stories SET next_at = :now, attempts = 0, first_seen_at = min(first_seen_at, :now),"
        " outcome_at = min(outcome_at, :now), visited_at = min(visited_at, :now),"
        " missing_since = CASE WHEN missing_since > :now THEN NULL ELSE missing_since END"
        " WHERE NOT taken_down AND (outcome_at > :limit OR visited_at > :limit OR first_seen_at > :limit)",
        {"now": moment, "limit": limit},
    )
    connection.execute("UPDATE sources SET seen_at = min(seen_at, ?)", (moment,))
    connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (_NOTE, str(max(numbers))))

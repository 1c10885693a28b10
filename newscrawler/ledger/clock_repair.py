"""What runs with a clock that was ahead have left, put right by the first run whose clock is right again.

Their pages would be the newest until their time has come, and every visit planned from there lies as far away.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

#: A run that began so much later than the one that begins now had another clock.
_SLACK = int(timedelta(days=1) / timedelta(microseconds=1))
#: More of them are no slip; and if they are not fewer than the others, it is this run's clock that is wrong.
_MOST = 100
_NOTE = "clock_repaired"


def repair(connection: sqlite3.Connection, moment: int) -> None:
    """Date back to ``moment`` (microseconds) what runs of the future saw, and have all their addresses due.

    Done once for each such run, inside the transaction in which a run begins. The lines keep the times that they
    were written with.
    """
    limit = moment + _SLACK
    runs = connection.execute("SELECT number FROM runs WHERE started_at > ? LIMIT ?", (limit, _MOST + 1)).fetchall()
    numbers = [number for (number,) in runs]
    if not numbers or len(numbers) > _MOST:
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

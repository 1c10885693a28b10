"""Addresses: committed before they are fetched, planned, and followed up until they are settled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from newscrawler.exceptions import ArgumentError
from newscrawler.failpoints import failpoint
from newscrawler.ledger.database import Database, micros, moment_of, optional_micros, optional_moment
from newscrawler.ledger.models import Action, Entry, Key, Plan, Run, Standing, Validators
from newscrawler.ledger.revisit_policy import (
    RETRY_GAPS,
    WITHDRAWN_GAP,
    RevisitTable,
    hint_is_due,
    next_attempt,
    next_visit,
)

#: Outcomes that ``finished`` takes; new, revised, unchanged and gone come through ``Articles``.
OUTCOMES_WITHOUT_LINE = frozenset(RETRY_GAPS) - {"gone"} | {"not_reached"}
#: Outcome of an article that was read in a run that keeps to other days.
LEFT_ASIDE = "out_of_range"
_DETAIL_LENGTH = 300


class Addresses:
    """What discovery found, one row a key: an article listed under two slugs is one address, the newest."""

    def __init__(self, database: Database, table: RevisitTable) -> None:
        self._db = database
        self._table = table

    def discovered(self, run: Run, now: datetime, entries: Iterable[Entry]) -> list[Plan]:
        """Commit the URLs of one listing or feed, and say what to do with each, in their order.

        One transaction, some 15 microseconds an entry: hand a long sitemap over in pieces of a thousand.
        An entry that the plan wants is the run's from then on: a later listing gets "scheduled" for it, and a
        killed run leaves it due for the next one.
        """
        moment = micros(now)
        with self._db.transaction() as connection:
            plans = [self._discover(connection, run, now, moment, entry) for entry in entries]
        failpoint("after_discovered")
        return plans

    def _discover(self, connection: sqlite3.Connection, run: Run, now: datetime, moment: int, entry: Entry) -> Plan:
        story = find_in(connection, entry.key)
        if story is None:
            insert(connection, entry.key, entry.url, entry.via, moment, scheduled_run=run.number)
            return Plan(entry.key, entry.url, entry.via, "fetch", moment_of(moment))
        if story.url != entry.url and not story.taken_down:
            connection.execute("UPDATE stories SET url = ? WHERE id = ?", (entry.url, story.id))
            story = story._replace(url=entry.url)
        action, hinted = self._action(story, run, now, moment, entry)
        if hinted:
            connection.execute(
                "UPDATE stories SET scheduled_run = ?, next_at = ?, hint_at = ?, hinted = 1 WHERE id = ?",
                (run.number, moment, optional_micros(entry.hint_at), story.id),
            )
        elif action in ("fetch", "retry", "revisit"):
            connection.execute(
                "UPDATE stories SET scheduled_run = ?, next_at = ? WHERE id = ?",
                (run.number, moment if story.next_at is None else min(moment, story.next_at), story.id),
            )
        return _plan(story, action, run)

    def _action(self, story: Story, run: Run, now: datetime, moment: int, entry: Entry) -> tuple[Action, bool]:
        """What to do with a known key, and whether only because of the hint."""
        if story.taken_down:
            return "taken_down", False
        if story.scheduled_run == run.number:
            return "scheduled", False
        if _was_left_aside(story):
            inside = entry.days is None or entry.days.contains(moment_of(story.published_at or 0))
            return ("fetch" if inside else "settled"), False
        if story.next_at is not None and story.next_at <= moment:
            return _due_action(story), False
        if story.latest_n is not None and self._hint_counts(story, now, entry.hint_at):
            return "revisit", True
        if story.status == "withdrawn" and now - moment_of(story.outcome_at or 0) >= WITHDRAWN_GAP:
            return "revisit", False  # a listing names it again
        return ("settled" if story.next_at is None else "not_due"), False

    def _hint_counts(self, story: Story, now: datetime, hint_at: datetime | None) -> bool:
        if hint_at is None or story.visited_at is None or story.missing_since is not None:
            return False
        if micros(hint_at) == story.hint_at:
            return False
        return hint_is_due(
            hint_at,
            published_at=moment_of(story.first_seen_at if story.published_at is None else story.published_at),
            visited_at=moment_of(story.visited_at),
            misses=story.hint_misses,
            now=now,
            table=self._table,
            next_at=optional_moment(story.next_at),
            visits=story.visits,
        )

    def standing(self, key: Key) -> Standing | None:
        """What is known of an article beside its revisions; None for one that was never heard of."""
        story = find(self._db, key)
        if story is None:
            return None
        visited_at = None if story.latest_n is None else optional_moment(story.visited_at)
        return Standing(moment_of(story.first_seen_at), bool(story.taken_down), visited_at)

    def pending(self, run: Run, now: datetime, *, edition: str, limit: int) -> list[Plan]:
        """Further URLs that are due, most overdue first: retries and re-visits that no listing named.

        They are the run's from then on, so the next call gives the next ones. All of them are wanted.
        """
        with self._db.transaction() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM stories"
                " WHERE edition = ? AND next_at <= ? AND scheduled_run IS NOT ? ORDER BY next_at LIMIT ?",
                (edition, micros(now), run.number, limit),
            ).fetchall()
            found = [Story._make(row) for row in rows]
            connection.executemany(
                "UPDATE stories SET scheduled_run = ? WHERE id = ?",
                [(run.number, story.id) for story in found],
            )
        return [_plan(story, _due_action(story), run) for story in found]

    def count_due(self, now: datetime) -> int:
        """How many URLs of all editions wait to be fetched at that time."""
        return int(self._db.one("SELECT count(*) FROM stories WHERE next_at <= ?", (micros(now),))[0])

    def finished(self, run: Run, key: Key, outcome: str, now: datetime, detail: str = "") -> None:
        """Record an outcome without a line, one of OUTCOMES_WITHOUT_LINE, and plan the next attempt.

        The gaps are RETRY_GAPS. For an article that is in the dataset the re-visit table goes on after the last
        of them, and a duplicate leaves its plan alone. Raises ArgumentError for another outcome or unknown key.
        """
        if outcome not in OUTCOMES_WITHOUT_LINE:
            raise ArgumentError(f"outcome {outcome!r} is not one that Addresses.finished takes")
        with self._db.transaction() as connection:
            story = find_in(connection, key)
            if story is None:
                raise ArgumentError(f"address {'/'.join(key)} was not discovered")
            counts = outcome != "not_reached" and not (outcome == "duplicate" and story.latest_n is not None)
            attempts = story.attempts + counts
            # What robots.txt refuses was not asked for.
            visits = story.visits + (counts and story.latest_n is not None and outcome != "robots")
            next_at = self._next_attempt(story, outcome, attempts, visits, now) if counts else story.next_at
            connection.execute(
                "UPDATE stories SET outcome = ?, outcome_at = ?, outcome_extractor = ?, detail = ?, attempts = ?,"
                " visits = ?, next_at = ?, hinted = 0 WHERE id = ?",
                (
                    outcome,
                    micros(now),
                    run.extractor_version,
                    detail[:_DETAIL_LENGTH] or None,
                    attempts,
                    visits,
                    None if story.taken_down else next_at,
                    story.id,
                ),
            )

    def out_of_range(self, run: Run, key: Key, now: datetime, published_at: datetime) -> None:
        """Record that an article was read and left aside, being of other days than those the run keeps to.

        It is not due again, but wanted by the first run that names it and keeps to no days, or to its own. Raises
        ArgumentError for an unknown key.
        """
        with self._db.transaction() as connection:
            done = connection.execute(
                "UPDATE stories SET outcome = ?, outcome_at = ?, outcome_extractor = ?, detail = NULL, attempts = 0,"
                " published_at = CASE WHEN latest_n IS NULL THEN ? ELSE published_at END,"
                " next_at = CASE WHEN latest_n IS NULL THEN NULL ELSE next_at END"
                " WHERE edition = ? AND article_id = ?",
                (LEFT_ASIDE, micros(now), run.extractor_version, micros(published_at), *key),
            )
            if not done.rowcount:
                raise ArgumentError(f"address {'/'.join(key)} was not discovered")

    def _next_attempt(self, story: Story, outcome: str, attempts: int, visits: int, now: datetime) -> int | None:
        due = next_attempt(outcome, attempts, now)
        if due is not None and (story.latest_n is None or visits < self._table.most):
            return micros(due)
        if story.latest_n is None:
            return None
        return planned_visit(
            self._table,
            now,
            published_at=story.published_at,
            first_seen_at=story.first_seen_at,
            fetched_at=micros(now),
            developing=bool(story.developing),
            streak=story.unchanged_streak,
            visits=visits,
        )


def _was_left_aside(story: Story) -> bool:
    return story.outcome == LEFT_ASIDE and story.latest_n is None and story.next_at is None


def _due_action(story: Story) -> Action:
    if story.attempts and story.status != "withdrawn":
        return "retry"
    return "fetch" if story.latest_n is None else "revisit"


def _plan(story: Story, action: Action, run: Run) -> Plan:
    return Plan(
        key=story.key,
        url=story.url,
        via=story.via,
        action=action,
        first_seen_at=moment_of(story.first_seen_at),
        validators=story.validators(run.extractor_version),
        revisions=story.last_n,
    )


# --- articles ---


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
    """The article of a key, outside a transaction."""
    row = database.one(_BY_KEY, key)
    return None if row is None else Story._make(row)


def find_in(connection: sqlite3.Connection, key: Key) -> Story | None:
    """The article of a key, inside a transaction."""
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
    """A new article, due from ``first_seen_at``; its row number."""
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
    """When the re-visit table has a known article fetched again; an article without date counts from its discovery."""
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


# --- dates ---

#: Pairs that ``sample`` gives, about.
_SAMPLE = 500


class Dates:
    """Dates of the pages that were read, whether they became records or were left aside."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def date_of(self, key: Key) -> datetime | None:
        """When an article was published, if a page of it was read and said so."""
        row = self._db.one("SELECT published_at FROM stories WHERE edition = ? AND article_id = ?", key)
        return None if row is None or row[0] is None else moment_of(row[0])

    def settled(self, edition: str) -> Iterator[str]:
        """Addresses that have an outcome, of whatever sort but not reached."""
        rows = self._db.all(
            "SELECT url FROM stories WHERE edition = ? AND outcome IS NOT NULL AND outcome <> 'not_reached'", (edition,)
        )
        yield from (url for (url,) in rows)

    def sample(self, edition: str) -> list[tuple[int, datetime]]:
        """Some pairs of id and publication, from all times; only ids that are numbers."""
        count = int(self._db.one("SELECT max(id) FROM stories")[0] or 0)
        rows = self._db.all(
            "SELECT article_id, published_at FROM stories"
            " WHERE edition = ? AND id % ? = 0 AND published_at IS NOT NULL",
            (edition, count // _SAMPLE + 1),
        )
        return [(int(number), moment_of(at)) for number, at in rows if number.isdigit()]

"""URLs of articles: committed before they are fetched, planned, and tried again until they have a final outcome."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from newscrawler.exceptions import ArgumentError
from newscrawler.failpoints import failpoint
from newscrawler.items import Status
from newscrawler.ledger.database import Database, micros, moment_of, optional_micros, optional_moment
from newscrawler.ledger.models import (
    Action,
    ArticleState,
    DiscoveredLink,
    Key,
    MissingUrl,
    Plan,
    Run,
    Validators,
)
from newscrawler.ledger.revisit_policy import (
    RETRY_GAPS,
    WITHDRAWN_GAP,
    RevisitTable,
    lastmod_is_due,
    next_attempt,
    next_visit,
)
from newscrawler.outcomes import Outcome

#: Outcomes that ``finished`` takes; new, revised, unchanged and gone come through ``Articles``.
OUTCOMES_WITHOUT_LINE = frozenset(RETRY_GAPS) - {Outcome.GONE} | {Outcome.NOT_REACHED}
_DAY = timedelta(days=1) // timedelta(microseconds=1)
_DETAIL_LENGTH = 300
#: About how many pairs ``sample`` gives.
_SAMPLE = 500

#: Without a record that there should be: the article has no other key, was wanted, and is one.
_MISSING = (
    "latest_n IS NULL AND NOT taken_down AND coalesce(outcome, '') NOT IN"
    f" ('{Outcome.DUPLICATE}', '{Outcome.OUT_OF_RANGE}', '{Outcome.NOT_ARTICLE}')"
)


class Urls:
    """What discovery found, one row a key: an article listed under two slugs is one row, with the newest URL."""

    def __init__(self, database: Database, table: RevisitTable) -> None:
        self._db = database
        self._table = table

    def discovered(self, run: Run, now: datetime, links: Iterable[DiscoveredLink]) -> list[Plan]:
        """Commit the URLs of one listing or feed, and say what to do with each, in their order.

        One transaction, some 15 microseconds a link: hand a long sitemap over in pieces of a thousand.
        A link that the plan wants is the run's from then on: a later listing gets "scheduled" for it, and a
        killed run leaves it due for the next one.
        """
        moment = micros(now)
        with self._db.transaction() as connection:
            plans = [self._discover(connection, run, now, moment, link) for link in links]
        failpoint("after_discovered")
        return plans

    def _discover(
        self, connection: sqlite3.Connection, run: Run, now: datetime, moment: int, link: DiscoveredLink
    ) -> Plan:
        article = find_article(self._db, link.key)
        if article is None:
            insert_article(connection, link.key, link.url, link.via, moment, scheduled_run=run.number)
            return Plan(link.key, link.url, link.via, "fetch", moment_of(moment))
        if article.url != link.url and not article.taken_down:
            connection.execute("UPDATE stories SET url = ? WHERE id = ?", (link.url, article.id))
            article = article._replace(url=link.url)
        action, by_lastmod = self._action(article, run, now, moment, link)
        if by_lastmod:
            connection.execute(
                "UPDATE stories SET scheduled_run = ?, next_at = ?, hint_at = ?, hinted = 1 WHERE id = ?",
                (run.number, moment, optional_micros(link.lastmod), article.id),
            )
        elif action in ("fetch", "retry", "revisit"):
            connection.execute(
                "UPDATE stories SET scheduled_run = ?, next_at = ? WHERE id = ?",
                (run.number, moment if article.next_at is None else min(moment, article.next_at), article.id),
            )
        return _plan(article, action, run)

    def _action(
        self, article: ArticleRow, run: Run, now: datetime, moment: int, link: DiscoveredLink
    ) -> tuple[Action, bool]:
        """What to do with a known key, and whether only because of its lastmod."""
        if article.taken_down:
            return "taken_down", False
        if article.scheduled_run == run.number:
            return "scheduled", False
        if article.outcome == Outcome.OUT_OF_RANGE and article.latest_n is None and article.next_at is None:
            inside = link.days is None or link.days.contains(moment_of(article.published_at or 0))
            return ("fetch" if inside else "final"), False
        if article.next_at is not None and article.next_at <= moment:
            return _due_action(article), False
        if article.latest_n is not None and self._lastmod_counts(article, now, link.lastmod):
            return "revisit", True
        if article.status == Status.WITHDRAWN and now - moment_of(article.outcome_at or 0) >= WITHDRAWN_GAP:
            return "revisit", False  # a listing names it again
        return ("final" if article.next_at is None else "not_due"), False

    def _lastmod_counts(self, article: ArticleRow, now: datetime, lastmod: datetime | None) -> bool:
        if lastmod is None or article.visited_at is None or article.missing_since is not None:
            return False
        if micros(lastmod) == article.lastmod:
            return False
        return lastmod_is_due(
            lastmod,
            published_at=moment_of(article.first_seen_at if article.published_at is None else article.published_at),
            visited_at=moment_of(article.visited_at),
            misses=article.lastmod_misses,
            now=now,
            table=self._table,
            next_at=optional_moment(article.next_at),
            visits=article.visits,
        )

    def state_of(self, key: Key) -> ArticleState | None:
        """What the ledger knows of an article besides its revisions; None for an unknown one."""
        article = find_article(self._db, key)
        if article is None:
            return None
        visited_at = None if article.latest_n is None else optional_moment(article.visited_at)
        return ArticleState(moment_of(article.first_seen_at), bool(article.taken_down), visited_at)

    def pending(self, run: Run, now: datetime, *, edition: str, limit: int) -> list[Plan]:
        """Further URLs that are due, most overdue first: retries and re-visits of articles that no listing named.

        They are the run's from then on, so the next call gives the next ones. All of them are wanted.
        """
        with self._db.transaction() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM stories"
                " WHERE edition = ? AND next_at <= ? AND scheduled_run IS NOT ? ORDER BY next_at LIMIT ?",
                (edition, micros(now), run.number, limit),
            ).fetchall()
            found = [ArticleRow._make(row) for row in rows]
            connection.executemany(
                "UPDATE stories SET scheduled_run = ? WHERE id = ?",
                [(run.number, article.id) for article in found],
            )
        return [_plan(article, _due_action(article), run) for article in found]

    def count_due(self, now: datetime, edition: str = "") -> int:
        """How many URLs of an edition, or of all, wait to be fetched at that time."""
        query = "SELECT count(*) FROM stories WHERE next_at <= ? AND (? = '' OR edition = ?)"
        return int(self._db.one(query, (micros(now), edition, edition))[0])

    def missing(self, most: int | None = None) -> list[MissingUrl]:
        """URLs without a record that should have one: those tried last first, then the others in order of discovery."""
        rows = self._db.all(
            f"SELECT {_COLUMNS} FROM stories WHERE {_MISSING}"
            " ORDER BY CASE WHEN outcome <> 'not_reached' THEN outcome_at END DESC, first_seen_at, id LIMIT ?",
            (-1 if most is None else most,),
        )
        return [_missing_url(ArticleRow._make(row)) for row in rows]

    def count_missing(self) -> dict[tuple[str, str], int]:
        """How many ``missing`` there are, by edition and outcome."""
        rows = self._db.all(
            f"SELECT edition, coalesce(outcome, 'not_reached'), count(*) FROM stories WHERE {_MISSING} GROUP BY 1, 2"
        )
        return {(edition, outcome): count for edition, outcome, count in rows}

    def finished(self, run: Run, key: Key, outcome: Outcome, now: datetime, detail: str = "") -> None:
        """Record an outcome without a line, one of OUTCOMES_WITHOUT_LINE, and plan the next attempt.

        The gaps are RETRY_GAPS. For an article that is in the dataset the re-visit table goes on after the last
        of them, and a duplicate leaves its plan alone. Raises ArgumentError for another outcome or unknown key.
        """
        if outcome not in OUTCOMES_WITHOUT_LINE:
            raise ArgumentError(f"outcome '{outcome}' is not one that Urls.finished takes")
        with self._db.transaction() as connection:
            article = find_article(self._db, key)
            if article is None:
                raise ArgumentError(f"article {'/'.join(key)} was not discovered")
            counts = outcome is not Outcome.NOT_REACHED and not (
                outcome is Outcome.DUPLICATE and article.latest_n is not None
            )
            attempts = article.attempts + counts
            # What robots.txt refuses was not asked for.
            visits = article.visits + (counts and article.latest_n is not None and outcome is not Outcome.ROBOTS)
            next_at = self._next_attempt(article, outcome, attempts, visits, now) if counts else article.next_at
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
                    None if article.taken_down else next_at,
                    article.id,
                ),
            )

    def out_of_range(self, run: Run, key: Key, now: datetime, published_at: datetime) -> None:
        """Record that an article was read and skipped: it is of other days than the run was asked for.

        It is not due again, but the first run that finds it and was asked for its day, or for all, fetches it. Raises
        ArgumentError for an unknown key.
        """
        with self._db.transaction() as connection:
            done = connection.execute(
                "UPDATE stories SET outcome = ?, outcome_at = ?, outcome_extractor = ?, detail = NULL, attempts = 0,"
                " published_at = CASE WHEN latest_n IS NULL THEN ? ELSE published_at END,"
                " next_at = CASE WHEN latest_n IS NULL THEN NULL ELSE next_at END"
                " WHERE edition = ? AND article_id = ?",
                (Outcome.OUT_OF_RANGE, micros(now), run.extractor_version, micros(published_at), *key),
            )
            if not done.rowcount:
                raise ArgumentError(f"article {'/'.join(key)} was not discovered")

    def _next_attempt(
        self, article: ArticleRow, outcome: Outcome, attempts: int, visits: int, now: datetime
    ) -> int | None:
        due = next_attempt(outcome, attempts, now)
        if due is not None and (article.latest_n is None or visits < self._table.most):
            return micros(due)
        if article.latest_n is None:
            return None
        return planned_visit(self._table, article._replace(visits=visits), now)


class Dates:
    """Dates of the pages that were read, whether they became records or were out of range."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def date_of(self, key: Key) -> datetime | None:
        """When an article was published, if a page of it was read that has a date."""
        row = self._db.one("SELECT published_at FROM stories WHERE edition = ? AND article_id = ?", key)
        return None if row is None or row[0] is None else moment_of(row[0])

    def days(self) -> dict[str, set[date]]:
        """By edition, the days (UTC) on which articles of the dataset were published."""
        rows = self._db.all(
            "SELECT DISTINCT edition, published_at / ? FROM stories"
            " WHERE latest_n IS NOT NULL AND published_at IS NOT NULL ORDER BY edition",
            (_DAY,),
        )
        found: dict[str, set[date]] = {}
        for edition, day in rows:
            found.setdefault(edition, set()).add(moment_of(day * _DAY).astimezone(UTC).date())
        return found

    def sample(self, edition: str) -> list[tuple[int, datetime]]:
        """Some pairs of id and publication, from all times; only ids that are numbers."""
        count = int(self._db.one("SELECT max(id) FROM stories")[0] or 0)
        rows = self._db.all(
            "SELECT article_id, published_at FROM stories"
            " WHERE edition = ? AND id % ? = 0 AND published_at IS NOT NULL",
            (edition, count // _SAMPLE + 1),
        )
        return [(int(number), moment_of(at)) for number, at in rows if number.isdigit()]


class ArticleRow(NamedTuple):
    """Everything the ledger keeps of one key besides its revisions; the columns of ``stories`` in order."""

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
    lastmod: int | None
    by_lastmod: int
    lastmod_misses: int
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


#: Columns keep the names that they were made with: a released migration never changes.
_OLD_NAMES = {"lastmod": "hint_at", "by_lastmod": "hinted", "lastmod_misses": "hint_misses"}
_COLUMNS = ", ".join(_OLD_NAMES.get(name, name) for name in ArticleRow._fields)
_BY_KEY = f"SELECT {_COLUMNS} FROM stories WHERE edition = ? AND article_id = ?"


def find_article(database: Database, key: Key) -> ArticleRow | None:
    """The article of a key, inside a transaction or outside."""
    row = database.one(_BY_KEY, key)
    return None if row is None else ArticleRow._make(row)


def insert_article(
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


def planned_visit(table: RevisitTable, article: ArticleRow, now: datetime, fetched_at: int | None = None) -> int | None:
    """When the re-visit table has a known article fetched again that was fetched now, or at ``fetched_at``; one without
    a date counts from its discovery.
    """
    due = next_visit(
        moment_of(article.first_seen_at if article.published_at is None else article.published_at),
        now if fetched_at is None else moment_of(fetched_at),
        bool(article.developing),
        article.unchanged_streak,
        now,
        table,
        visits=article.visits,
    )
    return optional_micros(due)


def _due_action(article: ArticleRow) -> Action:
    if article.attempts and article.status != "withdrawn":
        return "retry"
    return "fetch" if article.latest_n is None else "revisit"


def _missing_url(article: ArticleRow) -> MissingUrl:
    outcome = article.outcome or Outcome.NOT_REACHED
    return MissingUrl(
        key=article.key,
        url=article.url,
        via=article.via,
        outcome=outcome,
        detail=article.detail,
        attempts=article.attempts,
        first_seen_at=moment_of(article.first_seen_at),
        published_at=optional_moment(article.published_at),
        last_attempt=None if outcome == Outcome.NOT_REACHED else optional_moment(article.outcome_at),
        next_attempt=optional_moment(article.next_at),
    )


def _plan(article: ArticleRow, action: Action, run: Run) -> Plan:
    return Plan(
        key=article.key,
        url=article.url,
        via=article.via,
        action=action,
        first_seen_at=moment_of(article.first_seen_at),
        validators=article.validators(run.extractor_version),
        revisions=article.last_n,
    )

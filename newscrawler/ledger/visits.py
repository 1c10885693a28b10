"""Visits that bring no record: nothing has changed, or the page is gone."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from newscrawler.exceptions import ArgumentError
from newscrawler.items import RevisionReason, Status
from newscrawler.ledger.articles import ArticleRow, find_article, planned_visit
from newscrawler.ledger.database import Database, micros, moment_of, optional_micros
from newscrawler.ledger.models import Key, RevisionRow, Run, Validators
from newscrawler.ledger.revisions import Decision, Lines
from newscrawler.ledger.revisit_policy import WITHDRAWN_AFTER, RevisitTable, after_withdrawal, next_attempt
from newscrawler.outcomes import Outcome


class Visits:
    """What became of a visit to an article that is, or may be, in the dataset."""

    def __init__(self, database: Database, table: RevisitTable, lines: Lines) -> None:
        self._db = database
        self._table = table
        self._lines = lines

    def unchanged(
        self,
        run: Run,
        key: Key,
        now: datetime,
        *,
        decision: Decision | None = None,
        validators: Validators | None = None,
        url: str | None = None,
    ) -> None:
        """Record that a known article has not changed: a 304 (no ``decision``) or an unchanged record.

        The latter confirms the revision for the run's extractor version and saves ``validators``; a 304 keeps
        those there are. ``url`` is the record's, for the next visit: the URL that was requested may have
        led there by a redirect, which costs a request each time. A capture from the past (``in_order`` False)
        leaves plan and state alone.
        Raises ArgumentError for an article without a record.
        """
        moment = micros(now)
        with self._db.transaction() as connection:
            article = find_article(self._db, key)
            if article is None or article.latest_n is None:
                raise ArgumentError(f"{'/'.join(key)} has no record that could be unchanged")
            connection.execute(
                "UPDATE stories SET outcome = 'unchanged', outcome_at = ?, outcome_extractor = ?, detail = NULL,"
                " attempts = 0 WHERE id = ?",
                (moment, run.extractor_version, article.id),
            )
            if decision is not None:
                connection.execute(
                    "UPDATE revisions SET extractor = ? WHERE story = ? AND n = ? AND extractor <> ?",
                    (run.extractor_version, article.id, decision.revision, run.extractor_version),
                )
            if decision is None or decision.in_order:
                self._visit_unchanged(connection, article, now)
            if decision is not None and decision.in_order:
                accepted = validators or Validators()
                connection.execute(
                    "UPDATE stories SET url = ?, etag = ?, last_modified = ?, validators_extractor = ? WHERE id = ?",
                    (url or article.url, accepted.etag, accepted.last_modified, run.extractor_version, article.id),
                )

    def seen_in_archive(self, run: Run, key: Key, at: datetime, decision: Decision) -> None:
        """Record that a stored page, captured at that time, has the content of a revision.

        It confirms the revision for the run's extractor version. Visits and validators are the live crawl's: of
        them only the time changes at which the page was seen last, if the capture is later.
        """
        moment = micros(at)
        with self._db.transaction() as connection:
            article = find_article(self._db, key)
            assert article is not None
            connection.execute(
                "UPDATE revisions SET extractor = ? WHERE story = ? AND n = ? AND extractor <> ?",
                (run.extractor_version, article.id, decision.revision, run.extractor_version),
            )
            if decision.in_order:
                connection.execute(
                    "UPDATE stories SET visited_at = max(visited_at, ?),"
                    " missing_since = CASE WHEN missing_since > ? THEN missing_since END WHERE id = ?",
                    (moment, moment, article.id),
                )

    def _visit_unchanged(self, connection: sqlite3.Connection, article: ArticleRow, now: datetime) -> None:
        after = article._replace(unchanged_streak=article.unchanged_streak + 1, visits=article.visits + 1)
        next_at = planned_visit(self._table, after, now)
        connection.execute(
            "UPDATE stories SET visited_at = ?, visits = visits + 1, unchanged_streak = unchanged_streak + 1,"
            " missing_since = NULL, hint_misses = hint_misses + hinted, hinted = 0, next_at = ? WHERE id = ?",
            (micros(now), None if article.taken_down else next_at, article.id),
        )

    def missing(self, run: Run, key: Key, now: datetime, *, detail: str = "404") -> tuple[Decision, RevisionRow] | None:
        """Record that a URL answered 404 or 410; of an article that is withdrawn now, the decision and its last line.

        An unknown article is tried a few more times (RETRY_GAPS). A known one is asked again after WITHDRAWN_AFTER; if
        that fails too, the caller writes the last line's record again, with the status "withdrawn", now's time and what
        the decision says, and nothing changes until ``save_line`` has it. Raises ArgumentError for a URL that
        was not discovered.
        """
        with self._db.transaction() as connection:
            article = find_article(self._db, key)
            if article is None:
                raise ArgumentError(f"article {'/'.join(key)} was not discovered")
            known = article.latest_n is not None and not article.taken_down
            since = now if article.missing_since is None else moment_of(article.missing_since)
            if known and article.status != Status.WITHDRAWN and now - since >= WITHDRAWN_AFTER:
                return self._withdrawal(article)
            attempts = article.attempts if known and article.status != Status.WITHDRAWN else article.attempts + 1
            after = article._replace(attempts=attempts, visits=article.visits + known, missing_since=micros(since))
            connection.execute(
                "UPDATE stories SET outcome = 'gone', outcome_at = ?, outcome_extractor = ?, detail = ?,"
                " attempts = ?, visits = ?, missing_since = ?, hinted = 0, next_at = ? WHERE id = ?",
                (
                    *(micros(now), run.extractor_version, detail, attempts, after.visits, after.missing_since),
                    *(self._after_missing(after, known, now), article.id),
                ),
            )
        return None

    def _after_missing(self, article: ArticleRow, known: bool, now: datetime) -> int | None:
        """When to ask again for a URL that was missing now, which ``article`` knows of already."""
        if article.taken_down:
            return None
        if known and article.status != Status.WITHDRAWN:
            return micros(moment_of(article.missing_since or 0) + WITHDRAWN_AFTER)
        if known:
            due = after_withdrawal(article.attempts - 1, article.visits, now, self._table)
        else:
            due = next_attempt(Outcome.GONE, article.attempts, now)
        return optional_micros(due)

    def _withdrawal(self, article: ArticleRow) -> tuple[Decision, RevisionRow]:
        assert article.latest_n is not None
        last = self._lines.find(article.key, article.latest_n)
        assert last is not None
        decision = Decision(
            Outcome.REVISED, article.last_n + 1, last.content_hash, RevisionReason.METADATA, True, article.last_n
        )
        return decision, last

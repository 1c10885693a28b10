"""Articles and their revisions: what a record is, and the one transaction that makes its line count."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from newscrawler.exceptions import ArgumentError
from newscrawler.kill_points import reached
from newscrawler.ledger import stories
from newscrawler.ledger.database import Database
from newscrawler.ledger.decisions import Decision, Face, Known, decide, difference, face_of, key_of
from newscrawler.ledger.errors import StaleDecision
from newscrawler.ledger.lines import Lines
from newscrawler.ledger.signatures import Signatures
from newscrawler.ledger.stories import Story, planned_visit
from newscrawler.ledger.times import micros, micros_of_text, optional_micros
from newscrawler.ledger.values import Key, LineRow, Place, Run, Signature, Validators
from newscrawler.revisit import RevisitTable, after_withdrawal


class Articles:
    """The articles in the dataset. No method waits for anything but the disk."""

    def __init__(self, database: Database, table: RevisitTable, signatures: Signatures, lines: Lines) -> None:
        self._db = database
        self._table = table
        self._signatures = signatures
        self._lines = lines

    def decide(self, record: Mapping[str, Any], old_page_record: Mapping[str, Any] | None = None) -> Decision:
        """New, revised or unchanged, by the rules in ``decisions``; changes nothing.

        ``old_page_record`` is what the record's extractor version makes of the kept page of ``doubtful``'s
        revision. Raises ArgumentError for a record without key, hash, extractor_version or fetched_at, or when
        the two records don't belong together.
        """
        face = face_of(record)
        last_n, baseline, successor = self._neighbours(key_of(record), face)
        old_page = None
        if old_page_record is not None:
            old_page = face_of(old_page_record)
            if key_of(old_page_record) != key_of(record) or old_page.extractor != face.extractor:
                raise ArgumentError(f"kept page of {'/'.join(key_of(record))}: other article or extractor version")
        return decide(face, baseline=baseline, successor=successor, last_n=last_n, old_page=old_page)

    def doubtful(self, record: Mapping[str, Any]) -> LineRow | None:
        """The revision whose kept page, extracted anew, would tell an edit from the extractor's own work.

        None when there is nothing to tell apart: same extractor version, no difference or no revision.
        """
        face = face_of(record)
        _, baseline, successor = self._neighbours(key_of(record), face)
        against = baseline or successor
        if against is None or against.face.extractor == face.extractor:
            return None
        if any(other and difference(face, other.face) is None for other in (baseline, successor)):
            return None
        return self._lines.find(key_of(record), against.n)

    def _neighbours(self, key: Key, face: Face) -> tuple[int, Known | None, Known | None]:
        """Greatest revision number, the revision that stood when the page was fetched, the next later one."""
        story = stories.find(self._db, key)
        if story is None or story.latest_n is None:
            return (0 if story is None else story.last_n), None, None
        select = "SELECT n, content_hash, metadata_hash, status, extractor, fetched_at FROM revisions WHERE story = ?"
        latest = _known(self._db.one(f"{select} AND n = ?", (story.id, story.latest_n)))
        if face.fetched_at >= latest.face.fetched_at:
            return story.last_n, latest, None
        revisions = [_known(row) for row in self._db.all(f"{select} ORDER BY fetched_at, n", (story.id,))]
        before = [known for known in revisions if known.face.fetched_at <= face.fetched_at]
        return story.last_n, before[-1] if before else None, revisions[len(before)]

    def save_line(
        self,
        run: Run,
        record: Mapping[str, Any],
        decision: Decision,
        place: Place,
        now: datetime,
        *,
        validators: Validators | None = None,
        signature: Signature | None = None,
    ) -> None:
        """Commit a new, revised or withdrawn line that is in the run's part file at ``place``.

        One transaction: revision, article state, outcome, next visit, validators, signature and how far the
        file is committed. Raises StaleDecision when any of it has moved on since ``decide``.
        """
        face, key, moment = face_of(record), key_of(record), micros(now)
        published_at = _published_at(record)
        with self._db.transaction() as connection:
            story = stories.find_in(connection, key) or _undiscovered(connection, record, run, moment)
            if story.taken_down or story.last_n != decision.after or decision.kind == "unchanged":
                raise StaleDecision(f"ledger {self._db.path}: {'/'.join(key)} has changed since it was compared")
            self._extend_file(connection, run, place)
            connection.execute(
                "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(story.id, decision.revision, face.content_hash, face.metadata_hash, face.extractor),
                    *(published_at, face.fetched_at, decision.reason, face.status),
                    *(run.number, place.offset, place.length, place.crc32),
                ),
            )
            outcome = "gone" if face.status == "withdrawn" else decision.kind
            connection.execute(
                "UPDATE stories SET last_n = ?, outcome = ?, outcome_at = ?, outcome_extractor = ?, detail = NULL,"
                " attempts = 0 WHERE id = ?",
                (decision.revision, outcome, moment, face.extractor, story.id),
            )
            if decision.in_order:
                self._become_latest(
                    connection, story, record, face=face, decision=decision, now=now, validators=validators
                )
                if signature is not None:
                    dated = story.first_seen_at if published_at is None else published_at
                    self._signatures.save(connection, story.id, key[0], dated, signature)
            reached("before_commit")
        reached("after_commit")
        self._signatures.committed()

    def _extend_file(self, connection: sqlite3.Connection, run: Run, place: Place) -> None:
        changed = connection.execute(
            "UPDATE runs SET committed = ?, lines = lines + 1"
            " WHERE number = ? AND run_id = ? AND committed = ? AND NOT sealed",
            (place.offset + place.length, run.number, place.run_id, place.offset),
        ).rowcount
        if changed != 1:
            raise StaleDecision(
                f"ledger {self._db.path}: run {run.run_id} is not committed up to byte {place.offset}; run recover"
            )

    def _become_latest(
        self,
        connection: sqlite3.Connection,
        story: Story,
        record: Mapping[str, Any],
        *,
        face: Face,
        decision: Decision,
        now: datetime,
        validators: Validators | None,
    ) -> None:
        published_at = _published_at(record)
        developing, withdrawn = bool(record.get("developing")), face.status == "withdrawn"
        visits = story.visits + (decision.kind == "revised")
        if withdrawn:
            next_at = optional_micros(after_withdrawal(0, visits, now, self._table))
        else:
            next_at = planned_visit(
                self._table,
                now,
                published_at=published_at,
                first_seen_at=story.first_seen_at,
                fetched_at=face.fetched_at,
                developing=developing,
                streak=0,
                visits=visits,
            )
        accepted = Validators() if withdrawn or validators is None else validators
        connection.execute(
            "UPDATE stories SET latest_n = ?, url = ?, published_at = ?, developing = ?, status = ?, visited_at = ?,"
            " visits = ?, unchanged_streak = 0, hinted = 0, hint_misses = 0, attempts = ?,"
            " missing_since = CASE WHEN ? THEN missing_since END, next_at = ?,"
            " etag = ?, last_modified = ?, validators_extractor = ? WHERE id = ?",
            (
                *(
                    decision.revision,
                    record.get("url") or story.url,
                    published_at,
                    int(developing),
                    face.status,
                ),
                *(face.fetched_at, visits, int(withdrawn), withdrawn, next_at),
                *(accepted.etag, accepted.last_modified, face.extractor, story.id),
            ),
        )

    def count(self) -> int:
        """Articles in the dataset, withdrawn ones included. Reads the whole table of stories."""
        return int(self._db.one("SELECT count(*) FROM stories WHERE latest_n IS NOT NULL")[0])

    def history(self, key: Key) -> list[LineRow]:
        """All lines of an article in the order they were written; empty when there are none."""
        return self._lines.of_article(key)


def _known(row: Any) -> Known:
    n, content_hash, metadata, status, extractor, fetched_at = row
    return Known(n, Face(content_hash, metadata, status, extractor, fetched_at))


def _published_at(record: Mapping[str, Any]) -> int | None:
    published = record.get("published_at")
    return micros_of_text(published) if published else None


def _undiscovered(connection: sqlite3.Connection, record: Mapping[str, Any], run: Run, moment: int) -> Story:
    """The row of an article that no listing named, such as one from a list of addresses."""
    seen = record.get("first_seen_at")
    first_seen_at = micros_of_text(seen) if seen else moment
    key = key_of(record)
    via = str(record.get("discovered_via") or "url")
    stories.insert(connection, key, str(record.get("url") or ""), via, first_seen_at, scheduled_run=run.number)
    story = stories.find_in(connection, key)
    assert story is not None
    return story

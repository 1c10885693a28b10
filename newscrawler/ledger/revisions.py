"""Articles and their revisions: what a record is, and the one transaction that makes its line count."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from newscrawler.exceptions import ArgumentError, LedgerError
from newscrawler.failpoints import failpoint
from newscrawler.items import RevisionReason, Status
from newscrawler.ledger.articles import ArticleRow, find_article, insert_article, planned_visit
from newscrawler.ledger.database import Database, micros, micros_of_text, moment_of, optional_micros, optional_moment
from newscrawler.ledger.models import Key, LineLocation, PageNotes, RevisionRow, Run, Signature, Validators
from newscrawler.ledger.paragraphs import Paragraphs
from newscrawler.ledger.revisit_policy import RevisitTable, after_withdrawal
from newscrawler.ledger.signatures import Signatures
from newscrawler.outcomes import Outcome

#: Fields whose change with the same words is a revision of its own.
METADATA_FIELDS = ("published_at", "authors", "section", "developing")
_STORED = "SELECT n, content_hash, metadata_hash, status, extractor, fetched_at FROM revisions WHERE story = ?"
_SELECT = (
    "SELECT s.edition, s.article_id, r.n, r.content_hash, r.extractor, r.published_at, r.fetched_at, r.reason,"
    " r.status, runs.run_id, r.start, r.length, r.crc"
    " FROM revisions r JOIN stories s ON s.id = r.story JOIN runs ON runs.number = r.run"
)


class Decision(NamedTuple):
    """What a record is: NEW, REVISED or UNCHANGED.

    ``revision``, ``revision_of_hash`` and ``reason`` go into its line (for an unchanged one ``revision`` is that of
    the line it repeats); ``in_order`` is False for a capture older than the latest revision. ``after`` is the
    greatest revision number when this was decided.
    """

    outcome: Outcome
    revision: int
    revision_of_hash: str | None
    reason: RevisionReason | None
    in_order: bool
    after: int


class Articles:
    """The articles in the dataset. No method waits for anything but the disk."""

    def __init__(
        self, database: Database, table: RevisitTable, signatures: Signatures, lines: Lines, paragraphs: Paragraphs
    ) -> None:
        self._db = database
        self._table = table
        self._signatures = signatures
        self._lines = lines
        self._paragraphs = paragraphs

    def decide(self, record: Mapping[str, Any], old_page_record: Mapping[str, Any] | None = None) -> Decision:
        """New, revised or unchanged, by the rules in ``decide`` below; changes nothing.

        ``old_page_record`` is what the record's extractor version makes of the stored page of
        ``revision_to_reextract``'s revision. Raises ArgumentError for a record without key, hash,
        extractor_version or fetched_at, or when
        the two records don't belong together.
        """
        fingerprint = fingerprint_of(record)
        last_n, baseline, successor = self._neighbours(key_of(record), fingerprint)
        old_page = None
        if old_page_record is not None:
            old_page = fingerprint_of(old_page_record)
            if key_of(old_page_record) != key_of(record) or old_page.extractor != fingerprint.extractor:
                raise ArgumentError(f"kept page of {'/'.join(key_of(record))}: other article or extractor version")
        return decide(fingerprint, baseline=baseline, successor=successor, last_n=last_n, old_page=old_page)

    def said_before(self, record: Mapping[str, Any]) -> bool:
        """Whether a revision of the article has the record's content, metadata and status."""
        fingerprint, article = fingerprint_of(record), find_article(self._db, key_of(record))
        rows: Iterable[Any] = ()
        if article is not None:
            rows = self._db.all(f"{_STORED} AND content_hash = ?", (article.id, fingerprint.content_hash))
        return any(difference(fingerprint, _stored_revision(row).fingerprint) is None for row in rows)

    def revision_to_reextract(self, record: Mapping[str, Any]) -> RevisionRow | None:
        """The revision whose stored page, extracted anew, would separate an edit from the extractor's own changes.

        None when there is nothing to separate: same extractor version, no difference or no revision.
        """
        fingerprint = fingerprint_of(record)
        _, baseline, successor = self._neighbours(key_of(record), fingerprint)
        against = baseline or successor
        if against is None or against.fingerprint.extractor == fingerprint.extractor:
            return None
        if any(other and difference(fingerprint, other.fingerprint) is None for other in (baseline, successor)):
            return None
        return self._lines.find(key_of(record), against.n)

    def _neighbours(
        self, key: Key, fingerprint: Fingerprint
    ) -> tuple[int, StoredRevision | None, StoredRevision | None]:
        """Greatest revision number, the revision that stood when the page was fetched, the next later one."""
        article = find_article(self._db, key)
        if article is None or article.latest_n is None:
            return (0 if article is None else article.last_n), None, None
        latest = _stored_revision(self._db.one(f"{_STORED} AND n = ?", (article.id, article.latest_n)))
        if fingerprint.fetched_at >= latest.fingerprint.fetched_at:
            return article.last_n, latest, None
        revisions = [_stored_revision(row) for row in self._db.all(f"{_STORED} ORDER BY fetched_at, n", (article.id,))]
        before = [stored for stored in revisions if stored.fingerprint.fetched_at <= fingerprint.fetched_at]
        return article.last_n, before[-1] if before else None, revisions[len(before)]

    def save_line(
        self,
        run: Run,
        record: Mapping[str, Any],
        decision: Decision,
        location: LineLocation,
        now: datetime,
        *,
        validators: Validators | None = None,
        signature: Signature | None = None,
        notes: PageNotes | None = None,
    ) -> None:
        """Commit a new, revised or withdrawn line that is in the run's part file at ``location``.

        One transaction: revision, article state, outcome, next visit, validators, signature and how far the
        file is committed. Raises LedgerError when any of it has moved on since ``decide``.
        """
        fingerprint, key, moment = fingerprint_of(record), key_of(record), micros(now)
        published_at = _published_at(record)
        with self._db.transaction() as connection:
            article = find_article(self._db, key) or self._undiscovered(connection, record, run, moment)
            if article.taken_down or article.last_n != decision.after or decision.outcome is Outcome.UNCHANGED:
                raise LedgerError(f"ledger {self._db.path}: {'/'.join(key)} has changed since it was compared")
            self._extend_file(connection, run, location)
            connection.execute(
                "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(article.id, decision.revision, fingerprint.content_hash, fingerprint.metadata_hash),
                    *(fingerprint.extractor, published_at, fingerprint.fetched_at, decision.reason, fingerprint.status),
                    *(run.number, location.offset, location.length, location.crc32),
                ),
            )
            outcome = Outcome.GONE if fingerprint.status is Status.WITHDRAWN else decision.outcome
            connection.execute(
                "UPDATE stories SET last_n = ?, outcome = ?, outcome_at = ?, outcome_extractor = ?, detail = NULL,"
                " attempts = 0 WHERE id = ?",
                (decision.revision, outcome, moment, fingerprint.extractor, article.id),
            )
            if decision.in_order:
                self._become_latest(
                    connection,
                    article,
                    record,
                    fingerprint=fingerprint,
                    decision=decision,
                    now=now,
                    validators=validators,
                )
                if signature is not None:
                    dated = article.first_seen_at if published_at is None else published_at
                    self._signatures.save(connection, article.id, key[0], dated, signature)
                if notes is not None:
                    self._paragraphs.save(connection, article.id, key[0], run.number, notes)
            failpoint("before_commit")
        failpoint("after_commit")
        self._signatures.committed()

    def _undiscovered(
        self, connection: sqlite3.Connection, record: Mapping[str, Any], run: Run, moment: int
    ) -> ArticleRow:
        """The row of an article that no listing named, such as one from a list of URLs."""
        seen = record.get("first_seen_at")
        first_seen_at = micros_of_text(seen) if seen else moment
        key = key_of(record)
        via = str(record.get("discovered_via") or "url")
        insert_article(connection, key, str(record.get("url") or ""), via, first_seen_at, scheduled_run=run.number)
        article = find_article(self._db, key)
        assert article is not None
        return article

    def _extend_file(self, connection: sqlite3.Connection, run: Run, location: LineLocation) -> None:
        changed = connection.execute(
            "UPDATE runs SET committed = ?, lines = lines + 1"
            " WHERE number = ? AND run_id = ? AND committed = ? AND NOT sealed",
            (location.offset + location.length, run.number, location.run_id, location.offset),
        ).rowcount
        if changed != 1:
            raise LedgerError(
                f"ledger {self._db.path}: run {run.run_id} is not committed up to byte {location.offset}; run recover"
            )

    def _become_latest(
        self,
        connection: sqlite3.Connection,
        article: ArticleRow,
        record: Mapping[str, Any],
        *,
        fingerprint: Fingerprint,
        decision: Decision,
        now: datetime,
        validators: Validators | None,
    ) -> None:
        published_at = _published_at(record)
        developing, withdrawn = bool(record.get("developing")), fingerprint.status is Status.WITHDRAWN
        visits = article.visits + (decision.outcome is Outcome.REVISED)
        if withdrawn:
            next_at = optional_micros(after_withdrawal(0, visits, now, self._table))
        else:
            after = article._replace(
                published_at=published_at, developing=developing, unchanged_streak=0, visits=visits
            )
            next_at = planned_visit(self._table, after, now, fingerprint.fetched_at)
        accepted = Validators() if withdrawn or validators is None else validators
        connection.execute(
            "UPDATE stories SET latest_n = ?, url = ?, published_at = ?, developing = ?, status = ?, visited_at = ?,"
            " visits = ?, unchanged_streak = 0, hinted = 0, hint_misses = 0, attempts = ?,"
            " missing_since = CASE WHEN ? THEN missing_since END, next_at = ?,"
            " etag = ?, last_modified = ?, validators_extractor = ? WHERE id = ?",
            (
                *(
                    decision.revision,
                    record.get("url") or article.url,
                    published_at,
                    int(developing),
                    fingerprint.status,
                ),
                *(fingerprint.fetched_at, visits, int(withdrawn), withdrawn, next_at),
                *(accepted.etag, accepted.last_modified, fingerprint.extractor, article.id),
            ),
        )

    def count(self, edition: str = "") -> int:
        """Articles in the dataset, withdrawn ones included. Reads the whole table of stories."""
        query = "SELECT count(*) FROM stories WHERE latest_n IS NOT NULL AND (? = '' OR edition = ?)"
        return int(self._db.one(query, (edition, edition))[0])


class Lines:
    """Revisions seen as lines of files."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_run(self, run: Run) -> list[RevisionRow]:
        """All lines of a run's file, in their order."""
        return [_line(row) for row in self._db.all(f"{_SELECT} WHERE r.run = ? ORDER BY r.start", (run.number,))]

    def of_article(self, key: Key) -> list[RevisionRow]:
        """All lines of an article in the order they were written; empty when there are none."""
        return [
            _line(row) for row in self._db.all(f"{_SELECT} WHERE s.edition = ? AND s.article_id = ? ORDER BY r.n", key)
        ]

    def by_time(self, key: Key) -> list[RevisionRow]:
        """All lines of an article in the order in which its pages were fetched."""
        return sorted(self.of_article(key), key=lambda line: (line.fetched_at, line.revision))

    def find(self, key: Key, revision: int) -> RevisionRow | None:
        """One line of an article, or None."""
        row = self._db.one(f"{_SELECT} WHERE s.edition = ? AND s.article_id = ? AND r.n = ?", (*key, revision))
        return None if row is None else _line(row)

    def most_revised(self, count: int) -> list[tuple[Key, int]]:
        """The articles whose words changed most often, with how often. Reads the whole table of revisions."""
        rows = self._db.all(
            "SELECT s.edition, s.article_id, c.times FROM (SELECT story, count(*) AS times, max(fetched_at) AS at"
            " FROM revisions WHERE reason = 'content' GROUP BY story ORDER BY times DESC, at DESC LIMIT ?) c"
            " JOIN stories s ON s.id = c.story ORDER BY c.times DESC, c.at DESC",
            (count,),
        )
        return [((edition, article_id), times) for edition, article_id, times in rows]

    def last_revised(self, count: int) -> list[RevisionRow]:
        """The lines that changed an article's words last, newest first. Reads the whole table of revisions."""
        where = "WHERE r.reason = 'content' ORDER BY r.fetched_at DESC, r.run DESC, r.start DESC LIMIT ?"
        return [_line(row) for row in self._db.all(f"{_SELECT} {where}", (count,))]

    def hash_before(self, line: RevisionRow) -> str | None:
        """The ``revision_of_hash`` that a line must have, from the lines written before it."""
        earlier = [
            other
            for other in self.of_article(line.key)
            if other.revision < line.revision and other.fetched_at <= line.fetched_at
        ]
        return max(earlier, key=lambda other: (other.fetched_at, other.revision)).content_hash if earlier else None

    def revoke(self, run: Run, offset: int) -> list[Key]:
        """Withdraw the claim to all lines of a run from that byte on, because its file doesn't have them.

        Their articles are as before those lines and due at once, with no validators. Returns their keys. One
        transaction, on the disk when this returns.
        """
        with self._db.durable_transaction() as connection:
            rows = connection.execute(
                "SELECT s.id, s.edition, s.article_id FROM revisions r JOIN stories s ON s.id = r.story"
                " WHERE r.run = ? AND r.start >= ? ORDER BY r.start",
                (run.number, offset),
            ).fetchall()
            connection.execute("DELETE FROM revisions WHERE run = ? AND start >= ?", (run.number, offset))
            returned = {article: (edition, article_id) for article, edition, article_id in rows}
            for article in returned:
                _return_to_latest(connection, article)
            connection.execute(
                "UPDATE runs SET committed = ?, sealed = 0,"
                " lines = (SELECT count(*) FROM revisions WHERE run = runs.number) WHERE number = ?",
                (offset, run.number),
            )
        return list(returned.values())

    def problems(self) -> list[str]:
        """What SQLite's integrity check finds wrong in the ledger's file; empty when it finds nothing."""
        return [str(row[0]) for row in self._db.all("PRAGMA integrity_check(20)") if row[0] != "ok"]


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
        key, fingerprint = key_of(record), fingerprint_of(record)
        row = self._db.execute(
            "SELECT n, content_hash, metadata_hash, status, extractor, fetched_at FROM latest"
            " WHERE edition = ? AND article_id = ?",
            key,
        ).fetchone()
        before = None if row is None else _stored_revision(row)
        decision = decide(fingerprint, baseline=before, successor=None, last_n=0 if before is None else before.n)
        if decision.outcome is not Outcome.UNCHANGED:
            self._db.execute(
                "INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, decision.revision, *fingerprint),
            )
        return decision

    def close(self) -> None:
        """Forget all."""
        self._db.close()


class Fingerprint(NamedTuple):
    """What is compared of a record or of a revision."""

    content_hash: str
    metadata_hash: str
    status: Status
    extractor: str
    fetched_at: int


class StoredRevision(NamedTuple):
    """A revision that the ledger has."""

    n: int
    fingerprint: Fingerprint


def fingerprint_of(record: Mapping[str, Any]) -> Fingerprint:
    """What is compared of a record. Raises ArgumentError naming a field that is missing or unusable."""
    texts = {name: record.get(name) for name in ("content_hash", "extractor_version", "fetched_at")}
    missing = next((name for name, value in texts.items() if not isinstance(value, str)), None)
    if missing is not None:
        raise ArgumentError(f"record {'/'.join(key_of(record))} has no {missing}")
    try:
        fetched_at = micros_of_text(str(texts["fetched_at"]))
    except ValueError as error:
        raise ArgumentError(f"record {'/'.join(key_of(record))}: fetched_at: {error}") from error
    return Fingerprint(
        content_hash=str(texts["content_hash"]),
        metadata_hash=metadata_hash(record),
        status=Status(record.get("status") or Status.PUBLISHED),
        extractor=str(texts["extractor_version"]),
        fetched_at=fetched_at,
    )


def key_of(record: Mapping[str, Any]) -> Key:
    """Edition and article id. Raises ArgumentError when the record has none."""
    edition, article_id = record.get("edition"), record.get("article_id")
    if not isinstance(edition, str) or not isinstance(article_id, str):
        raise ArgumentError(f"record without edition or article_id: {str(record.get('url'))[:200]}")
    return (edition, article_id)


def metadata_hash(record: Mapping[str, Any]) -> str:
    """A short hash over METADATA_FIELDS."""
    values = json.dumps([record.get(name) for name in METADATA_FIELDS], ensure_ascii=False)
    return hashlib.blake2b(values.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def decide(
    fingerprint: Fingerprint,
    *,
    baseline: StoredRevision | None,
    successor: StoredRevision | None,
    last_n: int,
    old_page: Fingerprint | None = None,
) -> Decision:
    """What a record is, given the revision that stood at its time and the next later one."""
    in_order = successor is None
    if baseline is None and successor is None:
        return Decision(Outcome.NEW, last_n + 1, None, None, True, last_n)
    for same in (baseline, successor):
        if same is not None and difference(fingerprint, same.fingerprint) is None:
            return Decision(Outcome.UNCHANGED, same.n, None, None, in_order, last_n)
    against = baseline or successor
    assert against is not None
    return Decision(
        Outcome.REVISED,
        last_n + 1,
        baseline.fingerprint.content_hash if baseline else None,
        _reason(fingerprint, against.fingerprint, old_page),
        in_order,
        last_n,
    )


def difference(new: Fingerprint, old: Fingerprint) -> RevisionReason | None:
    """What differs, the words first; None when nothing does."""
    if new.content_hash != old.content_hash:
        return RevisionReason.CONTENT
    if new.metadata_hash != old.metadata_hash or new.status != old.status:
        return RevisionReason.METADATA
    return None


def _reason(fingerprint: Fingerprint, old: Fingerprint, old_page: Fingerprint | None) -> RevisionReason | None:
    if fingerprint.extractor == old.extractor:
        return difference(fingerprint, old)
    if difference(fingerprint, old._replace(status=fingerprint.status)) is None:
        return RevisionReason.METADATA  # only the status differs
    if old_page is None:
        return RevisionReason.EXTRACTOR
    return difference(fingerprint, old_page._replace(status=old.status)) or RevisionReason.EXTRACTOR


def _stored_revision(row: Any) -> StoredRevision:
    n, content_hash, metadata, status, extractor, fetched_at = row
    return StoredRevision(n, Fingerprint(content_hash, metadata, Status(status), extractor, fetched_at))


def _line(row: Any) -> RevisionRow:
    edition, article_id, n, content_hash, extractor, published, fetched, reason, status, *location = row
    return RevisionRow(
        key=(edition, article_id),
        revision=n,
        content_hash=content_hash,
        extractor_version=extractor,
        published_at=optional_moment(published),
        fetched_at=moment_of(fetched),
        reason=None if reason is None else RevisionReason(reason),
        status=Status(status),
        location=LineLocation(*location),
    )


def _published_at(record: Mapping[str, Any]) -> int | None:
    published = record.get("published_at")
    return micros_of_text(published) if published else None


def _return_to_latest(connection: sqlite3.Connection, article: int) -> None:
    """Make an article what its remaining revisions say, and due."""
    latest: Sequence[Any] = connection.execute(
        "SELECT n, published_at, status, fetched_at FROM revisions WHERE story = ?"
        " ORDER BY fetched_at DESC, n DESC LIMIT 1",
        (article,),
    ).fetchone() or (None, None, None, None)
    connection.execute(
        "UPDATE stories SET latest_n = ?, published_at = ?, status = ?, visited_at = ?,"
        " last_n = (SELECT coalesce(max(n), 0) FROM revisions WHERE story = stories.id),"
        " developing = 0, unchanged_streak = 0, attempts = 0, outcome = NULL, missing_since = NULL,"
        " next_at = first_seen_at, scheduled_run = NULL, etag = NULL, last_modified = NULL WHERE id = ?",
        (*latest, article),
    )
    connection.execute(
        "DELETE FROM bands WHERE story = ? AND bucket = (SELECT bucket FROM shingles WHERE story = ?)",
        (article, article),
    )
    connection.execute("DELETE FROM shingles WHERE story = ?", (article,))

"""Articles and their revisions: what a record is, and the one transaction that makes its line count."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from newscrawler.exceptions import ArgumentError, StaleDecision
from newscrawler.failpoints import failpoint
from newscrawler.items import RevisionReason, Status
from newscrawler.ledger import articles
from newscrawler.ledger.articles import Story, planned_visit
from newscrawler.ledger.database import Database, micros, micros_of_text, moment_of, optional_micros, optional_moment
from newscrawler.ledger.models import Key, LineRow, Place, Run, Signature, Validators
from newscrawler.ledger.revisit_policy import RevisitTable, after_withdrawal
from newscrawler.ledger.signatures import Signatures


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
        story = articles.find(self._db, key)
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
            story = articles.find_in(connection, key) or _undiscovered(connection, record, run, moment)
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
            outcome = "gone" if face.status is Status.WITHDRAWN else decision.kind
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
            failpoint("before_commit")
        failpoint("after_commit")
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
        developing, withdrawn = bool(record.get("developing")), face.status is Status.WITHDRAWN
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
    return Known(n, Face(content_hash, metadata, Status(status), extractor, fetched_at))


def _published_at(record: Mapping[str, Any]) -> int | None:
    published = record.get("published_at")
    return micros_of_text(published) if published else None


def _undiscovered(connection: sqlite3.Connection, record: Mapping[str, Any], run: Run, moment: int) -> Story:
    """The row of an article that no listing named, such as one from a list of addresses."""
    seen = record.get("first_seen_at")
    first_seen_at = micros_of_text(seen) if seen else moment
    key = key_of(record)
    via = str(record.get("discovered_via") or "url")
    articles.insert(connection, key, str(record.get("url") or ""), via, first_seen_at, scheduled_run=run.number)
    story = articles.find_in(connection, key)
    assert story is not None
    return story


# --- decisions ---

Kind: TypeAlias = Literal["new", "revised", "unchanged"]

#: Fields whose change with the same words is a revision of its own.
METADATA_FIELDS = ("published_at", "authors", "section", "developing")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a record is. ``revision``, ``revision_of_hash`` and ``reason`` go into its line (for an unchanged one
    ``revision`` is that of the line it repeats); ``in_order`` is False for a capture older than the latest
    revision. ``after`` is the greatest revision number when this was decided.
    """

    kind: Kind
    revision: int
    revision_of_hash: str | None
    reason: RevisionReason | None
    in_order: bool
    after: int


@dataclass(frozen=True, slots=True)
class Face:
    """What is compared of a record or of a revision."""

    content_hash: str
    metadata_hash: str
    status: Status
    extractor: str
    fetched_at: int


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


def face_of(record: Mapping[str, Any]) -> Face:
    """What is compared of a record. Raises ArgumentError naming a field that is missing or unusable."""
    texts = {name: record.get(name) for name in ("content_hash", "extractor_version", "fetched_at")}
    missing = next((name for name, value in texts.items() if not isinstance(value, str)), None)
    if missing is not None:
        raise ArgumentError(f"record {'/'.join(key_of(record))} has no {missing}")
    try:
        fetched_at = micros_of_text(str(texts["fetched_at"]))
    except ValueError as error:
        raise ArgumentError(f"record {'/'.join(key_of(record))}: fetched_at: {error}") from error
    return Face(
        content_hash=str(texts["content_hash"]),
        metadata_hash=metadata_hash(record),
        status=Status(record.get("status") or Status.PUBLISHED),
        extractor=str(texts["extractor_version"]),
        fetched_at=fetched_at,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A revision that the ledger has."""

    n: int
    face: Face


def decide(
    face: Face,
    *,
    baseline: Known | None,
    successor: Known | None,
    last_n: int,
    old_page: Face | None = None,
) -> Decision:
    """What a record is, given the revision that stood at its time and the next later one."""
    in_order = successor is None
    if baseline is None and successor is None:
        return Decision("new", last_n + 1, None, None, True, last_n)
    for same in (baseline, successor):
        if same is not None and difference(face, same.face) is None:
            return Decision("unchanged", same.n, None, None, in_order, last_n)
    against = baseline or successor
    assert against is not None
    return Decision(
        "revised",
        last_n + 1,
        baseline.face.content_hash if baseline else None,
        _reason(face, against.face, old_page),
        in_order,
        last_n,
    )


def difference(new: Face, old: Face) -> RevisionReason | None:
    """What differs, the words first; None when nothing does."""
    if new.content_hash != old.content_hash:
        return RevisionReason.CONTENT
    if new.metadata_hash != old.metadata_hash or new.status != old.status:
        return RevisionReason.METADATA
    return None


def _reason(face: Face, old: Face, old_page: Face | None) -> RevisionReason | None:
    if face.extractor == old.extractor:
        return difference(face, old)
    if difference(face, replace(old, status=face.status)) is None:
        return RevisionReason.METADATA  # only the status differs
    if old_page is None:
        return RevisionReason.EXTRACTOR
    return difference(face, replace(old_page, status=old.status)) or RevisionReason.EXTRACTOR


# --- lines ---

_SELECT = (
    "SELECT s.edition, s.article_id, r.n, r.content_hash, r.extractor, r.published_at, r.fetched_at, r.reason,"
    " r.status, runs.run_id, r.start, r.length, r.crc"
    " FROM revisions r JOIN stories s ON s.id = r.story JOIN runs ON runs.number = r.run"
)


class Lines:
    """Revisions seen as lines of files."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_run(self, run: Run) -> list[LineRow]:
        """All lines of a run's file, in their order."""
        return [_line(row) for row in self._db.all(f"{_SELECT} WHERE r.run = ? ORDER BY r.start", (run.number,))]

    def of_article(self, key: Key) -> list[LineRow]:
        """All lines of an article, by revision."""
        return [
            _line(row) for row in self._db.all(f"{_SELECT} WHERE s.edition = ? AND s.article_id = ? ORDER BY r.n", key)
        ]

    def find(self, key: Key, revision: int) -> LineRow | None:
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

    def last_revised(self, count: int) -> list[LineRow]:
        """The lines that changed an article's words last, newest first. Reads the whole table of revisions."""
        where = "WHERE r.reason = 'content' ORDER BY r.fetched_at DESC, r.run DESC, r.start DESC LIMIT ?"
        return [_line(row) for row in self._db.all(f"{_SELECT} {where}", (count,))]

    def hash_before(self, line: LineRow) -> str | None:
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
            stories = {story: (edition, article_id) for story, edition, article_id in rows}
            for story in stories:
                _return_to_latest(connection, story)
            connection.execute(
                "UPDATE runs SET committed = ?, sealed = 0,"
                " lines = (SELECT count(*) FROM revisions WHERE run = runs.number) WHERE number = ?",
                (offset, run.number),
            )
        return list(stories.values())

    def problems(self) -> list[str]:
        """What SQLite's own full check says against the ledger's file; empty when it is sound."""
        return [str(row[0]) for row in self._db.all("PRAGMA integrity_check(20)") if row[0] != "ok"]


def _return_to_latest(connection: sqlite3.Connection, story: int) -> None:
    """Make an article what its remaining revisions say, and due."""
    latest: Sequence[Any] = connection.execute(
        "SELECT n, published_at, status, fetched_at FROM revisions WHERE story = ?"
        " ORDER BY fetched_at DESC, n DESC LIMIT 1",
        (story,),
    ).fetchone() or (None, None, None, None)
    connection.execute(
        "UPDATE stories SET latest_n = ?, published_at = ?, status = ?, visited_at = ?,"
        " last_n = (SELECT coalesce(max(n), 0) FROM revisions WHERE story = stories.id),"
        " developing = 0, unchanged_streak = 0, attempts = 0, outcome = NULL, missing_since = NULL,"
        " next_at = first_seen_at, scheduled_run = NULL, etag = NULL, last_modified = NULL WHERE id = ?",
        (*latest, story),
    )
    connection.execute(
        "DELETE FROM bands WHERE story = ? AND bucket = (SELECT bucket FROM shingles WHERE story = ?)",
        (story, story),
    )
    connection.execute("DELETE FROM shingles WHERE story = ?", (story,))


def _line(row: Any) -> LineRow:
    (
        edition,
        article_id,
        n,
        content_hash,
        extractor,
        published,
        fetched,
        reason,
        status,
        run_id,
        start,
        length,
        crc,
    ) = row
    return LineRow(
        key=(edition, article_id),
        revision=n,
        content_hash=content_hash,
        extractor_version=extractor,
        published_at=optional_moment(published),
        fetched_at=moment_of(fetched),
        reason=None if reason is None else RevisionReason(reason),
        status=Status(status),
        place=Place(run_id, start, length, crc),
    )


# --- memory ---


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
        before = None if row is None else _known(row)
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

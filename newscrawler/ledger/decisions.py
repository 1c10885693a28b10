"""New, revised or unchanged: the rules, as pure functions.

Compared is a record with the revision that stood when its page was fetched (the *baseline*): the one with the
greatest ``fetched_at`` not after the record's. For a live crawl that is the latest revision, so A, B, A is three
lines. An archive may bring captures out of order; then:

- same as the baseline, or same as the next later revision: unchanged (the page is known to have said this);
- else a line with the next free number and the baseline's hash as ``revision_of_hash``; older than all
  revisions: null, since nothing known stood before it;
- it never becomes the latest revision: article state, validators and schedule stay as they are.

A capture that was unchanged leaves no trace, so one that turns out to lie between two later finds may be written
when it is fed again. Feeding the same captures a third time, in any order, writes nothing: archives come to rest.

The extractor rule. If the baseline was last confirmed by the record's own extractor version, a difference is an
edit. If by another, then with ``old_page`` (the baseline's kept page, extracted again by the new version) what
differs from that is an edit, and what does not is the extractor's work. Without a kept page the two can't be
told apart: the line is written, so that no edit is lost, with reason "extractor", so that none is claimed.
A difference of status alone (a withdrawn article is back) is never the extractor's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from newscrawler.exceptions import ArgumentError
from newscrawler.ledger.times import micros_of_text
from newscrawler.ledger.values import Key

Kind: TypeAlias = Literal["new", "revised", "unchanged"]
Reason: TypeAlias = Literal["content", "metadata", "extractor"]

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
    reason: Reason | None
    in_order: bool
    after: int


@dataclass(frozen=True, slots=True)
class Face:
    """What is compared of a record or of a revision."""

    content_hash: str
    metadata_hash: str
    status: str
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
        status=str(record.get("status") or "published"),
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


def difference(new: Face, old: Face) -> Literal["content", "metadata"] | None:
    """What differs, the words first; None when nothing does."""
    if new.content_hash != old.content_hash:
        return "content"
    if new.metadata_hash != old.metadata_hash or new.status != old.status:
        return "metadata"
    return None


def _reason(face: Face, old: Face, old_page: Face | None) -> Reason | None:
    if face.extractor == old.extractor:
        return difference(face, old)
    if difference(face, replace(old, status=face.status)) is None:
        return "metadata"  # only the status differs
    if old_page is None:
        return "extractor"
    return difference(face, replace(old_page, status=old.status)) or "extractor"

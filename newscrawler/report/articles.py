"""Articles that the page shows: the newest, the most and last revised with what changed, and near-duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newscrawler.dataset.changes import Part, diff_parts
from newscrawler.dataset.files import read_record
from newscrawler.editions import edition_of_host
from newscrawler.exceptions import DatasetError
from newscrawler.ledger import Key, Ledger, RevisionRow
from newscrawler.report.figures import NEWEST, Figures, newest_first, record_time
from newscrawler.utils import escape_control_chars, truncate

#: What is shown at most.
MAX_MOST_REVISED = 8
MAX_LAST_REVISED = 8
MAX_CLUSTERS = 8
_MAX_MEMBERS = 6
_MAX_CHANGES = 8
_MAX_CHANGED_FIELDS = 8
_MAX_LINE_LENGTH = 1200
#: Bytes of a record beyond which it is not compared: the time grows with the square of the paragraphs.
_MAX_COMPARED = 200_000
_MAX_HEADLINE = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One revision and what it changed: names (such as "headline") with parts."""

    revision: int
    at: datetime
    reason: str
    lines: list[tuple[str, list[Part]]]
    #: What is said in place of the lines, or after them.
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportArticle:
    """An article with printable texts. ``url`` is None where the record's is not one of the site."""

    name: str
    headline: str
    url: str | None = None
    section: str = ""
    authors: str = ""
    published_at: datetime | None = None
    words: int = 0
    revision: int = 1
    withdrawn: bool = False
    changes: list[Change] = field(default_factory=list)
    #: How often its words changed, where that is known.
    times: int = 0
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Near-duplicates: the article that was published first, the others (the most alike first), and how many."""

    first: ReportArticle
    others: list[ReportArticle]
    size: int


def article_of(key: Key, record: Mapping[str, Any], **more: Any) -> ReportArticle:
    """A record as it may be shown."""
    authors = record.get("authors")
    return ReportArticle(
        name=escape_control_chars("/".join(key))[:80],
        headline=_text(record.get("headline"), _MAX_HEADLINE) or "(no headline)",
        url=site_url(record.get("url")),
        section=_text(record.get("section"), 40),
        authors=_text(", ".join(map(str, authors)), 120) if isinstance(authors, list) else "",
        published_at=record_time(record.get("published_at")),
        words=record["word_count"] if isinstance(record.get("word_count"), int) else 0,
        revision=record["revision"] if isinstance(record.get("revision"), int) else 1,
        withdrawn=record.get("status") == "withdrawn",
        **more,
    )


def site_url(value: Any) -> str | None:
    """The URL if it may be a link: http or https of a host of the site, nothing else."""
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        return None
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.port is None and parts.username is None
    except ValueError:
        return None
    return value if good and parts.netloc == parts.hostname and edition_of_host(parts.hostname or "") else None


def newest(figures: Figures) -> list[ReportArticle]:
    """The articles that were published last, as their last lines tell them."""
    return [article_of(key, record) for key, record in newest_first(figures.newest)[:NEWEST]]


class Archive:
    """Looks lines up by the ledger. A line that is not there any more is None, or left out."""

    def __init__(self, data_dir: Path, ledger: Ledger) -> None:
        self._data_dir = data_dir
        self._ledger = ledger

    def most_revised(self) -> list[ReportArticle]:
        """The articles whose words changed most often, each with its last changes, the newest first."""
        found = ((key, times) for key, times in self._ledger.lines.most_revised(MAX_MOST_REVISED) if times > 1)
        articles = (self._with_changes(key, times) for key, times in found)
        return [article for article in articles if article is not None]

    def last_revised(self) -> list[ReportArticle]:
        """The articles whose words changed last, each with that change."""
        articles = []
        for row in self._ledger.lines.last_revised(MAX_LAST_REVISED):
            history = self._ledger.lines.by_time(row.key)
            at = next((at for at, line in enumerate(history) if line.revision == row.revision), 0)
            record = self._record(row)
            if record is None or not at:
                continue
            change = self._change(history[at - 1], row)
            articles.append(article_of(row.key, record, changes=[change]))
        return articles

    def clusters(self, figures: Figures) -> tuple[list[Cluster], int]:
        """The largest clusters of near-duplicates, and how many clusters there are."""
        groups: dict[Key, list[Key]] = {}
        for key in figures.marks:
            groups.setdefault(_first_of(key, figures.marks), []).append(key)
        largest = sorted(groups.items(), key=lambda pair: (len(pair[1]), pair[0]), reverse=True)[:MAX_CLUSTERS]
        shown = []
        for first, members in largest:
            members.sort(key=lambda key: (-figures.marks[key][1], key))
            others = [self._latest(key, similarity=figures.marks[key][1]) for key in members[:_MAX_MEMBERS]]
            shown.append(Cluster(self._latest(first), others, len(members) + 1))
        return shown, len(groups)

    def _latest(self, key: Key, **more: Any) -> ReportArticle:
        history = self._ledger.lines.by_time(key)
        record = self._record(history[-1]) if history else None
        return article_of(key, record or {"headline": "(not in the dataset)"}, **more)

    def _with_changes(self, key: Key, times: int) -> ReportArticle | None:
        history = self._ledger.lines.by_time(key)
        record = self._record(history[-1]) if history else None
        if record is None:
            return None
        pairs = [(old, new) for old, new in pairwise(history) if new.reason == "content"]
        changes = [self._change(old, new) for old, new in reversed(pairs[-_MAX_CHANGES:])]
        return article_of(key, record, changes=changes, times=times)

    def _change(self, old: RevisionRow, new: RevisionRow) -> Change:
        before, after = self._record(old), self._record(new)
        reason = new.reason or "first"
        if max(old.location.length, new.location.length) > _MAX_COMPARED:
            return Change(new.revision, new.fetched_at, reason, [], "Too long to be compared here.")
        if before is None or after is None:
            return Change(new.revision, new.fetched_at, reason, [], "A revision can't be read; run dataset verify.")
        lines = [(name, _shortened(parts)) for name, parts in diff_parts(before, after)]
        more = len(lines) - _MAX_CHANGED_FIELDS
        note = f"and {more} more changed" if more > 0 else "" if lines else "No difference that is looked at."
        return Change(new.revision, new.fetched_at, reason, lines[:_MAX_CHANGED_FIELDS], note)

    def _record(self, row: RevisionRow) -> dict[str, Any] | None:
        try:
            return read_record(self._data_dir, self._ledger, row)
        except DatasetError:
            return None


def _first_of(key: Key, marks: Mapping[Key, tuple[str, float]]) -> Key:
    """The article at the end of a chain of marks; a ring of them ends where it closes."""
    seen = {key}
    while key in marks:
        after = (key[0], marks[key][0])
        if after in seen:
            return min(seen)
        seen.add(after)
        key = after
    return key


def _shortened(parts: list[Part]) -> list[Part]:
    left, kept = _MAX_LINE_LENGTH, []
    for kind, text in parts:
        kept.append((kind, truncate(text, left)))
        left -= len(text)
        if left <= 0:
            break
    return kept


def _text(value: Any, max_length: int) -> str:
    return truncate(escape_control_chars(value), max_length) if isinstance(value, str) else ""

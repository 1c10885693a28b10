"""What one pass over the lines of a dataset counts. Memory grows with days and marks, not with articles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.editions import EDITIONS
from newscrawler.exceptions import DatasetError
from newscrawler.ledger import Key
from newscrawler.monitoring.stats import MIN_WORDS
from newscrawler.pages.dates import EARLIEST
from newscrawler.utils import escape_control_chars, parse_time, truncate

#: Upper bounds of the classes of delays, with their names; longer ones are in LONGEST_DELAY.
DELAYS = (
    (timedelta(hours=1), "under 1 h"),
    (timedelta(hours=3), "1–3 h"),
    (timedelta(hours=6), "3–6 h"),
    (timedelta(hours=12), "6–12 h"),
    (timedelta(hours=24), "12–24 h"),
    (timedelta(days=3), "1–3 days"),
    (timedelta(days=7), "3–7 days"),
)
LONGEST_DELAY = "over a week"
#: Names of sections, layouts and reasons that are counted apart; what comes after these many is OTHER.
MAX_NAMES = 40
OTHER = "other"
#: The newest articles that are kept.
NEWEST = 12
_MAX_NAME_LENGTH = 40
_MAX_REVISIONS = 20
_MAX_MARKS = 200_000

#: What coverage looks at: name, whether it is asked of a record, whether the record has it.
Coverage = tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any]], bool]]
COVERAGE: tuple[Coverage, ...] = (
    ("lead", lambda record: True, lambda record: bool(record.get("lead"))),
    ("image", lambda record: True, lambda record: bool(record.get("image"))),
    (f"{MIN_WORDS} words", lambda record: True, lambda record: _number(record.get("word_count")) >= MIN_WORDS),
    ("authors of op-eds", lambda record: record.get("section") == "op-ed", lambda record: bool(record.get("authors"))),
    ("tags", lambda record: True, lambda record: bool(record.get("tags"))),
)


@dataclass(slots=True)
class Days:
    """Counts by day and name."""

    counts: dict[date, Counter[str]] = field(default_factory=dict)

    def add(self, day: date, name: str, count: int = 1) -> None:
        """Count something on a day."""
        self.counts.setdefault(day, Counter())[name] += count


@dataclass(slots=True)
class Figures:
    """The counts. An article counts with its first line; times are UTC."""

    now: datetime
    files: int = 0
    #: Bytes of the lines, uncompressed.
    size: int = 0
    lines: int = 0
    #: Lines that are no records, and what could not be read.
    not_read: int = 0
    problems: list[str] = field(default_factory=list)
    articles: int = 0
    new_today: int = 0
    revised_today: int = 0
    withdrawn: int = 0
    #: Articles by edition, and those of the last day.
    editions: Counter[str] = field(default_factory=Counter)
    editions_today: Counter[str] = field(default_factory=Counter)
    #: Lines with a doubt, and further lines of changed words, by edition.
    doubted: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    #: Articles by day of publication and section (of other editions than the English one, edition and section), and
    #: by day and edition.
    published: Days = field(default_factory=Days)
    published_by_edition: Days = field(default_factory=Days)
    sections: Counter[str] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    #: Further lines by reason, and lines by revision number: articles that have at least so many.
    reasons: Counter[str] = field(default_factory=Counter)
    numbered: Counter[int] = field(default_factory=Counter)
    delays: Counter[str] = field(default_factory=Counter)
    #: By day of fetching: "name" records that have it, "name?" records that were asked.
    coverage: Days = field(default_factory=Days)
    #: The newest articles by time of publication, not in order.
    newest: dict[Key, dict[str, Any]] = field(default_factory=dict)
    #: Near-duplicates: the article that each one names, with the similarity.
    marks: dict[Key, tuple[str, float]] = field(default_factory=dict)

    def add(self, line: bytes) -> None:
        """Count a line."""
        self.lines += 1
        self.size += len(line)
        try:
            record = json.loads(line)
            key = (record["edition"], record["article_id"])
            fetched_at = parse_time(record["fetched_at"]).astimezone(UTC)
            if not (isinstance(key[0], str) and isinstance(key[1], str)):
                raise TypeError
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            self.not_read += 1
            return
        self._add_record(record, key, fetched_at)

    def _add_record(self, record: dict[str, Any], key: Key, fetched_at: datetime) -> None:
        published_at = record_time(record.get("published_at"))
        reason = record.get("revision_reason")
        recent = timedelta(0) <= self.now - fetched_at <= timedelta(days=1)
        self.numbered[min(max(_number(record.get("revision")), 1), _MAX_REVISIONS)] += 1
        edition = _named(self.editions, key[0])
        self.doubted[edition] += bool(record.get("doubts"))
        self.changed[edition] += reason == "content"
        if reason is None:
            self.articles += 1
            self.new_today += recent
            self.editions[edition] += 1
            self.editions_today[edition] += recent
            section = _named(self.sections, _section(key[0], record.get("section")))
            self.sections[section] += 1
            self.layouts[_named(self.layouts, record.get("layout"))] += 1
            if published_at is not None and published_at <= self.now + timedelta(days=1):
                self.published.add(published_at.date(), section)
                self.published_by_edition.add(published_at.date(), edition)
        else:
            self.reasons[_named(self.reasons, reason)] += 1
            self.revised_today += recent and reason == "content"
        if record.get("revision") == 2 and reason == "content":
            self._add_delay(fetched_at, record_time(record.get("first_seen_at")) or published_at)
        if record.get("status") == "withdrawn":
            self.withdrawn += 1
        else:
            self._add_coverage(record, fetched_at.date())
        self._mark(record, key)
        if published_at is not None:
            self._keep(record, key, published_at)

    def _add_delay(self, fetched_at: datetime, since: datetime | None) -> None:
        if since is None or fetched_at < since:
            return
        name = next((name for bound, name in DELAYS if fetched_at - since < bound), LONGEST_DELAY)
        self.delays[name] += 1

    def _add_coverage(self, record: Mapping[str, Any], day: date) -> None:
        if not EARLIEST.date() <= day <= self.now.date() + timedelta(days=1):
            return
        for name, asked, has in COVERAGE:
            if asked(record):
                self.coverage.add(day, f"{name}?")
                self.coverage.add(day, name, int(has(record)))

    def _mark(self, record: Mapping[str, Any], key: Key) -> None:
        of, similarity = record.get("near_duplicate_of"), record.get("near_duplicate_similarity")
        if isinstance(of, str) and len(self.marks) < _MAX_MARKS:
            self.marks[key] = (of, float(similarity) if isinstance(similarity, int | float) else 0.0)
        else:
            self.marks.pop(key, None)

    def _keep(self, record: Mapping[str, Any], key: Key, published_at: datetime) -> None:
        """Keep the newest articles as their last lines tell them; twice as many, so as to sort seldom."""
        if published_at > self.now + timedelta(days=1):
            return
        self.newest[key] = {
            "published_at": published_at,
            "fetched_at": record["fetched_at"],
            **{name: record.get(name) for name in ("headline", "url", "section", "authors", "word_count", "status")},
            "revision": _number(record.get("revision")),
        }
        if len(self.newest) > 4 * NEWEST:
            self.newest = dict(newest_first(self.newest)[:NEWEST])


def newest_first(articles: Mapping[Key, dict[str, Any]]) -> list[tuple[Key, dict[str, Any]]]:
    """Articles by time of publication, then id, the newest first."""
    return sorted(articles.items(), key=lambda pair: (pair[1]["published_at"], pair[0]), reverse=True)


def read_figures(data_dir: Path, now: datetime) -> Figures:
    """Read every finished file of a dataset once. What can't be read is listed in ``problems`` and left out."""
    figures = Figures(now)
    for path in finished_files(data_dir):
        figures.files += 1
        try:
            for _, line in read_lines(path):
                figures.add(line)
        except DatasetError as error:
            figures.problems.append(str(error))
    return figures


def _named(known: Mapping[str, int], value: Any) -> str:
    """A name to count under, fit to be shown; what a page says can't make the page endless."""
    name = truncate(escape_control_chars(value), _MAX_NAME_LENGTH) if isinstance(value, str) and value else "none"
    return name if name in known or len(known) < MAX_NAMES else OTHER


def _section(edition: str, section: Any) -> Any:
    return section if edition == EDITIONS[0].code or not isinstance(section, str) else f"{edition}/{section}"


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def record_time(value: Any) -> datetime | None:
    """A record's time in UTC; None if it is not a time, or is before the site's first article."""
    if isinstance(value, datetime):
        return value
    try:
        moment = parse_time(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment >= EARLIEST else None

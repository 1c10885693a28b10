"""The doubts in a dataset, counted as its articles' newest lines have them."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.exceptions import DatasetError
from newscrawler.utils import parse_time

#: Articles that are shown of a kind: the newest.
_EXAMPLES = 3


@dataclass(slots=True)
class DoubtCounts:
    """Articles with one kind of doubt, by layout and by the day (UTC) on which their page was fetched."""

    articles: int = 0
    layouts: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    examples: deque[str] = field(default_factory=lambda: deque(maxlen=_EXAMPLES))


@dataclass(frozen=True, slots=True)
class Doubts:
    """``articles`` were looked at; ``kinds`` are in the order of their names."""

    articles: int
    kinds: dict[str, DoubtCounts]


def read_doubts(data_dir: Path, *, since: date | None = None, until: date | None = None) -> Doubts:
    """Of the articles whose newest line was fetched on these days (UTC, both counted) the doubts.

    Reads every finished file once; of an article without doubts only its key is kept. Raises DatasetError.
    """
    newest: dict[tuple[str, str], tuple[str, tuple[str, ...], str, date] | None] = {}
    for path in finished_files(data_dir):
        for offset, line in read_lines(path):
            try:
                record = json.loads(line)
                key = (record["edition"], record["article_id"])
                day = parse_time(record["fetched_at"]).astimezone(UTC).date()
            except (ValueError, KeyError, TypeError):
                raise DatasetError(f"{path}: no record at byte {offset}; run verify") from None
            newest.pop(key, None)  # its newest line stands where that was written
            if (since is None or day >= since) and (until is None or day <= until):
                newest[key] = _doubtful(record, day)
    return Doubts(len(newest), _counted(newest.values()))


def _doubtful(record: dict[str, Any], day: date) -> tuple[str, tuple[str, ...], str, date] | None:
    doubts = record.get("doubts")
    return (record["url"], tuple(doubts), record.get("layout") or "none", day) if doubts else None


def _counted(articles: Iterable[tuple[str, tuple[str, ...], str, date] | None]) -> dict[str, DoubtCounts]:
    kinds: dict[str, DoubtCounts] = {}
    for article in articles:
        if article is None:
            continue
        url, doubts, layout, day = article
        for kind in doubts:
            counts = kinds.setdefault(kind, DoubtCounts())
            counts.articles += 1
            counts.layouts[layout] += 1
            counts.days[day] += 1
            counts.examples.append(url)
    return dict(sorted(kinds.items()))

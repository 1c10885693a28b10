"""The doubts in a dataset, counted as its articles' newest lines have them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from newscrawler.dataset.files import finished_files, read_records

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
class DoubtReport:
    """``articles`` were looked at; ``kinds`` are in the order of their names."""

    articles: int
    kinds: dict[str, DoubtCounts]


def read_doubts(data_dir: Path, *, since: date | None = None, until: date | None = None) -> DoubtReport:
    """Of the articles whose newest line was fetched on these days (UTC, both counted) the doubts.

    Reads every finished file once; of an article without doubts only key and time are kept. Raises DatasetError.
    """
    newest: dict[tuple[str, str], tuple[datetime, _Doubtful | None]] = {}
    for path in finished_files(data_dir):
        for _, _, record, key, fetched_at in read_records(path):
            # An archive may bring an old page late.
            if key not in newest or newest[key][0] <= fetched_at:
                doubts = tuple(record.get("doubts") or ())
                layout = record.get("layout") or "none"
                newest[key] = (fetched_at, _Doubtful(str(record.get("url")), doubts, layout) if doubts else None)
    wanted = [
        (at.date(), doubtful)
        for at, doubtful in sorted(newest.values(), key=lambda pair: pair[0])
        if (since is None or at.date() >= since) and (until is None or at.date() <= until)
    ]
    return DoubtReport(len(wanted), _counted(wanted))


class _Doubtful(NamedTuple):
    url: str
    doubts: tuple[str, ...]
    layout: str


def _counted(articles: Iterable[tuple[date, _Doubtful | None]]) -> dict[str, DoubtCounts]:
    kinds: dict[str, DoubtCounts] = {}
    for day, article in articles:
        if article is None:
            continue
        for kind in article.doubts:
            counts = kinds.setdefault(kind, DoubtCounts())
            counts.articles += 1
            counts.layouts[article.layout] += 1
            counts.days[day] += 1
            counts.examples.append(article.url)
    return dict(sorted(kinds.items()))

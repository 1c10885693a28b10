"""The newest revision of each article in order of publication, with near-duplicate marks made anew.

A line's own marks refer to what was in the dataset when it was written; these don't, so that they are the same
in whatever order the pages came in.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.errors import DatasetError
from newscrawler.dataset.latest import latest
from newscrawler.near_duplicates import Document, PublicationOrder, shingle_hashes


def newest_records(
    data_dir: Path, *, since: datetime | None = None, window: timedelta | None = None, scratch: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Each article's newest record, ordered by time of publication, edition and id.

    ``since`` (aware) leaves out what was published before it; ``window`` is the one of near-duplicates, and
    without it marks stay as they were written. The lines wait in a nameless file in the folder ``scratch``, as
    large as what comes out; in memory are some 400 bytes an article and 19 kB for each one that was published
    within the window. Raises DatasetError naming a file that can't be read, OSError when scratch is full.
    """
    # What was published up to a window before can still be named by a mark.
    earliest = since - window if since and window else since
    with tempfile.TemporaryFile(dir=scratch, prefix="newest-") as spool:
        index: list[tuple[float, str, str, int]] = []
        ends = array("q", [0])
        for line in latest(data_dir):
            head = _Head.of(line)
            if earliest and head.published_at < earliest.timestamp():
                continue
            spool.write(line)
            index.append((head.published_at, head.edition, head.article_id, len(ends) - 1))
            ends.append(ends[-1] + len(line))
        index.sort()
        orders: dict[str, PublicationOrder] = {}
        for published_at, edition, article_id, at in index:
            spool.seek(ends[at])
            record = json.loads(spool.read(ends[at + 1] - ends[at]))
            if window is not None:
                order = orders.setdefault(edition, PublicationOrder(window=window))
                _mark(record, order, article_id, published_at)
            if since is None or published_at >= since.timestamp():
                yield record


@dataclass(frozen=True, slots=True)
class _Head:
    published_at: float
    edition: str
    article_id: str

    @classmethod
    def of(cls, line: bytes) -> _Head:
        """Where a record belongs; one without time of publication goes by the time it was fetched."""
        record = json.loads(line)
        published = record.get("published_at") or record["fetched_at"]
        try:
            moment = datetime.fromisoformat(published).timestamp()
        except (TypeError, ValueError) as error:
            name = f"{record['edition']}/{record['article_id']}"
            raise DatasetError(f"{name}: published_at is no time ({error}); run verify") from error
        return cls(moment, str(record["edition"]), str(record["article_id"]))


def _mark(record: dict[str, Any], order: PublicationOrder, article_id: str, published_at: float) -> None:
    text = record.get("text")
    shingles = shingle_hashes(text if isinstance(text, str) else "")
    match = order.match(Document(article_id, datetime.fromtimestamp(published_at, UTC), shingles))
    record["near_duplicate_of"] = match.article_id if match else None
    record["near_duplicate_similarity"] = match.similarity if match else None

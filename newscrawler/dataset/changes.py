"""What articles' words were and became: one row a change, from each revision to the next that was fetched."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from newscrawler.dataset.diff import PLAIN_FIELDS, Part, diff_parts
from newscrawler.dataset.files import finished_files, read_lines, read_records
from newscrawler.exceptions import DatasetError

#: The table's columns; ``reason`` is ``extractor`` where a new version of the rules read the same page differently.
COLUMNS = (
    "edition",
    "article_id",
    "url",
    "published_at",
    "fetched_before",
    "fetched_at",
    "revision",
    "reason",
    "part",
    "before",
    "after",
)


class _Line(NamedTuple):
    fetched_at: datetime
    revision: int
    file: int
    offset: int


def read_changes(data_dir: Path, *, since: date | None = None, until: date | None = None) -> Iterator[dict[str, Any]]:
    """Changes of headline, lead and paragraphs that were fetched on these days (UTC, both counted), by article.

    Reads every finished file twice: what changed waits in a nameless file. Raises DatasetError.
    """
    files = list(finished_files(data_dir))
    pairs = [
        (old, new)
        for _, history in sorted(_histories(files).items())
        for old, new in pairwise(sorted(history))
        if _within(new, since, until)
    ]
    with tempfile.TemporaryFile(prefix="changes-") as spool:
        places: dict[tuple[int, int], tuple[int, int]] = {}
        wanted = {(line.file, line.offset) for pair in pairs for line in pair}
        for number in sorted({file for file, _ in wanted}):
            for offset, line in read_lines(files[number]):
                if (number, offset) in wanted:
                    places[number, offset] = (spool.tell(), len(line))
                    spool.write(line)
        for pair in pairs:
            records = []
            for one in pair:
                if (one.file, one.offset) not in places:
                    raise DatasetError(f"{files[one.file]}: has changed while it was read; do it again")
                start, length = places[one.file, one.offset]
                spool.seek(start)
                records.append(json.loads(spool.read(length)))
            yield from _rows(*records)


def _histories(files: list[Path]) -> dict[tuple[str, str], list[_Line]]:
    lines: dict[tuple[str, str], list[_Line]] = {}
    for number, path in enumerate(files):
        for offset, _, record, key, fetched_at in read_records(path):
            lines.setdefault(key, []).append(_Line(fetched_at, record.get("revision") or 1, number, offset))
    return lines


def _within(line: _Line, since: date | None, until: date | None) -> bool:
    day = line.fetched_at.date()
    return (since is None or day >= since) and (until is None or day <= until)


def _rows(old: dict[str, Any], new: dict[str, Any]) -> Iterator[dict[str, Any]]:
    head = {name: new.get(name) for name in ("edition", "article_id", "url", "published_at")}
    head |= {"fetched_before": old["fetched_at"], "fetched_at": new["fetched_at"]}
    head |= {"revision": new.get("revision"), "reason": new.get("revision_reason")}
    for part, words in diff_parts(old, new):
        if part not in PLAIN_FIELDS:
            yield head | {"part": part, "before": _side(words, "removed"), "after": _side(words, "added")}


def _side(words: list[Part], kind: str) -> str:
    return " ".join(text for found, text in words if found in ("both", kind))

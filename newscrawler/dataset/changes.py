"""How revisions of an article differ, word by word: two of them as lines of text with [-removed-] and {+added+} or in
parts, to be marked in another way; and all of a dataset as a table, one row a change.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from newscrawler.dataset.files import finished_files, read_lines, read_records
from newscrawler.exceptions import DatasetError
from newscrawler.utils import escape_control_chars

#: A stretch of a change: whether it is in both revisions or in one, and its printable words.
Part: TypeAlias = tuple[Literal["both", "removed", "added"], str]

#: Fields that are shown whole when they differ, after the words.
PLAIN_FIELDS = ("published_at", "authors", "section", "developing", "status")
#: Words in common, of all, that make two paragraphs the same one changed.
_ALIKE = 0.4
#: Words shown on each side of a change.
_AROUND = 8
#: Comparing words takes time that grows with the square of their number.
_MAX_WORDS = 3000
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


def diff_lines(old: Mapping[str, Any], new: Mapping[str, Any], *, colour: bool = False) -> Iterator[str]:
    """What changed from ``old`` to ``new``, one line a change; none when the words and PLAIN_FIELDS are the same."""
    marks = _COLOURED if colour else _PLAIN
    for name, parts in diff_parts(old, new):
        yield f"{name}: {' '.join(marks[kind].format(text) for kind, text in parts)}"


def diff_parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, list[Part]]]:
    """As ``diff_lines``, each line as its name (such as "headline" or "paragraph 3 added") and its parts."""
    for name in ("headline", "lead"):
        before, after = _words(old.get(name)), _words(new.get(name))
        if before != after:
            yield name, _changed(before, after)
    yield from _paragraph_parts(_paragraphs(old), _paragraphs(new))
    for name in PLAIN_FIELDS:
        if old.get(name) != new.get(name):
            yield name, [("removed", _plain(old.get(name))), ("added", _plain(new.get(name)))]


_PLAIN = {"both": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
_COLOURED = {"both": "{}", "removed": "\x1b[31m[-{}-]\x1b[0m", "added": "\x1b[32m{{+{}+}}\x1b[0m"}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(escape_control_chars(str(one)) for one in value)
    return "none" if value is None else escape_control_chars(str(value))


def _words(text: Any) -> list[str]:
    """The words as they may be printed."""
    return [escape_control_chars(word) for word in text.split()] if isinstance(text, str) else []


def _paragraphs(record: Mapping[str, Any]) -> list[list[str]]:
    found = record.get("paragraphs")
    return [_words(paragraph) for paragraph in found] if isinstance(found, list) else []


def _paragraph_parts(old: list[list[str]], new: list[list[str]]) -> Iterator[tuple[str, list[Part]]]:
    """Changed, removed and added paragraphs. A removed one is numbered as in the old revision, others as in the new."""
    texts = [[" ".join(paragraph) for paragraph in side] for side in (old, new)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for i, j in _paired(old[i1:i2], new[j1:j2]):
            if j is None:
                yield f"paragraph {i1 + i + 1} removed", [("removed", texts[0][i1 + i])]
            elif i is None:
                yield f"paragraph {j1 + j + 1} added", [("added", texts[1][j1 + j])]
            else:
                yield f"paragraph {j1 + j + 1}", _changed(old[i1 + i], new[j1 + j])


def _paired(old: Sequence[list[str]], new: Sequence[list[str]]) -> list[tuple[Any, Any]]:
    """Which paragraphs of two stretches are the same one changed, in order: (i, j), (i, None) or (None, j).

    The pairing with the greatest sum of likeness, found as a longest common subsequence is.
    """
    bags = [[Counter(paragraph) for paragraph in side] for side in (old, new)]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            alike = _likeness(bags[0][i], bags[1][j])
            pair = best[i + 1][j + 1] + alike if alike >= _ALIKE else 0.0
            best[i][j] = max(pair, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[Any, Any]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            pairs.append((i, None))
            i += 1
        elif best[i][j] == best[i][j + 1]:
            pairs.append((None, j))
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return [*pairs, *((at, None) for at in range(i, len(old))), *((None, at) for at in range(j, len(new)))]


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def _changed(old: list[str], new: list[str]) -> list[Part]:
    """The words of both in parts; long stretches without a change are shortened."""
    if len(old) + len(new) > _MAX_WORDS:
        return [("removed", " ".join(old)), ("added", " ".join(new))]
    parts: list[Part] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        if tag == "equal":
            parts.append(("both", " ".join(_shortened(old[i1:i2], first=at == 0, last=at == len(opcodes) - 1))))
            continue
        if i1 < i2:
            parts.append(("removed", " ".join(old[i1:i2])))
        if j1 < j2:
            parts.append(("added", " ".join(new[j1:j2])))
    return parts


def _shortened(words: list[str], *, first: bool, last: bool) -> list[str]:
    head, tail = (0 if first else _AROUND), (0 if last else _AROUND)
    if len(words) <= head + tail + 1:
        return words
    return [*words[:head], "…", *words[len(words) - tail :]]


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

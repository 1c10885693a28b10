"""How two revisions of an article differ, for people to read, word by word: as lines of text with [-removed-] and
{+added+}, or in parts for whoever marks them in another way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal, TypeAlias

from newscrawler.utils import printable

#: A stretch of a change: whether it is in both revisions or in one, and its printable words.
Part: TypeAlias = tuple[Literal["both", "removed", "added"], str]

#: Fields that are shown whole when they differ, after the words.
PLAIN_FIELDS = ("published_at", "authors", "section", "developing", "status")
#: Words in common, of all, that make two paragraphs the same one changed.
_ALIKE = 0.4
#: Words shown on each side of a change.
_AROUND = 8
#: Comparing words takes time that grows with the square of their number.
_MOST_WORDS = 3000


def diff_lines(old: Mapping[str, Any], new: Mapping[str, Any], *, colour: bool = False) -> Iterator[str]:
    """What changed from ``old`` to ``new``, one line a change; none when the words and PLAIN_FIELDS are the same."""
    return _changes(old, new, _COLOURED if colour else _PLAIN)


def diff_parts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, list[Part]]]:
    """As ``diff_lines``, each line as its name (such as "headline" or "paragraph 3 added") and its parts."""
    for line in _changes(old, new, _IN_PARTS):
        name, _, text = line.partition(": ")
        parts: list[Part] = []
        for piece in _MARKED.split(text):
            if piece[:1] in _KINDS:
                parts.append((_KINDS[piece[0]], piece[1:-1]))
            elif piece.strip():
                parts.append(("both", piece.strip()))
        yield name, parts


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], paint: _Paint) -> Iterator[str]:
    for name in ("headline", "lead"):
        before, after = _words(old.get(name)), _words(new.get(name))
        if before != after:
            yield f"{name}: {_changed(before, after, paint)}"
    yield from _paragraph_lines(_paragraphs(old), _paragraphs(new), paint)
    for name in PLAIN_FIELDS:
        if old.get(name) != new.get(name):
            yield f"{name}: {paint.removed(_plain(old.get(name)))} {paint.added(_plain(new.get(name)))}"


@dataclass(frozen=True, slots=True)
class _Paint:
    """What stands before and after words that were removed or added."""

    before_removed: str
    after_removed: str
    before_added: str
    after_added: str

    def removed(self, text: str) -> str:
        return f"{self.before_removed}{text}{self.after_removed}"

    def added(self, text: str) -> str:
        return f"{self.before_added}{text}{self.after_added}"


_PLAIN = _Paint("[-", "-]", "{+", "+}")
_COLOURED = _Paint("\x1b[31m[-", "-]\x1b[0m", "\x1b[32m{+", "+}\x1b[0m")
# Control characters can't be in what a page says: all of it is made printable first.
_IN_PARTS = _Paint("\x01", "\x03", "\x02", "\x03")
_KINDS: dict[str, Literal["removed", "added"]] = {"\x01": "removed", "\x02": "added"}
_MARKED = re.compile("([\x01\x02][^\x03]*\x03)")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(printable(str(one)) for one in value)
    return "none" if value is None else printable(str(value))


def _words(text: Any) -> list[str]:
    """The words as they may be printed."""
    return [printable(word) for word in text.split()] if isinstance(text, str) else []


def _paragraphs(record: Mapping[str, Any]) -> list[list[str]]:
    found = record.get("paragraphs")
    return [_words(paragraph) for paragraph in found] if isinstance(found, list) else []


def _paragraph_lines(old: list[list[str]], new: list[list[str]], paint: _Paint) -> Iterator[str]:
    """Changed, removed and added paragraphs. A removed one is numbered as in the old revision, others as in the new."""
    texts = [[" ".join(paragraph) for paragraph in side] for side in (old, new)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for i, j in _paired(old[i1:i2], new[j1:j2]):
            if j is None:
                yield f"paragraph {i1 + i + 1} removed: {paint.removed(texts[0][i1 + i])}"
            elif i is None:
                yield f"paragraph {j1 + j + 1} added: {paint.added(texts[1][j1 + j])}"
            else:
                yield f"paragraph {j1 + j + 1}: {_changed(old[i1 + i], new[j1 + j], paint)}"


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


def _changed(old: list[str], new: list[str], paint: _Paint) -> str:
    """The words of both with the changes marked, and long stretches without one shortened."""
    if len(old) + len(new) > _MOST_WORDS:
        return f"{paint.removed(' '.join(old))} {paint.added(' '.join(new))}"
    pieces: list[str] = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        if tag == "equal":
            pieces += _shortened(old[i1:i2], first=at == 0, last=at == len(opcodes) - 1)
            continue
        if i1 < i2:
            pieces.append(paint.removed(" ".join(old[i1:i2])))
        if j1 < j2:
            pieces.append(paint.added(" ".join(new[j1:j2])))
    return " ".join(pieces)


def _shortened(words: list[str], *, first: bool, last: bool) -> list[str]:
    head, tail = (0 if first else _AROUND), (0 if last else _AROUND)
    if len(words) <= head + tail + 1:
        return words
    return [*words[:head], "…", *words[len(words) - tail :]]

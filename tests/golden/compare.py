"""What differs between two folders of golden records, field by field, and whether that is allowed."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

#: Name of the whole line among the fields.
LINE = "(line)"
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_SHOWN = 160
#: Labels of the summary's lines that have another name since (issue 9, 7).
_RENAMED = {"addresses": "URLs"}


class NotComparable(Exception):
    """The two folders were not made alike."""


@dataclass(frozen=True)
class Allowed:
    """A difference that is meant, and why. Globs; ``old`` and ``new`` are searched in the JSON values."""

    part: str
    field: str
    change: str
    reason: str
    old: str = ""
    new: str = ""
    key: str = "*"

    def matches(self, difference: Difference) -> bool:
        """Whether it covers this one."""
        return (
            fnmatchcase(difference.part, self.part)
            and fnmatchcase(difference.field, self.field)
            and fnmatchcase(difference.change, self.change)
            and fnmatchcase(difference.key, self.key)
            and re.search(self.old, difference.old) is not None
            and re.search(self.new, difference.new) is not None
        )


@dataclass(frozen=True)
class Difference:
    """One field of one line. Values are JSON."""

    part: str
    key: str
    field: str
    change: str
    old: str
    new: str


@dataclass
class Comparison:
    """All that differs, in groups."""

    #: Part to lines in the old folder, in the new one, and in both with a difference.
    parts: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    #: By part, field, change, and the reason for which it is allowed; empty: it is not.
    groups: dict[tuple[str, str, str, str], list[Difference]] = field(default_factory=lambda: defaultdict(list))
    used: set[Allowed] = field(default_factory=set)

    @property
    def same(self) -> bool:
        """Whether nothing differs but what is allowed."""
        return all(reason for *_, reason in self.groups)

    def report(self, allowed: Sequence[Allowed]) -> str:
        """Plain text: each part, then its groups with one example each."""
        lines = []
        for part, (old, new, changed) in self.parts.items():
            lines.append(f"{part}: {old} lines, now {new}; {changed} differ")
            for (_, name, change, reason), found in sorted(
                ((key, found) for key, found in self.groups.items() if key[0] == part),
                key=lambda group: (bool(group[0][3]), -len(group[1])),
            ):
                lines.append(f"  {name}: {change}, {len(found)} times{f' - allowed: {reason}' if reason else ''}")
                first = found[0]
                lines.append(f"      {first.key}: {_clip(first.old)} -> {_clip(first.new)}")
        lines += [
            f"allowed, but did not happen: {rule.part} {rule.key} {rule.field} {rule.change}"
            for rule in allowed
            if rule not in self.used
        ]
        unexpected = sum(len(found) for (*_, reason), found in self.groups.items() if not reason)
        total = sum(len(found) for found in self.groups.values())
        lines.append(f"{unexpected} differences, and {total - unexpected} that are allowed")
        return "\n".join(lines)


def read_rules(path: Path) -> list[Allowed]:
    """From a TOML file: tables [[allow]] with part, field, change, reason, and if wanted key, old and new."""
    return [Allowed(**table) for table in tomllib.loads(path.read_text("utf-8"))["allow"]]


def compare(old: Path, new: Path, allowed: Sequence[Allowed]) -> Comparison:
    """Compare all parts.

    Raises:
        NotComparable: options or parts are not the same.
    """
    options = [json.loads((folder / "golden.json").read_text("utf-8"))["options"] for folder in (old, new)]
    if options[0] != options[1]:
        raise NotComparable(f"{old} was made with {options[0]}, {new} with {options[1]}")
    names = [sorted(path.stem for path in folder.glob("*.jsonl")) for folder in (old, new)]
    if names[0] != names[1]:
        raise NotComparable(f"{old} has {', '.join(names[0])}; {new} has {', '.join(names[1])}")
    result = Comparison()
    for part in names[0]:
        lines = [_keyed(folder / f"{part}.jsonl") for folder in (old, new)]
        changed = 0
        for key in sorted(lines[0].keys() | lines[1].keys()):
            found = list(line_differences(part, key, lines[0].get(key), lines[1].get(key)))
            changed += bool(found)
            for difference in found:
                rule = next((rule for rule in allowed if rule.matches(difference)), None)
                result.used |= {rule} if rule else set()
                reason = rule.reason if rule else ""
                result.groups[(part, difference.field, difference.change, reason)].append(difference)
        result.parts[part] = (len(lines[0]), len(lines[1]), changed)
    return result


def line_differences(part: str, key: str, old: str | None, new: str | None) -> Iterator[Difference]:
    """By what one line differs from the other; None where there is none."""
    if old == new:
        return
    if old is None or new is None:
        yield Difference(part, key, LINE, "lost" if new is None else "added", old or "", new or "")
        return
    count = 0
    for name, change, before, after in _differences("", json.loads(old), json.loads(new)):
        if change == "value" and part == "runs" and _only_words(before, after):
            change = "wording"  # noqa: PLW2901 - a finer name for the same
        yield Difference(part, key, name, change, *(json.dumps(v, ensure_ascii=False) for v in (before, after)))
        count += 1
    if not count:
        yield Difference(part, key, LINE, "bytes", old, new)


def _differences(name: str, old: Any, new: Any) -> Iterator[tuple[str, str, Any, Any]]:
    """Field, kind of change, values."""
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_objects(name, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(name, old, new)
    elif type(old) is not type(new) or old != new:
        yield name, _change(old, new), old, new


def _of_objects(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    for key in old | new:
        inner = f"{name}.{key}" if name else key
        if key not in new:
            yield inner, "key lost", old[key], None
        elif key not in old:
            yield inner, "key added", None, new[key]
        else:
            yield from _differences(inner, old[key], new[key])
    if list(old) != list(new) and set(old) == set(new):
        yield name or LINE, "key order", list(old), list(new)


def _of_lists(name: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, str, Any, Any]]:
    if name == "said":
        yield from _of_said(old, new)
    elif len(old) != len(new):
        yield name, "length", old, new
    elif old != new and sorted(map(repr, old)) == sorted(map(repr, new)):
        yield name, "order", old, new
    else:
        for before, after in zip(old, new, strict=True):
            yield from _differences(f"{name}.*", before, after)


def _of_said(old: list[str], new: list[str]) -> Iterator[tuple[str, str, Any, Any]]:
    """What a run said begins with the line's label, and each label is a group of its own."""
    kinds = [[_FIGURES.sub("0", line) for line in lines] for lines in (old, new)]
    for _, start, end, new_start, new_end in SequenceMatcher(a=kinds[0], b=kinds[1], autojunk=False).get_opcodes():
        left = new[new_start:new_end]
        for before in old[start:end]:
            label = _label(before)
            after = next((line for line in left if _label(line) in (label, _RENAMED.get(label))), None)
            if after is None:
                yield f"said.{label}", "line lost", before, None
            else:
                left.remove(after)
                yield from _differences(f"said.{label}", before, after)
        for after in left:
            yield f"said.{_label(after)}", "line added", None, after


def _label(line: str) -> str:
    return line.partition("  ")[0]


def _change(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "from null" if old is None else "to null"
    if type(old) is not type(new):
        return "type"
    if isinstance(old, str) and old.split() == new.split():
        return "spacing"
    return "value"


def _only_words(old: Any, new: Any) -> bool:
    """Two texts that say the same figures."""
    return isinstance(old, str) and isinstance(new, str) and _FIGURES.findall(old) == _FIGURES.findall(new)


def _keyed(path: Path) -> dict[str, str]:
    """Lines by what they are about. Those about the same are counted in the order that they stand in."""
    seen: Counter[str] = Counter()
    lines = {}
    for line in path.read_text("utf-8").split("\n")[:-1]:
        found = json.loads(line)
        key = found.get("run") or found.get("source") or "{edition}/{article_id} r{revision}".format(**found)
        seen[key] += 1
        lines[key if seen[key] == 1 else f"{key} #{seen[key]}"] = line
    return lines


def _clip(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

"""The comparison of golden records: it sees what changed, and lets pass what is allowed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.golden import compare as compared
from tests.golden.allowed import ALLOWED
from tests.golden.compare import Allowed, NotComparable, compare, read_rules

HOOK = Path(compared.__file__).parent / "hook"


def _record(**changed: Any) -> dict[str, Any]:
    record = {"edition": "en", "article_id": "1", "revision": 1, "lead": None, "image": {"url": "a"}}
    return {**record, "paragraphs": ["One.", "Two words."], "near_duplicate_of": None, **changed}


def _golden(folder: Path, *records: dict[str, Any], runs: tuple[dict[str, Any], ...] = (), days: int = 7) -> Path:
    folder.mkdir(parents=True)
    (folder / "golden.json").write_text(json.dumps({"options": {"days": days}}))
    for part, lines in (("week", records), ("runs", runs)):
        (folder / f"{part}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def _found(tmp_path: Path, new: dict[str, Any], *rules: Allowed) -> set[tuple[str, str, bool]]:
    """Field, change, and whether it is allowed, when the record became that."""
    result = compare(_golden(tmp_path / "old", _record()), _golden(tmp_path / "new", new), rules)
    assert result.same == all(reason for *_, reason in result.groups)
    return {(field, change, bool(reason)) for _, field, change, reason in result.groups}


@pytest.mark.parametrize(
    ("changed", "field", "change"),
    [
        ({"lead": "A lead."}, "lead", "from null"),
        ({"image": {"url": None}}, "image.url", "to null"),
        ({"image": {"url": "b"}}, "image.url", "value"),
        ({"image": {"url": "a", "width": 1}}, "image.width", "key added"),
        ({"paragraphs": ["One.", "Two  words."]}, "paragraphs.*", "spacing"),
        ({"paragraphs": ["Two words.", "One."]}, "paragraphs", "order"),
        ({"paragraphs": ["One."]}, "paragraphs", "length"),
        ({"revision": True}, "revision", "type"),
    ],
)
def test_a_changed_field_is_seen(tmp_path: Path, changed: dict[str, Any], field: str, change: str) -> None:
    if "revision" in changed:
        (found,) = compared.line_differences("week", "", json.dumps(_record()), json.dumps(_record(**changed)))
        assert (found.field, found.change) == (field, change)
    else:
        assert _found(tmp_path, _record(**changed)) == {(field, change, False)}


def test_the_order_of_keys_and_the_bytes_are_seen(tmp_path: Path) -> None:
    assert _found(tmp_path, dict(reversed(_record().items()))) == {("(line)", "key order", False)}
    old, new = json.dumps(_record()), json.dumps(_record(), separators=(",", ":"))
    assert [found.change for found in compared.line_differences("week", "", old, new)] == ["bytes"]


def test_lost_added_and_doubled_lines_are_seen(tmp_path: Path) -> None:
    old = _golden(tmp_path / "old", _record(), _record(revision=2))
    new = _golden(tmp_path / "new", _record(), _record(), _record(revision=3))
    result = compare(old, new, [])
    found = {difference.key: difference.change for group in result.groups.values() for difference in group}
    assert found == {"en/1 r1 #2": "added", "en/1 r2": "lost", "en/1 r3": "added"}


def test_what_is_allowed_passes_and_nothing_else(tmp_path: Path) -> None:
    marks = Allowed("week", "near_duplicate_*", "*", "they are made later")
    new = _record(near_duplicate_of="7", lead="A lead.")
    assert _found(tmp_path, new, marks) == {
        ("near_duplicate_of", "from null", True),
        ("lead", "from null", False),
    }


def test_a_rule_may_ask_for_the_values(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[allow]]\npart = "*"\nfield = "lead"\nchange = "*"\nnew = "A lead"\nreason = "it was missed"\n')
    rules = read_rules(file)
    assert _found(tmp_path / "1", _record(lead="A lead."), *rules) == {("lead", "from null", True)}
    assert _found(tmp_path / "2", _record(lead="Another."), *rules) == {("lead", "from null", False)}


def test_words_of_a_summary_may_change_but_no_figure(tmp_path: Path) -> None:
    runs = [
        {"run": "week 2025-10-08", "said": [text], "outcomes": {"new": 2}}
        for text in ("addresses  2", "URLs  2", "URLs  3")
    ]
    old = _golden(tmp_path / "old", runs=(runs[0],))
    assert compare(old, _golden(tmp_path / "words", runs=(runs[1],)), ALLOWED).same
    assert not compare(old, _golden(tmp_path / "figures", runs=(runs[2],)), ALLOWED).same
    assert not compare(old, _golden(tmp_path / "more", runs=({**runs[0], "outcomes": {"new": 3}},)), ALLOWED).same


def test_a_line_more_or_less_is_seen_under_its_label(tmp_path: Path) -> None:
    runs = [
        {"run": "week 2025-10-08", "said": ["run  rt_world", *notes, "output  FILE"]}
        for notes in (["note  one 1", "note  two 2"], ["note  one 7"])
    ]
    result = compare(_golden(tmp_path / "old", runs=(runs[0],)), _golden(tmp_path / "new", runs=(runs[1],)), [])
    found = [(one.field, one.old, one.new) for group in result.groups.values() for one in group]
    assert sorted(found) == [("said.note", '"note  one 1"', '"note  one 7"'), ("said.note", '"note  two 2"', "null")]


def test_what_a_rule_wants_must_be_so(tmp_path: Path) -> None:
    """A verify that was red because of the schema may be green; what is red for another reason is seen."""

    def verified(name: str, code: int, *said: str) -> Path:
        run = {"run": "archive-dataset: verify", "exit_code": code, "said": said}
        return _golden(tmp_path / name, runs=(run,))

    line = "schema  articles/f.jsonl:1  discovered_via: 'warc' is none of the values it may have"
    other = line.replace("warc", "other")
    total = "1 files, 2 records; 2 problems: schema 2"
    green = verified("green", 0, "1 files, 2 records; no problems")
    before = verified("before", 3, line, line, total)
    assert compare(before, green, ALLOWED).same
    assert not compare(before, verified("fewer", 3, line, "1 files, 2 records; 1 problems: schema 1"), ALLOWED).same
    assert not compare(before, verified("changed", 3, line, other, total), ALLOWED).same
    assert not compare(verified("mixed", 3, line, other, total), green, ALLOWED).same


def test_folders_that_were_made_differently_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(NotComparable, match="days"):
        compare(_golden(tmp_path / "old"), _golden(tmp_path / "new", days=3), [])


def test_the_hook_sets_the_clock_and_refuses_other_hosts() -> None:
    program = (
        "import socket, datetime as d; now = d.datetime.now(d.UTC); "
        "print(now, type(now + d.timedelta(1)) is type(now))\n"
        "print(isinstance(d.datetime.strptime('2000', '%Y'), d.datetime))\n"
        "try: socket.getaddrinfo('www.rt.com', 80)\nexcept PermissionError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(HOOK), "GOLDEN_NOW": "2025-10-08T00:00:00+00:00"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "2025-10-08 00:00:00+00:00 True",
        "True",
        "golden records: no connection to www.rt.com",
    ]

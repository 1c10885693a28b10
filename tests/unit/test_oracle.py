"""The oracle is shown to see what it must see: each kind of loss and damage, on a dataset made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.files import finished_files
from tests.command_runs import make_dataset
from tests.hand_made import whole_record
from tests.oracle import Expected, Truth, lines_of, problems, schema_problems


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five articles in a first file, three of them revised in a second."""
    return make_dataset(tmp_path)


def truth(data: Path) -> Truth:
    versions = {number: [whole_record(number), whole_record(number, 1)] for number in range(3)}
    versions |= {number: [whole_record(number)] for number in (3, 4)}
    articles = {records[0]["article_id"]: Expected(records, len(records) - 1) for records in versions.values()}
    return Truth(articles=articles, earlier=lines_of(data)[:5])


def without_first(lines: list[bytes]) -> list[bytes]:
    return lines[1:]


def doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines, lines[0]]


def torn(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-1], lines[-1][:-40]]


def changed(lines: list[bytes], **fields: Any) -> list[bytes]:
    record = json.loads(lines[0]) | fields
    return [json.dumps(record).encode() + b"\n", *lines[1:]]


def test_a_whole_dataset_has_no_problems(data: Path) -> None:
    assert problems(data, truth(data)) == []


@pytest.mark.parametrize(
    ("file", "damage", "told"),
    [
        (0, without_first, "an earlier line is lost"),
        (1, without_first, "version 0, the site has 1"),
        (1, doubled, "revisions [1, 2, 2], should be 1 to 3"),
        (1, torn, "no JSON"),
        (1, lambda lines: changed(lines, headline="Never said"), "its lines are versions [0, -1]; headline is"),
        (1, lambda lines: changed(lines, revision_reason="metadata"), "reason metadata, should be content"),
        (1, lambda lines: changed(lines, status="withdrawn"), "withdrawn, though it was never taken away"),
        (1, lambda lines: changed(lines, article_id="999999"), "999999: not an article of the site"),
        (1, lambda lines: changed(lines, discovered_via="nowhere"), "verify: schema"),
    ],
)
def test_damage_is_seen(data: Path, file: int, damage: Callable[[list[bytes]], list[bytes]], told: str) -> None:
    expected = truth(data)
    path = list(finished_files(data))[file]
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    assert told in "; ".join(problems(data, expected))


def test_what_is_left_behind_is_seen(data: Path) -> None:
    expected = truth(data)
    for name in ("parts", "orphans"):
        (data / name).mkdir(exist_ok=True)
        (data / name / "left.jsonl").touch()
    found = problems(data, expected)
    assert [line.partition(":")[0] for line in found if "not empty" in line] == [
        "parts is not empty",
        "orphans is not empty",
    ]
    assert not any("orphans is not" in line for line in problems(data, replace(expected, orphans=True)))


def test_an_article_that_is_missing_is_seen_unless_it_is_optional(data: Path) -> None:
    expected = truth(data)
    [record] = [whole_record(9)]
    for optional in (False, True):
        articles = {**expected.articles, record["article_id"]: Expected([record], 0, optional=optional)}
        found = problems(data, replace(expected, articles=articles))
        assert found == ([] if optional else [f"{record['article_id']}: lost"])


def test_records_are_checked_against_the_full_schema() -> None:
    assert schema_problems(whole_record(1)) == []
    assert schema_problems({**whole_record(1), "discovered_via": "nowhere"})
    assert schema_problems({name: value for name, value in whole_record(1).items() if name != "tags"})

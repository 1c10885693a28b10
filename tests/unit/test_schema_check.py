"""Our check of records against the schema says what the jsonschema package says."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from newscrawler.items import Source
from newscrawler.schema import SchemaCheck, article_schema
from tests.hand_made import whole_record

GOOD = whole_record(1) | {
    "image": {"url": "https://a.b/c.jpg", "caption": None, "credit": "A"},
    "related": [{"title": "T", "url": None}],
    "embeds": [{"type": "tweet", "url": "https://twitter.com/a/status/1"}],
    "near_duplicate_similarity": 1,
    "added_in_1_1": {"unknown": "keys are allowed"},
}
VALUES: list[Any] = [None, "", "words", 0, -1, 2, 0.5, True, [], [""], ["a", 1], {}, {"url": "x"}, [{"type": "x"}]]
CHECK = SchemaCheck()
JUDGE = jsonschema.Draft202012Validator(article_schema())


def test_a_whole_record_has_no_fault() -> None:
    assert CHECK(GOOD) == []
    assert JUDGE.is_valid(GOOD)


@pytest.mark.parametrize("name", list(article_schema()["properties"]))
def test_each_field_with_values_of_all_kinds(name: str) -> None:
    lacking = {key: value for key, value in GOOD.items() if key != name}
    assert CHECK(lacking) == [f"{name}: missing"]
    assert not JUDGE.is_valid(lacking)
    for value in VALUES:
        record = GOOD | {name: value}
        faults = CHECK(record)
        assert bool(faults) != JUDGE.is_valid(record), (name, value, faults)
        assert all(fault.startswith(name) for fault in faults)


@pytest.mark.parametrize(
    ("field", "inner", "value"),
    [("image", "url", "ftp://x"), ("image", "credit", ""), ("related", "title", None), ("embeds", "type", "poem")],
)
def test_inner_fields(field: str, inner: str, value: object) -> None:
    record: dict[str, Any] = copy.deepcopy(GOOD)
    part = record[field][0] if isinstance(record[field], list) else record[field]
    part[inner] = value
    (fault,) = CHECK(record)
    assert inner in fault.partition(":")[0]
    assert not JUDGE.is_valid(record)


def test_a_time_must_be_a_real_one() -> None:
    assert CHECK(GOOD | {"published_at": "2026-02-30T00:00:00+00:00"}) == [
        "published_at: '2026-02-30T00:00:00+00:00' is no time"
    ]


@pytest.mark.parametrize("via", list(Source))
def test_each_source_may_name_an_article(via: Source) -> None:
    """Crawls with trend= and rt_archive wrote lines that the schema forbade."""
    assert CHECK(GOOD | {"discovered_via": str(via)}) == []


@pytest.mark.parametrize(
    ("version", "faults"),
    [("1.0.0", []), ("1.0.7", []), ("1.1.0", ["mood: missing"]), ("1.10.0", ["mood: missing"])],
)
def test_a_line_is_checked_against_the_version_that_it_names(version: str, faults: list[str]) -> None:
    later = article_schema()
    later["properties"]["mood"] = {"type": "string", "x-since": "1.1.0"}
    later["required"].append("mood")
    check = SchemaCheck(later)
    assert check(GOOD | {"schema_version": version}) == faults
    assert check(GOOD | {"schema_version": version, "mood": 1}) == ["mood: 1 is not string"]

"""How well near-duplicates are found, on all stories of the corpus and on edits made to them: floors that only rise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import near_duplicates as bench
from benchmarks.near_duplicate_pairs import labelled_pairs, load_stories
from newscrawler import near_duplicates as nd


@pytest.fixture(scope="module")
def stories(corpus: Path) -> list[Any]:
    """All of the corpus. `python -m benchmarks.near_duplicates` measures on them what tests below do on a part."""
    found: list[Any] = load_stories(corpus)
    assert len(found) > 1600
    return found


def test_precision_and_recall_on_edited_articles(stories: list[Any]) -> None:
    pairs = labelled_pairs(stories[::2])
    point = next(
        point
        for point in bench.curve(bench.similarities(pairs, nd.SHINGLE_WORDS))
        if point["threshold"] == nd.THRESHOLD
    )
    assert point["precision"] >= 1.0
    assert point["recall"] >= 0.99
    assert point["shared_tail_found"] == 0.0
    for kind in ("headline changed", "words changed", "paragraph added", "paragraph removed"):
        assert point["recall_by_kind"][kind] == 1.0, kind
    assert point["recall_by_kind"]["several edits"] >= 0.95


def test_no_two_real_stories_are_marked(stories: list[Any]) -> None:
    found = bench.all_pairs([nd.shingle_hashes(story.text) for story in stories])
    assert max(found.values()) < 0.41


def test_band_keys_find_what_all_pairs_find(stories: list[Any]) -> None:
    report = bench.measure_candidates(stories[::3], band_choices=())
    assert report["pairs_at_or_above_threshold"] > 300
    (own,) = report["choices"]
    assert own["recall"] >= 0.998
    assert own["needless_a_document"] <= 20

"""The short form of `make scale`: stage one on every engine and store, kills, and the dataset that comes of it."""

from __future__ import annotations

import pytest

from tests.slow.archive_scale import agreement, costs, kills, stores
from tests.slow.archive_scale.agreement import Scale

CAPTURES = 400


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Scale:
    return Scale.make(tmp_path_factory.mktemp("scale"), CAPTURES, 40)


def test_every_engine_gives_the_same_bytes(scale: Scale) -> None:
    agreement.check_two_workers(scale)
    agreement.check_two_shards(scale)
    agreement.check_spark(scale)


def test_extract_and_commit_give_what_rt_archive_and_an_independent_query_give(scale: Scale) -> None:
    agreement.check_commit(scale)
    assert agreement.check_query(scale) > CAPTURES / 10


def test_kills_change_nothing(scale: Scale) -> None:
    kills.check_worker_kills(scale, 2)
    kills.check_driver_kills(scale, 1)
    kills.check_commit_kills(scale, 4)
    kills.check_poison(scale)


def test_memory_of_a_commit_does_not_grow_with_the_rows(scale: Scale) -> None:
    small = costs.commit_of_many(scale, 1_000)
    large = costs.commit_of_many(scale, 10_000)
    assert large.peak_mb < small.peak_mb + 64, "more than the lines that are sorted at a time"


def test_common_crawl(scale: Scale) -> None:
    stores.check_common_crawl(scale)


def test_an_object_store(scale: Scale) -> None:
    stores.check_object_store(scale)

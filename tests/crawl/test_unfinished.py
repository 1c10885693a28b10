"""What one run leaves over, the next one takes up; and what a listing no longer shows is found elsewhere."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.harness import HOUR, NOW, Data, addresses_until, article_requests, news, site_at, wait_until
from tests.replica import Server

Serve = Callable[..., Server]


@pytest.mark.parametrize("validators", [False, True])
def test_max_articles_leaves_the_others_for_the_next_run(data: Data, served: Serve, validators: bool) -> None:
    addresses = addresses_until(NOW)
    server = served(site_at(NOW, addresses), validators=validators)
    first = data.crawl(server, "-a", "max_articles=3")
    assert first.code == 0, first.err
    assert first.outcomes == {"new": 3, "not_reached": len(news(addresses)) - 3}
    second = data.crawl(server, at=NOW + timedelta(minutes=5))
    assert second.code == 0, second.err
    assert second.outcomes == {"new": len(news(addresses)) - 3}
    data.check_whole(news(addresses))


def test_what_left_the_listing_before_it_was_fetched(data: Data, served: Serve) -> None:
    later = NOW + 8 * HOUR
    addresses = addresses_until(later, articles=60)
    few = {"page_size": 4}
    listing = ("-a", "sources=listing")
    first = data.crawl(served(site_at(NOW, addresses, **few)), *listing, "-a", "max_articles=1")
    assert first.outcomes == {"new": 1, "not_reached": 3}
    server = served(site_at(later, addresses, **few))
    second = data.crawl(server, *listing, at=later)
    assert second.code == 0, second.err
    wanted = news(addresses)[:4]
    named = news(addresses, later)[:4]
    assert not {one.path for one in wanted} & {one.path for one in named}
    # A listing may name more than its page: the lead story, or one in its side column.
    ids = [record["article_id"] for record in data.records if record["revision"] == 1]
    assert {one.head.id for one in wanted + named if one.head} <= set(ids)
    assert len(ids) == len(set(ids))
    assert data.problems() == []


def test_a_feed_that_no_longer_overlaps(data: Data, served: Serve) -> None:
    later = NOW + timedelta(hours=20)
    addresses = addresses_until(later, articles=60)
    feed = ("-a", "sources=feed")
    few = {"feed_length": 4}
    first = data.crawl(served(site_at(NOW, addresses, **few)), *feed)
    assert first.code == 0, first.err
    server = served(site_at(later, addresses, **few))
    second = data.crawl(server, *feed, at=later)
    assert second.code == 0, second.err
    assert "/sitemap.xml" in {request.path for request in server.requests}
    note = "the feed no longer reaches back to the last run; the sitemaps were read for the gap"
    assert note in second.err
    came = [one for one in news(addresses, later) if one not in news(addresses)]
    assert len(came) > 8
    assert {one.head.id for one in came if one.head} <= {record["article_id"] for record in data.records}
    assert data.problems() == []
    third = data.crawl(server, *feed, at=later + timedelta(minutes=10))
    assert third.code == 0, third.err
    assert note not in third.err


@pytest.mark.slow
def test_a_gap_is_found_again_by_the_run_after_a_killed_one(data: Data, served: Serve) -> None:
    later = NOW + timedelta(hours=80)
    addresses = addresses_until(later, articles=260)
    feed = ("-a", "sources=feed")
    few = {"feed_length": 4}
    first = data.crawl(served(site_at(NOW, addresses, **few)), *feed)
    assert first.code == 0, first.err
    slow = served(site_at(later, addresses, **few), latency=1, validators=True)
    with data.start(slow, *feed, at=later) as killed:
        wait_until(lambda: any(request.path.startswith("/rss") for request in slow.requests))
        time.sleep(0.5)  # the feed has been read, the sitemap not answered
        killed.send_signal(signal.SIGKILL)
    assert "/sitemap.xml" not in {request.path for request in slow.requests}
    last = data.crawl(served(site_at(later, addresses, **few), validators=True), *feed, at=later + HOUR)
    assert last.code == 0, last.err
    came = [one for one in news(addresses, later) if one not in news(addresses)]
    assert len(came) > 40
    assert {one.head.id for one in came if one.head} <= {record["article_id"] for record in data.records}
    assert data.problems() == []


def test_a_one_off_touches_neither_dataset_nor_ledger(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    server = served(site_at(NOW, addresses))
    one_off = data.crawl(server, "-O", "articles.jsonl")
    assert one_off.code == 0, one_off.err
    assert not data.path.exists()
    assert "One-off run: the dataset and ledger in data are neither read nor written" in one_off.err
    assert data.crawl(server).code == 0
    before = {path: path.read_bytes() for path in data.path.rglob("*") if path.is_file()}
    again = data.crawl(server, "-O", "articles.jsonl")
    assert again.code == 0, again.err
    assert {path: path.read_bytes() for path in data.path.rglob("*") if path.is_file()} == before
    lines = (data.folder / "articles.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(news(addresses))


def test_naming_the_data_folder_with_an_output_file_does_both(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    server = served(site_at(NOW, addresses))
    both = data.crawl(server, "-O", "articles.jsonl", settings={"NEWSCRAWLER_MODE": "incremental"})
    assert both.code == 0, both.err
    data.check_whole(news(addresses))
    text = (data.folder / "articles.jsonl").read_text("utf-8")
    by_id = {record["article_id"]: record for record in map(json.loads, text.splitlines())}
    assert by_id == {record["article_id"]: record for record in data.records}
    del server.requests[:]
    after = data.crawl(
        server, "-O", "articles.jsonl", settings={"NEWSCRAWLER_MODE": "incremental"}, at=NOW + timedelta(minutes=5)
    )
    assert after.code == 0, after.err
    assert article_requests(server) == []

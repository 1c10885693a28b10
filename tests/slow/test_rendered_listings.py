"""Listings through a real Chromium: "load more" is clicked as often as the arguments and robots.txt allow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crawl.test_records import CRAWL
from tests.harness import Run
from tests.replica import Server
from tests.slow.test_rendered import SYSTEM, apart_from_its_time, paths


@pytest.mark.parametrize("scripted", [{"listing", "listing-wall"}, {"fetched"}], ids=["wall", "fetched"])
def test_a_listing_grown_by_clicks_gives_the_articles_of_its_fragments(
    replica: Callable[..., Server], run: Callable[..., Run], scripted: set[str]
) -> None:
    options = {"articles": 80, "robots": "open"}
    sources = ("-a", "sources=listing", "-a", "max_pages=100")
    plain = run(*CRAWL, *sources, server=replica(**options))
    server = replica(**options, scripted=scripted)
    rendered = run(*CRAWL, *sources, "-a", "render=listing", server=server, settings=SYSTEM)
    assert rendered.code == 0, rendered.err
    assert apart_from_its_time(rendered.records) == apart_from_its_time(plain.records)
    assert len(rendered.records) > 40
    fragments = [path for path in paths(server) if path.startswith("/listing/")]
    assert len(fragments) == len(set(fragments)) > 2
    assert "rendered  1 pages in a browser, load more clicked 2 time(s)" in rendered.err


def test_load_more_is_not_clicked_where_robots_forbids_it(
    replica: Callable[..., Server], run: Callable[..., Run]
) -> None:
    server = replica(articles=130, scripted={"listing"})
    done = run(*CRAWL, "-a", "sources=listing", "-a", "render=listing", server=server, settings=SYSTEM)
    assert done.code == 0, done.err
    assert not [path for path in paths(server) if path.startswith("/listing/")]
    assert "robots.txt forbids loading more" in done.err
    expected = {url for url in server.site.reachable("news", ["listing"]) if "/news/" in url}
    assert {record["url"] for record in done.records} == expected
    assert len(expected) > 10


def test_max_pages_bounds_the_clicks(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=130, robots="open")
    arguments = ("-a", "sources=listing", "-a", "render=listing", "-a", "max_pages=2")
    done = run(*CRAWL, *arguments, server=server, settings=SYSTEM)
    assert [path[-2:] for path in paths(server) if path.startswith("/listing/")] == ["/1"]
    assert "max_pages ended it" in done.err
    assert len(done.records) > 20

"""A range of days, found in the yearly sitemaps of an archive of which the truth is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from replica import Server, Site
from replica.archive import archive
from tests.crawl.conftest import Run

MONTH = ("-a", "since=2020-12-01", "-a", "until=2020-12-31")


@pytest.fixture(scope="module")
def site() -> Site:
    """Three years, each in three sitemaps, all forms of them."""
    return archive(range(2019, 2022), 9000, sitemap_length=1100)


def truth(site: Site, first: date, last: date, *sections: str) -> set[str]:
    """Addresses of the articles that were published on these days."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    heads = [address.head for address in site.addresses.values() if address.head]
    return {head.url for head in heads if start <= head.published_at < end and head.section in (sections or ("news",))}


def articles_asked(server: Server) -> list[str]:
    """Paths of articles that were asked for, in order."""
    return [request.path for request in server.requests if request.path.count("/") == 3 and "rss" not in request.path]


def test_a_month_is_whole_and_costs_little_more_than_itself(
    served: Callable[..., Server], run: Callable[..., Run], site: Site
) -> None:
    server = served(site)
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *MONTH, server=server)
    assert done.code == 0, done.err
    wanted = truth(site, date(2020, 12, 1), date(2020, 12, 31))
    assert {record["url"] for record in done.records} == wanted
    assert {record["discovered_via"] for record in done.records} == {"sitemap"}
    assert len(articles_asked(server)) <= len(wanted) + 70
    assert "31 of 31 days have articles" in done.err

"""A range of days, found in the yearly sitemaps of an archive of which the truth is known."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawl.date_range import Range, articles_asked, is_whole, killed
from tests.harness import Data, Run
from tests.replica import Address, Server, Site
from tests.replica.archive import archive
from tests.replica.site import Options

MONTH = (date(2020, 12, 1), date(2020, 12, 31))
WEEK = (date(2020, 6, 10), date(2020, 6, 14))


@pytest.fixture(scope="module")
def site() -> Site:
    """Three years, each in four sitemaps: plain, by header, by name and plain again."""
    return archive(range(2019, 2022), 2500, sitemap_length=220)


def crawl(days: tuple[date, date], *more: str) -> list[str]:
    return ["-a", f"since={days[0]}", "-a", f"until={days[1]}", *more]


def with_heads(site: Site, change: Callable[[Address], Address], **options: object) -> Site:
    """The same archive with other addresses."""
    changed = sorted(map(change, site.addresses.values()), key=lambda one: one.head.published_at)  # type: ignore[union-attr]
    return Site(changed, site.now, replace(site.options, **options))  # type: ignore[arg-type]


def test_a_month_is_whole_and_costs_little_more_than_itself(
    served: Callable[..., Server], run: Callable[..., Run], site: Site
) -> None:
    server = served(site)
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *crawl(MONTH), server=server)
    assert done.code == 0, done.err
    wanted = Range(site, *MONTH).truth()
    assert {record["url"].removeprefix("https://www.rt.com") for record in done.records} == wanted
    assert len(done.records) == len(wanted) > 25
    assert {record["discovered_via"] for record in done.records} == {"sitemap"}
    # Twenty on each side, some probes, and what lies between the last of them.
    assert len(articles_asked(server)) <= len(wanted) + 2 * 20 + 30
    sitemaps = [request.path for request in server.requests if request.path.startswith("/sitemap")]
    assert {path[:13] for path in sitemaps} == {"/sitemap.xml", "/sitemap_2020", "/sitemap_2021"}
    assert f"{len(wanted)} articles in it (0 of them known before)" in done.err
    assert done.outcomes == {"new": len(wanted), "out_of_range": done.scheduled - len(wanted)}


def test_killed_twice_nothing_is_lost_and_nothing_fetched_twice(site: Site, tmp_path: Path) -> None:
    kills = (signal.SIGKILL, signal.SIGTERM)
    report = killed(Range(site, *MONTH), tmp_path, kills)
    assert is_whole(report), report
    # Eight are under way at once.
    assert report["of them answered but without an outcome at the kill"] <= 16


def test_what_was_left_aside_is_fetched_when_it_is_wanted(
    served: Callable[..., Server], data: Data, site: Site
) -> None:
    first, second = (date(2020, 6, 10), date(2020, 6, 14)), (date(2020, 6, 8), date(2020, 6, 18))
    server = served(site)
    assert data.crawl(server, *crawl(first)).code == 0
    of_first = len(server.requests)
    assert data.crawl(server, *crawl(first)).code == 0
    assert not set(articles_asked(server)[len(set(articles_asked(server))) :]), "the same range again asks for nothing"
    done = data.crawl(server, *crawl(second))
    assert done.code == 0, done.err
    paths = [record["url"].removeprefix("https://www.rt.com") for record in data.records]
    assert sorted(paths) == sorted(Range(site, *second).truth())
    # Those of the second range that the first one left aside are asked for once more, all others once.
    again = [path for path in set(articles_asked(server)) if articles_asked(server).count(path) > 1]
    assert again
    assert set(again) <= Range(site, *second).truth() - Range(site, *first).truth()
    assert of_first < len(server.requests)
    assert "known before" in done.err
    assert data.problems() == []


def test_stories_far_from_their_place_are_found_beyond_the_ends(
    served: Callable[..., Server], run: Callable[..., Run], site: Site
) -> None:
    """Twenty ids from the range, and twenty-three more, which needs the longer row that a find asks for."""
    start, end = datetime(2020, 6, 10, tzinfo=UTC), datetime(2020, 6, 15, tzinfo=UTC)
    heads = sorted(
        (one.head for one in site.addresses.values() if one.head and one.head.section == "news"),
        key=lambda head: head.number,
    )
    inside = [place for place, head in enumerate(heads) if start <= head.published_at < end]
    strays = {heads[min(inside) - 20].number, heads[min(inside) - 43].number, heads[max(inside) + 14].number}

    def strayed(address: Address) -> Address:
        assert address.head is not None
        moment = start + timedelta(hours=60) if address.head.number in strays else address.head.published_at
        return replace(address, head=replace(address.head, published_at=moment, migrated=True))

    changed = with_heads(site, strayed)
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *crawl(WEEK), server=served(changed))
    assert done.code == 0, done.err
    wanted = Range(changed, *WEEK).truth()
    assert len(wanted) == len(inside) + 3
    assert {record["url"].removeprefix("https://www.rt.com") for record in done.records} == wanted


def test_ids_that_say_nothing_cost_requests_and_lose_nothing(
    served: Callable[..., Server], run: Callable[..., Run]
) -> None:
    """Ids of one year in no order at all: the whole year is read."""
    ordered = archive([2020], 150)
    heads = [address.head for address in ordered.addresses.values() if address.head]
    numbers = [head.number for head in heads]

    def shuffled(address: Address) -> Address:
        assert address.head is not None
        number = numbers[(numbers.index(address.head.number) * 67) % len(numbers)]
        path = f"/{address.head.section}/{number}-a-story/"
        return replace(address, path=path, head=replace(address.head, number=number, path=path))

    site = with_heads(ordered, shuffled)
    server = served(site)
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *crawl(WEEK), server=server)
    assert done.code == 0, done.err
    assert {record["url"].removeprefix("https://www.rt.com") for record in done.records} == Range(site, *WEEK).truth()
    assert done.records
    assert "ids did not follow publication" in done.err


def test_old_forms_of_ids_are_read_whole(served: Callable[..., Server], run: Callable[..., Run]) -> None:
    """Addresses of 2013, whose three digits are in no order, and stories that were numbered anew."""
    modern = archive([2013], 160)

    def old(address: Address) -> Address:
        assert address.head is not None
        number = address.head.number % 1000
        if number % 2:
            path, layout = f"/news/some-words-{'abcdefgh'[number % 8]}{number}-{number:03d}/", "2013-cont-wp"
        else:
            number = 90_000 - number
            path, layout = f"/news/{number}-some-words/", address.head.layout
        head = replace(address.head, path=path, number=number, layout=layout, section="news")
        return replace(address, path=path, head=head, sections=("news",))

    site = with_heads(modern, old)
    days = (date(2013, 7, 1), date(2013, 7, 10))
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *crawl(days), server=served(site))
    assert done.code == 0, done.err
    assert {record["url"].removeprefix("https://www.rt.com") for record in done.records} == Range(site, *days).truth()
    assert done.records


def test_a_lost_sitemap_is_no_good_run(served: Callable[..., Server], data: Data, site: Site) -> None:
    server = served(site)
    answer = server.answers.answer

    def broken(target: str) -> object:
        found = answer(target)
        if target == "/sitemap_2020_2.xml":
            found.body, found.headers = found.body[:200], {}
        return found

    server.answers.answer = broken  # type: ignore[method-assign, assignment]
    done = data.crawl(server, *crawl(WEEK))
    assert done.code == 3, done.err
    assert "1 sitemap(s) of the range could not be read" in done.err


def test_a_range_that_reaches_today_reads_the_feed_too(served: Callable[..., Server], data: Data) -> None:
    """Its newest articles are not in a sitemap yet; an ordinary run gets what the range left aside."""
    now = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
    addresses = list(Site.build(articles=60, faults="none", now=now).addresses.values())
    server = served(Site(addresses, lambda: now, Options(robots="open", feed_length=12, page_size=6)))
    answer = server.answers.answer
    server.answers.answer = lambda target: answer("/nothing" if target.startswith("/sitemap_2026") else target)  # type: ignore[method-assign]
    since = (now - timedelta(hours=8)).date()
    done = data.crawl(server, "-a", f"since={since}", at=now)
    feed = {url for url in server.site.reachable("news", ["feed", "listing", "newssitemap"]) if "/news/" in url}
    wanted = {url for url in feed if (story := server.site.story(url)) and story.published_at.date() >= since}
    assert {record["url"] for record in data.records} == wanted != feed
    assert done.code == 3, "the year's sitemap is lost"
    done = data.crawl(server, at=now + timedelta(minutes=5))
    assert done.code == 0, done.err
    assert {record["url"] for record in data.records} >= feed


def test_a_range_in_the_future_is_one_line(run: Callable[..., Run]) -> None:
    done = run("crawl", "rt_world", "-a", "since=2999-01-01")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "since=2999-01-01 is in the future; today is " in done.err


def test_several_sections_are_one_run(served: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = served(Site.build(articles=80, faults="second_section"))
    done = run("crawl", "rt_world", "-O", "articles.jsonl", "-a", "section=news,russia,sport", server=server)
    assert done.code == 0, done.err
    assert {record["section"] for record in done.records} == {"news", "russia", "sport"}
    ids = [record["article_id"] for record in done.records]
    assert len(ids) == len(set(ids))
    # An article that stands in two sections has the section of its page's own address.
    for record in done.records:
        story = server.site.story(record["url"])
        assert story is not None
        assert record["section"] == story.section
    paths = [request.path for request in server.requests]
    assert "/rss/russia/" in paths
    assert "/rss/sport/" not in paths, "that section has no feed"
    assert paths.count("/newssitemap.xml") == 1


def test_trends_and_tags(served: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = served(Site.build(articles=120, faults="none", robots="open"))
    topics = ("-a", "trend=arctic-shipping-files,tags/analysis", "-a", "max_pages=2")
    done = run("crawl", "rt_world", "-O", "articles.jsonl", *topics, server=server)
    assert done.code == 0, done.err
    assert {record["discovered_via"] for record in done.records} == {"trend"}
    assert len(done.records) == 24
    assert len({record["section"] for record in done.records}) > 1
    assert not [request.path for request in server.requests if request.path.startswith(("/rss", "/newssitemap"))]

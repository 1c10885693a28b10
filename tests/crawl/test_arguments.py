"""What a crawl can be told, and what it answers to nonsense."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawler.editions import EDITIONS
from tests.harness import Run
from tests.replica import Server
from tests.replica.answers import Answer

SPIDERS = ", ".join(["rt_archive", "rt_world", *sorted(f"rt_world_{one.code}" for one in EDITIONS[1:])])

CRAWL = ("crawl", "rt_world", "-O", "articles.jsonl")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("-a", "sections=news"), "unknown argument -a sections"),
        (("-a", "section=weather"), "section=weather: no such section"),
        (("-a", "section=shows"), "section=shows: no such section"),
        (("-a", "sources=listing,carrier-pigeon"), "sources=listing,carrier-pigeon"),
        (("-a", "sources="), "sources="),
        (("-a", "max_pages=0"), "max_pages=0"),
        (("-a", "max_pages=ten"), "max_pages=ten"),
        (("-a", "max_articles=-1"), "max_articles=-1"),
        (("-a", "url=https://www.rt.com/shows/x/1234-y/"), "not the URL of an RT article"),
        (("-a", "url=nowhere.txt"), "neither a URL nor a readable file"),
        (("-s", "NEWSCRAWLER_MIRRORS=x"), "NEWSCRAWLER_MIRRORS"),
        (("-s", 'NEWSCRAWLER_MIRRORS={"www.example.org": "http://127.0.0.1:1"}'), "no host of the site"),
        (("-s", 'NEWSCRAWLER_MIRRORS={"www.rt.com": "ftp://127.0.0.1"}'), "give an origin"),
    ],
)
def test_a_bad_argument_is_one_line_and_no_request(
    replica: Callable[..., Server], run: Callable[..., Run], args: tuple[str, ...], says: str
) -> None:
    server = replica(articles=5)
    done = run(*CRAWL, *args, server=None if "-s" in args else server)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert says in done.err
    assert server.requests == []


def test_an_unknown_spider(run: Callable[..., Run]) -> None:
    done = run("crawl", "rt_wrold")
    assert done.code == 2
    assert done.err == f"newscrawler: error: no spider rt_wrold; there are: {SPIDERS}\n"


@pytest.mark.parametrize("source", ["listing", "feed", "newssitemap"])
def test_one_source(replica: Callable[..., Server], run: Callable[..., Run], source: str) -> None:
    server = replica(articles=300)
    done = run(*CRAWL, "-a", f"sources={source}", server=server)
    assert done.code == 0, done.err
    expected = {url for url in server.site.reachable("news", [source]) if "/news/" in url}
    assert {record["url"] for record in done.records} == expected
    assert {record["discovered_via"] for record in done.records} == {source}


def test_max_pages_bounds_the_listing(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=300, robots="open")
    done = run(*CRAWL, "-a", "sources=listing", "-a", "max_pages=3", server=server)
    assert done.code == 0, done.err
    assert len([r for r in server.requests if r.path.startswith("/listing/")]) == 2
    assert "max_pages ended it" in done.err


def test_max_articles_bounds_the_requests(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=200)
    done = run(*CRAWL, "-a", "max_articles=7", server=server)
    assert done.code == 0, done.err
    assert len(done.records) == 7
    assert done.outcomes["new"] == 7
    assert done.outcomes["not_reached"] == done.scheduled - 7


def test_another_section(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=300)
    done = run(*CRAWL, "-a", "section=russia", server=server)
    assert done.code == 0, done.err
    assert done.records
    assert {record["section"] for record in done.records} == {"russia"}


def test_addresses_from_a_file_in_any_form(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    server = replica()
    first, second = (story.url for story in list(server.site.stories)[-2:])
    mirrored = second.replace("https://www.rt.com", "http://swentr.site") + "?utm_source=rss#comments"
    (tmp_path / "urls.txt").write_text(f"{first}\n{mirrored}\n{first}\n")
    done = run(*CRAWL, "-a", "url=urls.txt", server=server)
    assert done.code == 0, done.err
    assert {record["url"] for record in done.records} == {first, second}
    assert {record["discovered_via"] for record in done.records} == {"url"}


def test_a_crawl_that_hides_who_it_is_says_so(run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody answers there, and no name is looked up: the real site is not asked.
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    command = ("crawl", "rt_world", "-a", "sources=feed", "-O", "articles.jsonl")
    settings = {"RETRY_ENABLED": "False"}
    hidden = run(*command, settings=settings)
    named = run(*command, settings={**settings, "NEWSCRAWLER_CONTACT": "https://example.org/who-we-are"})
    assert "NEWSCRAWLER_CONTACT=https://example.org/newscrawler-contact leads nowhere" in hidden.err
    assert " note  NEWSCRAWLER_CONTACT=https://example.org/newscrawler-contact leads nowhere" in hidden.err
    assert "leads nowhere" not in named.err
    assert "the host refuses the connection: nothing listens there" in named.err
    assert hidden.code == named.code != 0


@pytest.mark.parametrize(("date", "says"), [("Thu, 01 Jan 2026 00:00:00 GMT", "minutes ahead of the site's"), ("", "")])
def test_a_clock_that_is_off_is_noted_and_is_no_fault(
    replica: Callable[..., Server], run: Callable[..., Run], date: str, says: str
) -> None:
    server = replica()
    usual = server.answers.answer

    def answer(target: str) -> Answer:
        found = usual(target)
        found.headers |= {"Date": date} if date else {}
        return found

    server.answers.answer = answer  # type: ignore[method-assign]
    done = run(*CRAWL, "-a", "max_articles=2", server=server)
    assert done.code == 0, done.err
    assert ("this machine's clock is" in done.err) == bool(date)
    assert says in done.err

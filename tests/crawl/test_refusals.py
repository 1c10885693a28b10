"""Being told no: recognised, counted, backed off from, and remembered by the next runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse, Response

from newscrawler.middlewares.robots import MAX_BYTES, robots_text
from newscrawler.pages.blocking import detect_block, detect_block_page, is_blank
from tests.harness import NOW, Data, addresses_until, site_at
from tests.replica import Server, Site
from tests.replica.answers import Answers
from tests.replica.refusals import REFUSALS, refuse_robots

URL = "https://www.rt.com/news/600001-a-story/"
PAGES = Path(__file__).parents[1] / "pages"
KINDS = {
    "unauthorized": "login",
    "forbidden": "forbidden",
    "too_many_requests": "too_many_requests",
    "too_many_requests_until": "too_many_requests",
    "too_many_requests_plain": "too_many_requests",
    "legal_reasons": "legal_reasons",
    "challenge_200": "challenge",
    "challenge_202": "challenge",
    "challenge_503": "challenge",
    "login_wall": "login",
    "login_redirect": "login",
    "country_200": "country",
    "country_403": "country",
    "country_451": "country",
    "country_redirect": "country",
}


def said(kind: str, path: str = "/news/") -> str | None:
    """What is made of one of the replica's answers."""
    answer = Answers(Site.build(5, faults="none", refusal=kind)).answer(path)
    page = HtmlResponse(
        "https://www.rt.com" + path,
        answer.status,
        {"Location": answer.location} if answer.location else {},
        answer.body,
    )
    return detect_block(page) or (detect_block_page(page) if answer.status == 200 else None)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_recognised(kind: str) -> None:
    assert said(kind) == KINDS[kind]


def test_all_kinds_are_here() -> None:
    assert set(REFUSALS) - set(KINDS) == {"unavailable_until", "empty", "blank"}


def test_no_real_page_is_taken_for_a_refusal(corpus: Path) -> None:
    pages = sorted((corpus / "pages").glob("*.html"))
    assert len(pages) > 10
    assert not [page.name for page in pages if detect_block_page(HtmlResponse(URL, body=page.read_bytes()))]


def test_no_page_of_the_tests_is_taken_for_a_refusal() -> None:
    pages = sorted(PAGES.glob("**/page.html"))
    assert len(pages) > 5
    assert not [page for page in pages if detect_block_page(HtmlResponse(URL, body=page.read_bytes()))]


def test_no_page_of_the_replica_is_taken_for_a_refusal() -> None:
    site = Site.build(60, faults="none")
    answers = Answers(site)
    paths = [*site.addresses, "/news/", "/russia/", "/about-us/", "/privacy-policy/", "/news/1-no-such-story/"]
    found = {path: answers.answer(path).body for path in paths}
    assert not [
        path for path, body in found.items() if detect_block_page(HtmlResponse("https://www.rt.com" + path, body=body))
    ]


STORY = "".join(
    f"<p>Access to the site was denied in your country, the ministry said on day {n}.</p>" for n in range(30)
)


@pytest.mark.parametrize(
    "page",
    [
        f"<title>Access denied: not available in your country</title><body><div>{STORY}</div>",
        "<title>Please wait</title><meta property='og:type' content='article'><body><p>Short.</p>",
        "<title>Attention required</title><body><article><p>Not available in your country.</p></article>",
        '<script type="application/ld+json">{"@type": "NewsArticle"}</script><p>Blocked in your country',
        "<title>News</title><body><p>The text explains what a captcha is and why sites are blocked.</p>",
        "<body><p>blocked</p>" + "".join(f"<a href='/news/60000{n}-x/'>in your country</a>" for n in range(5)),
        "",
        "<",
    ],
)
def test_words_alone_are_no_refusal(page: str) -> None:
    assert detect_block_page(HtmlResponse(URL, body=page.encode())) is None


@pytest.mark.parametrize(
    "location",
    ["/news/600002-login/", "/news/", "https://www.rt.com/russia/600003-blocked/", "", "http://[", "/x/loginx"],
)
def test_a_redirect_to_a_page_is_no_refusal(location: str) -> None:
    assert detect_block(Response(URL, 302, {"Location": location})) is None


def test_a_redesign_is_not_blank() -> None:
    cards = "".join(f"<li><a href='/news/60000{n}-story/'>Story {n}</a></li>" for n in range(9))
    assert not is_blank(HtmlResponse(URL, body=f"<ul>{cards}</ul>".encode()))
    assert is_blank(HtmlResponse(URL, body=b"<ul></ul>"))
    assert is_blank(Response(URL, body=b" \n"))


def paths(server: Server) -> list[str]:
    return [request.path for request in server.requests if request.path != "/robots.txt"]


def test_a_site_that_asks_to_be_left_alone_is_left_alone(data: Data, served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW)
    with_wait = site_at(NOW, addresses, refusal="too_many_requests", refuse_after=6)
    server = served(with_wait)
    # With no delay at all, Scrapy 2.19 sends whatever waits, however many may be sent at a time.
    one = {"CONCURRENT_REQUESTS_PER_DOMAIN": "1", "DOWNLOAD_DELAY": "0.02"}
    done = data.crawl(server, settings=one)
    assert done.code == 4, done.err
    assert "too_many_requests 1 (responses that block us)" in done.err
    assert (
        "the site asked to come back in 3600 s (too_many_requests); do not come back before 2026-05-01T13:00"
        in done.err
    )
    # Nothing after the one that was refused; what was left out is not lost.
    assert len(paths(server)) == 7
    assert done.outcomes["blocked"] == 1
    assert sum(done.outcomes.values()) == done.scheduled
    assert len(data.records) == done.outcomes["new"]
    # A timer that fires every five minutes asks nothing.
    again = data.crawl(server, at=NOW + timedelta(minutes=5))
    assert again.code == 4, again.err
    assert len(server.requests) == 8
    assert "no request was sent: an earlier run was blocked" in again.err
    # A person may look.
    looked = data.crawl(server, at=NOW + timedelta(minutes=6), settings={"NEWSCRAWLER_IGNORE_COOLDOWN": "True"})
    assert looked.code == 4
    assert len(server.requests) > 8
    # When the time has come, everything is taken up.
    later = NOW + timedelta(hours=3)
    healed = served(site_at(later, addresses))
    done = data.crawl(healed, at=later)
    assert done.code == 0, done.err
    assert not data.problems()


def test_refusals_in_a_row_stop_the_run_and_the_pause_grows(data: Data, served: Callable[..., Server]) -> None:
    server = served(site_at(NOW, addresses_until(NOW), refusal="forbidden"))
    first = data.crawl(server)
    assert first.code == 4, first.err
    assert "forbidden 3 (responses that block us)" in first.err
    asked = len(server.requests)
    assert asked == 4
    assert data.crawl(server, at=NOW + timedelta(minutes=14)).code == 4
    assert len(server.requests) == asked
    # Over after a quarter of an hour, then after half an hour.
    assert data.crawl(server, at=NOW + timedelta(minutes=16)).code == 4
    assert len(server.requests) == asked + 4
    assert data.crawl(server, at=NOW + timedelta(minutes=45)).code == 4
    assert len(server.requests) == asked + 4


def test_lists_that_are_empty_all_at_once(data: Data, served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW)
    assert data.crawl(served(site_at(NOW, addresses))).code == 0
    later = NOW + timedelta(hours=1)
    server = served(site_at(later, addresses, refusal="empty"))
    done = data.crawl(server, at=later)
    assert done.code == 4, done.err
    assert "empty 3 (responses that block us)" in done.err
    assert "only blocks came; do not come back before 2026-05-01T13:15" in done.err
    assert sorted(paths(server)) == ["/news/", "/newssitemap.xml", "/rss/news/"]


def robots(status: int = 200, body: bytes = b"", **headers: str) -> str | None:
    return robots_text(Response("https://www.rt.com/robots.txt", status, headers, body))


def test_robots_files_as_rfc_9309_reads_them() -> None:
    assert [robots(status) for status in (400, 401, 403, 404, 410, 451)] == [""] * 6
    assert [robots(status) for status in (429, 500, 502, 503, 301, 302)] == [None] * 6
    assert robots(body=b"\xef\xbb\xbfUser-agent: *\rDisallow: /") == "User-agent: *\rDisallow: /"
    assert robots(body="User-agent: *\n".encode("utf-16")) == "User-agent: *\n"
    assert robots(body=b"<html><p>No such page") == ""
    challenge = refuse_robots("challenge")
    assert challenge is not None
    assert robots(body=challenge[1]) is None
    long = robots(body=b"Disallow: /a\n" * 100_000 + b"Disallow: /last$")
    assert long is not None
    assert MAX_BYTES - 13 <= len(long) <= MAX_BYTES
    assert long.endswith("Disallow: /a\n")


@pytest.mark.parametrize(("mode", "code"), [("error", 3), ("too_many_requests", 4)])
def test_without_a_robots_file_nothing_is_asked_for(
    data: Data, served: Callable[..., Server], mode: str, code: int
) -> None:
    server = served(site_at(NOW, addresses_until(NOW, articles=2), robots=mode))
    done = data.crawl(server)
    assert done.code == code, done.err
    assert {request.path for request in server.requests} == {"/robots.txt"}
    assert len(server.requests) <= 2


def test_a_young_copy_stands_in_for_a_robots_file_that_cannot_be_had(data: Data, served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW, articles=5)
    server = served(site_at(NOW, addresses))
    assert data.crawl(server).code == 0
    later = NOW + timedelta(hours=1)
    # A copy is of one origin: the same server must go on, without its robots file.
    server.answers.site = site_at(later, addresses, robots="error")
    server.requests.clear()
    done = data.crawl(server, at=later)
    assert done.code == 0, done.err
    assert "the copy of an earlier run was obeyed" in done.err
    assert "/news/" in paths(server)
    assert not [path for path in paths(server) if path.startswith("/listing/")]
    server.requests.clear()
    assert data.crawl(server, at=NOW + timedelta(hours=25)).code == 3
    assert not paths(server)

"""Listings, feeds and sitemaps that name other hosts: none is asked, all are counted, and the run goes on."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.harness import HOUR, NOW, Data, Run, addresses_until, news, site_at
from tests.replica import Server, Site, serve
from tests.replica.answers import XML, Answer, Answers

#: Places that must hear nothing; {other} is the port of a server that listens for it.
ORIGINS = (
    "http://127.0.0.1:{other}",
    "http://localhost:{other}",
    "http://169.254.169.254",
    "http://[::1]:{other}",
    "file:///etc/passwd",
    "data:text/html,",
    "javascript:",
    "//127.0.0.1:{other}",
    "https://www.rt.com@127.0.0.1:{other}",
    "https://www.rt.com:{other}@127.0.0.1:{other}",
    "https://www.rt.com.example.org",
    "https://www.rt.com:99999999",
    "https://www.rt.com:80a",
    "http://0x7f000001:{other}",
    "http://2130706433:{other}",
    "http://127.0.0.1:{other}#@www.rt.com",
    "http://127.0.0.1:{other}\\@www.rt.com",
    "http://[",
    "gopher://127.0.0.1:{other}",
)
#: Those of them with which a sitemap's row is a row at all.
NAMED = sum(origin.startswith("http") for origin in ORIGINS)


class Hostile(Answers):
    """The replica, whose lists name other places before their own."""

    def __init__(self, site: Site, other: int) -> None:
        super().__init__(site)
        self._origins = [origin.format(other=other) for origin in ORIGINS]

    def answer(self, target: str) -> Answer:
        """The replica's answer with more in it."""
        answer = super().answer(target)
        text = answer.body.decode("utf-8", "replace")
        if target == "/sitemap.xml":
            rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in self._to("/sitemap_2026.xml"))
            return Answer(body=_after(r"<sitemapindex[^>]*>", rows, text), content_type=XML)
        if target in ("/newssitemap.xml", "/sitemap_2026.xml"):
            changed = f"<lastmod>{self.site.now().isoformat()}</lastmod>"
            rows = "".join(f"<url><loc>{url}</loc>{changed}</url>" for url in self._to("/news/700001-a-story/"))
            return Answer(body=_after(r"<urlset[^>]*>", rows, text), content_type=XML)
        if target == "/rss/news/":
            urls = self._to("/news/700001-a-story/")
            rows = "".join(f"<item><guid>{url}</guid><link>{url}</link></item>" for url in urls)
            return Answer(body=_after(r"</image>", rows, text), content_type=XML)
        if target == "/news/":
            urls = self._to("/news/700001-a-story/")
            cards = "".join(f'<div class="list-card__content--title"><a href="{url}">X</a></div>' for url in urls)
            return Answer(body=_after(r'<ul class="listCard-rows[^>]*>', cards, text))
        return answer

    def _to(self, path: str) -> list[str]:
        return [escape(origin + path) for origin in self._origins]


class Buttons(Answers):
    """The replica, each of whose sections has a button that leads elsewhere."""

    def __init__(self, site: Site, buttons: dict[str, str]) -> None:
        super().__init__(site)
        self._buttons = buttons

    def answer(self, target: str) -> Answer:
        """The replica's answer with another button."""
        answer = super().answer(target)
        button = self._buttons.get(target.strip("/"))
        return (
            Answer(body=re.sub(rb'data-href="[^"]*"', f'data-href="{button}"'.encode(), answer.body))
            if button
            else answer
        )


def _after(place: str, more: str, text: str) -> bytes:
    found = re.search(place, text)
    assert found, place
    return (text[: found.end()] + more + text[found.end() :]).encode()


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """The port of a server, and what it was asked."""
    heard: list[bytes] = []
    other = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        with suppress(OSError):
            while True:
                client, _ = other.accept()
                heard.append(client.recv(1000))
                client.close()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield other.getsockname()[1], heard
    finally:
        other.close()


def refused(done: Run) -> int:
    """The summary's count of requests that were not made."""
    found = re.search(r"(\d+) request\(s\) to other hosts refused", done.err)
    return int(found[1]) if found else 0


def count(done: Run, name: str) -> int:
    """One of the run's counters; the log must be told to show them."""
    found = re.search(rf"'newscrawler/{name}': (\d+)", done.err)
    return int(found[1]) if found else 0


SHOWN = {"LOG_LEVEL": "INFO"}
#: Rows of the index of which no request can be made: their ports are none.
UNREADABLE = 2
#: Rows of it that name no year, with "[" or behind "#".
UNNAMED = 2


def check(done: Run, *, times: int) -> None:
    """Nothing was lost for what the lists named, and each of it was refused as often as an index was read."""
    assert "Traceback" not in done.err
    assert refused(done) == times * (NAMED - UNREADABLE - UNNAMED)
    assert count(done, "source/sitemap/lost/unreadable") == times * UNREADABLE
    # Of what comes before an @ we take no notice; all other articles were no addresses of the site.
    assert done.outcomes.pop("gone") == 1
    assert sum(done.outcomes.values()) == done.scheduled


def test_sources_that_name_other_places(tmp_path: Path) -> None:
    """Listing, feed, news sitemap, and over a gap the index and the year's sitemap."""
    data, later = Data(tmp_path), NOW + 6 * HOUR
    addresses = addresses_until(later)
    with listener() as (port, heard):
        with serve(site_at(NOW, addresses)) as server:
            assert data.crawl(server).code == 0
        # Three items reach not far enough back, so that the sitemaps are read.
        site = site_at(later, addresses, feed_length=3)
        with serve(site, answers=Hostile(site, port)) as server:
            done = data.crawl(server, at=later, settings=SHOWN)
    assert heard == []
    assert done.code == 0, done.err
    # Both sources have a gap; the second need not ask again.
    indexes = [request.path for request in server.requests].count("/sitemap.xml")
    check(done, times=indexes)
    for source in ("feed", "newssitemap", "listing"):
        assert count(done, f"discovery/{source}/named") >= NAMED
        assert count(done, f"source/{source}/pages") == 1
    assert count(done, "discovery/sitemap/named") > NAMED
    data.check_whole(news(addresses, later))


def test_a_range_whose_sitemaps_name_other_places(run: Callable[..., Run]) -> None:
    site = Site.build(articles=30, faults="none")
    with listener() as (port, heard), serve(site, answers=Hostile(site, port)) as server:
        arguments = ("-O", "articles.jsonl", "-a", "since=2026-01-01", "-a", "until=2026-12-31")
        done = run("crawl", "rt_world", *arguments, server=server, settings=SHOWN)
    assert heard == []
    # Nobody can say that nothing of the range stands in a sitemap that could not be read.
    assert done.code == 3, done.err
    assert f"{NAMED - UNNAMED} sitemap(s) of the range could not be read" in done.err
    check(done, times=1)
    assert done.outcomes["new"] > 5


def test_buttons_that_lead_elsewhere(served: Callable[..., Server], run: Callable[..., Run]) -> None:
    """And a robots file that is answered with 403: there is none, so that the buttons are followed at all."""
    site = Site.build(articles=150, faults="none", robots="forbidden")
    with listener() as (port, heard):
        chosen = [origin.format(other=port) for origin in ORIGINS if not origin.startswith("http://[")]
        sections = [section for section in site.sections if section != "news"]
        buttons = {
            section: f"{origin}/listing/x/prepare/last-news/20/1"
            for section, origin in zip(sections, chosen, strict=False)
        }
        with serve(site, answers=Buttons(site, buttons)) as server:
            arguments = ("-a", f"section=news,{','.join(buttons)}", "-a", "sources=listing", "-a", "max_articles=3")
            done = run("crawl", "rt_world", "-O", "articles.jsonl", *arguments, server=server, settings=SHOWN)
    assert heard == []
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    assert len(buttons) > 10
    assert count(done, "source/listing/lost") == len(buttons)
    assert refused(done) + count(done, "source/listing/lost/unreadable") == len(buttons)
    # The one button that was left as it is was followed to the end.
    assert len([request for request in server.requests if request.path.startswith("/listing/")]) > 1


#: The longest rule that matches counts; {shut} and {open} are ends of articles' addresses.
RULES = """User-agent: *
Disallow: /
Allow: /news/
Allow: /rss/news/$
Disallow: /news/*{shut}$
Disallow: /news/*{open}$
"""
BEYOND = "Disallow: /nowhere/\n" * 26_000 + "Disallow: /news/*\n"


class Robots(Answers):
    """The replica, whose robots file is behind redirects."""

    def __init__(self, site: Site, hops: list[str], text: str = "") -> None:
        super().__init__(site)
        self._hops = dict(zip(["/robots.txt", *(hop[hop.rfind("/") :] for hop in hops)], hops, strict=False))
        self._text = text

    def answer(self, target: str) -> Answer:
        """A redirect, the file, or the replica's answer."""
        if target in self._hops:
            return Answer(301, location=self._hops[target])
        return (
            Answer(body=self._text.encode(), content_type="text/plain") if target == "/r5" else super().answer(target)
        )


HOPS = ["/r1", "https://www.rt.com/r2", "//rt.com/r3", "http://m.rt.com:80/r4", "/r5"]


def test_a_robots_file_behind_five_redirects(run: Callable[..., Run]) -> None:
    """Longer than what is read of it, with rules of which the longest one counts."""
    site = Site.build(articles=60, faults="none")
    shut, other = (address.path for address in site.entries("news")[:2])
    # The second rule lacks the slash with which addresses end.
    text = RULES.format(shut=shut[-9:], open=other[-9:-1]) + BEYOND
    assert len(text) - len("Disallow: /news/*\n") > 500 * 1024
    with serve(site, answers=Robots(site, HOPS, text)) as server:
        done = run("crawl", "rt_world", "-O", "articles.jsonl", server=server)
    assert done.code == 0, done.err
    paths = [request.path for request in server.requests]
    assert paths[:6] == ["/robots.txt", "/r1", "/r2", "/r3", "/r4", "/r5"]
    assert done.outcomes["robots"] == len([path for path in site.addresses if path.endswith(shut[-9:])])
    assert shut not in paths
    assert other in paths
    assert {path.split("/")[1] for path in paths[6:]} == {"news", "rss"}
    assert "the newssitemap gave no URLs 1 time(s): robots" in done.err


@pytest.mark.parametrize("hops", [[*HOPS[:4], "/r4a", "/r5"], ["http://127.0.0.1:{other}/robots.txt"]])
def test_a_robots_file_that_leads_nowhere(run: Callable[..., Run], hops: list[str]) -> None:
    site = Site.build(articles=5, faults="none")
    with listener() as (port, heard):
        answers = Robots(site, [hop.format(other=port) for hop in hops], "User-agent: *\nAllow: /\n")
        with serve(site, answers=answers) as server:
            done = run("crawl", "rt_world", "-O", "articles.jsonl", server=server)
    assert heard == []
    assert done.code == 3, done.err
    assert "robots.txt can't be had" in done.err
    # At most the file and what its redirects named.
    assert {request.path for request in server.requests} <= {"/robots.txt", "/r1", "/r2", "/r3", "/r4", "/r4a"}

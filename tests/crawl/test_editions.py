"""Each edition's spider on the replica and on a small site made by hand; several editions in one data folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from newscrawler.editions import EDITIONS, Edition, edition_of_code
from tests.clock import VARIABLE
from tests.edition_crawls import CODES, check, edition, truths, world
from tests.harness import HOUR, NOW, Run, arguments_of, run_scrapy
from tests.oracle import Expected, Truth, damage, problems, records_of

# The least that is a page of its design: fields are under test elsewhere.
HEAD = """<!DOCTYPE html><html><head><meta charset="utf-8"><link rel="canonical" href="{url}">
<meta property="og:image" content="https://cdni.rt.com/files/2026.05/l/{hour}.jpg">
<meta name="published_time_telegram" content="2026-05-0{day}T0{hour}:00:00+00:00"></head><body>"""
PAGE = (
    HEAD
    + """<section class="Grid-container"><div class="article"><div class="article__breadcrumbs">
<span class="date date_article-header">{day} May, 2026 0{hour}:00</span></div>
<h1 class="article__heading">Balovo {words}</h1><div class="article__summary">Merin tolu {words}.</div>
<div class="article__text"><p>{text}</p></div></div></section></body></html>"""
)
BEM = (
    HEAD
    + """<div class="article"><h1 class="article__heading">Balovo {words}</h1>
<div class="article__summary">Merin tolu {words}.</div>
<div class="article__text"><p>{text}</p></div></div></body></html>"""
)
LISTINGS = {
    "de": '<li class="js-listing__item"><div class="card__header"><a href="{} ">x</a></div></li>',
    "en": '<div class="list-card__content--title"><a href="{}">x</a></div>',
    "ru": '<div class="card__heading"><a href="{}">x</a></div>',
}
WORDS = {"ru": "Бодлира мевона", "de": "Grümel wöchta"}
#: Ids are the same in all editions: an article is known by both.
NUMBERS = (640001, 640002, 640003)


def shape(edition: Edition, number: int, section: str | None = None) -> str:
    """The path of an article."""
    section = section or edition.world[number % len(edition.world)]
    kind = ("news",) if edition.code == "ru" else ()
    return edition.page_path(section, *kind, f"{number}-balovo")


@dataclass
class Small:
    """What is served of an edition, by path, and what was asked for."""

    edition: Edition
    url: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def article(self, number: int, extra: str = "", section: str | None = None) -> None:
        """Serve an article; ``extra`` changes its text."""
        path = shape(self.edition, number, section)
        words = WORDS.get(self.edition.code, "mevona")
        text = " ".join(f"{words} {number + at * at % 97}" for at in range(40)) + extra
        url = f"https://{self.edition.host}{path}"
        page = PAGE if self.edition.code == "en" else BEM
        self.pages[path] = page.format(url=url, day=1, hour=number % 10, words=f"{words} {number}", text=text)

    def sources(self, listed: tuple[int, ...], fed: tuple[int, ...]) -> None:
        """Serve listings and feeds."""
        for section in self.edition.world:
            card = LISTINGS[self.edition.code]
            listing = "".join(
                card.format(shape(self.edition, number, section)).replace(">x<", f">{self.headline(number)}<")
                for number in listed
                if shape(self.edition, number, section) in self.pages
            )
            self.pages[self.edition.page_path(section)] = f"<html><body><ul>{listing}</ul></body></html>"
            self.pages[self.edition.section_feed.format(section=section)] = self._feed(fed)
        if self.edition.feed is not None:
            self.pages[self.edition.feed] = self._feed(fed)

    def headline(self, number: int) -> str:
        return f"Balovo {WORDS.get(self.edition.code, 'mevona')} {number}"

    def _feed(self, numbers: tuple[int, ...]) -> str:
        host = f"https://{(*self.edition.former_hosts, self.edition.host)[0]}"
        items = "".join(
            f"<item><title><![CDATA[{self.headline(number)}]]></title>"
            f"<link>{host}{shape(self.edition, number)}?utm_source=rss</link>"
            f"<guid>{host}{shape(self.edition, number)}?utm_source=rss</guid></item>"
            for number in numbers
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def small(code: str) -> Small:
    """Three articles: one in the listing, two in the feed where there is one."""
    edition = edition_of_code(code)
    assert edition is not None
    site = Small(edition)
    for number in NUMBERS:
        site.article(number)
    has_feed = bool(edition.feed or edition.feeds)
    site.sources(NUMBERS[:1] if has_feed else NUMBERS, NUMBERS[1:])
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /listing/\n"
    return site


@contextmanager
def serving(site: Small) -> Iterator[Small]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append(self.path)
            page = site.pages.get(self.path)
            body = (page or "").encode()
            kinds = {"<?xml": "application/rss+xml", "User-": "text/plain"}
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", kinds.get((page or "")[:5], "text/html; charset=utf-8"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def crawl(folder: Path, site: Small, *args: str, hours: int = 0, settings: Mapping[str, str] | None = None) -> Run:
    """The edition's spider at a pretended time. Only its own host leads to anything."""
    name = "rt_world" if site.edition.code == "en" else f"rt_world_{site.edition.code}"
    mirrors = {one.host: "http://127.0.0.1:9" for one in EDITIONS} | {site.edition.host: site.url}
    given = {"NEWSCRAWLER_MIRRORS": json.dumps(mirrors), **(settings or {})}
    command = arguments_of("crawl", name, *args, settings=given)
    return run_scrapy(folder, command, env={VARIABLE: (NOW + hours * HOUR).isoformat()})


@pytest.mark.parametrize("code", CODES)
def test_an_edition_s_world_news_into_a_data_folder(tmp_path: Path, code: str) -> None:
    """Its newest listings and its feed: every design of its pages, every field, nothing doubted, nothing twice."""
    with edition(code, articles=60) as (server, site, settings):
        command = arguments_of("crawl", f"rt_world_{code}", "-a", "max_pages=100", settings=settings)
        first = run_scrapy(tmp_path, command)
        check(first, records_of(tmp_path / "data"), site, truths(site, *world(site)))
        assert set(first.outcomes) == {"new"}
        second = run_scrapy(tmp_path, command)
        assert (second.code, second.outcomes) == (0, {}), second.err
        by_code = {one.code: one for one in EDITIONS}
        assert not [one.path for one in server.requests if one.path.startswith(by_code[code].sitemap)]
    articles = {str(truth["article_id"]): Expected((truth,), 0) for truth in truths(site, *world(site)).values()}
    assert problems(tmp_path / "data", Truth(articles=articles)) == []


@pytest.mark.parametrize("code", CODES)
def test_a_range_of_days(run: Callable[..., Run], code: str) -> None:
    """A backfill over pages of all the edition's designs: what was published on these days, and nothing else."""
    with edition(code) as (_, site, settings):
        known = truths(site, *world(site))
        days = sorted(str(truth["published_at"])[:10] for truth in known.values())
        since, until = days[0], days[len(days) // 2]
        assert until < days[-1]
        arguments = ("-a", f"since={since}", "-a", f"until={until}")
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", *arguments, settings=settings)
    wanted = {url: truth for url, truth in known.items() if str(truth["published_at"])[:10] <= until}
    check(done, done.records, site, wanted)


def test_a_feed_that_names_a_former_host(tmp_path: Path) -> None:
    site = small("de")
    section = next(name for name in site.edition.sections if name not in site.edition.world)
    site.article(640009, section=section)
    assert site.edition.former_hosts[0] in site.pages[site.edition.feed or ""]
    with serving(site):
        done = crawl(tmp_path, site, "-O", "articles.jsonl")
    assert done.code == 0, done.err
    records = [json.loads(line) for line in (tmp_path / "articles.jsonl").read_text("utf-8").splitlines()]
    assert sorted(record["article_id"] for record in records) == [str(number) for number in NUMBERS]
    for record in records:
        assert record["url"] == f"https://{site.edition.host}{shape(site.edition, int(record['article_id']))}"


def test_two_editions_in_one_folder_and_a_takedown_in_one(tmp_path: Path) -> None:
    sites = [small("en"), small("ru")]
    metrics = {"NEWSCRAWLER_METRICS_FILE": "ru.prom"}
    with ExitStack() as stack:
        english, russian = (stack.enter_context(serving(site)) for site in sites)
        english.pages["/newssitemap.xml"] = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
        for at in range(3):
            for site in sites:
                more = metrics if site is russian else {}
                done = crawl(tmp_path, site, "-a", "sources=listing,feed", hours=24 * at, settings=more)
                assert done.code == 0, done.err
                site.article(640010 + at)
                site.sources((NUMBERS[0], 640010 + at), NUMBERS[1:])
            russian.article(640001, extra=" Мевона.")
        data = tmp_path / "data"
        before = [record for record in records_of(data) if record["edition"] == "ru"]
        assert len(before) == 5 + 1
        done = run_scrapy(tmp_path, ["takedown", "en/640001", "--reason", "asked", "--yes"])
        assert done.code == 0, done.err
        lines = records_of(data)
        assert [record for record in lines if record["edition"] == "ru"] == before
        assert "640001" not in [record["article_id"] for record in lines if record["edition"] == "en"]
        english.requests.clear()
        for site in sites:
            done = crawl(tmp_path, site, "-a", "sources=listing,feed", hours=96, settings=metrics)
            assert done.code == 0, done.err
        assert not any("640001" in path for path in english.requests)
        assert list(damage(data)) == []
    done = run_scrapy(tmp_path, ["revisions", "ru/640001"])
    assert done.code == 0, done.err
    assert "content" in done.out
    done = run_scrapy(tmp_path, ["dataset", "latest", "--edition", "ru", "-o", "ru.jsonl"])
    assert done.code == 0, done.err
    latest = [json.loads(line) for line in (tmp_path / "ru.jsonl").read_text("utf-8").splitlines()]
    assert {record["edition"] for record in latest} == {"ru"}
    assert all(record["near_duplicate_of"] in (None, *(other["article_id"] for other in latest)) for record in latest)
    assert 'edition="ru"' in (tmp_path / "ru.prom").read_text("utf-8")
    done = run_scrapy(tmp_path, ["report"])
    assert done.code == 0, done.err
    html = (tmp_path / "data/report.html").read_text("utf-8")
    assert "ru/world" in html
    assert "rt_world_ru" in html

"""What is fuzzed: each reader with what it may raise and what must be true of what it gives.

A target takes bytes and returns nothing. Any exception that leaves it is a finding.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from protego import Protego
from scrapy.http import HtmlResponse, Response, XmlResponse

from newscrawler.archive.reader import load, response_of, scan
from newscrawler.editions import article_url, canonical_url
from newscrawler.exceptions import ArchiveError, PageError, WarcWriteError
from newscrawler.items import Article, Source, record_of
from newscrawler.middlewares.robots import robots_text
from newscrawler.pages.article import parse_article
from newscrawler.pages.blocking import detect_block_page, is_blank
from newscrawler.pages.feeds import parse_feed, parse_news_sitemap, parse_sitemap, parse_sitemap_index
from newscrawler.pages.listings import ListingEntry, parse_listing
from newscrawler.pages.text import clean_text, content_hash
from newscrawler.pipelines import problems_of
from newscrawler.schema import SchemaCheck
from newscrawler.utils import escape_control_chars

Target = Callable[[bytes], None]

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ARTICLE_URL = "https://www.rt.com/news/600001-a-story/"
LISTING_URL = "https://www.rt.com/news/"
FEED_URL = "https://www.rt.com/rss/news/"
SITEMAP_URL = "https://www.rt.com/sitemap_2022.xml"
#: Control characters, which would break a terminal or a line of the dataset.
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class BrokenPromise(AssertionError):
    """Raised by a target when what a reader gave is not what it promises."""


def promise(kept: bool, what: str) -> None:
    """A finding unless it is kept; an assert would be gone under -O."""
    if not kept:
        raise BrokenPromise(what)


def article(data: bytes) -> None:
    """An article's page: a record that keeps to the schema, or a PageError of one line."""
    try:
        read = parse_article(HtmlResponse(ARTICLE_URL, body=data), now=NOW, url=ARTICLE_URL).article
    except PageError as error:
        _one_line(error)
        return
    promise((read.edition, read.article_id) == ("en", "600001"), f"identity is that of the address: {read.article_id}")
    if any(problems_of(read)):
        return
    _check_record(read)


def saved_page(data: bytes) -> None:
    """A saved page, whose address is what it says itself."""
    try:
        read = parse_article(HtmlResponse("file:///saved.html", body=data), now=NOW).article
    except PageError as error:
        _one_line(error)
        return
    if not any(problems_of(read)):
        _check_record(read)


def listing(data: bytes) -> None:
    """A listing page or fragment."""
    response = HtmlResponse(LISTING_URL, body=data)
    detect_block_page(response)
    is_blank(response)
    found = parse_listing(response, now=NOW)
    _check_entries(found.entries)
    promise(found.more_url is None or "/listing/" in found.more_url, f"more: {found.more_url}")


def feed(data: bytes) -> None:
    """An RSS feed."""
    _read(parse_feed, XmlResponse(FEED_URL, body=data))


def news_sitemap(data: bytes) -> None:
    """The news sitemap."""
    _read(parse_news_sitemap, XmlResponse("https://www.rt.com/newssitemap.xml", body=data))


def sitemap(data: bytes) -> None:
    """A year's sitemap, packed or not, and the index of them."""
    response = Response(SITEMAP_URL, body=data)
    _read(lambda answer: parse_sitemap(answer, since=None), response)
    try:
        for url in parse_sitemap_index(response, first_year=2005):
            promise(isinstance(url, str), "addresses are text")
    except PageError as error:
        _one_line(error)


def robots(data: bytes) -> None:
    """A robots file, as the crawl decodes it."""
    text = robots_text(Response("https://www.rt.com/robots.txt", body=data))
    rules = Protego.parse(text or "")
    for agent in ("newscrawler", "*"):
        rules.can_fetch(ARTICLE_URL, agent)
        rules.can_fetch("https://www.rt.com/listing/x/prepare/last-news/20/1?a=b", agent)
        rules.crawl_delay(agent)


def warc(data: bytes) -> None:
    """A WARC file: records, and lines about what is damaged; what is behind the damage is read."""
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.warc"
        path.write_bytes(data)
        try:
            records = list(scan(path, said.append))
        except ArchiveError as error:
            _one_line(error)
            return
        for record in records[:20]:
            try:
                response_of(load(path, record.offset, 5_000_000), record.url or ARTICLE_URL)
            except (ArchiveError, WarcWriteError) as error:
                _one_line(error)
    promise(not any("\n" in line for line in said), f"a line of several: {said}")


def address(data: bytes) -> None:
    """Something that stands in a href: what it names, in canonical form, which names the same."""
    url = data.decode("utf-8", "replace")
    found = article_url(url)
    canonical_url(url)
    if found is None:
        return
    promise(found.url.startswith("https://www.rt.com/"), f"{url!r} leads elsewhere: {found.url!r}")
    again = article_url(found.url)
    promise(again is not None and again.key == found.key, f"{url!r}: canonical {found.url!r} names another article")
    promise(again is not None and again.url == found.url, f"{url!r}: canonical twice is {again!r}")


def text(data: bytes) -> None:
    """Any text through the cleaner: clean once is clean twice; nothing that a terminal would obey is left."""
    raw = data.decode("utf-8", "surrogateescape")
    clean = clean_text(raw)
    promise(clean_text(clean) == clean, f"{raw!r} is cleaned twice to something else")
    promise(not _CONTROL.search(clean), f"control characters are left of {raw!r}")
    promise(not _CONTROL.search(escape_control_chars(raw)), f"a terminal would obey {escape_control_chars(raw)!r}")


def _read(parse: Callable[[Response], tuple[ListingEntry, ...]], response: Response) -> None:
    try:
        _check_entries(parse(response))
    except PageError as error:
        _one_line(error)


def _check_entries(entries: tuple[ListingEntry, ...]) -> None:
    for entry in entries:
        article_url(entry.url)
        promise(entry.lastmod is None or entry.lastmod.tzinfo is not None, "a time without a zone")


@cache
def _schema() -> SchemaCheck:
    return SchemaCheck()


def _check_record(read: Article) -> None:
    read.first_seen_at, read.discovered_via = read.fetched_at, Source.FEED
    line = json.dumps(record_of(read), ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BrokenPromise(f"the record can't be written as UTF-8: {error}") from None
    record = json.loads(line)
    promise("\n" not in line, "the record is more than one line")
    faults = _schema()(record)
    promise(not faults, f"schema: {faults[:3]}")
    shown = [record["headline"], record["lead"], *record["paragraphs"], *record["authors"], *record["tags"]]
    for value in filter(None, shown):
        promise(not _CONTROL.search(value), f"control character in {value!r}")
        promise(value == " ".join(value.split()), f"white space in {value!r}")
    expected = "\n\n".join(filter(None, [record["lead"], *record["paragraphs"]]))
    promise(record["text"] == expected, "text is not lead and paragraphs")
    promise(record["content_hash"] == content_hash(read.headline, read.lead, read.paragraphs), "content_hash")
    urls = [record["url"], (record["image"] or {}).get("url"), *(part["url"] for part in record["related"])]
    for url in [*urls, *(part["url"] for part in record["embeds"])]:
        promise(url is None or url.startswith(("http://", "https://")), f"address {url!r}")


def _one_line(error: Exception) -> None:
    promise("\n" not in str(error), f"an error of several lines: {error}")


TARGETS: dict[str, Target] = {
    "article": article,
    "saved_page": saved_page,
    "listing": listing,
    "feed": feed,
    "news_sitemap": news_sitemap,
    "sitemap": sitemap,
    "robots": robots,
    "warc": warc,
    "address": address,
    "text": text,
}

"""Feeds and sitemaps: real shapes, and what a stranger may send instead."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.http import Response, TextResponse

from newscrawler.editions import article_url
from newscrawler.pages.feeds import MAX_UNPACKED, BrokenFeed, lost_in_feed, parse_feed, parse_news_sitemap
from newscrawler.pages.listings import ListingEntry
from tests.replica import Site
from tests.replica.answers import Answers

Parse = Callable[[Response], tuple[ListingEntry, ...]]
URL = "https://www.rt.com/rss/news/"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lollollol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)


def response(body: str | bytes, cls: type[Response] = Response) -> Response:
    return cls(URL, body=body.encode() if isinstance(body, str) else body)


def urls(parse: Parse, body: str | bytes) -> list[str]:
    return [entry.url for entry in parse(response(body))]


def rss(items: str, before: str = "") -> str:
    return f'{before}<rss version="2.0"><channel><title>T</title><link>https://www.rt.com</link>{items}</channel></rss>'


def sitemap(locations: str, before: str = "") -> str:
    return f'{before}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'


def test_the_replica_s_feed_and_news_sitemap() -> None:
    site = Site.build(articles=200, faults="show,podcast")
    answers = Answers(site)
    assert urls(parse_feed, answers.answer("/rss/news/").body) == [entry.url for entry in site.newest(100, "news")]
    of_all_sections = urls(parse_news_sitemap, answers.answer("/newssitemap.xml").body)
    assert set(site.reachable("news", ["newssitemap"])) <= set(of_all_sections)
    assert len({url.split("/")[3] for url in of_all_sections}) > 3


def test_guid_is_the_clean_address_and_link_comes_after_it() -> None:
    item = "<item><link><![CDATA[ https://www.rt.com/news/{0}/?utm_source=rss ]]></link>{1}</item>"
    body = rss(
        item.format("1000-a", "<guid> https://www.rt.com/news/1000-a/\n</guid>")
        + item.format("1001-b", "")
        + item.format("1002-c", "<guid></guid>")
        + item.format("1003-d", '<guid isPermaLink="false">1003</guid>')
        + "<item><title>no address</title></item><item><guid>1003</guid></item>"
    )
    assert urls(parse_feed, body) == [
        "https://www.rt.com/news/1000-a/",
        "https://www.rt.com/news/1001-b/?utm_source=rss",
        "https://www.rt.com/news/1002-c/?utm_source=rss",
        "https://www.rt.com/news/1003-d/?utm_source=rss",
    ]


def test_pictures_in_a_sitemap_are_no_pages() -> None:
    body = sitemap(
        '<url><loc>https://www.rt.com/news/1000-a/</loc><i:image xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">'
        "<i:loc>https://www.rt.com/files/a.jpg</i:loc></i:image></url><url><loc>/relative/</loc></url><url/>"
    )
    assert urls(parse_news_sitemap, body) == ["https://www.rt.com/news/1000-a/"]


@pytest.mark.parametrize("before", ["", "\n \n", "\ufeff", '<?xml version="1.0" encoding="utf-8"?>\n', "<!-- x -->"])
def test_what_may_stand_before_the_root(before: str) -> None:
    assert urls(parse_feed, rss("<item><guid>https://www.rt.com/a/</guid></item>", before)) == ["https://www.rt.com/a/"]


def test_gzip_bytes_without_a_header() -> None:
    body = gzip.compress(sitemap("<url><loc>https://www.rt.com/news/1000-a/</loc></url>").encode())
    assert urls(parse_news_sitemap, body) == ["https://www.rt.com/news/1000-a/"]


def test_gzip_that_unpacks_too_large() -> None:
    with pytest.raises(BrokenFeed, match="more than"):
        parse_news_sitemap(response(gzip.compress(b" " * (MAX_UNPACKED + 1))))


def test_gzip_that_breaks_off() -> None:
    """What came before the break counts; the address that it cuts may be cut."""
    whole = gzip.compress(sitemap("<url><loc>https://www.rt.com/news/1000-a/</loc></url>" * 500).encode(), 0)
    *found, last = urls(parse_news_sitemap, whole[: len(whole) // 2])
    assert set(found) == {"https://www.rt.com/news/1000-a/"}
    assert "https://www.rt.com/news/1000-a/".startswith(last)


def test_a_slip_in_the_xml_loses_no_more_than_its_item() -> None:
    body = rss(
        "<item><guid>https://www.rt.com/news/1000-a/</guid></item>"
        "<item><title>salt & pepper</title><guid>https://www.rt.com/news/1001-b/</guid></item>"
        "<item><title>&nbsp;&nonsense;</title><guid>https://www.rt.com/news/1002-c/</guid>"
    )
    assert urls(parse_feed, body)[:2] == ["https://www.rt.com/news/1000-a/", "https://www.rt.com/news/1001-b/"]


NAMED = "<guid>https://www.rt.com/news/1000-a/</guid>"


@pytest.mark.parametrize(
    "title", ["salt & pepper", "salt &amp; pepper", "<![CDATA[salt & pepper]]>", "<![CDATA[salt &amp; pepper]]>"]
)
def test_an_ampersand_costs_no_words(title: str) -> None:
    (entry,) = parse_feed(response(rss(f"<item><title>{title}</title>{NAMED}</item>")))
    assert entry.title == "salt & pepper"


def test_a_feed_in_utf_8_is_nothing_else_whatever_it_declares() -> None:
    declared = '<?xml version="1.0" encoding="windows-1251"?>'
    feed = rss(f"<item><title>Соль</title>{NAMED}</item>", declared)
    for body in (feed.encode(), feed.encode("cp1251")):
        assert [entry.title for entry in parse_feed(response(body))] == ["Соль"]


def test_a_feed_in_utf_16_with_a_bare_ampersand() -> None:
    feed = rss(f"<item><title>salt &amp; pepper</title>{NAMED}</item><item>a & b</item>", "")
    assert [entry.title for entry in parse_feed(response(feed.encode("utf-16")))] == ["salt & pepper"]


def test_words_of_the_server_before_a_feed() -> None:
    before = '<br />\n<b>Warning</b>: peket in zol on line 3<br />\n<?xml version="1.0"?>'
    assert urls(parse_feed, rss(f"<item>{NAMED}</item>", before)) == ["https://www.rt.com/news/1000-a/"]


def test_a_feed_s_text_and_date_in_other_forms() -> None:
    text = "<content:encoded><![CDATA[<p>Zol</p>]]></content:encoded>"
    (entry,) = parse_feed(response(rss(f"<item>{NAMED}{text}<pubDate>2026-05-07T10:00:00Z</pubDate></item>")))
    assert entry.html == "<p>Zol</p>"
    assert entry.published_at == datetime(2026, 5, 7, 10, tzinfo=UTC)


def test_a_date_that_is_none_costs_no_feed() -> None:
    (entry,) = parse_feed(response(rss(f"<item>{NAMED}<pubDate>1 Jan 2020 10:00:00 +{'9' * 30}</pubDate></item>")))
    assert entry.published_at is None


@pytest.mark.parametrize("parse", [parse_feed, parse_news_sitemap])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "  \n",
        "not XML at all",
        '{"json": true}',
        "<!DOCTYPE html><html><head><title>Just a moment</title></head><body>Checking your browser<br></body></html>",
        "<feed xmlns='http://www.w3.org/2005/Atom'/>",
        "<sitemapindex/>",
        b"\x00\x01\x02",
        b"\x1f\x8b but no gzip",
        b"\xff\xfe\x00",
    ],
)
def test_something_else_instead(parse: Parse, body: str | bytes) -> None:
    with pytest.raises(BrokenFeed, match=f"^{URL}: [^\n]+$"):
        parse(response(body))


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_feed, rss("<item><guid>https://www.rt.com/&j;</guid></item>", BOMB)),
        (parse_news_sitemap, sitemap("<url><loc>https://www.rt.com/&j;</loc></url>", BOMB)),
    ],
)
def test_an_entity_bomb_does_not_go_off(parse: Parse, body: str) -> None:
    tracemalloc.start()
    try:
        try:
            found = urls(parse, body)
        except BrokenFeed:
            found = []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(len(url) < 1000 for url in found)
    assert peak < 5_000_000


def test_no_file_is_read_for_a_feed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("https://www.rt.com/secret/")
    entity = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    assert urls(parse_feed, rss("<item><guid>&x;</guid></item>", entity)) == []


def test_the_kind_of_response_does_not_matter() -> None:
    body = rss("<item><guid>https://www.rt.com/news/1000-a/</guid></item>")
    assert parse_feed(response(body, TextResponse)) == parse_feed(response(body))


def test_real_feeds(corpus: Path) -> None:
    for path in sorted((corpus / "feeds").glob("rss-*.xml")):
        found = urls(parse_feed, path.read_bytes())
        assert found, path
        for url in found:
            assert article_url(url) is not None, (path, url)


def test_the_real_news_sitemap(corpus: Path) -> None:
    found = urls(parse_news_sitemap, (corpus / "feeds" / "news-sitemap-2020-02-13.xml").read_bytes())
    assert len(found) == 100
    sections = [address.section for url in found if (address := article_url(url))]
    assert len(sections) == 99
    assert sections.count("news") == 34
    # Doctored: `/&q=q` after the address.
    first = article_url(found[0])
    assert first is not None
    assert first.article_id == "480790"


def test_an_empty_feed_has_lost_nothing() -> None:
    """The channel's picture has a URL of its own."""
    picture = "<image><url>https://www.rt.com/a.png</url><link>https://www.rt.com</link></image>"
    assert lost_in_feed(response(f"<rss><channel><title>x</title>{picture}</channel></rss>"), 0) == ""


@pytest.mark.parametrize("opening", ["<![CDATA[", "<!--", "<item>&<![CDATA[x"])
def test_what_is_opened_a_thousand_times_is_read_once(opening: str) -> None:
    body = response("<rss><channel>&" + opening * 60_000)
    started = time.process_time()
    assert parse_feed(body) == ()
    lost_in_feed(body, 0)
    assert time.process_time() - started < 5

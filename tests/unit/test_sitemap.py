"""Sitemaps in all forms, of any length, whole and broken."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from newscrawler.pages.feeds import (
    MAX_UNPACKED,
    BrokenFeed,
    SitemapEntry,
    parse_sitemap,
    parse_sitemap_index,
    read_sitemap,
)

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
ROW = "<url><loc>https://www.rt.com/news/{0}-a/</loc><lastmod>2020-05-01T10:00:00+00:00</lastmod></url>"


def answer(body: bytes | str) -> Response:
    return Response("https://www.rt.com/sitemap_2020.xml", body=body.encode() if isinstance(body, str) else body)


def urlset(rows: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<urlset {NS}>{rows}</urlset>\n'


def many(count: int) -> bytes:
    return urlset("".join(ROW.format(number) for number in range(100_000, 100_000 + count))).encode()


def halves(body: bytes) -> bytes:
    """Two gzip members, one after the other."""
    return gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :])


@pytest.mark.parametrize("form", [bytes, gzip.compress, halves, lambda body: b"\n  " + body])
def test_every_row_of_every_form(form: type[bytes]) -> None:
    rows = list(read_sitemap(answer(form(many(3000)))))
    assert len(rows) == 3000
    assert rows[0] == SitemapEntry("https://www.rt.com/news/100000-a/", datetime(2020, 5, 1, 10, tzinfo=UTC))
    assert rows[-1].url == "https://www.rt.com/news/102999-a/"


def test_a_long_sitemap_is_never_held() -> None:
    response = answer(gzip.compress(many(20_000)))
    tracemalloc.start()
    assert sum(1 for _ in read_sitemap(response)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # lxml's own memory is not traced; the unpacked text, 2 MB of it, and the rows would be.
    assert peak < 1_000_000


def test_rows_that_are_no_addresses_and_times_that_are_none() -> None:
    rows = list(
        read_sitemap(
            answer(
                urlset(
                    "<!-- x --><url><loc> https://www.rt.com/news/1000-a/\n</loc><lastmod>2020-05-01</lastmod></url>"
                    "<url><loc><![CDATA[https://www.rt.com/news/1001-b/]]></loc><lastmod>soon</lastmod></url>"
                    "<url><loc>/news/1002-c/</loc></url><url/>"
                    '<url><loc>https://www.rt.com/news/1003-d/</loc><i:image xmlns:i="urn:i"><i:loc>https://x/</i:loc>'
                    "</i:image></url>"
                )
            )
        )
    )
    assert [(row.url[-2], row.lastmod) for row in rows] == [
        ("a", datetime(2020, 5, 1, tzinfo=UTC)),
        ("b", None),
        ("d", None),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not XML"),
        (b"<html><body>Just a moment</body></html>", "found <html>"),
        (b"plain words", "not XML"),
        (many(10)[:-20], "not XML: expected"),
        (gzip.compress(many(2000))[:-50], "ends too early"),
        (many(10) + many(10), "not XML"),
        (gzip.compress(many(10))[:20] + b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "broken gzip"),
        (gzip.compress(b" " * (MAX_UNPACKED + 1)), "more than"),
    ],
    # A packed body has the time in it: as a name it would differ between pytest-xdist's workers.
    ids=["empty", "page", "words", "cut", "packed_cut", "two", "packed_broken", "too_large"],
)
def test_what_is_broken_says_so(body: bytes, says: str) -> None:
    with pytest.raises(BrokenFeed, match=says) as error:
        list(read_sitemap(answer(body)))
    assert "https://www.rt.com/sitemap_2020.xml" in str(error.value)


def test_what_came_before_the_fault_is_given() -> None:
    rows = read_sitemap(answer(many(2000)[:100_000]))
    assert next(rows).url == "https://www.rt.com/news/100000-a/"
    with pytest.raises(BrokenFeed):
        assert len(list(rows)) > 300


def test_an_ampersand_by_itself_costs_no_sitemap() -> None:
    row = "<url><loc>https://www.rt.com/news/1000-a/?a=1&b=2&amp;c=&#51;&</loc></url>"
    rows = list(read_sitemap(answer(urlset(row * 3000 + ROW.format(2000)))))
    assert {row.url for row in rows[:-1]} == {"https://www.rt.com/news/1000-a/?a=1&b=2&c=3&"}
    assert rows[-1].url == "https://www.rt.com/news/2000-a/"


def test_an_index_names_years_and_their_parts() -> None:
    names = ("sitemap_2019.xml", "sitemap_2020_2.xml", "sitemap_2020_1.xml.gz", "sitemap_video.xml", "map.xml")
    rows = "".join(f"<sitemap><loc>https://www.rt.com/{name}</loc></sitemap>" for name in names)
    response = answer(f"<sitemapindex {NS}>{rows}</sitemapindex>")
    assert [row.year for row in read_sitemap(response)] == [2019, 2020, 2020, None, None]
    assert all(row.is_sitemap for row in read_sitemap(response))
    assert [url[19:] for url in parse_sitemap_index(response, first_year=2020)] == [
        "sitemap_2020_2.xml",
        "sitemap_2020_1.xml.gz",
    ]


def test_only_what_was_changed_since_or_is_not_dated() -> None:
    response = answer(urlset(ROW.format(1000) + "<url><loc>https://www.rt.com/news/1001-a/</loc></url>"))
    assert len(parse_sitemap(response, since=None)) == 2
    assert [entry.url[-7:-3] for entry in parse_sitemap(response, since=datetime(2020, 5, 2, tzinfo=UTC))] == ["1001"]

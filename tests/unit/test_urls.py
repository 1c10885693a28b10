"""Addresses in the forms of docs/extend/site.md#urls: what they name, and their one canonical form."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import re
from pathlib import Path

import pytest

from newscrawler.editions import ENGLISH, article_url, canonical_url, site_path, slug_words, tidy_url

NEWS = "https://www.rt.com/news/473849-harbor-closed-at-noon/"


@pytest.mark.parametrize(
    "url",
    [
        NEWS,
        "http://www.rt.com/news/473849-harbor-closed-at-noon/",
        "http://rt.com/news/473849-harbor-closed-at-noon/",
        "https://rt.com/news/473849-harbor-closed-at-noon",
        "https://WWW.RT.COM/news/473849-harbor-closed-at-noon/",
        "https://www.rt.com:443/news/473849-harbor-closed-at-noon/",
        "https://www.rt.com./news/473849-harbor-closed-at-noon/",
        "https://www.rt.com//news//473849-harbor-closed-at-noon/",
        f"{NEWS}?utm_source=rss&utm_medium=rss&utm_campaign=RSS",
        f"{NEWS}#comments",
        f"{NEWS}amp/",
        f"{NEWS}amp",
        f"{NEWS}&q=q",
        f"  {NEWS}\n",
        f"%20{NEWS}%20",
        "https://swentr.site/news/473849-harbor-closed-at-noon/",
        "https://www.rurtnews.com/news/473849-harbor-closed-at-noon/",
        "https://m.rt.com/news/473849-harbor-closed-at-noon/",
    ],
)
def test_one_article_has_one_address(url: str) -> None:
    address = article_url(url)
    assert address is not None
    assert address.url == canonical_url(url) == NEWS
    assert (address.section, address.article_id) == ("news", "473849")
    assert address.key == ("en", "473849")


@pytest.mark.parametrize(
    ("path", "section", "article_id"),
    [
        ("/news/4157-harbor/", "news", "4157"),
        ("/op-ed/507937-harbor/", "op-ed", "507937"),
        ("/usa/449757-", "usa", "449757"),
        ("/usa/449757/", "usa", "449757"),
        ("/news/harbor-closed-at-noon-148/", "news", "harbor-closed-at-noon-148"),
        ("/usa/harbor-148/", "usa", "harbor-148"),
        # A slug may begin with digits, and an id may look like a year.
        ("/news/473849-2013-in-review/", "news", "473849"),
        ("/news/473849-top-100/", "news", "473849"),
        ("/news/2013-review-of-the-year-148/", "news", "2013-review-of-the-year-148"),
        ("/news/2013-review-of-the-year-148&q=q", "news", "2013-review-of-the-year-148"),
        ("/news/47384-closed-in-148/", "news", "47384"),
        # A section that nobody has heard of is one of articles.
        ("/climate/700001-harbor/", "climate", "700001"),
    ],
)
def test_ids_of_all_periods(path: str, section: str, article_id: str) -> None:
    address = article_url(f"https://www.rt.com{path}")
    assert address is not None
    assert (address.section, address.article_id) == (section, article_id)
    assert article_url(address.url) == address


@pytest.mark.parametrize(
    "url",
    [
        "https://www.rt.com/",
        "https://www.rt.com/news/",
        "https://www.rt.com/news/latest/",
        "https://www.rt.com/shows/crosstalk/610201-harbor/",
        "https://www.rt.com/shows/610201-harbor/",
        "https://www.rt.com/podcast/610201-harbor/",
        "https://www.rt.com/tags/610201-harbor/",
        "https://www.rt.com/trends/610201-harbor/",
        "https://www.rt.com/in-vision/610201-harbor/",
        "https://www.rt.com/in-motion/610201-harbor/",
        "https://www.rt.com/about-us/press-releases/harbor/",
        "https://www.rt.com/about-us/610201-harbor/",
        "https://www.rt.com/sponsored-content/610201-harbor/",
        "https://www.rt.com/op-ed/authors/jo-doe/",
        "https://www.rt.com/listing/category.news/prepare/last-news/100/1",
        "https://www.rt.com/rss/news/",
        "https://www.rt.com/files/2026.04/xxl/69f15d88a2ef43c9bdbe4775.jpg",
        "https://www.rt.com/news/473849-harbor/video/",
        "https://www.rt.com/news/12-harbor/",
        "https://example.com/news/473849-harbor/",
        "https://www.rt.com.example.com/news/473849-harbor/",
        "https://notrt.com/news/473849-harbor/",
        "https://www.rt.com:8443/news/473849-harbor/",
        "https://on.rt.com/78u5",
        "ftp://www.rt.com/news/473849-harbor/",
        "javascript:void(0)",
        "mailto:jo@www.rt.com",
        "/news/473849-harbor/",
        "https://[broken/news/473849-harbor/",
        "https://www.rt.com:port/news/473849-harbor/",
        "",
    ],
)
def test_what_is_no_article(url: str) -> None:
    assert article_url(url) is None


def test_other_pages_of_the_site_are_canonical_too() -> None:
    assert canonical_url("http://rt.com//news/?page=2#top") == "https://www.rt.com/news/"
    assert canonical_url("http://swentr.site") == "https://www.rt.com/"
    assert canonical_url("https://example.com/x?y#z") == "https://example.com/x?y#z"
    assert site_path("https://example.com/") is None


def test_letters_beyond_ascii_are_escaped_once() -> None:
    address = article_url("https://www.rt.com/news/473849-caf\u00e9/")
    assert address is not None
    assert address.url == "https://www.rt.com/news/473849-caf%C3%A9/"
    assert article_url(address.url) == address


def test_canonical_is_canonical_whatever_it_is_made_of() -> None:
    random_ = random.Random(20)
    hosts = ["www.rt.com", "rt.com", *ENGLISH.mirrors, "example.com", "www.rt.com:80"]
    sections = [*ENGLISH.sections, *ENGLISH.other_sections, "new-section", "", "a b"]
    lasts = ["473849-harbor", "473849", "473849-", "harbor-148", "2013-x-148", "x%20y-148", "473849-caf\u00e9", "148"]
    ends = ["", "/", "/amp", "/amp/", "?utm_source=rss", "/?a=b&c", "#x", "&q=q", "/&x/y", "%20", "/%3Fx", " ", "//"]
    for host, last, end in itertools.product(hosts, lasts, ends):
        url = f"{random_.choice(['http', 'https', 'HTTP'])}://{host}/{random_.choice(sections)}/{last}{end}"
        once = canonical_url(url)
        assert canonical_url(once) == once, url
        address = article_url(url)
        if address is not None:
            assert address.url == once, url
            assert article_url(once) == address, url
            assert re.fullmatch(r"https://www\.rt\.com/[a-z0-9-]+/[^/?#\s]+/", once), url


def test_tidy_url_takes_white_space_off() -> None:
    assert tidy_url(" %20 https://www.rt.com/%20 ") == "https://www.rt.com/"
    assert tidy_url("https://www.rt.com/a%20b/") == "https://www.rt.com/a%20b/"


def test_slug_words() -> None:
    assert slug_words("jo-ann-doe") == "jo ann doe"
    assert slug_words("Jos%C3%A9-doe") == "josé doe"


def test_every_address_of_twenty_years(corpus: Path) -> None:
    with gzip.open(corpus / "datasets/url-index-2006-2026.jsonl.gz", "rt", encoding="utf-8") as lines:
        urls = [json.loads(line)["url"] for line in lines]
    with gzip.open(corpus / "datasets/world-news-feed-2024-2026.tsv.gz", "rt", encoding="utf-8") as lines:
        urls += [line.split("\t")[1].strip() for line in itertools.islice(lines, 1, None)]
    with gzip.open(corpus / "datasets/articles-2022.jsonl.gz", "rt", encoding="utf-8") as lines:
        urls += [json.loads(line)["url"] for line in lines]
    assert len(urls) > 14_667 + 11_000
    refused = unnumbered = 0
    for url in urls:
        segments = url.split("/")[3:]
        address = article_url(url)
        if segments[0] == "shows":
            assert address is None, url
            refused += 1
            continue
        if segments[0] == "about-us":
            assert address is not None, url
            assert address.article_id == segments[2], url
            unnumbered += 1
            continue
        assert address is not None, url
        assert address.section == segments[0], url
        number = re.match(r"\d+", segments[1])
        assert number is not None, url
        assert address.article_id == number[0], url
        assert address.url == url.replace("http://", "https://"), url
        assert address.section in ENGLISH.sections, url
    assert (refused, unnumbered) == (535, 3)


def test_the_labelled_pages_addresses(corpus: Path) -> None:
    labels = [json.loads(path.read_text("utf-8")) for path in sorted((corpus / "expected").glob("en-*.json"))]
    assert labels
    for label in labels:
        address = article_url(label["url"])
        assert address is not None
        names = ("url", "article_id", "section")
        assert {name: getattr(address, name) for name in names} == {name: label[name] for name in names}

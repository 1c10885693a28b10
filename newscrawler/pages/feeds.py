"""Feeds and sitemaps: the addresses they name. Forms and sources: SITE.md sections 5 and 6."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from lxml import etree
from scrapy.http import Response
from scrapy.utils.gz import gunzip, gzip_magic_number

from newscrawler.exceptions import PageError
from newscrawler.pages.listing import Entry

#: Unpacked size at which a feed or sitemap is refused; the largest that the protocol allows is 50 MB.
MAX_UNPACKED = 60_000_000


class BrokenFeed(PageError):
    """Raised by ``feeds`` when an answer is no feed or sitemap."""


def parse_feed(response: Response) -> tuple[Entry, ...]:
    """Addresses of an RSS feed's items, newest first as printed: guid, which is the clean one, else link.

    Raises:
        BrokenFeed: the answer is not RSS.
    """
    root = _root(response, "rss")
    entries = []
    for item in root.iter("item"):
        # A guid need not be an address: `isPermaLink="false"`.
        named = (text_in(item.find(name)) for name in ("guid", "link"))
        url = next((url for url in named if url.startswith(("http://", "https://"))), None)
        if url is not None:
            entries.append(Entry(url))
    return tuple(entries)


def parse_news_sitemap(response: Response) -> tuple[Entry, ...]:
    """Addresses of a Google-News sitemap.

    Raises:
        BrokenFeed: the answer is not a sitemap.
    """
    return _sitemap_entries(_root(response, "urlset"))


def _sitemap_entries(root: etree._Element) -> tuple[Entry, ...]:
    entries = []
    for element in root.iter("{*}url"):
        url = text_in(element.find("{*}loc"))
        if url.startswith(("http://", "https://")):
            entries.append(Entry(url, _moment(text_in(element.find("{*}lastmod")))))
    return tuple(entries)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def text_in(element: etree._Element | None) -> str:
    """The text under an element, trimmed; "" for None and for bytes that are no text, which libxml2 lets through."""
    try:
        return "" if element is None else "".join(cast("Iterator[str]", element.itertext())).strip()
    except UnicodeDecodeError:
        return ""


def local_name(element: etree._Element) -> str:
    """The tag without its namespace; also of names that are none, such as ``rss:``."""
    return str(element.tag).rpartition("}")[2]


def _root(response: Response, expected: str) -> etree._Element:
    body = response.body
    if gzip_magic_number(response):
        try:
            body = gunzip(body, max_size=MAX_UNPACKED)
        except (OSError, EOFError, ValueError) as error:
            raise BrokenFeed(f"{response.url}: broken gzip: {error}") from None
    # Entities are not resolved and nothing is fetched: a feed is a stranger's document.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenFeed(f"{response.url}: not XML: {' '.join(str(error).split())}") from None
    if root is None or local_name(root) != expected:
        found = "nothing" if root is None else f"<{local_name(root)}>"
        raise BrokenFeed(f"{response.url}: expected <{expected}>, found {found}")
    return root

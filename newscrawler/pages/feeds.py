"""Feeds and sitemaps: the addresses they name. Forms and sources: SITE.md sections 5 and 6."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import Response
from scrapy.utils.gz import gunzip, gzip_magic_number

from newscrawler.exceptions import PageError
from newscrawler.pages.listings import Entry

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


# --- sitemap ---

#: Bytes that are unpacked and parsed at a time.
_PIECE = 1 << 16
_PACKED_PIECE = 1 << 14
_BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,8};)")
_LONGEST_ENTITY = 12
_YEAR = re.compile(r"/sitemap_(?P<year>\d{4})(?:_\d+)?\.xml(?:\.gz)?")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A row of a sitemap, or of an index of sitemaps (``is_sitemap``)."""

    url: str
    #: Time of the last change, of whatever sort: not before publication, and nothing else follows from it.
    changed_at: datetime | None
    is_sitemap: bool = False

    @property
    def year(self) -> int | None:
        """The year in a yearly sitemap's name, `sitemap_2019.xml` or `sitemap_2019_2.xml`; None for other names."""
        try:
            path = urlsplit(self.url).path
        except ValueError:
            return None
        match = _YEAR.fullmatch(path)
        return int(match["year"]) if match else None


def parse_sitemap(response: Response, *, since: datetime | None) -> tuple[Entry, ...]:
    """Addresses of a yearly sitemap that were changed since then, or whose change it does not date.

    Raises:
        BrokenFeed: the answer is not a whole sitemap.
    """
    rows = read_sitemap(response)
    wanted = (row for row in rows if since is None or row.changed_at is None or row.changed_at >= since)
    return tuple(Entry(row.url, row.changed_at) for row in wanted if not row.is_sitemap)


def parse_sitemap_index(response: Response, *, first_year: int) -> tuple[str, ...]:
    """Addresses of the yearly sitemaps of that year and later ones, the newest first.

    Raises:
        BrokenFeed: the answer is not a whole sitemap index.
    """
    years = [(row.year, row.url) for row in read_sitemap(response) if row.is_sitemap and row.year is not None]
    return tuple(url for year, url in sorted(years, reverse=True) if year >= first_year)


def read_sitemap(response: Response) -> Iterator[SitemapEntry]:
    """The rows of a sitemap or of an index, as they are printed. What came before a fault is given first.

    Raises:
        BrokenFeed: it is no sitemap, ends too early, or is larger than the protocol allows.
    """
    # Entities are not resolved and nothing is fetched: a sitemap is a stranger's document.
    parser = etree.XMLPullParser(
        ("start", "end"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        # They would stay in the tree, which is to hold a row at a time.
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    try:
        for piece in _escaped(_unpacked(response)):
            parser.feed(piece)
            for event, element in parser.read_events():
                element = cast("etree._Element", element)
                if root is None:
                    root = _root_of_sitemap(element, response.url)
                elif event == "end" and element.getparent() is root:
                    entry = _entry(element)
                    if entry is not None:
                        yield entry
                    _forget(element)
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenFeed(f"{response.url}: not XML: {' '.join(str(error).split())}") from None


def _unpacked(response: Response) -> Iterator[bytes]:
    body = response.body
    if not gzip_magic_number(response):
        if len(body) > MAX_UNPACKED:
            raise BrokenFeed(f"{response.url}: more than {MAX_UNPACKED} bytes")
        body = body.lstrip()
        yield from (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))
        return
    unpacker, size = zlib.decompressobj(wbits=31), 0
    try:
        for start in range(0, len(body), _PACKED_PIECE):
            rest = body[start : start + _PACKED_PIECE]
            while rest:
                if unpacker.eof:
                    # Several members, one after the other, are one file; what follows them is none's.
                    if rest[:1] != b"\x1f":
                        return
                    unpacker = zlib.decompressobj(wbits=31)
                piece = unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
                size += len(piece)
                if size > MAX_UNPACKED:
                    raise BrokenFeed(f"{response.url}: more than {MAX_UNPACKED} bytes")
                yield piece
    except zlib.error as error:
        raise BrokenFeed(f"{response.url}: broken gzip: {error}") from None
    if not unpacker.eof:
        raise BrokenFeed(f"{response.url}: broken gzip: it ends too early")


def _escaped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, with an ampersand that stands for nothing but itself written as XML wants it."""
    rest = b""
    for piece in pieces:
        whole = rest + piece
        last = whole.rfind(b"&", -_LONGEST_ENTITY)
        cut = len(whole) if last < 0 or b";" in whole[last:] else last
        rest = whole[cut:]
        yield _BARE_AMPERSAND.sub(b"&amp;", whole[:cut])
    yield _BARE_AMPERSAND.sub(b"&amp;", rest)


def _root_of_sitemap(element: etree._Element, url: str) -> etree._Element:
    name = local_name(element)
    if name not in ("urlset", "sitemapindex"):
        raise BrokenFeed(f"{url}: expected <urlset> or <sitemapindex>, found <{name}>")
    return element


def _entry(element: etree._Element) -> SitemapEntry | None:
    if not isinstance(element.tag, str):
        return None
    url = text_in(element.find("{*}loc"))
    if not url.startswith(("http://", "https://")):
        return None
    is_sitemap = local_name(element) == "sitemap"
    return SitemapEntry(url, _moment_of_sitemap(text_in(element.find("{*}lastmod"))), is_sitemap)


def _forget(element: etree._Element) -> None:
    """Let go of a row and of all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _moment_of_sitemap(text: str) -> datetime | None:
    """A time; one without zone, or a day, is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

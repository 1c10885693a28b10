"""Feeds and sitemaps: the URLs they name. Forms and sources: docs/extend/site.md#sitemaps and #feeds.

Both are XML, which an HTML parser would mend into something else (`<link>` is empty in HTML): they are read with lxml.
A sitemap may have 50,000 URLs in 50 MB. Neither the tree nor the unpacked text is held whole; it may come plain, as
gzip bytes that no header announces, or as `.xml.gz`. (What a Content-Encoding announces is unpacked by Scrapy before.)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import HtmlResponse, Response
from scrapy.utils.gz import gzip_magic_number

from newscrawler.editions import article_url
from newscrawler.exceptions import PageError
from newscrawler.pages.body import read_body
from newscrawler.pages.document import Document
from newscrawler.pages.html import parse_html
from newscrawler.pages.listings import ListingEntry
from newscrawler.pages.text import clean_text
from newscrawler.utils import parse_mail_date

#: Unpacked size at which a feed or sitemap is refused; the largest that the protocol allows is 50 MB.
MAX_UNPACKED = 60_000_000
#: Bytes that are unpacked and parsed at a time.
_PIECE = 1 << 16
_PACKED_PIECE = 1 << 14
_BARE_AMPERSAND = re.compile(rb"&(?!#?\w{1,8};)")
_LONGEST_ENTITY = 12
_ITEM_END = b"</item>"
_CLOSED = re.compile(rb"</[\w:]*(?:rss|urlset)\s*>")
#: The whole text, in one or several CDATA sections.
_CONTENT = ("{http://purl.org/rss/1.0/modules/content/}encoded", "content:encoded")
#: Not a document type, which may stand before the root.
_FEED_START = re.compile(rb"\A\s*<!|<\?xml|<rss\b")
_CDATA_OR_AMPERSAND = re.compile(rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))|" + _BARE_AMPERSAND.pattern, re.DOTALL)
_YEAR = re.compile(r"/sitemap_(?P<year>\d{4})(?:_\d+)?\.xml(?:\.gz)?")


class BrokenFeed(PageError):
    """Raised when a response is no feed or sitemap."""


@dataclass(frozen=True, slots=True)
class SitemapEntry(ListingEntry):
    """A row of a sitemap, or of an index of sitemaps (``is_sitemap``)."""

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


def parse_feed(response: Response) -> tuple[ListingEntry, ...]:
    """URLs of an RSS feed's items, newest first as printed: guid, which is the clean one, else link.

    Raises:
        BrokenFeed: the response is not RSS.
    """
    body = b"".join(_unpacked(response, is_strict=False))
    # Words of a server's, before the feed.
    if (start := _FEED_START.search(body)) is not None:
        body = body[start.start() :]
    if not _CLOSED.search(body) and (end := body.rfind(_ITEM_END)) > 0:
        # The URL of an item that is cut off may be cut off too, and then be another's.
        body = body[: end + len(_ITEM_END)]
    try:
        root, is_sound = _feed_tree(body)
        if not is_sound and b"\0" not in body:  # of UTF-16 an ampersand has two bytes
            # An ampersand that is none of an entity costs the words around it.
            root, _ = _feed_tree(_CDATA_OR_AMPERSAND.sub(lambda found: found[1] or b"&amp;", body))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenFeed(f"{response.url}: not XML: {' '.join(str(error).split())}") from None
    if root is None or _local_name(root) != "rss":
        found = "nothing" if root is None else f"<{_local_name(root)}>"
        raise BrokenFeed(f"{response.url}: expected <rss>, found {found}")
    as_of = _mail_date(_text_in(root.find("channel/lastBuildDate")))
    return tuple(entry for item in root.iter("item") if (entry := _feed_entry(item, as_of)) is not None)


def _feed_entry(item: etree._Element, as_of: datetime | None) -> ListingEntry | None:
    """What an item says; None for one without a URL or with bytes that are no text, which ``lost_in_feed`` tells."""
    try:
        url = _item_url(item)
        if url is None:
            return None
        return ListingEntry(
            url,
            title=clean_text(_text_in(item.find("title"))),
            published_at=_mail_date(_text_in(item.find("pubDate"))),
            html=_text_in(next(item.iterchildren(*_CONTENT), None)),
            as_of=as_of,
        )
    except UnicodeDecodeError:
        return None


def _feed_tree(body: bytes) -> tuple[etree._Element | None, bool]:
    """The feed's root, and whether its XML is sound.

    What came of a feed before it broke off, or around a slip in its XML, is as good as the rest. Bytes that are good
    UTF-8 are nothing else, as of a page.
    """
    encoding = "utf-8" if b"\0" not in body and _is_utf8(body) else None
    parser = etree.XMLParser(encoding=encoding, resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(body.strip(), parser)
    return root, not parser.error_log


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _item_url(item: etree._Element) -> str | None:
    """The article's URL of an item, else another one that it names.

    A guid need not be a URL, and one that looks like a URL need not be that of the page: `isPermaLink="false"`. Both
    may stand in another element, one that is not closed.
    """
    named = [
        (element.get("isPermaLink", "true").strip().lower() == "false", _text_in(element))
        for name in ("guid", "link")
        for element in item.iter(name)
    ]
    # Of equals the first stays first: the guid is the clean one.
    urls = [url for _, url in sorted(named, key=lambda one: one[0]) if url.startswith(("http://", "https://"))]
    return next((url for url in urls if article_url(url)), next(iter(urls), None))


#: What says nothing about the items: the text of an item may be markup too.
_NO_MARKUP = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
#: An RSS channel has a picture, whose `<url>` is no row.
_CHANNEL = re.compile(rb"<channel[\s>]")
_ITEM = re.compile(rb"<item[\s>]")
_ROW = re.compile(rb"<(?:\w+:)?url[\s>]")
_ROW_URL = re.compile(rb"<(?:guid|link|[\w:]*loc)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*[^\s<]")
_HTTP_URL = re.compile(rb"<(?:guid|link|[\w:]*loc)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*https?://")


def lost_in_feed(response: Response, found: int) -> str:
    """What was lost of a feed or news sitemap that gave so many URLs, in one line; empty for one that is whole."""
    body = b"".join(_unpacked(response, is_strict=False)).replace(b"\0", b"")  # UTF-16 is read as well
    is_cut = not _CLOSED.search(body)
    rows_begin = _ITEM if _CHANNEL.search(body) or _ITEM.search(body) else _ROW
    _, *rows = rows_begin.split(_NO_MARKUP.sub(_kept_url, body))
    whole = rows[:-1] if is_cut else rows
    nameless = sum(not _ROW_URL.search(row) for row in whole)
    unread = max(0, sum(bool(_HTTP_URL.search(row)) for row in whole) - found)
    if is_cut:
        return f"it ends too early, after {found} items"
    return f"{nameless + unread} of {len(rows)} items could not be read" if nameless + unread else ""


def _kept_url(match: re.Match[bytes]) -> bytes:
    """Of a CDATA section a URL, for which one may stand; nothing of what else it may hold."""
    text = match[0].removeprefix(b"<![CDATA[").removesuffix(b"]]>").strip()
    return text if text.startswith(b"http") and b"<" not in text else b""


#: Of a feed's text what may be one paragraph, and what is several.
_WHOLE = "body > :is(p, h2, h3, h4, blockquote, ul, ol, dl, table)"


def has_same_text(html: str, paragraphs: list[str]) -> bool:
    """Whether an article's text as a feed has it is these paragraphs, but for its own lead.

    A look at whole elements alone, a tenth as dear as ``read_feed_text``: True proves it, False proves nothing. A quote
    may be prose, too; with a link it may be a post or card.
    """
    root = parse_html(html) if paragraphs else None
    found = -1  # the lead
    for element in () if root is None else root.select(_WHOLE):
        text = element.text
        expected = paragraphs[found] if 0 <= found < len(paragraphs) else None
        # Most texts are clean, and cleaning takes longer than all the rest.
        if text == expected or (text := clean_text(text)) == expected:
            found += 1
        elif (
            text
            and not text.startswith("READ MORE:")
            and (element.tag != "blockquote" or element.select_one("a[href]") is None)
        ):
            if found >= 0 or element.tag != "p":
                return False
            found = 0
    return bool(paragraphs) and found == len(paragraphs)


def read_feed_text(html: str, url: str, now: datetime) -> list[str]:
    """The paragraphs of an article's text as a feed has it, cleaned as its page is: no cards, embeds or prompts."""
    document = Document(HtmlResponse(url, body=html.encode("utf-8", "replace"), encoding="utf-8"), now)
    return read_body(document.root.select_one("body") or (), document).paragraphs


def parse_news_sitemap(response: Response) -> tuple[ListingEntry, ...]:
    """URLs of the Google-News sitemap. It is read at every run: what comes of a broken one is better than nothing.

    Raises:
        BrokenFeed: the response is not a sitemap.
    """
    return tuple(read_sitemap(response, is_strict=False, roots=("urlset",)))


def parse_sitemap(response: Response, *, since: datetime | None) -> tuple[ListingEntry, ...]:
    """URLs of a yearly sitemap that were changed since then, or whose change it does not date.

    Raises:
        BrokenFeed: the response is not a whole sitemap.
    """
    return tuple(
        row
        for row in read_sitemap(response)
        if not row.is_sitemap and (since is None or row.lastmod is None or row.lastmod >= since)
    )


def parse_sitemap_index(response: Response, *, first_year: int) -> tuple[str, ...]:
    """URLs of the yearly sitemaps of that year and later ones, the newest first.

    Raises:
        BrokenFeed: the response is not a whole sitemap index.
    """
    years = [(row.year, row.url) for row in read_sitemap(response) if row.is_sitemap and row.year is not None]
    return tuple(url for year, url in sorted(years, reverse=True) if year >= first_year)


def read_sitemap(
    response: Response, *, is_strict: bool = True, roots: tuple[str, ...] = ("urlset", "sitemapindex")
) -> Iterator[SitemapEntry]:
    """The rows of a sitemap or of an index, as they are printed. What came before a fault is given first.

    A year's sitemap that is read in part would leave a hole in a range of days, and must be whole; with
    ``is_strict=False`` a fault ends the rows, or costs one, and is not raised when there was a sitemap at all.

    Raises:
        BrokenFeed: it is no sitemap, ends too early, or is larger than the protocol allows.
    """
    # Entities are not resolved and nothing is fetched: a sitemap is a stranger's document.
    parser = etree.XMLPullParser(
        ("start", "end"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        recover=not is_strict,
        # They would stay in the tree, which is to hold a row at a time.
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    try:
        for piece in _escaped(_unpacked(response, is_strict=is_strict)):
            parser.feed(piece)
            for event, element in parser.read_events():
                element = cast("etree._Element", element)
                if root is None:
                    root = _sitemap_root(element, roots, response.url)
                elif event == "end" and element.getparent() is root:
                    entry = _entry(element)
                    if entry is not None:
                        yield entry
                    _forget(element)
        parser.close()
    except (etree.XMLSyntaxError, ValueError) as error:
        if is_strict or root is None:
            raise BrokenFeed(f"{response.url}: not XML: {' '.join(str(error).split())}") from None
    if root is None:
        raise BrokenFeed(f"{response.url}: not XML: no element in it")


def _unpacked(response: Response, *, is_strict: bool) -> Iterator[bytes]:
    """The body in pieces. What does not unpack to its end is given as far as it does, and then, if strict, refused."""
    body, size, fault = response.body, 0, None
    try:
        for piece in _gunzipped(body) if gzip_magic_number(response) else _pieces(body.lstrip()):
            size += len(piece)
            if size > MAX_UNPACKED:
                raise BrokenFeed(f"{response.url}: more than {MAX_UNPACKED} bytes")
            yield piece
    except (zlib.error, EOFError) as error:
        fault = error
    if fault is not None and (is_strict or not size):
        raise BrokenFeed(f"{response.url}: broken gzip: {fault}")


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))


def _gunzipped(body: bytes) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    for start in range(0, len(body), _PACKED_PIECE):
        rest = body[start : start + _PACKED_PIECE]
        while rest:
            if unpacker.eof:
                # Several members, one after the other, are one file; what follows them is none's.
                if rest[:1] != b"\x1f":
                    return
                unpacker = zlib.decompressobj(wbits=31)
            yield unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail or unpacker.unused_data
    if not unpacker.eof:
        raise EOFError("it ends too early")


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


def _sitemap_root(element: etree._Element, roots: tuple[str, ...], url: str) -> etree._Element:
    name = _local_name(element)
    if name not in roots:
        raise BrokenFeed(f"{url}: expected {' or '.join(f'<{root}>' for root in roots)}, found <{name}>")
    return element


def _entry(element: etree._Element) -> SitemapEntry | None:
    if not isinstance(element.tag, str):
        return None
    url = _text_in(_loc(element))
    if not url.startswith(("http://", "https://")):
        return None
    is_sitemap = _local_name(element) == "sitemap"
    lastmod = _lastmod(_text_in(element.find("{*}lastmod")))
    news = element.find("{*}news")
    if news is None:
        return SitemapEntry(url, lastmod, is_sitemap=is_sitemap)
    return SitemapEntry(
        url,
        lastmod,
        is_sitemap=is_sitemap,
        title=clean_text(_text_in(news.find("{*}title"))),
        published_at=_lastmod(_text_in(news.find("{*}publication_date"))),
    )


def _loc(row: etree._Element) -> etree._Element | None:
    """A row's URL; inside an element before it that is not closed, if need be. Pictures have a loc of their own."""
    loc = row.find("{*}loc")
    return row.find(f".//{row.tag.removesuffix(_local_name(row))}loc") if loc is None else loc


def _forget(element: etree._Element) -> None:
    """Let go of a row and of all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _lastmod(text: str) -> datetime | None:
    """A row's time of change. Without a zone, or a day, it is UTC: docs/extend/site.md#dates."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _mail_date(text: str) -> datetime | None:
    """A feed's date, RFC 822 or ISO 8601; without a zone it says nothing of a moment."""
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = parse_mail_date(text)
    return moment if moment is not None and moment.tzinfo else None


def _text_in(element: etree._Element | None) -> str:
    """The text under an element, trimmed; "" for None and for bytes that are no text, which libxml2 lets through."""
    try:
        return "" if element is None else "".join(cast("Iterator[str]", element.itertext())).strip()
    except UnicodeDecodeError:
        return ""


def _local_name(element: etree._Element) -> str:
    """The tag without its namespace; also of names that are none, such as ``rss:``."""
    return str(element.tag).rpartition("}")[2]

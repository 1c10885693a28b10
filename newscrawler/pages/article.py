"""From a page to data: pure functions of a response and a clock. No I/O, no crawler, no settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType

from lxml import etree
from scrapy.http import TextResponse

from newscrawler.editions import ArticleUrl, article_url
from newscrawler.exceptions import InvalidArticle, NotAnArticle, UnknownLayout
from newscrawler.items import Article
from newscrawler.loaders import ArticleLoader
from newscrawler.pages.document import Document
from newscrawler.pages.layouts import article_2013, article_2014, article_2016, article_2019, article_2022
from newscrawler.pages.layouts.detection import fits, seen
from newscrawler.pages.raw_article import Reading
from newscrawler.pages.trace import Trace

#: Counts up when the same page would give another record.
EXTRACTOR_VERSION = "1"

LAYOUTS: tuple[ModuleType, ...] = (article_2022, article_2019, article_2016, article_2014, article_2013)


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A record, and the names of the fields that the page states in a form that proves nothing."""

    article: Article
    doubts: tuple[str, ...]


def parse_article(
    response: TextResponse, *, now: datetime, address: str | None = None, trace: Trace | None = None
) -> ParsedPage:
    """Read an article's page. ``now`` is the time it was fetched, ``address`` what was asked for.

    Without ``address`` the page's own is taken: that is how saved pages are read. Into ``trace`` goes where
    each value came from.

    Raises:
        UnknownLayout: no layout, or more than one, claims the page.
        NotAnArticle: the address is not that of an article.
        InvalidArticle: the page claims to be another article, or is cut off in the middle of its text.
    """
    document = Document(response, now, address, trace)
    layout = _layout_of(document)
    asked = _address(document, address)
    reading: Reading | None = layout.parse(document)
    if reading is None:
        raise UnknownLayout(f"looks like {layout.NAME}, but its article box is missing")
    _check_whole(document, reading)
    read = len(reading.body.paragraphs)
    article = _article(document, reading, asked)
    if document.trace is not None and len(article.paragraphs) < read:
        document.trace.leave(None, "first paragraph repeats the lead", article.lead or "")
    return ParsedPage(article, reading.doubts)


def _layout_of(document: Document) -> ModuleType:
    if document.trace is not None:
        document.trace.layouts += [seen(layout.NAME, layout.FORMS, document) for layout in LAYOUTS]
    claims = [layout for layout in LAYOUTS if fits(layout.FORMS, document)]
    if len(claims) != 1:
        names = ", ".join(layout.NAME for layout in claims) or "none"
        raise UnknownLayout(f"known layouts that match: {names}")
    return claims[0]


def _address(document: Document, address: str | None) -> ArticleUrl:
    """Identity comes from the address that was asked for; of one article's addresses the page's own is kept."""
    claimed = document.claimed_address
    if address is None:
        if claimed is None:
            said = document.claimed_url or "it names none; give it with --url"
            raise NotAnArticle(f"the page's address is not an article's: {said}")
        return claimed
    asked = article_url(address)
    if asked is None:
        raise NotAnArticle(f"{address} is not the address of an article")
    if claimed is None:
        document.note("url", asked.url, "address asked for")
        return asked
    if claimed.key != asked.key:
        raise InvalidArticle("other_article", f"the page says it is {claimed.url}")
    return claimed


def _check_whole(document: Document, reading: Reading) -> None:
    """A page cut off inside its text has nothing after the text: no closing tag, no element."""
    container = reading.container if reading.container is not None else reading.box
    if document.ends:
        return
    last: etree._Element | None = container
    while last is not None:
        if last.getnext() is not None:
            return
        last = last.getparent()
    raise InvalidArticle("truncated", "the page ends in the middle of the article's text")


def _article(document: Document, reading: Reading, address: ArticleUrl) -> Article:
    """The record: what needs cleaning goes through the loader, what is clean already does not."""
    edition = address.edition
    loader = ArticleLoader()
    loader.add_value("short_url", reading.short_url)
    crumbs = [name for name in reading.breadcrumbs if name != edition.home_crumb]
    if document.trace is not None and len(crumbs) < len(reading.breadcrumbs):
        document.trace.leave(None, "first breadcrumb", edition.home_crumb)
    loader.add_value("breadcrumbs", crumbs)
    loader.add_value("headline", reading.headline)
    loader.add_value("lead", reading.lead)
    loader.add_value("authors", reading.authors)
    loader.add_value("tags", reading.tags)
    return loader.load_article(
        article_id=address.article_id,
        edition=edition.code,
        language=edition.language,
        url=address.url,
        section=address.section,
        published_at=_to_second(reading.published),
        modified_at=_to_second(reading.modified),
        image=reading.image,
        paragraphs=reading.body.paragraphs,
        related=reading.body.related,
        embeds=reading.body.embeds,
        fetched_at=_to_second(document.now),
        layout=reading.layout,
        extractor_version=EXTRACTOR_VERSION,
    )


def _to_second(moment: datetime | None) -> datetime | None:
    """In UTC and without fractions of a second, as lines have it: a record read back equals the one written."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)

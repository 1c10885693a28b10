"""From an article's page to its record: pure functions of a response and a clock. No I/O, no crawler, no settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapy.http import TextResponse

from newscrawler.editions import ArticleUrl, article_url
from newscrawler.exceptions import InvalidArticle, NotAnArticle, UnknownLayout
from newscrawler.items import Article, Doubt, Image
from newscrawler.loaders import ArticleLoader
from newscrawler.pages.document import Document
from newscrawler.pages.doubts import compare
from newscrawler.pages.html import Comment, Element, Node
from newscrawler.pages.layouts import layouts_of
from newscrawler.pages.layouts.base import Layout, RawArticle
from newscrawler.pages.trace import NO_TRACE, Trace

_LETTERS_TWICE = re.compile("[ÂÃÐÑØÙ][\xa1-\xbf]|â€")
#: Counts up when the same page would give another record.
EXTRACTOR_VERSION = "3"


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A record, and the names of the fields that the page states in a form that proves nothing."""

    article: Article
    ambiguous: tuple[str, ...]


def parse_article(
    response: TextResponse, *, now: datetime, url: str | None = None, trace: Trace = NO_TRACE
) -> ParsedPage:
    """Read an article's page. ``now`` is the time it was fetched, ``url`` what was asked for.

    Without ``url`` the page's own is taken: that is how saved pages are read. Into ``trace`` goes where
    each value came from.

    Raises:
        UnknownLayout: no layout, or more than one, claims the page.
        NotAnArticle: the URL is not that of an article.
        InvalidArticle: the page claims to be another article, or is cut off in the middle of its text.
    """
    document = Document(response, now, url, trace)
    layout = _layout_of(document, url)
    identity = _identity(document, url)
    on_page = layout.on(document)
    if on_page is None:
        raise UnknownLayout(f"looks like {layout.NAME}, but its article box is missing")
    raw = on_page.read()
    _check_whole(document, raw.text_box)
    return ParsedPage(_record(document, raw, identity), raw.ambiguous)


def _layout_of(document: Document, url: str | None) -> type[Layout]:
    if document.trace.enabled:
        document.trace.layouts += [layout.check(document) for layout in layouts_of(document.edition)]
    claims = [layout for layout in layouts_of(document.edition) if layout.matches(document)]
    if len(claims) != 1:
        if url is None and document.is_other_page:
            raise NotAnArticle(f"the page's URL is not an article's: {document.claimed_url}")
        names = ", ".join(layout.NAME for layout in claims) or "none"
        raise UnknownLayout(f"known layouts that match: {names}")
    return claims[0]


def _identity(document: Document, url: str | None) -> ArticleUrl:
    """Identity comes from the URL that was asked for; of one article's URLs the page's own is kept."""
    claimed = document.claimed_article
    if url is None:
        if claimed is None:
            said = document.claimed_url or "it names none; give it with --url"
            raise NotAnArticle(f"the page's URL is not an article's: {said}")
        if (rival := document.rival_article) is not None:
            raise InvalidArticle(
                "other_article", f"the page says it is {claimed.url}, and {rival.url}; give its URL with --url"
            )
        return claimed
    asked = article_url(url)
    if asked is None:
        raise NotAnArticle(f"{url} is not the URL of an article")
    if claimed is None:
        document.trace.extracted("url", asked.url, "URL asked for")
        return asked
    if claimed.key != asked.key:
        if (rival := document.rival_article) is not None and rival.key == asked.key:
            return rival
        raise InvalidArticle("other_article", f"the page says it is {claimed.url}")
    return claimed


def _check_whole(document: Document, text_box: Element) -> None:
    """A page that is cut off inside its text has nothing after the text: no closing tag, no element."""
    if document.ends:
        return
    around: Node | None = text_box
    while around is not None:
        if any(isinstance(node, Element | Comment) for node in around.next_siblings):
            return
        around = around.parent
    raise InvalidArticle("truncated", "the page ends in the middle of the article's text")


def _record(document: Document, raw: RawArticle, identity: ArticleUrl) -> Article:
    """The record: what needs cleaning goes through the loader, what is clean already does not."""
    edition = identity.edition
    loader = ArticleLoader()
    crumbs = [name for name in raw.fields["breadcrumbs"] if name != edition.home_crumb]
    if len(crumbs) < len(raw.fields["breadcrumbs"]):
        document.trace.skipped(None, "first breadcrumb", edition.home_crumb)
    loaded = {**raw.fields, "breadcrumbs": crumbs}
    loader.add_value(None, {name: value for name, value in loaded.items() if value})
    found = len(raw.body.paragraphs)
    article = loader.load_article(
        article_id=identity.article_id,
        edition=edition.code,
        language=edition.language,
        url=identity.url,
        section=identity.section,
        published_at=_to_second(raw.published_at),
        modified_at=_to_second(raw.modified_at),
        image=raw.image,
        paragraphs=raw.body.paragraphs,
        related=raw.body.related,
        embeds=raw.body.embeds,
        fetched_at=_to_second(document.now),
        layout=raw.layout,
        extractor_version=EXTRACTOR_VERSION,
    )
    if len(article.paragraphs) < found:
        document.trace.skipped(None, "paragraph repeats the lead", article.lead or "")
    for doubt, reason in compare(article, raw.witnesses):
        document.doubts.add(doubt, reason)
    if document.encoding_guessed or (_has(_is_broken, article) and document.has_bad_bytes):
        document.doubts.add(Doubt.ENCODING_REPAIRED, "bytes that the declared charset does not explain")
    elif document.has_letters_twice and _has(_LETTERS_TWICE.search, article):
        document.doubts.add(Doubt.ENCODING_REPAIRED, "letters that were encoded twice")
    article.doubts = document.doubts.found
    return article


def _is_broken(text: str) -> bool:
    return "\ufffd" in text


def _has(letters: Callable[[str], object], article: Article) -> bool:
    """Whether some words of a record have such letters."""
    image = article.image or Image()
    texts = [article.text, article.headline, image.caption, image.credit, *article.tags, *article.authors]
    return any(text and letters(text) for text in (*texts, *(related.title for related in article.related)))


def _to_second(moment: datetime | None) -> datetime | None:
    """In UTC and without fractions of a second, as lines have it: a record read back equals the one written."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)

"""The body of an article: prose apart from embeds, read-more cards and furniture.

One walk over the body's nodes. Block elements end a paragraph, inline ones do not, and nothing is joined with
spaces that are not there: the server strips white space between tags, and a tag's edge may split a word.
Bare text outside ``<p>`` is prose. Two or more ``<br>`` with nothing between them, also across a tag's edge,
are a paragraph break; one is a space (SITE.md appendices A and B).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from newscrawler.items import Embed, Related
from newscrawler.pages.document import Document, text_of
from newscrawler.pages.media import embeds_inside, embeds_of, may_be_embed
from newscrawler.pages.text import (
    clean_text,
    drop_invisible,
    is_related_line,
    one_line,
    strip_furniture,
    strip_related_label,
)

_BLOCKS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "div",
        "section",
        "article",
        "aside",
        "blockquote",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "pre",
        "center",
        "hr",
        "address",
        "main",
        "header",
        "footer",
        "details",
        "summary",
        "figure",
        "fieldset",
    ]
)
# Without a class these are prose whatever they hold: nothing more need be asked of them.
_PLAIN = frozenset(("p", "a", "em", "i", "strong", "b", "span", "div", "li", "ul", "h2", "h3"))
# A cell ends a word, not a paragraph: a row is one paragraph.
_CELLS = frozenset(("td", "th"))
_NO_TEXT = frozenset(
    [
        "script",
        "style",
        "noscript",
        "svg",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "label",
        "picture",
        "source",
        "img",
        "figcaption",
        "template",
        "head",
        "title",
        "meta",
        "link",
        "map",
        "canvas",
        "math",
        "dialog",
        "nav",
        "form",
    ]
)
# Pictures and players with their captions: the players are embeds, the rest is not prose.
_MEDIA = (
    r"(?:^|\s)(?:article__cover|media(?=\s|$)|media__|article_img|i-video|video_block|Cover-|RTImage-|"
    r"(?:article__|js-)?(?:gallery|slider|carousel)(?=[\s_-]|$))"
)
_FURNITURE = (
    r"(?:^|\s)(?:article__(?:share|tags|invitation|social|google-news|short-url|legal|date|breadcrumbs)|"
    r"addthis|social-|sharebutton|tags-trends|tags-public|b-tags_trends|news-block|taboola|banner|newsletter|subscribe|"
    r"card-list|card-rows|Section-|comments|hypercomments|b-comments|js-social|breaking-news|legal-disclaimer|"
    r"blog-autor|Blog-author|promo-|update_date|clears?(?=\s|$)|(?:js-)?(?:poll|quiz)(?=[\s_-]|$))"
)
_MEDIA_CLASS = re.compile(_MEDIA)
_LEFT_CLASS = re.compile(f"{_FURNITURE}|{_MEDIA}")
_READ_MORE_CLASS = re.compile(r"(?:^|\s)(?:arc?ticle__)?(?:read-more|Read-more|ReadMore)")
_CARD_TITLE_CLASS = re.compile(r"(?:read-more__footer|read-more-big__title|Card-title|read-more__text-title)")
_BREAK = "\x1e"  # white space to str.split(), and in no page: drop_invisible comes first
_PARAGRAPH_BREAK = re.compile(r"\x1e(?:\s*\x1e)+")


@dataclass(slots=True)
class Body:
    """What a body holds, each in the page's order."""

    paragraphs: list[str] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)


@dataclass(slots=True)
class _Link:
    href: str
    element: etree._Element

    @property
    def text(self) -> str:
        return text_of(self.element)


def read_body(
    nodes: Iterable[etree._Element],
    document: Document,
    *,
    after: etree._Element | None = None,
    tails: bool = False,
) -> Body:
    """Read the body from its container, or from sibling nodes without one (then ``tails``: the text between
    them is the body's too, and so is what stands between the first and the element ``after`` which it begins).
    """
    walker = _Walker(document)
    if after is not None:
        walker.add(after.tail, after)
    for node in nodes:
        walker.visit(node)
        if tails:
            walker.add(node.tail, node)
    walker.flush()
    return walker.body


class _Walker:
    def __init__(self, document: Document) -> None:
        self.body = Body()
        self._urljoin = document.urljoin
        self._trace = document.trace
        self._parts: list[str] = []
        #: Where the paragraph began; for the trace.
        self._begun: etree._Element | None = None
        self._links: list[_Link] = []
        self._label_waits = False
        self._rows = 0

    def add(self, text: str | None, element: etree._Element) -> None:
        if text:
            if self._begun is None:
                self._begun = element
            self._parts.append(text)

    def visit(self, node: etree._Element) -> None:
        """Take in one element and all under it, without its tail. Deep nesting is walked without recursion."""
        if not self._open(node):
            return
        stack = [(node, iter(node))]
        while stack:
            element, children = stack[-1]
            for child in children:
                if self._open(child):
                    stack.append((child, iter(child)))
                    break
                self.add(child.tail, element)
            else:
                stack.pop()
                self._close(element)
                if stack:
                    self.add(element.tail, stack[-1][0])

    def _open(self, element: etree._Element) -> bool:
        """Begin an element; whether its children are to be walked."""
        tag = element.tag
        if not isinstance(tag, str):
            return False
        if tag == "br":
            self.add(_BREAK, element)
            return False
        classes = element.get("class") or ""
        if (classes or tag not in _PLAIN) and self._is_whole(element, tag, classes):
            return False
        if tag == "a" and element.get("href"):
            self._links.append(_Link(element.get("href", ""), element))
        elif tag in _BLOCKS:
            self._end_block()
            if tag == "tr" and _is_data_row(element):
                self._rows += 1
        self.add(element.text, element)
        return True

    def _is_whole(self, element: etree._Element, tag: str, classes: str) -> bool:
        """Whether an element is no prose; it is then taken, or left, as a whole."""
        embeds = embeds_of(element, self._urljoin) if may_be_embed(tag, classes) else None
        is_card = embeds is None and (
            (classes and _READ_MORE_CLASS.search(classes) is not None)
            or (tag == "blockquote" and _is_feed_card(element))
        )
        if embeds is None and not is_card:
            if tag in _NO_TEXT:
                self._leave(element, f"<{tag}> holds no prose")
                return True
            if not classes or not _LEFT_CLASS.search(classes):
                return False
            self._leave(element, "media" if _MEDIA_CLASS.search(classes) else "furniture")
            embeds = embeds_inside(element, self._urljoin) if _MEDIA_CLASS.search(classes) else []
        elif embeds is not None and not embeds:
            self._leave(element, "names no post or film")
        # What stands inside a line does not end the paragraph around it.
        if tag in _BLOCKS or is_card:
            self._end_block()
        if is_card:
            self._take_card(element)
        if embeds:
            self.body.embeds += embeds
            if self._trace is not None:
                for embed in embeds:
                    self._trace.take("embeds", embed.url, embed.type, element)
        return True

    def _leave(self, element: etree._Element, reason: str) -> None:
        if self._trace is not None:
            self._trace.leave(element, reason, text_of(element))

    def _close(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "tr" and self._rows and _is_data_row(element):
            self._rows -= 1
        if tag in _BLOCKS:
            self._end_block()
        elif tag in _CELLS:
            self.add(" ", element)

    def _end_block(self) -> None:
        if self._rows:
            self._parts.append(" ")
        else:
            self.flush()

    def flush(self) -> None:
        """End the paragraph."""
        if not self._parts:
            self._links.clear()
            return
        raw = drop_invisible("".join(self._parts))
        links = list(self._links)
        self._parts.clear()
        self._links.clear()
        if _BREAK not in raw:
            self._add_piece(one_line(raw), links)
        else:
            for piece in _PARAGRAPH_BREAK.split(raw):
                for line in _lines_of(piece):
                    self._add_piece(line, links)
        self._begun = None

    def _add_piece(self, text: str, links: list[_Link]) -> None:
        if not text:
            return
        if is_related_line(text):
            self._add_related_line(text, links)
            return
        if self._label_waits:
            self._label_waits = False
            if links and clean_text("".join(link.text for link in links)) == text:
                self._add_related_line(text, links)
                return
        if " READ MORE: " in text:
            text = self._cut_pointer(text, links)
        prose = strip_furniture(text)
        if self._trace is not None:
            self._trace.take("paragraphs", prose, "text", self._begun)
            if prose != text:
                self._trace.leave(self._begun, "label or prompt", text.removeprefix(prose))
        if prose:
            self.body.paragraphs.append(prose)

    def _cut_pointer(self, text: str, links: list[_Link]) -> str:
        """The paragraph without the read-more line that stands at its end with nothing between."""
        prose, _, pointer = text.rpartition(" READ MORE: ")
        if pointer in (strip_related_label(link.text) for link in links):
            self._add_related_line(pointer, links)
            return prose
        return text

    def _add_related_line(self, text: str, links: list[_Link]) -> None:
        title = strip_related_label(text)
        if not title:
            self._label_waits = True
            return
        texts = [(strip_related_label(link.text), link.href) for link in links]
        matching = [(len(text), href) for text, href in texts if text and text in title]
        # A label split over two links, or a title beside an empty one: the first is as good.
        href = max(matching, key=lambda pair: pair[0])[1] if matching else next((h for _, h in texts if h), None)
        self._relate(title, href, None)

    def _take_card(self, card: etree._Element) -> None:
        """The stories of a card, or of a box of several: one a link, whatever stands inside it."""
        links: dict[str, list[etree._Element]] = {}
        for a in card.iter("a"):
            if a.get("href"):
                links.setdefault(a.get("href", ""), []).append(a)
        for href, anchors in links.items():
            texts = [_card_title(a) for a in anchors]
            title = max(texts, key=len) or (_card_title(card) if len(links) == 1 else "")
            self._relate(title, href, card)
        if not links:
            self._relate(_card_title(card), None, card)

    def _relate(self, title: str, href: str | None, card: etree._Element | None) -> None:
        """``card`` is None for a line."""
        if title:
            url = self._urljoin(href) if href else ""
            is_web = url.startswith(("http://", "https://"))
            self.body.related.append(Related(title=title, url=url if is_web else None))
            if self._trace is not None:
                where = self._begun if card is None else card
                self._trace.take("related", title, "line" if card is None else "card", where)


def _is_feed_card(quote: etree._Element) -> bool:
    """The form that read-more cards have in the feed's full text: a quote with a label and a figure."""
    return quote.find(".//figcaption//a") is not None and text_of(quote).startswith("Read more")


def _card_title(part: etree._Element) -> str:
    titles = (e for e in part.iter("*") if _CARD_TITLE_CLASS.search(e.get("class") or ""))
    title = next(titles, None)
    return text_of(title) if title is not None else strip_related_label(text_of(part))


def _is_data_row(row: etree._Element) -> bool:
    """Whether a row is a line of a table; one whose cells hold paragraphs only lays out prose."""
    return all(sum(1 for _ in cell.iter("p", "div", "li", "br")) < 2 for cell in row if cell.tag in _CELLS)


def _lines_of(piece: str) -> list[str]:
    """A paragraph's lines where one break stands before a read-more line; else the paragraph, one line."""
    lines = [one_line(line) for line in piece.split(_BREAK)]
    if not any(is_related_line(line) for line in lines):
        return [one_line(piece)]
    merged: list[str] = []
    for line in filter(None, lines):
        if merged and not is_related_line(line) and not is_related_line(merged[-1]):
            merged[-1] += f" {line}"
        else:
            merged.append(line)
    return merged

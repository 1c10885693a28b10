"""The body of an article: prose apart from embeds, read-more cards and furniture.

One walk over the body's nodes. Block elements end a paragraph, inline ones do not, and nothing is joined with
spaces that are not there: the server strips white space between tags, and a tag's edge may split a word.
Bare text outside ``<p>`` is prose. Two or more ``<br>`` with nothing between them, also across a tag's edge,
are a paragraph break; one is a space (SITE.md appendices A and B).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from newscrawler.cleaning import (
    clean_text,
    drop_invisible,
    is_related_line,
    strip_furniture,
    strip_related_label,
)
from newscrawler.items import Embed, Related
from newscrawler.pages.document import text_of
from newscrawler.pages.embeds import embeds_of, is_embed, may_be_embed

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
    ]
)
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
        "figure",
        "figcaption",
        "template",
        "head",
        "title",
        "meta",
        "link",
        "map",
        "object",
        "embed",
        "canvas",
        "math",
        "dialog",
        "nav",
        "form",
    ]
)
_FURNITURE_CLASS = re.compile(
    r"(?:^|\s)(?:article__(?:cover|share|tags|invitation|social|google-news|short-url|legal|date|breadcrumbs)|media(?=\s|$)|media__|"
    r"addthis|social-|sharebutton|tags-trends|tags-public|b-tags_trends|news-block|taboola|banner|newsletter|subscribe|"
    r"card-list|card-rows|Section-|comments|hypercomments|b-comments|article_img|i-video|Cover-|RTImage-|"
    r"js-social|breaking-news|legal-disclaimer|blog-autor|Blog-author|promo-|update_date|clears?(?=\s|$))"
)
_READ_MORE_CLASS = re.compile(r"(?:^|\s)(?:arcticle__)?(?:read-more|Read-more|ReadMore)")
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
    text: str


def read_body(nodes: Iterable[etree._Element], urljoin: Callable[[str], str], *, tails: bool = False) -> Body:
    """Read the body from its container, or from sibling nodes without one (then ``tails``: the text between
    them is the body's too).
    """
    walker = _Walker(urljoin)
    for node in nodes:
        walker.visit(node)
        if tails:
            walker.add(node.tail)
    walker.flush()
    return walker.body


class _Walker:
    def __init__(self, urljoin: Callable[[str], str]) -> None:
        self.body = Body()
        self._urljoin = urljoin
        self._parts: list[str] = []
        self._links: list[_Link] = []
        self._label_waits = False

    def add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)

    def visit(self, node: etree._Element) -> None:
        """Take in one element and all under it, without its tail. Deep nesting is walked without recursion."""
        stack: list[Iterator[tuple[str, etree._Element]]] = [iter([("open", node)])]
        while stack:
            for step, element in stack[-1]:
                if step == "tail":
                    self.add(element.tail)
                elif step == "close":
                    self._close(element)
                elif self._open(element):
                    stack.append(_steps(element))
                    break
            else:
                stack.pop()

    def _open(self, element: etree._Element) -> bool:
        """Begin an element; whether its children are to be walked."""
        tag = element.tag
        if not isinstance(tag, str):
            return False
        if tag == "br":
            self._parts.append(_BREAK)
            return False
        if self._is_whole(element, tag, element.get("class") or ""):
            return False
        if tag == "a" and element.get("href"):
            self._links.append(_Link(element.get("href", ""), text_of(element)))
        elif tag in _BLOCKS:
            self.flush()
        self.add(element.text)
        return True

    def _is_whole(self, element: etree._Element, tag: str, classes: str) -> bool:
        """Whether an element is no prose; it is then taken, or left, as a whole."""
        take: Callable[[etree._Element], None]
        if may_be_embed(tag, classes) and is_embed(element):
            take = self._take_embeds
        elif tag in _NO_TEXT:
            return True
        elif (classes and _READ_MORE_CLASS.search(classes)) or (tag == "blockquote" and _is_feed_card(element)):
            take = self._take_card
        elif classes and _FURNITURE_CLASS.search(classes):
            take = _leave
        else:
            return False
        # What stands inside a line does not end the paragraph around it.
        if tag in _BLOCKS or take == self._take_card:
            self.flush()
        take(element)
        return True

    def _take_embeds(self, element: etree._Element) -> None:
        self.body.embeds += embeds_of(element, self._urljoin)

    def _close(self, element: etree._Element) -> None:
        if element.tag in _BLOCKS:
            self.flush()
        elif element.tag in _CELLS:
            self._parts.append(" ")

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
            self._add_piece(clean_text(raw), links)
            return
        for piece in _PARAGRAPH_BREAK.split(raw):
            for line in _lines_of(piece):
                self._add_piece(line, links)

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
        prose, _, pointer = text.partition(" READ MORE: ")
        if pointer and any(link.text and pointer.strip() in strip_related_label(link.text) for link in links):
            self._add_related_line(pointer.strip(), links)
            text = prose
        text = strip_furniture(text)
        if text:
            self.body.paragraphs.append(text)

    def _add_related_line(self, text: str, links: list[_Link]) -> None:
        title = strip_related_label(text)
        if not title:
            self._label_waits = True
            return
        matching = [link for link in links if link.text and strip_related_label(link.text) in title]
        best = max(matching, key=lambda link: len(link.text), default=None)
        self._relate(title, best.href if best else None)

    def _take_card(self, card: etree._Element) -> None:
        link = card if card.tag == "a" else card.find(".//a[@href]")
        titles = [e for e in card.iter() if isinstance(e.tag, str) and _CARD_TITLE_CLASS.search(e.get("class") or "")]
        if link is None:
            return
        title = text_of(titles[0]) if titles else strip_related_label(text_of(_last_link(card)))
        self._relate(title, link.get("href"))

    def _relate(self, title: str, href: str | None) -> None:
        if title:
            url = self._urljoin(href) if href else None
            self.body.related.append(Related(title=title, url=url or None))


def _is_feed_card(quote: etree._Element) -> bool:
    """The form that read-more cards have in the feed's full text: a quote with a label and a figure."""
    return quote.find(".//figcaption//a") is not None and text_of(quote).startswith("Read more")


def _leave(_: etree._Element) -> None:
    """Furniture."""


def _steps(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for child in element:
        yield "open", child
        yield "tail", child
    yield "close", element


def _last_link(card: etree._Element) -> etree._Element:
    links = [a for a in card.iter("a") if text_of(a)]
    return links[-1] if links else card


def _lines_of(piece: str) -> list[str]:
    """A paragraph's lines where one break stands before a read-more line; else the paragraph, one line."""
    lines = [clean_text(line) for line in piece.split(_BREAK)]
    if not any(is_related_line(line) for line in lines):
        return [clean_text(piece)]
    merged: list[str] = []
    for line in filter(None, lines):
        if merged and not is_related_line(line) and not is_related_line(merged[-1]):
            merged[-1] += f" {line}"
        else:
            merged.append(line)
    return merged

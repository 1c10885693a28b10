"""The layouts of 2013 to early 2015: `div.cont-wp` with `div.acticle_clock` (spelt so).

Source: docs/extend/site.md#layouts (twelve pages).
"""

from __future__ import annotations

from collections.abc import Iterator

from newscrawler.pages.body import Body
from newscrawler.pages.captions import split_caption
from newscrawler.pages.document import Document
from newscrawler.pages.doubts import words_of
from newscrawler.pages.html import Element, Node, text_of
from newscrawler.pages.layouts.base import Condition, Layout, StatedDate, absent, on_page
from newscrawler.utils import lazy_property

CLOCK = on_page("div.acticle_clock")
MACHINE_DATE = Condition("meta[name=publish-date]", lambda document: bool(document.meta("publish-date")))
_PLAIN = "p:is(:not([class]), [class=''])"
# The first of these after the body ends it: `div.sharebutton` in 2013, `div.clear` in 2014.
_END = "div:is(.sharebutton, .clear, .clearboth, .i-clears, .addthis_sharing_toolbox)"


class Article2013(Layout):
    """2013: no machine date."""

    NAME = "2013-cont-wp"
    SIGNATURES = ((absent(MACHINE_DATE), CLOCK),)

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        # The side column's boxes of that class have headlines, but no clock.
        heading = document.root.select_one(".cont-wp:has(div.acticle_clock) > h1")
        parent = None if heading is None else heading.parent
        return parent if isinstance(parent, Element) else None

    def headline(self) -> str:
        return self.text("headline", self.box.select_one(":scope > h1"))

    def lead(self) -> str:
        return self.text("lead", self._lead)

    def breadcrumbs(self) -> list[str]:
        return self.texts("breadcrumbs", self.document.root.select("ul.crumbs a"))

    def tags(self) -> list[str]:
        return [] if self._tags_box is None else self.texts("tags", self._tags_box.select("a"))

    def published(self) -> Iterator[StatedDate]:
        yield from self._printed_dates[0][:1]

    def modified(self) -> Iterator[StatedDate]:
        yield from self._printed_dates[1][:1]

    @lazy_property
    def _printed_dates(self) -> tuple[list[StatedDate], list[StatedDate]]:
        """GMT: in 2014 they equal the machine date, in 2013 nothing speaks against it (docs/extend/site.md#dates)."""
        clock = self._head.select_one(".acticle_clock")
        return self.printed([] if clock is None else [span for span in clock.select("span.time") if text_of(span)])

    def cover(self) -> Element | None:
        picture = self._head.select_one(".article_img")
        return self._head.select_one(".i-video") if picture is None else picture

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        line = self._head.select_one(".article_img_footer")
        text = text_of(line)
        return (line, *split_caption(text)) if text else (None, None, None)

    def text_box(self) -> Element | None:
        elements = [node for node in (self._first, *self._body_nodes) if isinstance(node, Element)]
        return elements[-1] if elements else None

    def body(self, text_box: Element | None) -> Body:
        return self.read_text(self._body_nodes)

    @lazy_property
    def _head(self) -> Element:
        """The part of the box that holds the clock and the picture, and nothing of the text."""
        head = self.box.select_one(":scope > :has(div.acticle_clock)")
        return self.box if head is None else head

    @lazy_property
    def _tags_box(self) -> Element | None:
        return self.box.select_one(":scope > div.b-tags_trends")

    @lazy_property
    def _first(self) -> Element | None:
        after = "" if self._tags_box is None else "div.b-tags_trends ~ "
        return self.box.select_one(f":scope > {after}{_PLAIN}")

    @lazy_property
    def _lead(self) -> Element | None:
        """The paragraph that is the page's description, word for word on all real pages; else the first."""
        said = words_of(self.document.meta("og:description"))
        paragraphs = [self._first, *self.box.select(f":scope > {_PLAIN}")] if said else []
        told = (element for element in paragraphs if words_of(text_of(element)) == said)
        return next(told, self._first)

    @lazy_property
    def _body_nodes(self) -> list[Node]:
        """What follows the lead, up to the template's end of the text."""
        if self._first is None:
            return []
        nodes: list[Node] = []
        for node in (self._first, *self._first.next_siblings):
            if node == self._lead:
                continue
            if isinstance(node, Element) and node.matches(_END):
                return nodes
            nodes.append(node)
        return [*nodes, *self.behind(self.box)]


class Article2014(Article2013):
    """2014 to early 2015: with `meta[name=publish-date]`, RFC 822 and +0000."""

    NAME = "2014-cont-wp-docpage"
    SIGNATURES = ((MACHINE_DATE, CLOCK),)

    def published(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.meta("publish-date"), "meta publish-date")
        yield from super().published()

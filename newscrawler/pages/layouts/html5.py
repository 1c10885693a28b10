"""The Russian layout of 2015 and 2016: `article#content` with microdata.

Source: docs/extend/site-editions.md#russian.
"""

from __future__ import annotations

from collections.abc import Iterator

from newscrawler.pages.captions import split_caption
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import Layout, StatedAuthors, StatedDate, on_page

_HEADLINE = "#main > header h1"


class Html5(Layout):
    """2015 and 2016."""

    NAME = "ru-2015-html5"
    SIGNATURES = ((on_page(_HEADLINE), on_page("#content > :is(.article-body, .short-story)")),)

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        # The side column, which holds a hundred leads, is beside it.
        return document.root.select_one("#main #content")

    def headline(self) -> str:
        return self.text("headline", self.document.root.select_one(_HEADLINE))

    def lead(self) -> str:
        return self.text("lead", self.box.select_one(":scope > .short-story"))

    def authors(self) -> Iterator[StatedAuthors]:
        yield StatedAuthors(self.document.people(), "JSON-LD author")

    def published(self) -> Iterator[StatedDate]:
        """The machine date names its zone; the other forms are Moscow time without one."""
        yield from self.stated(self.document.meta("publish-date"), "meta publish-date")
        yield from self.stated(self.document.meta("publish_date"), "meta publish_date")
        time = self.box.select_one(":scope > time")
        if time is not None:
            yield from self.local(time.attr("datetime"), "time datetime", time)
            yield from self.local(text_of(time), "printed date", time)

    def cover(self) -> Element | None:
        return self.box.select_one(":scope > figure")

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        line = None if cover is None else cover.select_one("figcaption")
        return (None, None, None) if line is None else (line, *split_caption(text_of(line)))

    def text_box(self) -> Element | None:
        return self.box.select_one(":scope > .article-body")

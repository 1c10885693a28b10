"""The Arabic layouts: `.article > h1.heading` and `div.text.js-text`. Source: docs/extend/site-editions.md#arabic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from newscrawler.pages.captions import join_credits
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import Layout, StatedAuthors, StatedDate, absent, on_page
from newscrawler.utils import lazy_property

_HEADLINE = on_page(".article > h1.heading")
_TEXT = "div.js-text, div.js-mediator-article"
_IN_TEXT = ":is(div.js-text, div.js-mediator-article) *"
_MEDIATOR = on_page(".article .js-mediator-article, .article .photo [data-src]")


class Rtl2016(Layout):
    """2016."""

    NAME = "ar-2016-rtl"
    SIGNATURES = ((_HEADLINE, absent(_MEDIATOR)),)

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        heading = document.root.select_one(".article > h1.heading")
        return None if heading is None else heading.closest(".article")

    def headline(self) -> str:
        return self.text("headline", self.box.select_one(":scope > h1.heading"))

    def lead(self) -> str:
        """The first paragraph of the text block."""
        return self.text("lead", self._lead)

    @lazy_property
    def _lead(self) -> Element | None:
        return self.box.select_one("p.intro")

    def apart(self, text_box: Element) -> Mapping[Element, str]:
        return {} if self._lead is None else {self._lead: "lead"}

    def authors(self) -> Iterator[StatedAuthors]:
        yield StatedAuthors(self.document.people(), "JSON-LD author")

    def published(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("datePublished"), "JSON-LD datePublished")
        yield from self.stated(self.document.meta("publish-date"), "meta publish-date")
        yield from self.stated(self.document.meta("published_time_telegram"), "meta published_time_telegram")
        yield from (date for date in self._printed_dates if not _is_update(date))

    def modified(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("dateModified"), "JSON-LD dateModified")
        yield from (date for date in self._printed_dates if _is_update(date))

    @lazy_property
    def _printed_dates(self) -> list[StatedDate]:
        """GMT, as they say themselves; the time of an update has a title of its own."""
        return [
            StatedDate(text_of(time), "printed date", time, is_printed=True)
            for time in self.box.select(".time-public time")
        ]

    def tags(self) -> list[str]:
        return self.texts("tags", self.document.root.select(".news-tags a[rel~=tag]"))

    def short_url(self) -> str | None:
        url = self.text("short_url", self.box.select_one("span.short-url"))
        return url if url.startswith(("http://", "https://")) else None

    def cover(self) -> Element | None:
        return self.box.select_one(f":is(.photo, .video-iframe):not({_IN_TEXT})")

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        if cover is None:
            return None, None, None
        caption, line = cover.select_one(".caption"), cover.select_one(".copyright")
        return cover, text_of(caption) or None, join_credits([text_of(line)])

    def text_box(self) -> Element | None:
        return self.box.select_one(_TEXT)


class Rtl2020(Rtl2016):
    """Since 2020: lazy pictures, JSON-LD, and a time of update that is printed."""

    NAME = "ar-2020-rtl"
    SIGNATURES = ((_HEADLINE, _MEDIATOR),)


def _is_update(date: StatedDate) -> bool:
    return "تحديث" in date.text

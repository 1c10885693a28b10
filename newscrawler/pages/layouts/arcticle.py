"""The Spanish layout of 2017: `div.arcticle` (spelt so). Source: docs/extend/site-editions.md#spanish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newscrawler.pages.captions import join_credits, split_caption
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import Layout, StatedAuthors, StatedDate, on_page

_UPDATE = re.compile("actualiza", re.IGNORECASE)


class Arcticle2017(Layout):
    """2017. `mediator_author` is an editor's login."""

    NAME = "es-2017-arcticle"
    SIGNATURES = ((on_page("h1.arcticle-heading"),),)

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        return document.root.select_one("div.arcticle:has(h1.arcticle-heading)")

    def headline(self) -> str:
        return self.text("headline", self.box.select_one("h1.arcticle-heading"))

    def lead(self) -> str:
        return self.text("lead", self.box.select_one(".arcticle-summary"))

    def breadcrumbs(self) -> list[str]:
        return self.texts("breadcrumbs", self.box.select(".breadcrumbs a"))

    def authors(self) -> Iterator[StatedAuthors]:
        yield StatedAuthors(self.document.people(), "JSON-LD author")

    def published(self) -> Iterator[StatedDate]:
        """UTC: what is printed says GMT, and is the same hour."""
        yield from self.stated(self.document.article_json_ld.get("datePublished"), "JSON-LD datePublished")
        yield from self.local(self.document.meta("publish-date"), "meta publish-date")
        line = self.box.select_one(".time-public")
        yield from self.local(_UPDATE.split(text_of(line))[0], "printed date", line)

    def modified(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("dateModified"), "JSON-LD dateModified")
        line = self.box.select_one(".time-public")
        for text in _UPDATE.split(text_of(line))[1:]:
            yield from self.local(text, "printed date", line)

    def tags(self) -> list[str]:
        return self.texts("tags", self.box.select(".arcticle-tags a"))

    def short_url(self) -> str | None:
        link = self.box.select_one("a.short-link[href^=http]")
        return None if link is None or not self.text("short_url", link) else link.attr("href")

    def cover(self) -> Element | None:
        return self.box.select_one(".arcticle-media:not(.arcticle-content *)")

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        """The parts have no signs between them. From the end of February 2017 the credit's have a box of their own."""
        line = None if cover is None else cover.select_one(".arcticle-media__caption")
        source = None if cover is None else cover.select_one(".arcticle-media__source")
        parts, credits = ([] if e is None else [text_of(part) for part in e.select("span")] for e in (line, source))
        if source is not None:
            return source, " ".join(parts) or None, join_credits(credits)
        if len(parts) < 2:
            return line, *split_caption(text_of(line))
        return line, parts[0] or None, join_credits(parts[1:])

    def text_box(self) -> Element | None:
        return self.box.select_one(".arcticle-content")

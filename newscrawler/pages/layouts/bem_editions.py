"""The German, French and Russian layouts of 2020 and later: the English skeleton of that time with parts of their own.

Source: docs/extend/site-editions.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from newscrawler.pages.captions import join_credits, split_caption
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import StatedAuthors, StatedDate
from newscrawler.pages.layouts.bem import HEADLINE, ArticleBem
from newscrawler.pages.layouts.bylines import typed_byline
from newscrawler.utils import lazy_property

_IN_TEXT = "div.article__text *"
_AUTHOR_LABEL = re.compile(r"^(?:авторы?(?: текста)?|von|par)(?:\s?:\s*|\s+)", re.IGNORECASE)
_BETWEEN_AUTHORS = re.compile(r"[,;]| (?:и|und|et) (?=[^\W\d_a-zа-яё])")


class EditionBem(ArticleBem):
    """What the three share."""

    OPED_SUFFIX = ""
    SIGNATURES = ((HEADLINE,),)
    #: Where the date stands, as the page prints it.
    DATE = ".article__date"

    def published(self) -> Iterator[StatedDate]:
        meta = self.document.meta
        yield from self.stated(self.document.article_json_ld.get("datePublished"), "JSON-LD datePublished")
        yield from self.stated(meta("mediator_published_time"), "meta mediator_published_time")
        yield from self.stated(meta("published_time_telegram"), "meta published_time_telegram")
        yield from self.stated(meta("publish-date"), "meta publish-date")
        line = self.box.select_one(f"{self.DATE}:not({_IN_TEXT})")
        if line is not None:
            time = line.select_one("time[datetime]")
            if time is not None:
                yield from self.stated(time.attr("datetime"), "time datetime")
                yield from self.local(time.attr("datetime"), "time datetime", time)
            yield from self.local(text_of(line), "printed date", line)

    def modified(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("dateModified"), "JSON-LD dateModified")
        yield from self.stated(self.document.meta("article:modified_time"), "meta article:modified_time")

    def authors(self) -> Iterator[StatedAuthors]:
        yield StatedAuthors(self.document.people(), "JSON-LD author")
        for line in self.box.select(f".article__author:not({_IN_TEXT})"):
            parts = line.select("a") or line.select("div, p, li") or [line]
            names = [name for part in parts for name in _BETWEEN_AUTHORS.split(_AUTHOR_LABEL.sub("", text_of(part)))]
            # What the author is may follow the name, and where.
            people = [name for name in names if name.strip()[:1].isupper()]
            people = [name for name in people if " " in name.strip()] or people
            yield StatedAuthors(people, "article__author", line)

    def tags(self) -> list[str]:
        return self.texts("tags", self.box.select(f"a[rel~=tag]:not({_IN_TEXT}, .article__category *)"))

    def cover(self) -> Element | None:
        return self.box.select_one(f".article__cover:not({_IN_TEXT})")


class German2020(EditionBem):
    """To 2021, on deutsch.rt.com."""

    NAME = "de-2020-bem"

    def breadcrumbs(self) -> list[str]:
        return self.texts("breadcrumbs", self.box.select(".article__category-heading"))

    def authors(self) -> Iterator[StatedAuthors]:
        yield from super().authors()
        if self._byline is not None:
            yield self._byline

    @lazy_property
    def _byline(self) -> StatedAuthors | None:
        return typed_byline(self.text_box(), self.edition.language)

    def apart(self, text_box: Element) -> Mapping[Element, str]:
        element = None if self._byline is None else self._byline.element
        return {} if element is None else {element: "byline"}

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        if cover is None:
            return None, None, None
        parts = cover.select(".cover__copyright-part") or cover.select(".cover__copyright")
        title = cover.select_one(".cover__title")
        return cover, text_of(title) or None, join_credits(text_of(part) for part in parts)


class French2020(EditionBem):
    """Since 2020; the lead is inside the text, and the section's name after it."""

    NAME = "fr-2020-bem"
    # Another picture, often, than the cover's; a second og:image is the site's logo.
    COVER_IS_SHARED = False

    def lead(self) -> str:
        return super().lead() if self._lead is None else self.text("lead", self._lead)

    @lazy_property
    def _lead(self) -> Element | None:
        return self.box.select_one("p.text__summary")

    def apart(self, text_box: Element) -> Mapping[Element, str]:
        return {} if self._lead is None else {self._lead: "lead"}

    def breadcrumbs(self) -> list[str]:
        return self.texts("breadcrumbs", self.document.root.select(".breadcrumbs-item"))

    def authors(self) -> Iterator[StatedAuthors]:
        yield from super().authors()
        named = self.document.root.select(".blog-autor__name")
        names = list(dict.fromkeys(text_of(name) for name in named))
        yield StatedAuthors(names, "blog-autor__name", named[0] if named else None)

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        if cover is None:
            return None, None, None
        title, line = cover.select_one(".media__title"), cover.select_one(".media__copyright")
        text, credit = text_of(title), text_of(line)
        if not credit:
            return title, *((text or None, None) if "©" not in text else split_caption(text))
        return title, text.removesuffix(credit).strip() or None, join_credits(credit.split("©"))


class Russian2020(EditionBem):
    """Since 2020."""

    NAME = "ru-2020-bem"

    def subheadline(self) -> str:
        return self.text("subheadline", self.box.select_one(f"h2.article__subtitle:not({_IN_TEXT})"))

    def breadcrumbs(self) -> list[str]:
        return []

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        lines = None if cover is None else cover.select_one(".article__cover-description")
        if lines is None:
            return None, None, None
        credits = lines.select(".article__cover-source, .article__cover-copyright")
        others = [text_of(line) for line in lines.select("li") if line not in credits]
        return lines, " ".join(filter(None, others)) or None, join_credits(text_of(line) for line in credits)

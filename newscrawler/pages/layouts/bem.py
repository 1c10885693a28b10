"""The layouts since 2016: `div.article` with article__heading, article__summary and article__text.

The generations differ in where the date stands and in what surrounds the article; the names of its parts lasted.
Source: docs/extend/site.md#layouts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import islice
from typing import ClassVar

from newscrawler.editions import slug_words
from newscrawler.pages.captions import split_caption
from newscrawler.pages.document import Document
from newscrawler.pages.doubts import Witness
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import Condition, Layout, StatedAuthors, StatedDate, absent
from newscrawler.pages.text import clean_text
from newscrawler.utils import lazy_property

_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}")
# Words of names that have no capital, and what stands between two.
_PARTICLES = frozenset(
    ("al", "and", "bin", "da", "de", "del", "den", "der", "di", "du", "el", "ibn", "la", "le", "van", "von", "y")
)
_AUTHOR_SLUG = re.compile(r"/authors/([^/?#]+)")
#: Each is looked for in the text about all of them; no real page has more than three.
_MAX_AUTHORS = 20


def _article_box(document: Document) -> Element | None:
    heading = document.root.select_one("div.article h1.article__heading")
    return None if heading is None else heading.closest("div.article")


def _in_box(says: str, test: Callable[[Element], bool]) -> Condition:
    def asked(document: Document) -> bool:
        box = document.once(_article_box)
        return box is not None and test(box)

    return Condition(says, asked)


def _inside(selector: str) -> Condition:
    return _in_box(f"{selector} in the article", lambda box: box.select_one(selector) is not None)


# A page that prints no date is still of its generation: what it lacks is for validation to say. Each generation wants
# the conditions of the later ones absent, so that they exclude each other. The header's clock (bare `time.date`)
# never counts.
HEADLINE = Condition("div.article h1.article__heading", lambda document: document.once(_article_box) is not None)
TEXT = _inside("div.article__text")
DATE_IN_CRUMBS = _inside("div.article__breadcrumbs span.date_article-header")
DATE_IN_ITS_BOX = _inside("div.article__date span.date_article-header")
DATE_IN_TIME = _inside("time.date_article-header")
GRID = _in_box(
    ".Grid-container or .Grid-block around the article", lambda box: box.matches(":is(.Grid-container, .Grid-block) *")
)
JSON_LD = Condition("JSON-LD about an article", lambda document: bool(document.article_json_ld))
NO_DATE = (absent(DATE_IN_CRUMBS), absent(DATE_IN_ITS_BOX), absent(DATE_IN_TIME))


class ArticleBem(Layout):
    """What the generations share."""

    #: What the layout's name ends with on op-eds, which have the author's box.
    OPED_SUFFIX: ClassVar[str] = "-oped"

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        return document.once(_article_box)

    def name(self) -> str:
        return self.NAME + self.OPED_SUFFIX if self._author_boxes else self.NAME

    def headline(self) -> str:
        return self.text("headline", self.box.select_one("h1.article__heading"))

    def lead(self) -> str:
        return self.text("lead", self.box.select_one("div.article__summary"))

    def breadcrumbs(self) -> list[str]:
        crumbs = self.box.select_one(".breadcrumbs")
        return [] if crumbs is None else self.texts("breadcrumbs", crumbs.select("a"))

    def tags(self) -> list[str]:
        return self.texts("tags", self.box.select("a[rel~=tag]"))

    def short_url(self) -> str | None:
        for selector, attribute in ((".short-url__link", "href"), (".social-container", "data-shorturl")):
            for element in self.box.select(selector):
                url = clean_text(element.attr(attribute) or "")
                if url.startswith(("http://", "https://")):
                    self.document.trace.extracted("short_url", url, attribute, element)
                    return url
        return None

    def published(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("datePublished"), "JSON-LD datePublished")
        yield from self.stated(self.document.meta("published_time_telegram"), "meta published_time_telegram")
        yield from self._printed_dates[0][:1]

    def modified(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("dateModified"), "JSON-LD dateModified")
        yield from self._printed_dates[1][:1]

    @lazy_property
    def _printed_dates(self) -> tuple[list[StatedDate], list[StatedDate]]:
        """Of publication and of edits. GMT (docs/extend/site.md#dates: the header's clock says so, ids prove it)."""
        return self.printed(self.box.select(".date_article-header"))

    def cover(self) -> Element | None:
        # The same block inside the text is another picture.
        return self.box.select_one(".article__cover:not(div.article__text *)")

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        line = None if cover is None else cover.select_one(".media__title_arcticle")
        return (None, None, None) if line is None else (line, *_caption_and_credit(line))

    def text_box(self) -> Element | None:
        return self.box.select_one("div.article__text")

    def authors(self) -> Iterator[StatedAuthors]:
        """Names of an op-ed's authors; news copy has none.

        JSON-LD names a Person on op-eds and an Organization on news; older pages have only a portrait and a
        link to the author's page, whose slug proves a name that the box prints.
        """
        yield StatedAuthors(self.document.people(), "JSON-LD author")
        said = self.document.meta("article:author")
        named = [said] if _NAME.fullmatch(said) else []
        boxes = self._author_boxes
        if boxes:
            portraits = [
                name for box in boxes for img in box.select("img") if (name := clean_text(img.attr("alt") or ""))
            ]
            yield StatedAuthors(_proven_names(boxes, portraits + named), "link to the author's page", boxes[0])
        yield StatedAuthors(named, "meta article:author")
        if boxes:
            for name in portraits:
                if _NAME.fullmatch(name):
                    yield StatedAuthors([name], "img alt", boxes[0])
            # What is bold in the box first; the titles of books may be, too.
            bold = [text_of(box.select_one("strong, b")) for box in boxes]
            yield StatedAuthors([name for name in bold if _is_name(name)], "bold in the author's box", boxes[0])

    def witnesses(self) -> Iterator[Witness]:
        yield from super().witnesses()
        if slugs := _author_slugs(self._author_boxes):
            yield Witness("link to the author's page", authors=tuple(slugs))

    @lazy_property
    def _author_boxes(self) -> list[Element]:
        """What stands about the authors: in the article or, by its id, anywhere on the page."""
        found = self.box.select(".article__blog-autor, .Blog-author__root, .article__author-text")
        return found or self.document.root.select("div#blog-autor")[:1]


class Article2016(ArticleBem):
    """To early 2019: the date in `time.date_article-header`, one element a time, labelled."""

    NAME = "2015-article-bem"
    OPED_SUFFIX = "-opedge"
    SIGNATURES = (
        (HEADLINE, absent(DATE_IN_CRUMBS), absent(DATE_IN_ITS_BOX), DATE_IN_TIME),
        (HEADLINE, *NO_DATE, TEXT, absent(GRID), absent(JSON_LD)),
    )


class Article2019(ArticleBem):
    """2019 to 2021: the date in a span inside `div.article__date`, JSON-LD."""

    NAME = "2019-article-bem-jsonld"
    SIGNATURES = (
        (HEADLINE, absent(DATE_IN_CRUMBS), DATE_IN_ITS_BOX),
        (HEADLINE, *NO_DATE, TEXT, absent(GRID), JSON_LD),
    )


class Article2022(ArticleBem):
    """Since 2022: a grid, the date inside `div.article__breadcrumbs`."""

    NAME = "2022-grid"
    SIGNATURES = (
        (HEADLINE, DATE_IN_CRUMBS),
        (HEADLINE, *NO_DATE, TEXT, GRID),
    )


def _caption_and_credit(line: Element) -> tuple[str | None, str | None]:
    roles = {element.attr("data-role"): text_of(element) for element in line.select("[data-role]:not([data-role=''])")}
    if not roles:
        return split_caption(text_of(line))
    named = (roles.get("copyright", ""), roles.get("source", ""))
    credits = [part for text in named if (part := text.lstrip("© ").strip(" /"))]
    if len(credits) == 2 and credits[1] in credits[0]:
        del credits[1]
    title = roles.get("title") or None
    # What stands in parentheses is a credit only where no other is given.
    if title and (not credits or "©" in title):
        title, title_credit = split_caption(title)
        return title, " / ".join(credits) or title_credit
    return title, " / ".join(credits) or None


def _is_name(text: str) -> bool:
    """Whether bold words are a name: "About the author" is none."""
    words = text.split()
    return _NAME.fullmatch(text) is not None and all(word != word.lower() or word in _PARTICLES for word in words)


def _author_slugs(boxes: list[Element]) -> list[str]:
    """The words of the slugs of authors' pages that the boxes link to."""
    found = (_AUTHOR_SLUG.search(a.attr("href") or "") for box in boxes for a in box.select("a[href]"))
    return list(dict.fromkeys(slug_words(match[1]) for match in found if match))


def _proven_names(boxes: list[Element], shown: list[str]) -> list[str]:
    """Of each author that the boxes link to, the name as it is shown, else as the text about them has it."""
    slugs = _author_slugs(boxes)
    by_slug = {slug_words(re.sub(r"[^\w\s-]", "", _plain(name))): name for name in shown}
    about = " ".join(text_of(box) for box in boxes)
    names = (by_slug.get(slug) or _name_in(about, slug) for slug in islice(slugs, _MAX_AUTHORS))
    return [name for name in names if name]


def _name_in(about: str, slug: str) -> str | None:
    found = re.search(r"\b" + r"\W+".join(map(re.escape, slug.split())) + r"\b", _plain(about))
    return about[found.start() : found.end()] if found else None


def _plain(text: str) -> str:
    """The text in lower case without accents, character by character."""
    return "".join(unicodedata.normalize("NFD", character)[0].lower()[0] for character in text)

"""The layout of components: `ArticleView`, `Text`, `Cover`, `Card`, `ReadMore`, `RTImage`.

Spanish pages since 2020, by facts also the German ones since 2021 and the Serbian ones. Source:
docs/extend/site-editions.md#spanish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from newscrawler.editions import article_url, tidy_url
from newscrawler.items import Related
from newscrawler.pages.body import Body
from newscrawler.pages.captions import join_credits, split_caption
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import Layout, StatedAuthors, StatedDate, on_page
from newscrawler.pages.layouts.bylines import typed_byline
from newscrawler.utils import lazy_property

_HEADLINE = "h1.HeadLine-root"
_TEXT = ".ViewText-root, .ArticleView-text, [itemprop=articleBody]"
_IN_TEXT = ":is(.ViewText-root, [itemprop=articleBody]) *"
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
#: Blocks around a post, whose own markup is that of any page.
_EMBEDS = (
    "TwitterEmbed",
    "TelegramEmbed",
    "VkEmbed",
    "AllEmbed",
    "YouTubeEmbed",
    "EmbedBlock-root",
    *(
        f"EmbedBlock-{site}"
        for site in ("instagram", "odysee", "twitter", "telegram", "vk", "facebook", "tiktok", "youtube")
    ),
)
_UPDATE = re.compile("actualiza|aktualis|ажурира|ažurira", re.IGNORECASE)
_SENTENCE_ENDS = (".", "!", "?", "…")
_MAX_TITLE = 200
_SHORT_URL = re.compile(r'"shortUrl":"(https?:[^"\s]+)"')


class ArticleComponents(Layout):
    """Since 2020."""

    NAME = "2020-components"
    SIGNATURES = ((on_page(_HEADLINE), on_page(f".ArticleView-root, {_TEXT}")),)
    #: A card about the author, with the name that is a field.
    BOILERPLATE = frozenset(("author-simple-card",))
    PROSE = frozenset(
        ("Text-root", "ArticleView-text", "ViewText-root", *(f"Text-type_{n}" for n in range(1, 10)), *_EMBEDS)
    )

    @classmethod
    def find_box(cls, document: Document) -> Element | None:
        heading = document.root.select_one(f".ArticleView-title {_HEADLINE}") or document.root.select_one(_HEADLINE)
        if heading is None:
            return None
        return heading.closest(".ArticleView-root") or heading.closest("article, main, body")

    def headline(self) -> str:
        return self.text("headline", self.box.select_one(_HEADLINE))

    def lead(self) -> str:
        lead = self.box.select_one(f".ArticleView-summary, .Text-type_1:not({_IN_TEXT})")
        return self.text("lead", lead)

    def breadcrumbs(self) -> list[str]:
        root = self.document.root
        crumbs = root.select(".Breadcrumbs-item") or root.select(".Breadcrumbs-root a, a.RTLink-breadcrumb")
        return self.texts("breadcrumbs", [crumb for crumb in crumbs if text_of(crumb) and not _leads_home(crumb)])

    def published(self) -> Iterator[StatedDate]:
        meta = self.document.meta
        yield from self.stated(self.document.article_json_ld.get("datePublished"), "JSON-LD datePublished")
        yield from self.stated(meta("mediator_published_time"), "meta mediator_published_time")
        yield from self.stated(meta("published_time_telegram"), "meta published_time_telegram")
        times = [time for time in self._times if not _is_update(time)]
        for time in times:
            yield from self.stated(time.attr("datetime"), "time datetime")
        yield from self.stated(meta("article:published_time"), "meta article:published_time")
        yield from self.stated(meta("publish-date"), "meta publish-date")
        if self.edition.zone == "UTC":
            yield from self.local(meta("publish-date"), "meta publish-date")
        for time in times[:1]:
            yield from self.local(text_of(time), "printed date", time)

    def modified(self) -> Iterator[StatedDate]:
        yield from self.stated(self.document.article_json_ld.get("dateModified"), "JSON-LD dateModified")
        yield from self.stated(self.document.meta("article:modified_time"), "meta article:modified_time")
        for time in filter(_is_update, self._times):
            yield from self.stated(time.attr("datetime"), "time datetime")
            yield from self.local(text_of(time), "printed date", time)

    @property
    def _times(self) -> list[Element]:
        """Times beside the headline; posts in the text have times of their own."""
        return self.box.select(".ArticleView-timestamp time") or self.box.select(
            f"time:is(.Timestamp-root, .Timestamp-default):not({_IN_TEXT}, .Card-root *)"
        )

    def authors(self) -> Iterator[StatedAuthors]:
        """`mediator_author` is an editor's login."""
        yield StatedAuthors(self.document.people(), "JSON-LD author")
        for selector in (".author-simple-card__title", ".ArticleView-authors a", ".ArticleView-authors"):
            named = self.box.select(f"{selector}:not({_IN_TEXT})")
            yield StatedAuthors([text_of(e) for e in named], selector, named[0] if named else None)
        yield StatedAuthors([self.document.meta("article:author")], "meta article:author")
        if self._byline is not None:
            yield self._byline

    def tags(self) -> list[str]:
        return self.texts("tags", self.box.select(f"a.Tags-link:not({_IN_TEXT})"))

    def short_url(self) -> str | None:
        """In the attribute out of which a script draws the block of share buttons: JSON in a string of JavaScript."""
        for block in self.box.select("[data-rtcomponent=ShareBlock][onload]"):
            script = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), block.attr("onload") or "").replace("\\", "")
            found = _SHORT_URL.search(script)
            if found:
                self.document.trace.extracted("short_url", found[1], "onload", block)
                return found[1]
        link = self.box.select_one("a.short-url__link[href]")
        return None if link is None else self.text("short_url", link) and link.attr("href")

    def cover(self) -> Element | None:
        return self.box.select_one(f":is(.Cover-root, .Cover-image):not({_IN_TEXT})")

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        footer = None if cover is None else self.box.select_one(f".Cover-footer:not({_IN_TEXT})")
        if footer is None:
            return None, None, None
        sources = footer.select(".Cover-source") or footer.select(".Cover-imageSource")
        credit = join_credits(text_of(source) for source in sources)
        caption = footer.select_one(".Cover-caption")
        if caption is None and sources:
            # The caption is then what the footer has before its source.
            text = text_of(footer).removesuffix(text_of(sources[-1])).strip()
            return footer, text or None, credit
        if caption is None:
            return footer, *split_caption(text_of(footer))
        return footer, text_of(caption) or None, credit

    def text_box(self) -> Element | None:
        return self.box.select_one("[itemprop=articleBody]") or self.box.select_one(_TEXT)

    @lazy_property
    def _byline(self) -> StatedAuthors | None:
        return typed_byline(self.text_box(), self.edition.language)

    def apart(self, text_box: Element) -> Mapping[Element, str]:
        apart = {}
        if self._byline is not None and self._byline.element is not None:
            apart[self._byline.element] = "byline"
        pointer = self._pointer(text_box)
        if pointer is not None:
            apart[pointer[0]] = "pointer to another article"
        return apart

    def body(self, text_box: Element | None) -> Body:
        body = super().body(text_box)
        pointer = None if text_box is None else self._pointer(text_box)
        if pointer is not None:
            element, url = pointer
            title = self.text("related", element)
            body.related.append(Related(title=title, url=url))
        return body

    def _pointer(self, text_box: Element) -> tuple[Element, str] | None:
        """The last line as a pointer: all in bold italics, with links to one other article and no full stop."""
        lines = text_box.select("p, li, h2, h3, h4")
        last = next((line for line in reversed(lines) if not line.text.isspace() and line.text), None)
        if (
            last is None
            or last.tag != "p"
            or len(last.text) > _MAX_TITLE
            or last.text.rstrip().endswith(_SENTENCE_ENDS)
        ):
            return None
        urls = {self.document.urljoin(a.attr("href") or "") for a in last.select("a[href]")}
        if len(urls) != 1 or article_url(next(iter(urls))) is None:
            return None
        for emphasis in ("strong, b", "em, i"):
            emphasised = "".join(
                e.text for e in last.select(emphasis) if e.parent is not None and not _is_inside(e, emphasis)
            )
            if emphasised.split() != last.text.split():
                return None
        return last, urls.pop()


def _leads_home(crumb: Element) -> bool:
    """Whether a breadcrumb is the site's home, whatever it is called."""
    link = crumb if crumb.tag == "a" else crumb.select_one("a[href]")
    try:
        return link is not None and urlsplit(tidy_url(link.attr("href") or "")).path in ("", "/")
    except ValueError:  # no URL: a bracket in its host is not closed
        return False


def _is_update(time: Element) -> bool:
    """Whether what stands before a time says that it is of an update."""
    label = next((node.text for node in time.previous_siblings if node.text.strip()), "")
    return _UPDATE.search(label) is not None


def _is_inside(element: Element, selector: str) -> bool:
    parent = element.parent
    return isinstance(parent, Element) and parent.closest(selector) is not None

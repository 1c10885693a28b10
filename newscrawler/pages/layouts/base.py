"""What a layout is: the conditions by which its pages are known, and one method a field that says where it stands.

A field's method reads as CSS, inside the article's box. What may stand in several places is a generator of them,
the most trusted first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self

from newscrawler.items import Image
from newscrawler.pages.body import Body, prose_behind, read_body
from newscrawler.pages.dates import parse_machine_date, parse_visible_date
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, text_of
from newscrawler.pages.media import largest
from newscrawler.pages.raw_article import RawArticle
from newscrawler.pages.text import clean_text, is_site_name
from newscrawler.pages.trace import CheckedCondition, CheckedLayout


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a page has or has not. ``test`` is made once, in a module: it is asked once a page."""

    says: str
    test: Callable[[Document], bool]
    wanted: bool = True


def on_page(selector: str) -> Condition:
    """The page has such an element."""
    return Condition(selector, lambda document: document.root.select_one(selector) is not None)


def absent(condition: Condition) -> Condition:
    """The condition must not be met."""
    return replace(condition, wanted=False)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date that a page states: for machines, or printed for readers."""

    text: str
    source: str
    element: Element | None = None
    is_printed: bool = False


@dataclass(frozen=True, slots=True)
class StatedAuthors:
    """Names that stand where authors are named. The site's own name among them is nobody's."""

    names: list[str]
    source: str
    element: Element | None = None


class Layout(ABC):
    """One design of an article's page. An instance is that design laid on one page."""

    NAME: ClassVar[str]
    #: The forms in which the layout's pages come: all conditions of one of them hold.
    SIGNATURES: ClassVar[tuple[tuple[Condition, ...], ...]]
    #: Whether the picture of `og:image` is the cover's, in another size.
    COVER_IS_SHARED: ClassVar[bool] = True

    def __init__(self, document: Document, box: Element) -> None:
        self.document = document
        self.box = box
        self.edition = document.edition
        self._ambiguous: list[str] = []

    # --- which pages ---

    @classmethod
    def matches(cls, document: Document) -> bool:
        """Whether the page is of this layout."""
        for signature in cls.SIGNATURES:
            for condition in signature:
                if document.once(condition.test) is not condition.wanted:
                    break
            else:
                return True
        return False

    @classmethod
    def check(cls, document: Document) -> CheckedLayout:
        """The layout compared with the page, by the signature of which most conditions hold."""
        checked = [
            tuple(CheckedCondition(c.says, c.wanted, document.once(c.test)) for c in signature)
            for signature in cls.SIGNATURES
        ]
        best = max(checked, key=lambda conditions: sum(c.holds for c in conditions) / len(conditions))
        return CheckedLayout(cls.NAME, cls.matches(document), best)

    @classmethod
    def on(cls, document: Document) -> Self | None:
        """The layout laid on the page; None when its article box is missing."""
        box = cls.find_box(document)
        return None if box is None else cls(document, box)

    @classmethod
    @abstractmethod
    def find_box(cls, document: Document) -> Element | None:
        """What is around the article and nothing else."""

    # --- the fields: what a layout has no method for, its pages do not say ---

    def name(self) -> str:
        """The layout's name in the record."""
        return self.NAME

    @abstractmethod
    def headline(self) -> str:
        """The headline."""

    def subheadline(self) -> str:
        """The second headline."""
        return ""

    def lead(self) -> str:
        """The summary that stands apart from the text."""
        return ""

    def breadcrumbs(self) -> list[str]:
        """All of them, the site's home first."""
        return []

    def authors(self) -> Iterator[StatedAuthors]:
        """Where authors are named, the most trusted first."""
        yield from ()

    def published(self) -> Iterator[StatedDate]:
        """Where the date of publication stands, the most trusted first."""
        yield from ()

    def modified(self) -> Iterator[StatedDate]:
        """Where the date of the last change stands, the most trusted first."""
        yield from ()

    def tags(self) -> list[str]:
        """Names of tags and trends."""
        return []

    def short_url(self) -> str | None:
        """The article's short URL."""
        return None

    def cover(self) -> Element | None:
        """The cover picture or player, with all its sizes."""
        return None

    def caption(self, cover: Element | None) -> tuple[Element | None, str | None, str | None]:
        """What holds the cover's caption and credit, and the two."""
        return None, None, None

    @abstractmethod
    def text_box(self) -> Element | None:
        """What holds the text, or its last element: nothing comes after it on a page that is cut off in it."""

    def apart(self, text_box: Element) -> Mapping[Element, str]:
        """What stands in the text and is another field, each with the reason."""
        return {}

    def body(self, text_box: Element | None) -> Body:
        """The text, and what stands in it."""
        if text_box is None:
            return Body()
        return read_body([*text_box, *prose_behind(text_box)], self.document, self.apart(text_box))

    # --- reading them ---

    def read(self) -> RawArticle:
        """Everything that the page says."""
        text_box = self.text_box()
        return RawArticle(
            layout=self.name(),
            headline=self.headline(),
            subheadline=self.subheadline(),
            lead=self.lead(),
            breadcrumbs=self.breadcrumbs(),
            authors=self._authors(),
            published_at=self._date("published_at", self.published()),
            modified_at=self._date("modified_at", self.modified()),
            image=self._image(),
            tags=self.tags(),
            short_url=self.short_url(),
            body=self.body(text_box),
            text_box=self.box if text_box is None else text_box,
            ambiguous=tuple(self._ambiguous),
        )

    def text(self, field: str, element: Element | None) -> str:
        """A field that is an element's text; "" for None."""
        text = text_of(element)
        self.document.trace.extracted(field, text, "text", element)
        return text

    def texts(self, field: str, elements: Iterable[Element]) -> list[str]:
        """A field that is the texts of elements."""
        return [self.text(field, element) for element in elements]

    def stated(self, text: Any, source: str) -> Iterator[StatedDate]:
        """A machine-readable date, if the page has it."""
        if text:
            yield StatedDate(text if isinstance(text, str) else "", source)

    def local(self, text: Any, source: str, element: Element | None = None) -> Iterator[StatedDate]:
        """A date in the edition's zone, which it does not name: printed, or for machines."""
        if text:
            yield StatedDate(text if isinstance(text, str) else "", source, element, is_printed=True)

    def _date(self, field: str, stated: Iterable[StatedDate]) -> datetime | None:
        """The first date that is proven. What is stated and proves nothing makes the field ambiguous."""
        is_stated = False
        for date in stated:
            is_stated = True
            if date.is_printed:
                edition = self.edition
                found = parse_visible_date(
                    date.text, language=edition.language, zone=edition.zone, now=self.document.now
                )
            else:
                found = parse_machine_date(date.text, now=self.document.now)
            if found is not None:
                self.document.trace.extracted(field, found, date.source, date.element)
                return found
        if is_stated:
            self._ambiguous.append(field)
        return None

    def _authors(self) -> list[str]:
        """The people named in the first place that names any."""
        for stated in self.authors():
            people = [name for name in map(clean_text, stated.names) if name and not is_site_name(name)]
            for name in people:
                self.document.trace.extracted("authors", name, stated.source, stated.element)
            if people:
                return people
        return []

    def _image(self) -> Image | None:
        cover = self.cover()
        url = largest(self.document, cover, shared=self.COVER_IS_SHARED)
        element, caption, credit = self.caption(cover)
        self.document.trace.extracted("image.caption", caption, "text", element)
        self.document.trace.extracted("image.credit", credit, "text", element)
        return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None

"""What a layout is: the conditions by which its pages are known, and one method a field that says where it stands.

A field's method reads as CSS, inside the article's box. What may stand in several places is a generator of them,
the most trusted first.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from newscrawler.items import Doubt, Image
from newscrawler.loaders import LOADED_FIELDS
from newscrawler.pages.body import Body, KnownClasses, prose_behind, read_body
from newscrawler.pages.dates import find_labelled_dates, parse_machine_date, parse_visible_date
from newscrawler.pages.document import Document
from newscrawler.pages.doubts import Witness, same_headline
from newscrawler.pages.html import Element, Node, Text, classes_of, is_hidden, text_of
from newscrawler.pages.media import largest
from newscrawler.pages.text import clean_text, is_site_name
from newscrawler.pages.trace import CheckedCondition, CheckedLayout
from newscrawler.utils import lazy_property

_LABEL_TAGS = frozenset(("sup", "small", "button", "label", "mark"))
# Labels that sites put into headlines.
_LABEL = re.compile(
    r"\W*(?:live|breaking(?: news)?|exclusive|video|photos?|watch|opinion|analysis|updated?|developing|urgent|just in|"
    r"new|premium|sponsored)\W*",
    re.IGNORECASE,
)


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


class StatedDate(NamedTuple):
    """A date that a page states: for machines, or printed for readers."""

    text: str
    source: str
    element: Element | None = None
    is_printed: bool = False


class StatedAuthors(NamedTuple):
    """Names that stand where authors are named. The site's own name among them is nobody's."""

    names: list[str]
    source: str
    element: Element | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArticle:
    """What a layout read from one page, before it is cleaned into a record."""

    layout: str
    #: The fields of LOADED_FIELDS.
    fields: dict[str, Any]
    published_at: datetime | None
    modified_at: datetime | None
    image: Image | None
    body: Body
    #: What holds the text; on a page that is cut off in it, nothing comes after it.
    text_box: Element
    #: What other places on the page say.
    witnesses: tuple[Witness, ...]
    #: Names of fields that the page states in a form that proves nothing.
    ambiguous: tuple[str, ...]


class Layout(ABC):
    """One design of an article's page. An instance is that design laid on one page."""

    NAME: ClassVar[str]
    #: The forms in which the layout's pages come: all conditions of one of them hold.
    SIGNATURES: ClassVar[tuple[tuple[Condition, ...], ...]]
    #: Whole names of classes in the article's box that are no part of the article, beside those that pages/body.py
    #: knows. What is visible there, and neither in a field nor in one of these, is a doubt.
    BOILERPLATE: ClassVar[frozenset[str]] = frozenset()
    #: Whole names of classes that blocks of the text have. A block of another class is prose and a doubt.
    PROSE: ClassVar[frozenset[str]] = frozenset()
    #: Whether the picture of `og:image` is the cover's, in another size.
    COVER_IS_SHARED: ClassVar[bool] = True

    def __init__(self, document: Document, box: Element) -> None:
        self.document = document
        self.box = box
        self.edition = document.edition
        self._ambiguous: list[str] = []
        self._moments: dict[tuple[str, bool], datetime | None] = {}

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

    # What a layout has no method for, its pages do not say.

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
        return Body() if text_box is None else self.read_text(self._text_nodes(text_box), self.apart(text_box))

    def _text_nodes(self, first: Element) -> list[Node]:
        """What the text's container holds, those in the article's box that are alike, and what a stray tag cut off."""
        alike = set(classes_of(first))
        selector = "".join([first.tag, *(f"[class~='{name}']" for name in alike if name.replace("-", "").isalnum())])
        boxes = [first]
        for box in self.box.select(selector) if alike else ():
            if box != first and set(classes_of(box)) == alike and boxes[-1] not in box.ancestors:
                boxes.append(box)
        self.claim(*boxes)
        nodes = [node for box in boxes for node in box]
        return nodes + [node for node in self.behind(boxes[-1]) if node not in boxes]

    def behind(self, text: Element) -> list[Node]:
        """What stands behind the text, or around it, and must have been in it.

        Prose there is a doubt, since no layout has it so; a card of another article may stand there.
        """
        nodes = list(prose_behind(text))
        if any(node.text.strip() for node in nodes if isinstance(node, Element) and not self._known.is_card(node)):
            self.document.doubts.add(Doubt.UNKNOWN_BLOCK, "prose behind the text's end", text)
        return nodes

    def read_text(self, nodes: list[Node], without: Mapping[Element, str] | None = None) -> Body:
        """Read the text from its nodes, but for those that are other fields, and claim them."""
        body = read_body(nodes, self.document, self._known, without)
        self.claim(*nodes)
        return body

    def claim(self, *nodes: Node | None) -> None:
        """What a field has read, or is known to stand in the article's box and to be no part of the article.

        ``text``, ``texts``, dates, authors, cover and caption claim their elements by themselves.
        """
        self.document.doubts.claim(*nodes)

    @lazy_property
    def _known(self) -> KnownClasses:
        return _known_classes(self.BOILERPLATE, self.PROSE)

    def witnesses(self) -> Iterator[Witness]:
        """What other places on the page say of the headline, the dates and the authors."""
        document = self.document
        json_ld = document.article_json_ld
        yield Witness("meta og:title", document.meta("og:title"))
        yield Witness("title", document.title)
        headline = json_ld.get("headline")
        yield Witness("JSON-LD headline", clean_text(headline) if isinstance(headline, str) else "")
        for stated in self._stated_published:
            yield Witness(stated.source, published_at=self._moment(stated))
        for stated in self._stated_modified:
            yield Witness(stated.source, modified_at=self._moment(stated))
        for stated_authors in self._stated_authors:
            if stated_authors.names:
                yield Witness(stated_authors.source, authors=tuple(stated_authors.names))

    @lazy_property
    def _stated_published(self) -> list[StatedDate]:
        return list(self.published())

    @lazy_property
    def _stated_modified(self) -> list[StatedDate]:
        return list(self.modified())

    @lazy_property
    def _stated_authors(self) -> list[StatedAuthors]:
        return [stated._replace(names=_people(stated.names)) for stated in self.authors()]

    def read(self) -> RawArticle:
        """Everything that the page says."""
        text_box = self.text_box()
        raw = RawArticle(
            layout=self.name(),
            fields=self._fields(),
            published_at=self._date("published_at", self._stated_published),
            modified_at=self._date("modified_at", self._stated_modified),
            image=self._image(),
            # Last: what a field has claimed is no part of the text.
            body=self.body(text_box),
            text_box=self.box if text_box is None else text_box,
            witnesses=tuple(self.witnesses()),
            ambiguous=tuple(self._ambiguous),
        )
        for field in self._ambiguous:
            self.document.doubts.add(Doubt.DATE_UNPROVEN, f"{field} is stated in a form that proves nothing")
        is_unproven = self.NAME in self.document.edition.unproven_layouts
        self.document.doubts.check_box(self.box, self._known.is_boilerplate, strictly=is_unproven)
        return raw

    def _fields(self) -> dict[str, Any]:
        """Raw values of the fields that the loader cleans; none for a field that the layout has no method for."""
        found = {name: read() for name in LOADED_FIELDS if (read := getattr(self, name, None)) is not None}
        # The layout's method yields the places where authors are named.
        return found | {"authors": self._authors()}

    def text(self, field: str, element: Element | None) -> str:
        """A field that is an element's text; "" for None."""
        text = self._without_badge(element) if field == "headline" else text_of(element)
        self.claim(element)
        self.document.trace.extracted(field, text, "text", element)
        return text

    def _without_badge(self, heading: Element | None) -> str:
        """A headline's text without a label in it, where a title on the page proves that it is none of its words."""
        text = text_of(heading)
        badges = [
            child
            for child in heading or ()
            if isinstance(child, Element) and (child.attrs or child.tag in _LABEL_TAGS) and not is_hidden(child)
        ]
        if not badges:
            return text
        rest = clean_text("".join("" if node in badges else node.text for node in heading or () if _is_shown(node)))
        document = self.document
        titles = (document.meta("og:title"), document.title, str(document.article_json_ld.get("headline") or ""))
        is_told = any(same_headline(text, title) for title in titles)
        if not rest or is_told:
            return text
        is_proven = any(same_headline(rest, title) for title in titles)
        if not is_proven and not all(_LABEL.fullmatch(text_of(badge)) for badge in badges):
            return text
        if not is_proven:
            document.doubts.add(Doubt.HEADLINE_DIFFERS, f"a label is left out of: {text}", heading)
        document.trace.skipped(heading, "label in the headline", text)
        return rest

    def texts(self, field: str, elements: Iterable[Element]) -> list[str]:
        """A field that is the texts of elements."""
        return [self.text(field, element) for element in elements]

    def stated(self, text: Any, source: str) -> Iterator[StatedDate]:
        """A machine-readable date, if the page has it."""
        if text:
            yield StatedDate(text if isinstance(text, str) else "", source)

    def printed(self, elements: Iterable[Element]) -> tuple[list[StatedDate], list[StatedDate]]:
        """Dates that elements print: of publication, and of edits. One that shows none states what proves nothing."""
        dates: tuple[list[StatedDate], list[StatedDate]] = ([], [])
        for element in elements:
            found = find_labelled_dates(text_of(element))
            for kind, texts in zip(dates, found if any(found) else ([""], []), strict=True):
                kind += [StatedDate(text, "printed date", element, is_printed=True) for text in texts]
        return dates

    def local(self, text: Any, source: str, element: Element | None = None) -> Iterator[StatedDate]:
        """A date in the edition's zone, which it does not name: printed, or for machines."""
        if text:
            yield StatedDate(text if isinstance(text, str) else "", source, element, is_printed=True)

    def _date(self, field: str, stated: list[StatedDate]) -> datetime | None:
        """The first date that is proven. What is stated and proves nothing makes the field ambiguous."""
        self.claim(*(date.element for date in stated))
        for date in stated:
            found = self._moment(date)
            if found is not None:
                self.document.trace.extracted(field, found, date.source, date.element)
                return found
        if stated:
            self._ambiguous.append(field)
        return None

    def _moment(self, date: StatedDate) -> datetime | None:
        key = (date.text, date.is_printed)
        if key not in self._moments:
            now, edition = self.document.now, self.edition
            self._moments[key] = (
                parse_visible_date(date.text, language=edition.language, zone=edition.zone, now=now)
                if date.is_printed
                else parse_machine_date(date.text, now=now)
            )
        return self._moments[key]

    def _authors(self) -> list[str]:
        """The people named in the first place that names any."""
        for stated in self._stated_authors:
            self.claim(stated.element)
            for name in stated.names:
                self.document.trace.extracted("authors", name, stated.source, stated.element)
            if stated.names:
                return stated.names
        return []

    def _image(self) -> Image | None:
        cover = self.cover()
        url = largest(self.document, cover, shared=self.COVER_IS_SHARED)
        element, caption, credit = self.caption(cover)
        # Words in a cover that are no caption of the layout's are nobody's.
        self.claim(cover if element is not None or cover is None or not text_of(cover) else None, element)
        self.document.trace.extracted("image.caption", caption, "text", element)
        self.document.trace.extracted("image.credit", credit, "text", element)
        return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None


_BY = re.compile(r"(?:By|BY|by):? (?=\w)")
_AND = re.compile(r" (?:and|&) ")
_ADDRESS = re.compile(r"https?://|www\.|@")


def _people(names: list[str]) -> list[str]:
    """The names of people: one an item, no URL, and not the site's own."""
    apart = [person for name in map(clean_text, names) for person in _persons(name)]
    return [name for name in apart if name and not is_site_name(name) and not _ADDRESS.match(name)]


def _persons(name: str) -> list[str]:
    """Those whom one byline names; "Smith and Sons" are one."""
    name = name[by.end() :] if (by := _BY.match(name)) else name
    parts = _AND.split(name)
    return parts if all(" " in part for part in parts) else [name]


@cache
def _known_classes(boilerplate: frozenset[str], prose: frozenset[str]) -> KnownClasses:
    """Made once a layout: its patterns are asked of every element."""
    return KnownClasses(boilerplate, prose)


def _is_shown(node: Node) -> bool:
    return isinstance(node, Text) or (isinstance(node, Element) and not is_hidden(node))

"""What every layout asks of a page: its head, its JSON-LD, elements by class. Computed once a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from html import unescape
from typing import Any, TypeVar, cast
from urllib.parse import urljoin

from lxml import etree
from scrapy.http import TextResponse

from newscrawler.editions import ArticleUrl, article_url, tidy_url
from newscrawler.exceptions import UnknownLayout
from newscrawler.pages.html import tree_of, utf8_of
from newscrawler.pages.text import clean_text, drop_invisible, parse_machine_date, parse_visible_date
from newscrawler.pages.trace import Trace

T = TypeVar("T")

_ARTICLE_TYPES = frozenset(
    ("NewsArticle", "Article", "ReportageNewsArticle", "OpinionNewsArticle", "AnalysisNewsArticle")
)


def xpath(expression: str) -> etree.XPath:
    """A compiled XPath; ``$name`` in it is a keyword argument of the call."""
    return etree.XPath(expression)


def elements(path: etree.XPath, under: etree._Element) -> list[etree._Element]:
    """Elements that the path finds, in the page's order."""
    return cast("list[etree._Element]", path(under))


def classes_of(element: etree._Element) -> list[str]:
    """The element's classes."""
    return (element.get("class") or "").split()


class ClassIndex:
    """Elements under one, by class, in the page's order.

    One walk instead of an XPath a class: on a page of 100 KB each of those costs a tenth of parsing it.
    """

    def __init__(self, under: etree._Element) -> None:
        self.under = under
        self._by_class: dict[str, list[etree._Element]] = {}
        for element in under.iter("*"):
            names = element.get("class")
            if names:
                for name in names.split():
                    self._by_class.setdefault(name, []).append(element)

    def all(self, name: str) -> list[etree._Element]:
        """Elements with that class."""
        return self._by_class.get(name, [])

    def first(self, name: str, *, tag: str | None = None) -> etree._Element | None:
        """First element with that class, and tag where one is given."""
        return next((e for e in self.all(name) if tag is None or e.tag == tag), None)


_CONTROL = re.compile(r"[\x00-\x1f]+")
_SALVAGED_KIND = re.compile(rf'"@type"\s*:\s*"({"|".join(sorted(_ARTICLE_TYPES))})"')
_SALVAGED_DATE = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]*)"')
_SALVAGED_AUTHOR = re.compile(r'"author"\s*:\s*(\{[^{}]*\})')
_TRAILING_COMMA = re.compile(r",(?=\s*[\]}])")


class Document:
    """A fetched page, parsed, with the moment it is judged at."""

    def __init__(
        self, response: TextResponse, now: datetime, address: str | None = None, trace: Trace | None = None
    ) -> None:
        self.now = now
        self.trace = trace
        self._asked = address
        self.url = response.url
        self._source = utf8_of(response)
        root = tree_of(self._source)
        if root is None:
            raise UnknownLayout(f"{response.url}: not an HTML page")
        self.root = root
        self._made: dict[Callable[[Document], Any], Any] = {}

    def once(self, make: Callable[[Document], T]) -> T:
        """What ``make`` finds on this page, worked out once: several layouts ask the same."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    def note(self, field: str, value: T, source: str, element: etree._Element | None = None) -> T:
        """The value, noted where the parse is traced."""
        if self.trace is not None:
            self.trace.take(field, value, source, element)
        return value

    def text(self, field: str, element: etree._Element | None) -> str:
        """A field that is an element's text; "" for None."""
        return self.note(field, text_of(element), "text", element)

    def texts(self, field: str, found: Iterable[etree._Element]) -> list[str]:
        """A field that is the texts of elements."""
        return [self.text(field, element) for element in found]

    def date(self, field: str, said: Any, source: str) -> datetime | None:
        """A field that is a machine-readable date; None for anything else."""
        found = parse_machine_date(said, now=self.now) if isinstance(said, str) else None
        return self.note(field, found, source)

    def printed_date(self, field: str, said: str, element: etree._Element) -> datetime | None:
        """A field that is a date printed in English, in GMT."""
        found = parse_visible_date(said, language="en", zone="UTC", now=self.now)
        return self.note(field, found, "printed date", element)

    @cached_property
    def ends(self) -> bool:
        """Whether the page's source goes on to its end."""
        tail = self._source[-2000:].lower()
        return b"</html" in tail or b"</body" in tail

    def mentions(self, name: str) -> bool:
        """Whether the source holds these letters at all: a first look that costs nothing."""
        return name.encode() in self._source

    def urljoin(self, href: str) -> str:
        """An absolute address, seen from the article's own; "" when there is none to be made."""
        href = tidy_url(drop_invisible(href))
        return href if href.startswith(("https://", "http://")) else _join(self.base_url, href)

    @cached_property
    def metas(self) -> dict[str, str]:
        """First non-empty value of each meta name or property. Re-serialised pages have ``value=``."""
        metas: dict[str, str] = {}
        for meta in self.root.iter("meta"):
            name = meta.get("property") or meta.get("name")
            if name and name not in metas:
                value = clean_text(meta.get("content") or meta.get("value") or "")
                if value:
                    metas[name] = value
        return metas

    @cached_property
    def base_url(self) -> str:
        """What relative addresses are relative to: the article's canonical one, not where its copy lies.

        Of the page's own address only the canonical form counts: pages of 2013-15 call themselves http://rt.com.
        """
        return self.claimed_address.url if self.claimed_address else self._asked or self.claimed_url or self.url

    @cached_property
    def _claims(self) -> list[tuple[str, str]]:
        """Addresses that the page says are its own, each with where: canonical link, og:url, JSON-LD, in this order."""
        json_ld = self.article_json_ld.get("mainEntityOfPage")
        candidates = (
            (
                "link[rel=canonical]",
                next((link.get("href") for link in self.root.iter("link") if link.get("rel") == "canonical"), None),
            ),
            ("meta og:url", self.metas.get("og:url")),
            ("JSON-LD mainEntityOfPage", json_ld.get("@id") if isinstance(json_ld, dict) else json_ld),
        )
        return [(where, clean_text(url)) for where, url in candidates if isinstance(url, str) and clean_text(url)]

    @property
    def claimed_url(self) -> str | None:
        """The address that the page says is its own."""
        return self._claims[0][1] if self._claims else None

    @cached_property
    def claimed_address(self) -> ArticleUrl | None:
        """The first of the page's own addresses that is an article's: an archive's copy names itself first."""
        for where, url in self._claims:
            address = article_url(_join(self.url, url))
            if address is not None:
                self.note("url", address.url, where)
                return address
        return None

    @cached_property
    def article_json_ld(self) -> dict[str, Any]:
        """The JSON-LD object about the article, or {}.

        Each script is read by itself: the Organization block of current pages is invalid JSON (SITE.md
        section 1: a comma before a bracket), and control characters inside strings are let through as white
        space.
        """
        for script in self.root.iter("script"):
            text = script.text
            if script.get("type") != "application/ld+json" or not text or "rticle" not in text:
                continue
            text = _CONTROL.sub(" ", text)
            for node in _json_ld_nodes(_json(text) or _salvaged(text)):
                kind = node.get("@type")
                kinds = kind if isinstance(kind, list) else [kind]
                if any(isinstance(name, str) and name in _ARTICLE_TYPES for name in kinds):
                    return node
        return {}

    def people(self) -> list[str]:
        """Names of the persons that JSON-LD calls authors; organisations are none."""
        named = self.article_json_ld.get("author")
        return [
            unescape(name)
            for author in (named if isinstance(named, list) else [named])
            if isinstance(name := _person(author), str)
        ]


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _person(author: Any) -> Any:
    if not isinstance(author, dict):
        return author
    kind = author.get("@type")
    return author.get("name") if "Person" in (kind if isinstance(kind, list) else [kind]) else None


def _json(text: str) -> Any:
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return None


def _salvaged(text: str) -> dict[str, Any] | None:
    """The dates and the author of a block that a stray quotation mark in some other value has broken."""
    kind = _SALVAGED_KIND.search(text)
    if kind is None:
        return None
    dates: dict[str, Any] = {name: value for name, value in reversed(_SALVAGED_DATE.findall(text))}
    author = _SALVAGED_AUTHOR.search(text)
    return {"@type": kind[1], **dates, "author": _json(author[1]) if author else None}


def _json_ld_nodes(data: Any) -> Iterator[dict[str, Any]]:
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            if isinstance(graph, list):
                yield from (n for n in graph if isinstance(n, dict))


#: Elements whose text nobody reads.
UNREAD = frozenset(("script", "style", "noscript", "svg", "template"))
# What ends a word in a line of its own: a break, or the edge of a block.
_WORD_ENDS = frozenset(("br", "p", "div", "li", "h1", "h2", "h3", "h4", "td", "th", "tr", "blockquote"))


def text_of(element: etree._Element | None) -> str:
    """All text under an element, cleaned; "" for None. Scripts and styles are no text, blocks end words."""
    if element is None:
        return ""
    if len(element) == 0:
        return clean_text(element.text or "")
    parts = [element.text or ""]
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    next(walk)
    for event, node in walk:
        tag = node.tag
        if event == "start":
            if tag in UNREAD:
                walk.skip_subtree()
                continue
            if tag in _WORD_ENDS:
                parts.append(" ")
            parts.append(node.text or "")
        elif node is not element:
            if tag in _WORD_ENDS:
                parts.append(" ")
            parts.append(node.tail or "")
    return clean_text("".join(parts))

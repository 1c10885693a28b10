"""What every layout asks of a page: its head, its JSON-LD, elements by class. Computed once a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from urllib.parse import urljoin

from lxml import etree
from scrapy.http import TextResponse

from newscrawler.cleaning import clean_text, drop_invisible
from newscrawler.exceptions import UnknownLayout
from newscrawler.urls import ArticleAddress, article_address, tidy_url

_ARTICLE_TYPES = (
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "OpinionNewsArticle",
    "AnalysisNewsArticle",
)


def xpath(expression: str) -> etree.XPath:
    """A compiled XPath; ``$name`` in it is a keyword argument of the call."""
    return etree.XPath(expression)


def has_class(name: str) -> str:
    """XPath condition: the element has that class among its classes."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def elements(path: etree.XPath, under: etree._Element) -> list[etree._Element]:
    """Elements that the path finds, in the page's order."""
    return cast("list[etree._Element]", path(under))


def strings(path: etree.XPath, under: etree._Element) -> list[str]:
    """Texts or attribute values that the path finds, in the page's order."""
    return [str(found) for found in cast("list[Any]", path(under))]


_METAS = xpath("//meta[@content or @value]")
_CANONICAL = xpath("string(//link[@rel='canonical']/@href)")
_JSON_LD = xpath("//script[@type='application/ld+json']/text()")
_CONTROL = re.compile(r"[\x00-\x1f]+")


class Document:
    """A fetched page, parsed, with the moment it is judged at."""

    def __init__(self, response: TextResponse, now: datetime, address: str | None = None) -> None:
        self.now = now
        self._asked = address
        self.url = response.url
        self._response = response
        root = response.selector.root
        if not isinstance(root, etree._Element):
            raise UnknownLayout("not an HTML page")
        self.root = root

    @cached_property
    def tail(self) -> str:
        """The end of the page's source, in lower case."""
        return self._response.body[-2000:].decode("latin-1").lower()

    def all(self, path: etree.XPath, under: etree._Element | None = None) -> list[etree._Element]:
        """Elements that the path finds, in the page's order."""
        return elements(path, self.root if under is None else under)

    def first(self, path: etree.XPath, under: etree._Element | None = None) -> etree._Element | None:
        """First element that the path finds."""
        found = self.all(path, under)
        return found[0] if found else None

    def urljoin(self, href: str) -> str:
        """An absolute address, seen from the article's own; "" when there is none to be made."""
        try:
            return urljoin(self.base_url, tidy_url(drop_invisible(href)))
        except ValueError:
            return ""

    @cached_property
    def metas(self) -> dict[str, str]:
        """First non-empty value of each meta name or property. Re-serialised pages have ``value=``."""
        metas: dict[str, str] = {}
        for meta in self.all(_METAS):
            name = meta.get("property") or meta.get("name")
            value = clean_text(meta.get("content") or meta.get("value") or "")
            if name and value:
                metas.setdefault(name, value)
        return metas

    @cached_property
    def base_url(self) -> str:
        """What relative addresses are relative to: the article's address, not where its copy lies."""
        return self._asked or self.claimed_url or self.url

    @cached_property
    def claimed_url(self) -> str | None:
        """The address that the page says is its own: canonical link, og:url, JSON-LD, in this order."""
        json_ld = self.article_json_ld.get("mainEntityOfPage")
        candidates = (
            _CANONICAL(self.root),
            self.metas.get("og:url"),
            json_ld.get("@id") if isinstance(json_ld, dict) else json_ld,
        )
        return next((clean_text(url) for url in candidates if isinstance(url, str) and clean_text(url)), None)

    @cached_property
    def claimed_address(self) -> ArticleAddress | None:
        """``claimed_url`` as an article's address."""
        return article_address(urljoin(self.url, self.claimed_url)) if self.claimed_url else None

    @cached_property
    def article_json_ld(self) -> dict[str, Any]:
        """The JSON-LD object about the article, or {}.

        Each script is read by itself: the Organization block of current pages is invalid JSON (SITE.md
        section 1), and control characters inside strings are let through as white space.
        """
        for script in strings(_JSON_LD, self.root):
            if "rticle" not in script:
                continue
            try:
                data = json.loads(_CONTROL.sub(" ", script))
            except (ValueError, RecursionError):
                continue
            for node in _json_ld_nodes(data):
                kind = node.get("@type")
                if kind in _ARTICLE_TYPES or (isinstance(kind, list) and set(_ARTICLE_TYPES) & set(map(str, kind))):
                    return node
        return {}


def _json_ld_nodes(data: Any) -> Iterator[dict[str, Any]]:
    for node in data if isinstance(data, list) else [data]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            if isinstance(graph, list):
                yield from (n for n in graph if isinstance(n, dict))


def text_of(element: etree._Element | None) -> str:
    """All text under an element, cleaned; "" for None. Scripts and styles are no text."""
    if element is None:
        return ""
    if len(element) == 0:
        return clean_text(element.text or "")
    return clean_text("".join(strings(_VISIBLE_TEXT, element)))


_VISIBLE_TEXT = xpath("descendant::text()[not(parent::script or parent::style or parent::noscript or ancestor::svg)]")

"""What every layout asks of a page as a whole: its head, its JSON-LD, its own URL. Worked out once a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from html import unescape
from typing import Any, TypeVar
from urllib.parse import urljoin

from scrapy.http import TextResponse

from newscrawler.editions import EDITIONS, ArticleUrl, Edition, article_url, site_path, tidy_url
from newscrawler.exceptions import UnknownLayout
from newscrawler.pages.doubts import Doubts, similar_headline
from newscrawler.pages.html import Element, decoded, parse_html, text_of
from newscrawler.pages.text import clean_text, drop_invisible
from newscrawler.pages.trace import NO_TRACE, Trace
from newscrawler.utils import lazy_property

T = TypeVar("T")

_VOCABULARIES = ("http://schema.org/", "https://schema.org/", "schema:")
_KINDS = ("NewsArticle", "Article", "ReportageNewsArticle", "OpinionNewsArticle", "AnalysisNewsArticle")
_ARTICLE_TYPES = frozenset(f"{vocabulary}{kind}" for kind in _KINDS for vocabulary in ("", *_VOCABULARIES))
_JSON_LD = 'script[type^="application/ld+json" i]'
_CONTROL = re.compile(r"[\x00-\x1f]+")
_SALVAGED_KIND = re.compile(rf'"@type"\s*:\s*"({"|".join(sorted(_KINDS))})"')
_SALVAGED_DATE = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]*)"')
_SALVAGED_AUTHOR = re.compile(r'"author"\s*:\s*(\{[^{}]*\})')
_SALVAGED_PAGE = re.compile(r'"mainEntityOfPage"\s*:\s*(?:\{[^{}]*?"@id"\s*:\s*)?"(https?://[^"]*)"')
_TRAILING_COMMA = re.compile(r",(?=\s*[\]}])")


class Document:
    """A fetched page, parsed, with the moment it is judged at.

    Raises:
        UnknownLayout: there is no page to parse.
    """

    def __init__(self, response: TextResponse, now: datetime, url: str | None = None, trace: Trace = NO_TRACE) -> None:
        self.now = now
        self.trace = trace
        self.doubts = Doubts(trace)
        self._asked = url
        self.url = response.url
        self._source, self.encoding_guessed, self.has_letters_twice = decoded(response)
        root = parse_html(self._source)
        if root is None:
            raise UnknownLayout(f"{response.url}: not an HTML page")
        self.root = root
        self._made: dict[Callable[[Document], Any], Any] = {}

    def once(self, make: Callable[[Document], T]) -> T:
        """What ``make`` finds on this page, worked out once: several layouts ask the same."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[no-any-return]

    @lazy_property
    def ends(self) -> bool:
        """Whether the page's source goes on to its end."""
        tail = self._source[-2000:].lower()
        return "</html" in tail or "</body" in tail

    @property
    def has_bad_bytes(self) -> bool:
        """Whether some bytes of the page are no characters."""
        return "\ufffd" in self._source

    def urljoin(self, href: str) -> str:
        """An absolute URL, seen from the article's own; "" when there is none to be made."""
        href = tidy_url(drop_invisible(href))
        return href if href.startswith(("https://", "http://")) else _join(self.base_url, href)

    def meta(self, name: str) -> str:
        """First non-empty value of a meta name, property or itemprop, or ""."""
        for meta in self._metas.get(name, ()):
            # Re-serialised pages have ``value=``.
            value = clean_text(meta.attr("content") or meta.attr("value") or "")
            if value:
                return value
        return ""

    @lazy_property
    def _for_machines(self) -> dict[str, list[Element]]:
        """What a page says to machines, by tag: one walk through the page finds all of it."""
        found: dict[str, list[Element]] = {"link": [], "meta": [], "script": []}
        for element in self.root.iter_elements(("link", "meta", "script")):
            found[element.tag].append(element)
        return found

    @lazy_property
    def _metas(self) -> dict[str, list[Element]]:
        metas: dict[str, list[Element]] = {}
        for meta in self._for_machines["meta"]:
            name = meta.attr("property") or meta.attr("name") or meta.attr("itemprop")
            if name:
                metas.setdefault(name, []).append(meta)
        return metas

    @lazy_property
    def base_url(self) -> str:
        """What relative URLs are relative to: the article's canonical one, not where its copy lies.

        Of the page's own URLs only the canonical form counts: pages of 2013-15 call themselves http://rt.com.
        """
        return self.claimed_article.url if self.claimed_article else self._asked or self.claimed_url or self.url

    @lazy_property
    def _head_urls(self) -> list[tuple[str, str]]:
        """URLs that the page's head says are its own, each with where."""
        canonical = next((link for link in self._for_machines["link"] if link.matches("[rel=canonical]")), None)
        candidates = (
            ("link[rel=canonical]", canonical.attr("href") if canonical is not None else None),
            ("meta og:url", self.meta("og:url")),
        )
        return [(where, url) for where, said in candidates if said and (url := clean_text(said))]

    @lazy_property
    def _claims(self) -> list[tuple[str, str]]:
        """URLs that the page says are its own, each with where: canonical link, og:url, JSON-LD, in this order."""
        json_ld = self.article_json_ld.get("mainEntityOfPage")
        named = json_ld.get("@id") if isinstance(json_ld, dict) else json_ld
        url = clean_text(named) if isinstance(named, str) else ""
        return [*self._head_urls, *([("JSON-LD mainEntityOfPage", url)] if url else [])]

    @lazy_property
    def _home(self) -> str:
        """What the page's own URLs are relative to: Russian pages of 2016 have `og:url` without a host."""
        named = None if self.url.startswith(("http:", "https:")) else _edition_named(self.meta("og:site_name"))
        return f"https://{named.host}/" if named else self.url

    @lazy_property
    def edition(self) -> Edition:
        """The edition that the page is of; the first one for a page that says nothing of it."""
        urls = (self._asked or "", *(_join(self._home, url) for _, url in self._claims), self.url)
        named = (site[0] for url in urls if (site := site_path(url)))
        return next(named, None) or _edition_named(self.meta("og:site_name")) or EDITIONS[0]

    @property
    def is_other_page(self) -> bool:
        """Whether the page says that it is a page of the site and no article."""
        return self.claimed_article is None and any(site_path(_join(self._home, url)) for _, url in self._claims)

    @property
    def claimed_url(self) -> str | None:
        """The URL that the page says is its own."""
        return self._claims[0][1] if self._claims else None

    @lazy_property
    def claimed_article(self) -> ArticleUrl | None:
        """The article that the page says it is: the one that most of its own URLs are of, by the first of these."""
        return next(iter(self._claimed), None)

    @property
    def rival_article(self) -> ArticleUrl | None:
        """Another article of which as many of the page's own URLs are; the URL that was asked for is one of them."""
        keys = [own.key for own in self._claimed]
        asked = article_url(self._asked) if self._asked else None
        if asked is not None and asked.key in keys:
            keys.append(asked.key)
        others = [own for own in self._claimed if own.key != keys[0]]
        rival = max(others, key=lambda own: keys.count(own.key), default=None)
        return rival if rival and keys.count(rival.key) >= keys.count(keys[0]) else None

    @lazy_property
    def _claimed(self) -> list[ArticleUrl]:
        """Those of the page's own URLs that are an article's; an archive's copy names itself first."""
        claims = [(where, own) for where, url in self._claims if (own := article_url(_join(self._home, url)))]
        keys = [own.key for _, own in claims]
        claims.sort(key=lambda claim: -keys.count(claim[1].key))
        if claims:
            self.trace.extracted("url", claims[0][1].url, claims[0][0])
        return [own for _, own in claims]

    @lazy_property
    def article_json_ld(self) -> dict[str, Any]:
        """The JSON-LD object about the article of this page, or {}.

        One about another article proves nothing here: it is told by its URL, or where it has none, by its headline.

        Each script is parsed by itself: the Organization block of current pages is invalid JSON
        (docs/extend/site.md#layouts: a comma before a bracket). Control characters inside strings count as white space.
        """
        neutral: dict[str, Any] = {}
        for node in self._article_json_lds():
            is_own = self._is_about_this_page(node)
            if is_own:
                return node
            if is_own is None:
                neutral = neutral or node
            else:
                self.trace.skipped(None, "JSON-LD about another article", str(node.get("headline") or ""))
        return neutral

    def _article_json_lds(self) -> Iterator[dict[str, Any]]:
        for script in self._for_machines["script"]:
            if not script.matches(_JSON_LD):
                continue
            text = script.text
            if "rticle" not in text:
                continue
            text = _CONTROL.sub(" ", text)
            for node in _json_ld_nodes(_json(text) or _salvaged(text)):
                kind = node.get("@type")
                kinds = kind if isinstance(kind, list) else [kind]
                if any(isinstance(name, str) and name in _ARTICLE_TYPES for name in kinds):
                    yield node

    def _is_about_this_page(self, node: dict[str, Any]) -> bool | None:
        """Whether JSON-LD is about this page's article; None where it names neither its URL nor a headline."""
        own = [self._asked, *(url for _, url in self._head_urls)]
        keys = {found.key for url in own if url and (found := article_url(_join(self._home, url)))}
        said = {found.key for url in _urls_of(node) if (found := article_url(_join(self._home, url)))}
        if keys and said:
            return not keys.isdisjoint(said)
        headline = node.get("headline")
        titles = self._titles
        if not isinstance(headline, str) or not headline.strip() or not titles:
            return None
        return any(similar_headline(unescape(headline), title) for title in titles)

    @lazy_property
    def title(self) -> str:
        """The text of <title>."""
        return text_of(self.root.select_one("title"))

    @property
    def _titles(self) -> list[str]:
        """What the page may call its article."""
        titles = [self.meta("og:title"), self.title, *(text_of(element) for element in self.root.select("h1"))]
        return [title for title in titles if title]

    def people(self) -> list[str]:
        """Names of the persons that JSON-LD calls authors; organisations are none."""
        named = self.article_json_ld.get("author")
        return [
            unescape(name)
            for author in (named if isinstance(named, list) else [named])
            if isinstance(name := _person(author), str)
        ]


def _urls_of(node: dict[str, Any]) -> Iterator[str]:
    """URLs that a JSON-LD object says are those of what it is about."""
    for name in ("mainEntityOfPage", "url", "@id"):
        value = node.get(name)
        for said in (value.get("@id"), value.get("url")) if isinstance(value, dict) else (value,):
            if isinstance(said, str):
                yield clean_text(said)


def _edition_named(name: str) -> Edition | None:
    return next((edition for edition in EDITIONS if name in edition.own_names), None)


def _join(base: str, href: str) -> str:
    if href.startswith("https://"):
        return href
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
    for mend in (str, partial(_TRAILING_COMMA.sub, ""), unescape):
        try:
            return json.loads(mend(text))
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
    page = _SALVAGED_PAGE.search(text)
    return {
        "@type": kind[1],
        **dates,
        "author": _json(author[1]) if author else None,
        "mainEntityOfPage": page[1] if page else None,
    }


def _json_ld_nodes(data: Any) -> Iterator[dict[str, Any]]:
    """The objects of a script, of its lists and graphs, and those that a page's object is about."""
    left = [data]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += reversed(node)
        elif isinstance(node, dict):
            yield node
            left += [node[name] for name in ("mainEntity", "@graph") if name in node]

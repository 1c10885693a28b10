"""Detects responses that block us: by 401, 403 or 429, but also by a page with status 200, or a redirect.

A page is judged by its structure: it has little text, names no article, and has a guard's script, a password field
or a sentence about the reader's country in its title, headings or first words. An article that tells of all this
has the text, or says in its head what it is.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse, Response, TextResponse

from newscrawler.outcomes import BlockReason
from newscrawler.pages.html import Element, Text, parse_html, source_of

_BY_STATUS = {
    401: BlockReason.LOGIN,
    403: BlockReason.FORBIDDEN,
    429: BlockReason.TOO_MANY_REQUESTS,
    451: BlockReason.LEGAL_REASONS,
}
#: Statuses under which guards send their pages. For 200 see ``detect_block_page``.
_GUARDED = (202, 401, 403, 451, 503)
_REDIRECTS = (301, 302, 303, 307, 308)
# The last part of a path, without its ending; an article's has a number.
_LOGIN_PATHS = {"login", "log-in", "signin", "sign-in", "auth", "authorize", "register", "subscribe"}
_COUNTRY_PATHS = {
    "blocked",
    "block",
    "blockpage",
    "geo-blocked",
    "geoblocked",
    "geoblock",
    "geo-block",
    "restricted",
    "unavailable",
    "not-available",
    "451",
}
# Source: docs/extend/site.md#blocking (DDoS-Guard's script page of March 2022); the others are what the common
# guards print in the title, in URLs of scripts and forms, and in ids.
_GUARD_TITLE = re.compile(
    r"^(?:ddos-guard|just a moment|attention required|checking your browser|please wait|pardon our interruption"
    r"|access (?:to this page )?(?:is |has been )?denied|(?:verify|are) you (?:are )?(?:a )?human|one more step"
    r"|security check)",
    re.I,
)
_GUARD_MARKS = (
    "/.well-known/ddos-guard",
    "check.ddos-guard.net",
    "/cdn-cgi/challenge",
    "challenges.cloudflare.com",
    "cf-browser-verification",
    "google.com/recaptcha",
    "recaptcha.net/recaptcha",
    "hcaptcha.com",
    "captcha-delivery.com",
    "_incapsula_resource",
    "px-captcha",
    "ddg-",
    "smartcaptcha",
)
_PLACE = r"(?:your|this) (?:country|region|location|area|territory|jurisdiction)"
_COUNTRY = re.compile(
    rf"(?:not|n.t|no longer|un)[ -]?(?:be )?(?:currently )?(?:available|accessible) (?:in|from|for|to)"
    rf" (?:\w+ ){{0,3}}?{_PLACE}"
    rf"|(?:blocked|restricted|denied|prohibited|banned|limited)\b[^.]{{0,80}}? {_PLACE}"
    r"|geo-?(?:block|restrict)(?:ed|ion)"
    r"|unavailable (?:for|due to) legal reasons"
    r"|(?:blocked|restricted|unavailable|suspended)\b[^.]{0,80}?"
    r"(?:court order|sanctions|by order of|council regulation)",
    re.I,
)
#: A block page is small.
_MAX_BYTES = 100_000
_MAX_WORDS = 150
#: A form to log in may stand among the site's menus.
_MAX_LOGIN_WORDS = 400
#: Links that look like articles: a page with so many is a listing, whatever else it says.
_MIN_ARTICLE_LINKS = 5

_ARTICLE = "article, meta[property='og:type'][content*=article], [itemprop=articleBody]"
_NEWS_DATA = "script[type='application/ld+json']"
_PASSWORD = "form input[type=password]"  # noqa: S105  a selector
_MARKED = "script[src], form[action], iframe[src], [id], [class*=captcha]"
_SILENT = ("script", "style", "title")
_ARTICLE_PATH = re.compile(r"/\d{4,}-|-\d{3}/?$")


def detect_block(response: Response) -> BlockReason | None:
    """What status, page and Location say that blocks us, or None. Not for pages with status 200."""
    if response.status in _REDIRECTS:
        return _of_location((response.headers.get("Location") or b"").decode("latin-1"))
    by_status = _BY_STATUS.get(response.status)
    return (detect_block_page(response) if response.status in _GUARDED else None) or by_status


def detect_block_page(response: Response) -> BlockReason | None:
    """CHALLENGE, LOGIN or COUNTRY for a block page, or None. For pages in which nothing known was found."""
    if len(response.body) > _MAX_BYTES or not isinstance(response, HtmlResponse):
        return None
    root = _root(response)
    if root is None or root.select_one(_ARTICLE) is not None:
        return None
    if any('Article"' in script.text for script in root.select(_NEWS_DATA)):
        return None
    if _article_links(root) >= _MIN_ARTICLE_LINKS:
        return None
    words = _words(root)
    if len(words) > _MAX_LOGIN_WORDS:
        return None
    if root.select_one(_PASSWORD) is not None:
        return BlockReason.LOGIN
    if len(words) > _MAX_WORDS:
        return None
    title = " ".join(element.text for element in root.select("title")).strip()
    if _GUARD_TITLE.search(title) or any(map(_has_mark, root.select(_MARKED))):
        return BlockReason.CHALLENGE
    return BlockReason.COUNTRY if _COUNTRY.search(" ".join((title, ".", *words))) else None


def is_blank(response: Response) -> bool:
    """Whether a page names no article at all: an empty listing, rather than a listing of a form that is not known."""
    if not isinstance(response, HtmlResponse) or not response.body.strip():
        return not response.body.strip()
    root = _root(response)
    return root is None or _article_links(root) < _MIN_ARTICLE_LINKS


def _root(response: TextResponse) -> Element | None:
    # Guards tell a reader without scripts why the page is empty.
    return parse_html(source_of(response), scripting=False)


def _article_links(root: Element) -> int:
    return sum(bool(_ARTICLE_PATH.search(a.attr("href") or "")) for a in root.select("a[href]"))


def _of_location(location: str) -> BlockReason | None:
    try:
        path = urlsplit(location).path
    except ValueError:
        return None
    last = path.rstrip("/").rsplit("/", 1)[-1].lower().partition(".")[0]
    if last in _LOGIN_PATHS:
        return BlockReason.LOGIN
    return BlockReason.COUNTRY if last in _COUNTRY_PATHS else None


def _has_mark(element: Element) -> bool:
    values = (element.attr(name) or "" for name in ("src", "action", "id", "class"))
    return any(mark in value.lower() for value in values for mark in _GUARD_MARKS)


def _words(root: Element) -> list[str]:
    """The visible words, as far as they are needed to see that there are many."""
    words: list[str] = []
    for node in root.descendants:
        if isinstance(node, Text) and getattr(node.parent, "tag", None) not in _SILENT:
            words += node.data.split()
            if len(words) > _MAX_LOGIN_WORDS:
                break
    return words

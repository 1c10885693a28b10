"""Answers that mean no. What a server says with 403 it may also say with 200 and a page, or with a redirect.

A page is judged by its structure: it has little text, names no article, and has a guard's script, a password field
or a sentence about the reader's country in its title, headings or first words. An article that tells of all this
has the text, or says in its head what it is.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import HtmlResponse, Response

from newscrawler.pages.document import elements, xpath

_BY_STATUS = {401: "login", 403: "forbidden", 429: "too_many_requests", 451: "legal_reasons"}
#: Statuses under which guards send their pages. 200 is not among them: ask ``page_refusal`` when nothing was found.
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
# Source: SITE.md section 9 (DDoS-Guard's script page of March 2022); the others are the marks that the common
# guards print in the title, in addresses of scripts and forms, and in ids.
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
#: A refusal is a small page.
_MOST_BYTES = 100_000
_MOST_WORDS = 150
#: A form to log in may stand among the site's menus.
_MOST_WORDS_OF_LOGIN = 400
#: Links that look like stories: a page with so many is a listing, whatever else it says.
_STORY_LINKS = 5

_ARTICLE = xpath(
    "//article | //meta[@property='og:type' and contains(@content, 'article')] | //*[@itemprop='articleBody']"
)
_NEWS_DATA = xpath("//script[@type='application/ld+json' and contains(., 'Article\"')]")
_PASSWORD = xpath("//form//input[@type='password']")
_MARKED = xpath("//script[@src] | //form[@action] | //iframe[@src] | //*[@id] | //*[contains(@class, 'captcha')]")
_TITLE = xpath("//title")
_LINKS = xpath("//a[@href]")
_SILENT = ("script", "style", "title")
_STORY = re.compile(r"/\d{4,}-|-\d{3}/?$")


def refusal(response: Response) -> str | None:
    """The kind of refusal that status, page and Location state, or None. A page with status 200 is not looked at."""
    if response.status in _REDIRECTS:
        return _of_location((response.headers.get("Location") or b"").decode("latin-1"))
    by_status = _BY_STATUS.get(response.status)
    return (page_refusal(response) if response.status in _GUARDED else None) or by_status


def page_refusal(response: Response) -> str | None:
    """challenge, login or country when the page says no. Ask it of pages in which nothing known was found."""
    if len(response.body) > _MOST_BYTES or not isinstance(response, HtmlResponse):
        return None
    root = response.selector.root
    if not isinstance(root, etree._Element) or elements(_ARTICLE, root) or elements(_NEWS_DATA, root):
        return None
    if sum(bool(_STORY.search(str(a.get("href")))) for a in elements(_LINKS, root)) >= _STORY_LINKS:
        return None
    words = _words(root)
    if len(words) > _MOST_WORDS_OF_LOGIN:
        return None
    if elements(_PASSWORD, root):
        return "login"
    if len(words) > _MOST_WORDS:
        return None
    title = " ".join("".join(map(str, element.itertext())) for element in elements(_TITLE, root)).strip()
    if _GUARD_TITLE.search(title) or any(map(_has_mark, elements(_MARKED, root))):
        return "challenge"
    return "country" if _COUNTRY.search(" ".join((title, ".", *words))) else None


def is_blank(response: Response) -> bool:
    """Whether a page names no story at all: an empty listing, rather than a listing of a form that we don't know."""
    if not isinstance(response, HtmlResponse) or not response.body.strip():
        return not response.body.strip()
    root = response.selector.root
    if not isinstance(root, etree._Element):
        return True
    return sum(bool(_STORY.search(str(a.get("href")))) for a in elements(_LINKS, root)) < _STORY_LINKS


def _of_location(location: str) -> str | None:
    try:
        path = urlsplit(location).path
    except ValueError:
        return None
    last = path.rstrip("/").rsplit("/", 1)[-1].lower().partition(".")[0]
    if last in _LOGIN_PATHS:
        return "login"
    return "country" if last in _COUNTRY_PATHS else None


def _has_mark(element: etree._Element) -> bool:
    values = (element.get(name) or "" for name in ("src", "action", "id", "class"))
    return any(mark in value.lower() for value in values for mark in _GUARD_MARKS)


def _words(root: etree._Element) -> list[str]:
    """The visible words, as far as they are needed to see that there are many."""
    words: list[str] = []
    # An expression that asks for ancestors takes a time that grows with the square of the depth.
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in _SILENT:
            words += (element.text or "").split()
        words += (element.tail or "").split()
        if len(words) > _MOST_WORDS_OF_LOGIN:
            break
    return words

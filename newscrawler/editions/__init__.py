"""RT's editions: hosts, languages, time zones and what is found where.

Sources: SITE.md sections 3, 6 and 8 (hosts, mirrors, sections, feeds). The site is one newsroom system under
many hosts, so a story is known by edition and id, never by host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from w3lib.html import strip_html5_whitespace
from w3lib.url import safe_url_string

from newscrawler.exceptions import ArgumentError


@dataclass(frozen=True, slots=True)
class Edition:
    """One language edition of the site."""

    code: str
    language: str
    #: Host of canonical addresses.
    host: str
    #: Other hosts that serve the same pages under the same paths.
    mirrors: tuple[str, ...] = ()
    #: IANA zone of times that the pages print without a zone.
    zone: str = "UTC"
    #: Sections that carry articles: first path segments.
    sections: tuple[str, ...] = ()
    #: Those of them that have an RSS feed at /rss/<section>/ (SITE.md section 6).
    feeds: tuple[str, ...] = ()
    #: First path segments whose pages have article-like addresses and are none (SITE.md section 3), or that
    #: are furniture of the site. A section named in neither list counts as one of articles: new ones appear.
    other_sections: tuple[str, ...] = ()
    #: Section that `rt_world` means by world news.
    world_section: str = "news"
    #: Whether canonical article addresses end with a slash.
    trailing_slash: bool = True
    #: Name of the root crumb, which the record leaves out.
    home_crumb: str = "Home"

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Main host first, then the mirrors."""
        return (self.host, *self.mirrors)


ENGLISH = Edition(
    code="en",
    language="en",
    host="www.rt.com",
    mirrors=(
        "rt.com",
        "m.rt.com",
        "swentr.site",
        "www.swentr.site",
        "rtnewsru.com",
        "www.rtnewsru.com",
        "rurtnews.com",
        "www.rurtnews.com",
        "rtrunews.com",
        "www.rtrunews.com",
        "runewsrt.com",
        "www.runewsrt.com",
    ),
    sections=(
        "news",
        "russia",
        "usa",
        "uk",
        "business",
        "sport",
        "op-ed",
        "op-edge",
        "politics",
        "pop-culture",
        "africa",
        "india",
        "newsline",
        "viral",
        "bulletin-board",
        "360",
    ),
    feeds=("news", "russia", "usa", "uk", "business", "op-ed", "pop-culture", "africa", "india"),
    other_sections=(
        "shows",
        "podcast",
        "podcasts",
        "tags",
        "trends",
        "in-vision",
        "in-motion",
        "about-us",
        "sponsored-content",
        "onair-talent",
        "projects",
        "schedule",
        "where-to-watch",
        "rss-feeds",
        "listing",
        "search",
        "static",
        "files",
    ),
)

EDITIONS: tuple[Edition, ...] = (ENGLISH,)

_BY_HOST = {host: edition for edition in EDITIONS for host in edition.all_hosts}


def edition_of_host(host: str) -> Edition | None:
    """The edition that a host (lower case, no port) serves, or None."""
    return _BY_HOST.get(host)


def edition_of_code(code: str) -> Edition | None:
    """The edition with that short name, or None."""
    return next((edition for edition in EDITIONS if edition.code == code), None)


# --- urls ---

# Ids are four digits or more (the renumbered stories of 2006 begin at 4157). A slug may be absent
# (`/usa/449757-`), and what follows it is a mirror of the page (amp) or rubbish glued on by a tool.
_ARTICLE_PATH = re.compile(r"/(?P<section>[a-z0-9-]+)/(?P<id>\d{4,9})(?:-(?P<slug>[^/&]*))?/?(?:amp/?|&.*)?")
# The form of 2013: three digits at the END of the slug. They are not unique, so the whole segment is the id.
_ARTICLE_PATH_2013 = re.compile(r"/(?P<section>[a-z0-9-]+)/(?P<id>[a-z0-9][a-z0-9-]*-\d{3})/?(?:amp/?|&.*)?")
# A slug of 2013 may begin with a year (`/news/2013-review-of-the-year-148/`): no id of that size has one.
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d-.*-\d{3}")


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """What an article's address says about it."""

    edition: Edition
    section: str
    article_id: str
    url: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes an article one article: edition and id, not host, section or slug."""
        return (self.edition.code, self.article_id)


def tidy_url(url: str) -> str:
    """The address without white space around it, plain or escaped, as hrefs typed by hand have it.

    Source: `%20http://rt.com/…` in a read-more line of 2015 (SITE.md appendix A).
    """
    url = strip_html5_whitespace(url)
    while url[:3] == "%20":
        url = url[3:].lstrip()
    while url[-3:] == "%20":
        url = url[:-3].rstrip()
    return url


def site_path(url: str) -> tuple[Edition, str] | None:
    """The edition and path of an address on one of RT's hosts or mirrors, or None for any other address."""
    try:
        parts = urlsplit(tidy_url(url))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host is None or port not in (None, 80, 443):
        return None
    edition = edition_of_host(host.rstrip("."))
    # Browsers take a backslash for a slash, and so does what makes an address safe.
    return (edition, re.sub(r"[/\\]+", "/", parts.path) or "/") if edition else None


def canonical_url(url: str) -> str:
    """The one address of a page of the site: https, the edition's main host, no query, no fragment.

    An address that is not the site's comes back unchanged.
    """
    address = article_url(url)
    if address is not None:
        return address.url
    site = site_path(url)
    return f"https://{site[0].host}{safe_url_string(site[1])}" if site else url


# An article's address is asked about several times: when it is found, fetched and claimed by its page.
@lru_cache(maxsize=4096)
def article_url(url: str) -> ArticleUrl | None:
    """What the address of an article names, or None when it is no article's address."""
    site = site_path(url)
    if site is None:
        return None
    edition, path = site
    match = _ARTICLE_PATH.fullmatch(path)
    segment = path.split("/")[2].partition("&")[0] if path.count("/") > 1 else ""
    if match is None or _YEAR_FIRST.fullmatch(segment):
        match = _ARTICLE_PATH_2013.fullmatch(path)
        if match is None:
            return None
    section, article_id = match["section"], match["id"]
    if section in edition.other_sections:
        return None
    slug = match.groupdict().get("slug")
    last = article_id if slug is None else f"{article_id}-{slug}"
    end = "/" if edition.trailing_slash else ""
    return ArticleUrl(edition, section, article_id, safe_url_string(f"https://{edition.host}/{section}/{last}{end}"))


def slug_words(text: str) -> str:
    """A last path segment as words, for comparing it with a name: `alan-moore` -> `alan moore`."""
    return " ".join(unquote(text).replace("-", " ").split()).casefold()


# --- article_names ---

_ID = re.compile(r"\d{4,9}|[a-z0-9][a-z0-9-]*-\d{3}")


def article_key(text: str) -> tuple[str, str]:
    """Edition and id of the article that ``text`` names: `639873`, `en/639873`, an address of any host of the
    edition with or without `https://`, or its path. Raises ArgumentError for anything else.

    A bare id is the first edition's.
    """
    name = text.strip()
    edition, _, article_id = name.partition("/")
    if edition_of_code(edition) and _ID.fullmatch(article_id):
        return (edition, article_id)
    if _ID.fullmatch(name):
        return (EDITIONS[0].code, name)
    path = name.lstrip("/")
    if re.fullmatch("[a-z]{2}", edition) and article_id and edition not in EDITIONS[0].sections:
        raise ArgumentError(f"{text}: there is no edition {edition}; there are: {', '.join(e.code for e in EDITIONS)}")
    for address in (name, f"https://{path}", f"https://{EDITIONS[0].host}/{path}"):
        parsed = article_url(address)
        if parsed is not None:
            return parsed.key
    raise ArgumentError(f"{text}: names no article; give its id, edition/id or address")

"""The site's editions, and the URLs of its articles.

The site is one system under many hosts (docs/extend/site.md#mirrors), so an article is identified by edition and id,
never by host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from w3lib.html import strip_html5_whitespace
from w3lib.url import safe_url_string

from newscrawler.editions.edition import Edition as Edition
from newscrawler.editions.en import ENGLISH as ENGLISH
from newscrawler.exceptions import ArgumentError

EDITIONS: tuple[Edition, ...] = (ENGLISH,)

_BY_HOST = {host: edition for edition in EDITIONS for host in edition.all_hosts}


def edition_of_host(host: str) -> Edition | None:
    """The edition that a host (lower case, no port) serves; None for other hosts."""
    return _BY_HOST.get(host)


def edition_of_code(code: str) -> Edition | None:
    """The edition with this code, or None."""
    return next((edition for edition in EDITIONS if edition.code == code), None)


# Ids are four digits or more (the renumbered articles of 2006 begin at 4157). A slug may be absent
# (`/usa/449757-`), and the slug may be followed by `amp` or by query text that a tool appended with `&`.
_ARTICLE_PATH = re.compile(r"/(?P<section>[a-z0-9-]+)/(?P<id>\d{4,9})(?:-(?P<slug>[^/&]*))?/?(?:amp/?|&.*)?")
# The form of 2013: three digits at the END of the slug. They are not unique, so the whole segment is the id.
_ARTICLE_PATH_2013 = re.compile(r"/(?P<section>[a-z0-9-]+)/(?P<id>[a-z0-9][a-z0-9-]*-\d{3})/?(?:amp/?|&.*)?")
# A last segment that is in a URL as it is.
_PLAIN = re.compile(r"[A-Za-z0-9-]+")
# A slug of 2013 may begin with a year (`/news/2013-review-of-the-year-148/`): no id of that size has one.
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d-.*-\d{3}")


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """The parts of an article's URL."""

    edition: Edition
    section: str
    article_id: str
    url: str

    @property
    def key(self) -> tuple[str, str]:
        """Identity of the article: edition and id, not host, section or slug."""
        return (self.edition.code, self.article_id)


def tidy_url(url: str) -> str:
    """The URL without surrounding white space, plain or escaped, which hand-typed hrefs have.

    Evidence: `%20http://rt.com/…` in a read-more line of 2015 (docs/extend/site.md#urls).
    """
    url = strip_html5_whitespace(url)
    while url[:3] == "%20":
        url = url[3:].lstrip()
    while url[-3:] == "%20":
        url = url[:-3].rstrip()
    return url


def site_path(url: str) -> tuple[Edition, str] | None:
    """The edition and path of a URL on one of RT's hosts or mirrors; None for any other URL."""
    try:
        parts = urlsplit(tidy_url(url))
        # Nearly every URL has the bare host, and taking it apart takes longer than all the rest.
        host, port = (parts.netloc, None) if parts.netloc in _BY_HOST else (parts.hostname, parts.port)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host is None or port not in (None, 80, 443):
        return None
    edition = edition_of_host(host.rstrip("."))
    # Browsers read a backslash as a slash, and so does safe_url_string.
    return (edition, re.sub(r"[/\\]+", "/", parts.path) or "/") if edition else None


def canonical_url(url: str) -> str:
    """The canonical URL of a page of the site: https, the edition's main host, no query, no fragment.

    A URL of another site is returned unchanged.
    """
    article = article_url(url)
    if article is not None:
        return article.url
    site = site_path(url)
    return f"https://{site[0].host}{safe_url_string(site[1])}" if site else url


# Each article's URL is parsed several times: when it is found, when it is fetched and when its page names it.
@lru_cache(maxsize=4096)
def article_url(url: str) -> ArticleUrl | None:
    """Parse the URL of an article; None if it is not an article's URL."""
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
    canonical = f"https://{edition.host}/{section}/{last}{end}"
    # Nearly all slugs need no escaping, and looking whether they do takes as long as all of the above.
    return ArticleUrl(edition, section, article_id, canonical if _PLAIN.fullmatch(last) else safe_url_string(canonical))


def slug_words(text: str) -> str:
    """A last path segment as words, for comparing it with a name: `alan-moore` -> `alan moore`."""
    return " ".join(unquote(text).replace("-", " ").split()).casefold()


_ID = re.compile(r"\d{4,9}|[a-z0-9][a-z0-9-]*-\d{3}")


def article_key(text: str) -> tuple[str, str]:
    """Edition and id of the article that ``text`` names: `639873`, `en/639873`, a URL on any host of the
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
    for candidate in (name, f"https://{path}", f"https://{EDITIONS[0].host}/{path}"):
        parsed = article_url(candidate)
        if parsed is not None:
            return parsed.key
    raise ArgumentError(f"{text}: names no article; give its id, edition/id or URL")

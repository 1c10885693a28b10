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

from newscrawler.editions.ar import ARABIC as ARABIC
from newscrawler.editions.de import GERMAN as GERMAN
from newscrawler.editions.edition import Edition as Edition
from newscrawler.editions.en import ENGLISH as ENGLISH
from newscrawler.editions.es import SPANISH as SPANISH
from newscrawler.editions.fr import FRENCH as FRENCH
from newscrawler.editions.ru import RUSSIAN as RUSSIAN
from newscrawler.editions.sr import SERBIAN as SERBIAN
from newscrawler.exceptions import ArgumentError

#: The first one is meant where an article is named by its id alone.
EDITIONS: tuple[Edition, ...] = (ENGLISH, ARABIC, GERMAN, SPANISH, FRENCH, RUSSIAN, SERBIAN)

_BY_HOST = {host: edition for edition in EDITIONS for host in edition.all_hosts}


def edition_of_host(host: str) -> Edition | None:
    """The edition that a host (lower case, no port) serves; None for other hosts."""
    return _BY_HOST.get(host)


def edition_of_code(code: str) -> Edition | None:
    """The edition with this code, or None."""
    return next((edition for edition in EDITIONS if edition.code == code), None)


# A path that is in a URL as it is.
_PLAIN = re.compile(r"[A-Za-z0-9/_-]+")
_SLASHES = re.compile(r"[/\\]+")
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class ArticleUrl:
    """The parts of an article's URL."""

    edition: Edition
    section: str
    article_id: str
    url: str

    @property
    def url_today(self) -> str:
        """Where the article is fetched from: a link to a former host would cost a redirect, or a second fetch."""
        return f"https://{self.edition.host}{urlsplit(self.url).path}" if self.edition.former_hosts else self.url

    @property
    def key(self) -> tuple[str, str]:
        """Identity of the article: edition and id, not host, section or slug."""
        return (self.edition.code, self.article_id)


# What the Wayback Machine writes before the URLs of a page that it shows.
_ARCHIVED = re.compile(r"(?:https?:)?(?://[^/?#]+)?/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?://)")


def tidy_url(url: str) -> str:
    """The URL without surrounding white space, plain or escaped, and of one in the Wayback Machine the page's own.

    Evidence: `%20http://rt.com/…` in a hand-typed read-more line of 2015 (docs/extend/site.md#urls).
    """
    url = strip_html5_whitespace(url)
    if "/web/" in url and (archived := _ARCHIVED.match(url)):
        url = url[archived.end() :]
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
    return (edition, _SLASHES.sub("/", parts.path) or "/") if edition else None


def is_transliterated(url: str) -> bool:
    """Whether a URL's page is in another script than records are in: docs/extend/site-editions.md#serbian."""
    host = (urlsplit(tidy_url(url)).hostname or "").rstrip(".")
    edition = edition_of_host(host)
    return edition is not None and host in edition.transliterated


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
    url = tidy_url(url)
    site = site_path(url)
    if site is None:
        return None
    edition, path = site
    match = edition.article_path(path)
    if match is None:
        return None
    host = edition.host
    if edition.former_hosts:
        host = next((former for former in edition.former_hosts if urlsplit(url).hostname == former), host)
    return ArticleUrl(edition, match["section"], match["id"], _site_url(edition, host, match[0]))


def _site_url(edition: Edition, host: str, path: str) -> str:
    url = f"https://{host}{path}{'/' if edition.trailing_slash else ''}"
    # Most paths need no escaping, and looking whether they do takes as long as all of the above.
    return url if _PLAIN.fullmatch(path) else _ESCAPE.sub(lambda escape: escape[0].upper(), safe_url_string(url))


def slug_words(text: str) -> str:
    """A last path segment as words, for comparing it with a name: `alan-moore` -> `alan moore`."""
    return " ".join(unquote(text).replace("-", " ").split()).casefold()


_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BARE_ID = re.compile(r"\d{4,9}|[a-z0-9][a-z0-9-]*-\d{3}")


def article_key(text: str) -> tuple[str, str]:
    """Edition and id of the article that ``text`` names: `639873`, `en/639873`, a URL on any host of an
    edition with or without `https://`, or its path in the first edition. Raises ArgumentError for anything else.

    A bare id is the first edition's.
    """
    name = text.strip()
    edition, _, article_id = name.partition("/")
    if edition_of_code(edition) and _ID.fullmatch(article_id):
        return (edition, article_id)
    if _BARE_ID.fullmatch(name):
        return (EDITIONS[0].code, name)
    path = name.lstrip("/")
    if re.fullmatch("[a-z]{2}", edition) and article_id and edition not in EDITIONS[0].sections:
        raise ArgumentError(f"{text}: there is no edition {edition}; there are: {', '.join(e.code for e in EDITIONS)}")
    for candidate in (name, f"https://{path}", f"https://{EDITIONS[0].host}/{path}"):
        parsed = article_url(candidate)
        if parsed is not None:
            return parsed.key
    raise ArgumentError(f"{text}: names no article; give its id, edition/id or URL")

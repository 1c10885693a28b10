"""What a request is for: an article or a source, as one typed value in ``request.meta``.

Made by ``article_request`` and ``source_request``, read by ``article_of`` and ``source_of``; nothing else looks for
it. Redirects and retries keep a request's meta, so a response is always of the reference that was asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrapy import Request

from newscrawler.items import Source

_ARTICLE = "newscrawler_article"
_SOURCE = "newscrawler_source"
_PLANNED = "newscrawler_planned"


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article that discovery found.

    ``url`` is the article's canonical URL, ``key`` its edition and id. ``lastmod`` is when the source says that it
    was last changed. ``captured_at`` is set for a capture in an archive: when it was fetched from the site.
    """

    url: str
    key: tuple[str, str]
    source: Source
    lastmod: datetime | None = None
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A listing, feed or sitemap. ``page`` counts a listing's pages from 1.

    ``section`` is the section of a source that belongs to one. ``since``: how far back a sitemap is read, when it is
    read because a feed no longer reaches back to the last run.
    """

    source: Source
    page: int = 1
    section: str | None = None
    since: datetime | None = None


def article_request(ref: ArticleRef, callback: Callable[..., Any], errback: Callable[..., Any]) -> Request:
    """A request for an article."""
    return Request(ref.url, callback, errback=errback, meta={_ARTICLE: ref}, dont_filter=True)


def source_request(
    ref: SourceRef, url: str, callback: Callable[..., Any], errback: Callable[..., Any], *, max_bytes: int | None = None
) -> Request:
    """A request for a source. Raises ValueError for a URL of which no request can be made."""
    meta: dict[str, Any] = {_SOURCE: ref}
    if max_bytes is not None:
        meta["download_maxsize"] = max_bytes
    # Before articles: what is found later can't be scheduled in time when a limit stops the run.
    return Request(url, callback, errback=errback, meta=meta, priority=10, dont_filter=True)


def article_of(request: Request | None) -> ArticleRef | None:
    """The article that a request is for; None if it is for none."""
    ref = request.meta.get(_ARTICLE) if request is not None else None
    assert ref is None or isinstance(ref, ArticleRef)
    return ref


def mark_planned(request: Request) -> Request:
    """Note that the run has planned this very request: it is sent as it is."""
    request.meta[_PLANNED] = True
    return request


def is_planned(request: Request) -> bool:
    """Whether the run has planned this request."""
    return _PLANNED in request.meta


def source_of(request: Request | None) -> SourceRef | None:
    """The source that a request is for; None if it is for none."""
    ref = request.meta.get(_SOURCE) if request is not None else None
    assert ref is None or isinstance(ref, SourceRef)
    return ref

"""Finding addresses of articles: a section's listing, its feed, the news sitemap, and the sitemaps behind a gap."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from newscrawler import signals
from newscrawler.base_spiders.arguments import Arguments
from newscrawler.editions import Edition, article_url
from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable, SiteBlocked
from newscrawler.monitoring.stats import RunStats, stats_of
from newscrawler.pages.blocking import is_blank, page_refusal, refusal
from newscrawler.pages.feeds import (
    MAX_UNPACKED,
    BrokenFeed,
    parse_feed,
    parse_news_sitemap,
    parse_sitemap,
    parse_sitemap_index,
)
from newscrawler.pages.listings import Entry, parse_listing
from newscrawler.rendering.setup import MORE_CLICKED
from newscrawler.rendering.setup import enable as enable_rendering
from newscrawler.utils import Clock, clock, utc_now

logger = logging.getLogger(__name__)

#: Bytes at which a source is given up; a listing is a page like others.
_MAX_BYTES = {"feed": 20_000_000, "newssitemap": 20_000_000, "sitemap": MAX_UNPACKED}


class DiscoverySpider(Spider):
    """Finds the addresses of one section's articles. Subclasses name the edition and read the articles."""

    edition: Edition

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name)
        self.arguments = Arguments.parse(self.edition, given)
        self._now: Clock = utc_now

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Called by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._now = clock()
        if spider.arguments.render is not None:
            enable_rendering(crawler.settings)
        return spider

    @classmethod
    def check_arguments(cls, given: dict[str, str], now: datetime | None = None) -> None:
        """Raise ArgumentError when ``-a`` arguments can't be used; nothing is started."""
        Arguments.parse(cls.edition, given, today=now.astimezone(UTC).date() if now else None)

    async def start(self) -> AsyncIterator[Request]:
        """The given addresses, or the sections' sources."""
        for address in self.arguments.url:
            yield self.article_request(address.url, "url")
        if not self.arguments.url:
            for request in self._discover():
                yield request

    def _discover(self) -> Iterator[Request]:
        site, sources = f"https://{self.edition.host}", self.arguments.sources
        if self.arguments.trend:
            for path in self.arguments.trend:
                yield self._source_request("trend", f"{site}{path}", self.parse_listing)
            return
        for section in self.arguments.section:
            if "listing" in sources:
                yield self._source_request("listing", f"{site}/{section}/", self.parse_listing)
            # Not every section has a feed; who wants nothing else has it asked for.
            if "feed" in sources and (section in self.edition.feeds or sources == ("feed",)):
                yield self._source_request("feed", f"{site}/rss/{section}/", self.parse_feed, section=section)
        if "newssitemap" in sources:
            yield self._source_request("newssitemap", f"{site}/newssitemap.xml", self.parse_news_sitemap)

    def _source_request(
        self, source: str, url: str, callback: Callable[..., Any], page: int = 1, **more: Any
    ) -> Request:
        # Before articles: what is found later can't be scheduled in time when a limit stops the run.
        return Request(
            url,
            callback,
            errback=self.source_failed,
            cb_kwargs={"source": source, "page": page, **more},
            meta={"download_maxsize": _MAX_BYTES[source]} if source in _MAX_BYTES else {},
            priority=10,
            dont_filter=True,
        )

    def _named_source(self, source: str, url: str, *how: Any, **more: Any) -> Iterator[Request]:
        """A request for what another source named, unless no request can be made of it."""
        try:
            yield self._source_request(source, url, *how, **more)
        except ValueError as error:
            self._source_lost(source, url, f"no address: {error}", "unreadable")

    def parse_listing(self, response: Response, source: str, page: int) -> Iterator[Request]:
        """A section's page or a fragment of its depth."""
        if not isinstance(response, TextResponse) or not self._source_is_good(response, source):
            return
        listing = parse_listing(response)
        # In a browser "load more" was clicked on the page itself.
        page += response.meta.get(MORE_CLICKED, 0)
        # An empty fragment is how the depth ends; an empty first page is a form that we don't know.
        if listing.form is None and page == 1:
            self._source_lost(source, response.url, "no known form of listing", "unknown_form")
            if is_blank(response):
                self._tell(signals.source_empty, source=source, url=response.url)
        fresh = list(self._follow_entries(listing.entries, source))
        yield from fresh
        if listing.more_url is None or not listing.entries:
            return
        if page >= self.arguments.max_pages:
            self._stats.max_pages_reached()
            return
        yield from self._named_source(source, listing.more_url, self.parse_listing, page + 1)

    def parse_feed(self, response: Response, source: str, **_: Any) -> Iterator[Request]:
        """The section's RSS feed."""
        yield from self._read_feed(parse_feed, response, source)

    def parse_news_sitemap(self, response: Response, source: str, **_: Any) -> Iterator[Request]:
        """The news sitemap, which is of all sections."""
        yield from self._read_feed(parse_news_sitemap, response, source)

    def _read_feed(
        self, parse: Callable[[Response], tuple[Entry, ...]], response: Response, source: str
    ) -> Iterator[Request]:
        if not self._source_is_good(response, source):
            return
        try:
            entries = parse(response)
        except BrokenFeed as error:
            self._source_lost(source, response.url, str(error), "broken")
            if not response.body.strip():
                self._tell(signals.source_empty, source=source, url=response.url)
            return
        if not entries:
            self._source_lost(source, response.url, "it names no address", "empty")
            self._tell(signals.source_empty, source=source, url=response.url)
        yield from self._follow_entries(entries, source)

    def _source_is_good(self, response: Response, source: str) -> bool:
        kind = refusal(response)
        if kind is None and response.status == 200 and (kind := page_refusal(response)):
            self._tell(signals.page_refused, kind=kind, url=response.url)
        if kind is not None:
            self._source_lost(source, response.url, f"blocked: {kind}", "blocked")
        elif response.status == 304:
            self._stats.source_unchanged(source)
            self._tell(signals.welcomed)
        elif response.status != 200:
            self._source_lost(source, response.url, f"answered {response.status}", f"status_{response.status}")
        else:
            self._stats.source_page(source)
            return True
        return False

    def widen(self, since: datetime | None) -> Iterator[Request]:
        """Read the sitemaps too: the feed no longer reaches back to ``since``, when the last run began."""
        url = f"https://{self.edition.host}/sitemap.xml"
        yield self._source_request("sitemap", url, self.parse_sitemap_index, since=since)

    def parse_sitemap_index(
        self, response: Response, source: str, since: datetime | None = None, **_: Any
    ) -> Iterator[Request]:
        """The index: of the yearly sitemaps, those that hold what came since."""
        if not self._source_is_good(response, source):
            return
        first_year = (since or self._now()).year
        try:
            urls = parse_sitemap_index(response, first_year=first_year)
        except BrokenFeed as error:
            self._source_lost(source, response.url, str(error), "broken")
            return
        for url in urls:
            yield from self._named_source(source, url, self.parse_sitemap, since=since)

    def parse_sitemap(
        self, response: Response, source: str, since: datetime | None = None, **_: Any
    ) -> Iterator[Request]:
        """A yearly sitemap: what it says was changed since."""
        yield from self._read_feed(lambda answer: parse_sitemap(answer, since=since), response, source)

    def source_failed(self, failure: Failure) -> None:
        """A listing, feed or sitemap could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        source, page = request.cb_kwargs["source"], request.cb_kwargs["page"]
        if isinstance(failure.value, SiteBlocked):
            return
        if page > 1 and is_robots(failure):
            # RT's robots file refuses /listing/: that is how it is, and no fault (SITE.md section 0).
            self._stats.load_more_refused()
            logger.info("robots.txt refuses to load more of the listing: %s", request.url)
            return
        unknown = isinstance(failure.value, RobotsUnavailable)
        reason = "robots_unknown" if unknown else "robots" if is_robots(failure) else "failed"
        self._source_lost(source, request.url, failure.getErrorMessage() or str(failure.type), reason)

    def _source_lost(self, source: str, url: str, why: str, reason: str) -> None:
        self._stats.source_failed(source, reason)
        logger.error("%s: no addresses from this %s: %s", url, source, why)

    def _follow_entries(self, entries: Iterable[Entry], via: str) -> Iterator[Request]:
        for number, entry in enumerate(entries):
            if number == 0:
                self._tell(signals.welcomed)
            address = article_url(entry.url)
            self._stats.link_named(via)
            if address is None or address.edition is not self.edition:
                self._stats.link("not_article")
            elif address.section not in self.arguments.section:
                self._stats.link("other_section")
            else:
                self._stats.link("found")
                yield self.article_request(address.url, via, entry.changed_at)

    def article_request(self, url: str, via: str, changed_at: datetime | None = None) -> Request:
        """A request for an article. ``changed_at`` is when its source says it was last changed."""
        raise NotImplementedError

    def _tell(self, signal: object, **arguments: object) -> None:
        self.crawler.signals.send_catch_log(signal, spider=self, **arguments)

    @cached_property
    def _stats(self) -> RunStats:
        return stats_of(self.crawler)


def is_robots(failure: Failure) -> bool:
    """Whether the robots file refused a request."""
    return isinstance(failure.value, RobotsForbidden)


def is_ignored(failure: Failure) -> bool:
    """Whether one of our own parts refused a request."""
    return isinstance(failure.value, IgnoreRequest)

"""Finding articles: a section's listing, its feed, the news sitemap, the sitemaps behind a gap, a range of days."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from twisted.python.failure import Failure

from newscrawler.base_spiders.arguments import Arguments
from newscrawler.base_spiders.article import ArticleSpider
from newscrawler.base_spiders.backfill import Backfill
from newscrawler.editions import ArticleUrl, Edition, article_url, canonical_url, site_path
from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable, SiteBlocked, plain_error
from newscrawler.items import Source
from newscrawler.pages.blocking import detect_block, detect_block_page, is_blank
from newscrawler.pages.feeds import (
    MAX_UNPACKED,
    BrokenFeed,
    SitemapEntry,
    lost_in_feed,
    parse_feed,
    parse_news_sitemap,
    parse_sitemap,
    parse_sitemap_index,
    read_sitemap,
)
from newscrawler.pages.listings import ListingEntry, parse_listing
from newscrawler.rendering.setup import MORE_CLICKED
from newscrawler.rendering.setup import enable as enable_rendering
from newscrawler.run import ArticleRef, Scope, SourceRef, article_ref, source_of, source_request
from newscrawler.utils import clock

logger = logging.getLogger(__name__)

#: Bytes at which a source is given up; a listing is a page like others.
_MAX_BYTES = {Source.FEED: 20_000_000, Source.NEWS_SITEMAP: 20_000_000, Source.SITEMAP: MAX_UNPACKED}
#: The newest articles may not be in the sitemaps yet: a range that ends later than this long ago is also looked
#: for in the other sources.
_SITEMAPS_LAG = timedelta(days=3)
#: Rows of a sitemap that are read before others have their turn.
_ROWS_AT_ONCE = 200


class DiscoverySpider(ArticleSpider):
    """Finds the articles of an edition's sections and reads them. Subclasses name the edition."""

    edition: ClassVar[Edition]

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name)
        self.arguments = Arguments.parse(self.edition, given)
        self._backfill: Backfill | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.arguments.render is not None:
            enable_rendering(crawler.settings)
        if spider.arguments.is_range:
            spider.days = spider.arguments.date_range(clock()())
        return spider

    @classmethod
    def handles_request(cls, request: Request) -> bool:
        """Called by `scrapy parse` and `scrapy shell` to find the spider of a URL."""
        site = site_path(request.url)
        return site is not None and site[0] is cls.edition

    @classmethod
    def check_arguments(cls, given: dict[str, str], now: datetime | None = None) -> None:
        """Raise ArgumentError when ``-a`` arguments can't be used; nothing is started."""
        Arguments.parse(cls.edition, given, today=now.astimezone(UTC).date() if now else None)

    def scope(self) -> Scope:
        return Scope(
            spider=self.name,
            command=self.arguments.command(self.name, self.edition),
            edition=self.edition.code,
            days=self.days,
            max_articles=self.arguments.max_articles,
            by_hand=bool(self.arguments.url),
            render=self.arguments.render,
            max_pages=self.arguments.max_pages,
        )

    async def start(self) -> AsyncIterator[Request]:
        """The given URLs, the sections' sources, or a range of days."""
        for given in self.arguments.url:
            yield self.article_request(article_ref(given.url, Source.URL))
        if not self.arguments.url and (self.days is None or self.days.end > self.run.now() - _SITEMAPS_LAG):
            for request in self._discover():
                yield request
        if self.days is not None:
            self._backfill = Backfill(self, self.days, self.arguments.section)
            async for request in self._backfill.requests():
                yield request

    def _discover(self) -> Iterator[Request]:
        site, sources = f"https://{self.edition.host}", self.arguments.sources
        if self.arguments.trend:
            for path in self.arguments.trend:
                yield self._source_request(SourceRef(Source.TREND), f"{site}{path}", self.parse_listing)
            return
        for section in self.arguments.section:
            if Source.LISTING in sources and section in self.edition.sections:
                ref = SourceRef(Source.LISTING, section=section)
                yield self._source_request(ref, f"{site}{self.edition.page_path(section)}", self.parse_listing)
            if Source.FEED in sources and self._has_feed(section):
                ref = SourceRef(Source.FEED, section=section)
                path = self.edition.section_feed.format(section=section)
                yield self._source_request(ref, f"{site}{path}", self.parse_feed)
        others = sorted(set(self.arguments.section) - set(self.edition.feeds))
        if Source.FEED in sources and self.edition.feed is not None and others:
            ref = SourceRef(Source.FEED, section=",".join(others))
            yield self._source_request(ref, f"{site}{self.edition.feed}", self.parse_feed)
        if Source.NEWS_SITEMAP in sources:
            ref = SourceRef(Source.NEWS_SITEMAP, section=",".join(sorted(self.arguments.section)))
            yield self._source_request(ref, f"{site}{self.edition.news_sitemap}", self.parse_news_sitemap)

    def _has_feed(self, section: str) -> bool:
        # Sections without a known feed are still tried when the feed is the only source, and there is none of all.
        only = self.arguments.sources == (Source.FEED,) and self.edition.feed is None
        return only or section in self.edition.feeds

    def _source_request(self, ref: SourceRef, url: str, callback: Callable[..., Any]) -> Request:
        return source_request(ref, url, callback, self.source_failed, max_bytes=_MAX_BYTES.get(ref.source))

    def _named_source(self, ref: SourceRef, url: str, callback: Callable[..., Any]) -> Iterator[Request]:
        """A request for what another source named, unless no request can be made of it."""
        try:
            yield self._source_request(ref, url, callback)
        except ValueError as error:
            self._source_failed(ref, url, f"no URL: {error}", "unreadable")

    def parse_listing(self, response: Response, before: frozenset[str] = frozenset()) -> Iterator[Request]:
        """A section's page or a fragment of its depth; ``before`` is what the pages before it named."""
        ref = _ref(response)
        if not isinstance(response, TextResponse) or not self._source_is_good(response, ref):
            return
        listing = parse_listing(response, now=self.run.now())
        # In a browser "load more" was clicked on the page itself.
        page = ref.page + response.meta.get(MORE_CLICKED, 0)
        # An empty fragment ends the listing; an empty first page has an unknown form.
        if listing.form is None and page == 1:
            self._source_failed(ref, response.url, "no known form of listing", "unknown_form")
            if is_blank(response):
                self._backoff.source_empty(ref.source, response.url)
        yield from list(self._follow(listing.entries, ref))
        if listing.more_url is None or not listing.entries:
            return
        named = frozenset(canonical_url(entry.url) for entry in listing.entries)
        if named <= before:
            # Some servers send the same cards for every page number, without end.
            self._stats.listing_repeated(ref.source)
            logger.warning("%s: names nothing that the pages before it did not; not read further", response.url)
            return
        if page >= self.arguments.max_pages:
            self._stats.max_pages_reached()
            return
        more = SourceRef(ref.source, page + 1, ref.section)
        for request in self._named_source(more, listing.more_url, self.parse_listing):
            request.cb_kwargs["before"] = before | named
            yield request

    def parse_feed(self, response: Response) -> Iterator[Request]:
        yield from self._read_feed(parse_feed, response)

    def parse_news_sitemap(self, response: Response) -> Iterator[Request]:
        """The news sitemap, which is of all sections."""
        yield from self._read_feed(parse_news_sitemap, response)

    def read_sitemaps_since(self, since: datetime | None) -> Iterator[Request]:
        """Read the sitemaps too: the feed no longer reaches back to ``since``, when the last run began."""
        ref = SourceRef(Source.SITEMAP, section=",".join(sorted(self.arguments.section)), since=since)
        yield self._source_request(ref, f"https://{self.edition.host}{self.edition.sitemap}", self.parse_sitemap_index)

    def parse_sitemap_index(self, response: Response) -> Iterator[Request]:
        """The index: of the yearly sitemaps, those that hold what came since."""
        ref = _ref(response)
        if not self._source_is_good(response, ref):
            return
        try:
            urls = parse_sitemap_index(response, first_year=(ref.since or self.run.now()).year)
        except BrokenFeed as error:
            self._source_failed(ref, response.url, str(error), "broken")
            return
        for url in urls:
            yield from self._named_source(ref, url, self.parse_sitemap)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """A yearly sitemap: what it says was changed since."""
        since = _ref(response).since
        yield from self._read_feed(lambda page: parse_sitemap(page, since=since), response)

    async def sitemap_rows(self, url: str) -> AsyncIterator[SitemapEntry]:
        """Fetch a sitemap or an index of them, and read it row by row; one that can't be read is named and empty."""
        ref = SourceRef(Source.SITEMAP)
        for request in self._named_source(ref, url, NO_CALLBACK):
            async for row in self._rows_of(ref, request):
                yield row

    async def _rows_of(self, ref: SourceRef, request: Request) -> AsyncIterator[SitemapEntry]:
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception:
            failure = Failure()  # type: ignore[no-untyped-call]
            failure.request = request  # type: ignore[attr-defined]
            self.source_failed(failure)
            return
        if not self._source_is_good(response, ref):
            return
        try:
            for number, row in enumerate(read_sitemap(response)):
                if number % _ROWS_AT_ONCE == 0:
                    await asyncio.sleep(0)
                self._stats.link_named(Source.SITEMAP)
                yield row
        except BrokenFeed as error:
            self._source_failed(ref, request.url, str(error), "broken")

    def _read_feed(
        self, parse: Callable[[Response], tuple[ListingEntry, ...]], response: Response
    ) -> Iterator[Request]:
        ref = _ref(response)
        if not self._source_is_good(response, ref):
            return
        try:
            entries = parse(response)
        except BrokenFeed as error:
            self._source_failed(ref, response.url, str(error), "broken")
            if not response.body.strip():
                self._backoff.source_empty(ref.source, response.url)
            return
        if not entries:
            self._source_failed(ref, response.url, "it names no URL", "empty")
            self._backoff.source_empty(ref.source, response.url)
        if ref.source is not Source.SITEMAP and (losses := lost_in_feed(response, len(entries))):
            self._stats.source_cut(ref.source, losses)
            logger.error("%s: %s", response.url, losses)
        yield from self._follow(entries, ref)
        if entries and not any(article_url(entry.url) for entry in entries):
            self._stats.source_without_articles(ref.source, len(entries))

    def _follow(self, entries: Iterable[ListingEntry], ref: SourceRef) -> Iterator[Request]:
        for number, entry in enumerate(entries):
            if number == 0:
                self._backoff.site_answered()
            found = article_url(entry.url)
            self._stats.link_named(ref.source)
            if found is None or found.edition is not self.edition:
                self._stats.link("not_article")
            elif not self._is_of_sections(found, ref):
                self._stats.link("other_section")
            else:
                self._stats.link("found")
                self.run.hear(found.key, ref.source, entry)
                yield self.article_request(ArticleRef(found.url_today, found.key, ref.source, entry.lastmod))

    def _is_of_sections(self, url: ArticleUrl, ref: SourceRef) -> bool:
        # What a section's own listing or feed names as its own: the sources of all sections have no single one.
        is_guest = url.section in self.edition.guest_sections and ref.section in self.edition.sections
        return url.section in self.arguments.section or is_guest

    def _source_is_good(self, response: Response, ref: SourceRef) -> bool:
        kind = detect_block(response)
        if kind is None and response.status == 200 and (kind := detect_block_page(response)):
            self._backoff.blocked(kind)
        if kind is not None:
            self._source_failed(ref, response.url, f"blocked: {kind}", "blocked")
        elif response.status == 304:
            self.run.source_answered(ref.source, unchanged=True)
            self._backoff.site_answered()
        elif response.status != 200:
            self._source_failed(ref, response.url, f"status {response.status}", f"status_{response.status}")
        else:
            self.run.source_answered(ref.source)
            return True
        return False

    def source_failed(self, failure: Failure) -> None:
        """A listing, feed or sitemap could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        ref, error = source_of(request), failure.value
        assert ref is not None
        assert error is not None
        if isinstance(error, SiteBlocked):
            return
        forbidden = isinstance(error, RobotsForbidden)
        if ref.page > 1 and forbidden:
            # Expected; not an error: RT's robots.txt forbids /listing/ (docs/extend/site.md#robotstxt).
            self._stats.load_more_refused()
            logger.info("robots.txt forbids loading more of the listing: %s", request.url)
            return
        unknown = isinstance(error, RobotsUnavailable)
        reason = "robots_unknown" if unknown else "robots" if forbidden else "failed"
        why = str(error) if isinstance(error, IgnoreRequest) else plain_error(error)
        self._source_failed(ref, request.url, why, reason)

    def _source_failed(self, ref: SourceRef, url: str, why: str, reason: str) -> None:
        self.run.source_failed(ref.source, reason)
        logger.error("%s: no URLs from this %s: %s", url, ref.source, why)

    def article_dated(self, ref: ArticleRef, published_at: datetime) -> None:
        if self._backfill is not None:
            self._backfill.dated(ref.url, published_at)


def _ref(response: Response) -> SourceRef:
    ref = source_of(response.request)
    assert ref is not None
    return ref

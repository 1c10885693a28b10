"""Requesting an article, reading its page, and finishing its URL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from newscrawler.editions import article_url
from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable, SiteBlocked, WarcWriteError, plain_error
from newscrawler.items import Article
from newscrawler.middlewares.backoff import BlockBackoff, backoff_of
from newscrawler.monitoring.stats import RunStats, stats_of
from newscrawler.outcomes import BlockReason, Outcome
from newscrawler.pages.article import parse_article
from newscrawler.pages.listings import parse_listing
from newscrawler.pages.reading import read_response
from newscrawler.run import ArticleRef, CrawlRun, article_of, article_request, run_of
from newscrawler.utils import DateRange, format_time


class ArticleSpider(Spider):
    """Reads articles. Subclasses find them, and say what the run is about by ``scope``."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        #: Days of publication that are wanted; None for all.
        self.days: DateRange | None = None

    @property
    def run(self) -> CrawlRun:
        """The run that this spider feeds; from its first request on."""
        return run_of(self.crawler)

    @property
    def _backoff(self) -> BlockBackoff:
        return backoff_of(self.crawler)

    @property
    def _stats(self) -> RunStats:
        return stats_of(self.crawler)

    def article_request(self, ref: ArticleRef) -> Request:
        return article_request(ref, self.parse, self.article_failed)

    def parse(self, response: Response) -> Iterator[Article | Request]:
        """An article's page, or what came instead of it."""
        ref = article_of(response.request)
        if ref is None:
            yield from self._read_alone(response)
            return
        reading = read_response(response, ref.url, ref.key, now=self._fetched_at(response))
        if reading.outcome in (None, Outcome.UNCHANGED, Outcome.GONE, Outcome.UNKNOWN_LAYOUT):
            self._backoff.site_answered()
        elif reading.outcome is Outcome.BLOCKED and response.status == 200:
            # BackoffMiddleware reports the other statuses.
            self._backoff.blocked(BlockReason(reading.reason))
        if reading.invalid:
            self._stats.invalid(reading.invalid)
        if reading.page is None:
            assert reading.outcome is not None
            self.run.finish(ref, reading.outcome, reading.reason, response=response)
            return
        for field in reading.page.ambiguous:
            self._stats.ambiguous(field)
        article = reading.page.article
        article.discovered_via = ref.source
        if self._is_wanted(article, ref):
            yield article

    def _read_alone(self, response: Response) -> Iterator[Article | Request]:
        """A page that no run has planned, as `scrapy parse` fetches it: a record, or a listing's URLs."""
        if not isinstance(response, TextResponse):
            return
        if article_url(response.url) is not None:
            yield parse_article(response, now=self._fetched_at(response), url=response.url).article
        else:
            yield from (Request(entry.url) for entry in parse_listing(response).entries)

    def _is_wanted(self, article: Article, ref: ArticleRef) -> bool:
        """Whether an article is of the days that were asked for; if not, that is its outcome."""
        moment = article.published_at
        if self.days is None or moment is None:
            return True
        self.article_dated(ref, moment)
        if self.days.contains(moment):
            return True
        self.run.finish(ref, Outcome.OUT_OF_RANGE, format_time(moment), published_at=moment)
        return False

    def article_dated(self, ref: ArticleRef, published_at: datetime) -> None:
        """Called with the date of each page when a range of days is wanted."""

    def _fetched_at(self, response: Response) -> datetime:
        """Time of the response, or of its WARC record."""
        at = response.meta.get("fetched_at")
        return at if isinstance(at, datetime) else self.run.now()

    def article_failed(self, failure: Failure) -> None:
        """An article could not be fetched at all."""
        request: Request = failure.request  # type: ignore[attr-defined]
        ref, error = article_of(request), failure.value
        assert ref is not None
        assert error is not None
        if isinstance(error, SiteBlocked):
            return  # It was not sent, and is not reached when the run ends.
        outcome, reason = Outcome.FAILED, failure.getErrorMessage()
        if isinstance(error, WarcWriteError):
            outcome = Outcome.NOT_REACHED
        elif isinstance(error, RobotsForbidden):
            outcome, reason = Outcome.ROBOTS, request.url
        elif isinstance(error, IgnoreRequest) and not isinstance(error, RobotsUnavailable):
            outcome = Outcome.HTTP_ERROR
        elif not isinstance(error, RobotsUnavailable):
            reason = plain_error(error)
        self.run.finish(ref, outcome, reason)

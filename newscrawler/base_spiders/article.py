"""What the article spiders share: fetching articles, and telling the outcome of every address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from newscrawler import signals
from newscrawler.archive import WarcWriteError
from newscrawler.base_spiders.backfill import RangeSpider
from newscrawler.base_spiders.discovery import is_ignored, is_robots
from newscrawler.editions import article_url
from newscrawler.exceptions import InvalidArticle, NotAnArticle, RobotsUnavailable, SiteBlocked, UnknownLayout
from newscrawler.items import Article, Source
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import parse_article
from newscrawler.pages.blocking import page_refusal, refusal
from newscrawler.utils import format_time


class ArticleSpider(RangeSpider):
    """Finds articles of one section of an edition and reads them. Subclasses name the edition."""

    def article_request(self, url: str, via: str, changed_at: datetime | None = None) -> Request:
        """A request for an article. ``changed_at`` is when its source says it was last changed."""
        return Request(
            url,
            self.parse,
            errback=self.article_failed,
            cb_kwargs={"address": url, "via": via},
            meta={"changed_at": changed_at},
            dont_filter=True,
        )

    def parse(self, response: Response, address: str, via: str) -> Iterator[Article]:
        """An article's page, or what came instead of it."""
        kind = refusal(response)
        if response.status in (304, 404, 410):
            self._tell(signals.welcomed)
        if kind is not None:
            self._finish(address, Outcome.BLOCKED, kind)
        elif response.status == 304:
            self._finish(address, Outcome.UNCHANGED, "304")
        elif response.status in (404, 410):
            self._finish(address, Outcome.GONE, str(response.status), response)
        elif response.status != 200:
            self._finish(address, Outcome.HTTP_ERROR, str(response.status))
        elif not isinstance(response, TextResponse):
            self._finish(address, Outcome.NOT_ARTICLE, "not text")
        else:
            yield from self._read(response, address, via)

    def _read(self, response: TextResponse, address: str, via: str) -> Iterator[Article]:
        try:
            page = parse_article(response, now=self._fetched_at(response), address=response.url)
            # The parser answers for the address that it was given; a redirect may have led to another article.
            if response.url != address:
                asked = article_url(address)
                if asked is None or (page.article.edition, page.article.article_id) != asked.key:
                    raise InvalidArticle("other_article", f"it leads to {response.url}")
        except UnknownLayout as error:
            kind = page_refusal(response)
            if kind is not None:
                self._tell(signals.page_refused, kind=kind, url=response.url)
                self._finish(address, Outcome.BLOCKED, kind)
            else:
                self._tell(signals.welcomed)
                self._finish(address, Outcome.UNKNOWN_LAYOUT, str(error), response)
        except NotAnArticle as error:
            self._finish(address, Outcome.NOT_ARTICLE, str(error))
        except InvalidArticle as error:
            self._stats.invalid(error.reason)
            self._finish(address, Outcome.INVALID, str(error), response)
        else:
            self._tell(signals.welcomed)
            for field in page.doubts:
                self._stats.ambiguous(field)
            page.article.discovered_via = Source(via)
            if self._is_wanted(page.article, address):
                yield page.article

    def _is_wanted(self, article: Article, address: str) -> bool:
        """Whether an article is of the days that were asked for; if not, that is its outcome."""
        if self.days is None or not article.published_at:
            return True
        moment = article.published_at
        self._tell(signals.article_dated, address=address, published_at=moment)
        if self.days.contains(moment):
            return True
        self._tell(
            signals.address_finished,
            address=address,
            outcome=Outcome.OUT_OF_RANGE,
            reason=format_time(moment),
            response=None,
            published_at=moment,
        )
        return False

    def _fetched_at(self, response: Response) -> datetime:
        """When the page came: for a stored one, or one that is being stored, as its record says."""
        at = response.meta.get("fetched_at")
        return at if isinstance(at, datetime) else self._now()

    def article_failed(self, failure: Failure) -> None:
        """An article could not be fetched at all."""
        request: Request = failure.request  # type: ignore[attr-defined]
        address = request.cb_kwargs["address"]
        if isinstance(failure.value, SiteBlocked):
            return  # It was not asked for, and is not reached when the run ends.
        if isinstance(failure.value, WarcWriteError):
            self._finish(address, Outcome.NOT_REACHED, failure.getErrorMessage())
        elif isinstance(failure.value, RobotsUnavailable):
            self._finish(address, Outcome.FAILED, failure.getErrorMessage())
        elif is_robots(failure):
            self._finish(address, Outcome.ROBOTS, request.url)
        elif is_ignored(failure):
            self._finish(address, Outcome.HTTP_ERROR, failure.getErrorMessage())
        else:
            name = failure.type.__name__ if failure.type else "error"
            self._finish(address, Outcome.FAILED, f"{name}: {failure.getErrorMessage()}")

    def _finish(self, address: str, outcome: Outcome, reason: str, response: Response | None = None) -> None:
        self._tell(signals.address_finished, address=address, outcome=outcome, reason=reason, response=response)

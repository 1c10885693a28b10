"""Where Scrapy and the run meet: the run begins and ends with the spider, and is told the outcome of items."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawler.exceptions import DropArticle
from newscrawler.items import Article
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run.crawl_run import CrawlRun, OneOffRun, Scope, Scoped
from newscrawler.run.incremental import IncrementalRun
from newscrawler.run.requests import article_of
from newscrawler.settings_check import contact_warning, is_one_off
from newscrawler.utils import FromCrawler, parse_http_date

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: A clock that is further from the site's than this is wrong; a response may be on its way for a minute.
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)


def run_of(crawler: Crawler) -> CrawlRun:
    """The crawl's run, from the moment that Scrapy has made its extensions."""
    extension = crawler.get_extension(RunExtension)
    assert extension is not None
    return extension.run


def clock_difference(date: bytes | None, now: datetime) -> str | None:
    """How ``now`` differs from a Date header, in words; empty if it does not, None if the header tells nothing."""
    theirs = parse_http_date((date or b"").decode("latin-1"))
    if theirs is None:
        return None
    difference = now - theirs
    if abs(difference) <= _MAX_CLOCK_DIFFERENCE:
        return ""
    minutes = abs(difference) // timedelta(minutes=1)
    way = "ahead of" if difference > timedelta(0) else "behind"
    return f"this machine's clock is {minutes} minutes {way} the site's (Date header): times of fetching may be wrong"


class RunExtension(FromCrawler):
    """Makes the run that the settings ask for."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._stats = stats_of(crawler)
        if is_one_off(crawler.settings):
            self.run: CrawlRun = OneOffRun(crawler)
            folder = crawler.settings["NEWSCRAWLER_DATA_DIR"]
            logger.info("One-off run: the dataset and ledger in %s are neither read nor written", folder)
        else:
            self.run = IncrementalRun(crawler)
        connect = crawler.signals.connect
        connect(self._spider_opened, signals.spider_opened)
        self._settings = crawler.settings
        self._clock_agrees = False
        connect(self._response_downloaded, signals.response_downloaded)
        connect(self._item_scraped, signals.item_scraped)
        connect(self._item_dropped, signals.item_dropped)
        connect(self._item_error, signals.item_error)
        connect(self._spider_error, signals.spider_error)
        connect(self.run.finish_all, signals.spider_closed)

    def _spider_opened(self, spider: Spider) -> None:
        self.run.open(spider.scope() if isinstance(spider, Scoped) else Scope(spider.name, spider.name))
        if not self.run.scope.reads_archive and (warning := contact_warning(self._settings)):
            self._stats.note("contact", warning)

    def _response_downloaded(self, response: Response) -> None:
        """Compare the machine's clock with the site's. One response that agrees is enough: caches keep old ones."""
        if self._clock_agrees or self.run.scope.reads_archive:
            return
        text = clock_difference(response.headers.get("Date"), datetime.now(UTC))
        if text is not None:
            self._clock_agrees = not text
            self._stats.note("clock", text or None)

    def _item_scraped(self, item: Any, response: Response) -> None:
        # Of an incremental run a record has its outcome already: that of its committed line.
        if isinstance(item, Article):
            self._finish(response, Outcome.REVISED if item.revision > 1 else Outcome.NEW, "")

    def _item_dropped(self, response: Response, exception: BaseException) -> None:
        if isinstance(exception, DropArticle):
            self._finish(response, exception.outcome, exception.reason)
        else:
            self._finish(response, Outcome.INVALID, str(exception))

    def _item_error(self, response: Response, failure: Failure) -> None:
        self._finish(response, Outcome.FAILED, failure.getErrorMessage())

    def _spider_error(self, response: Response, failure: Failure) -> None:
        self._stats.internal_error()
        self._finish(response, Outcome.FAILED, failure.getErrorMessage())

    def _finish(self, response: Any, outcome: Outcome, reason: str) -> None:
        """Finish the article that a response is of, unless it has its outcome."""
        ref = article_of(getattr(response, "request", None))
        if ref is not None and self.run.is_pending(ref):
            self.run.finish(ref, outcome, reason, response=response)

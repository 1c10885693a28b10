"""Keeps the books: exactly one outcome for every address that discovery schedules."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals as scrapy_signals
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawler import signals
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Outcomes:
    """Hears what becomes of each address; the counters are `newscrawler/scheduled` and `newscrawler/outcome/*`."""

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.stats is not None
        self._stats = crawler.stats
        self._open: set[str] = set()
        connect = crawler.signals.connect
        connect(self._scheduled, signals.address_scheduled)
        connect(self.finish, signals.address_finished)
        connect(self._item_scraped, scrapy_signals.item_scraped)
        connect(self._item_dropped, scrapy_signals.item_dropped)
        connect(self._item_error, scrapy_signals.item_error)
        connect(self._spider_error, scrapy_signals.spider_error)
        connect(self._spider_closed, scrapy_signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _scheduled(self, address: str, via: str) -> None:
        self._open.add(address)
        self._stats.inc_value("newscrawler/scheduled")
        self._stats.inc_value(f"newscrawler/discovered_via/{via}")

    def finish(self, address: str, outcome: Outcome, reason: str) -> None:
        """Book an address's outcome. A second one for the same address is counted as an error and dropped."""
        if address not in self._open:
            self._stats.inc_value("newscrawler/outcome_twice")
            logger.error("%s: a second outcome, %s: %s", address, outcome, reason)
            return
        self._open.remove(address)
        self._stats.inc_value(f"newscrawler/outcome/{outcome}")
        if outcome not in (Outcome.NEW, Outcome.DUPLICATE, Outcome.NOT_REACHED):
            logger.log(
                logging.INFO if outcome in (Outcome.GONE, Outcome.NOT_ARTICLE) else logging.WARNING,
                "%s: %s: %s",
                address,
                outcome,
                " ".join(reason.split()),
            )

    def _item_scraped(self, response: Response) -> None:
        self._finish_of(response, Outcome.NEW, "")

    def _item_dropped(self, response: Response, exception: BaseException) -> None:
        if isinstance(exception, DropArticle):
            self._finish_of(response, exception.outcome, exception.reason)
        else:
            self._finish_of(response, Outcome.INVALID, str(exception))

    def _item_error(self, response: Response, failure: Failure) -> None:
        self._finish_of(response, Outcome.FAILED, failure.getErrorMessage())

    def _spider_error(self, response: Response, failure: Failure) -> None:
        self._stats.inc_value("newscrawler/internal_errors")
        self._finish_of(response, Outcome.FAILED, failure.getErrorMessage())

    def _finish_of(self, response: Response, outcome: Outcome, reason: str) -> None:
        address = _address_of(response)
        if address is not None:
            self.finish(address, outcome, reason)

    def _spider_closed(self, reason: str) -> None:
        left = Counter({Outcome.NOT_REACHED: len(self._open)})
        for outcome, count in left.items():
            if count:
                self._stats.inc_value(f"newscrawler/outcome/{outcome}", count)
        self._open.clear()


def _address_of(response: Any) -> str | None:
    request = getattr(response, "request", None)
    address = request.cb_kwargs.get("address") if request is not None else None
    return address if isinstance(address, str) else None

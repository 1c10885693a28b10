"""Keeps the books: exactly one outcome for every address that discovery schedules."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals as scrapy_signals
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawler import signals
from newscrawler.items import Article
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.pipelines import DropArticle
from newscrawler.run.incremental import IncrementalRun

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

# Ordinary, and many.
_QUIET = (
    Outcome.NEW,
    Outcome.REVISED,
    Outcome.UNCHANGED,
    Outcome.DUPLICATE,
    Outcome.NOT_REACHED,
    Outcome.OUT_OF_RANGE,
)


class Outcomes:
    """Hears what becomes of each address; the counters are `newscrawler/scheduled` and `newscrawler/outcome/*`."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stats = stats_of(crawler)
        self._open: set[str] = set()
        self._again: set[str] = set()
        connect = crawler.signals.connect
        connect(self._scheduled, signals.address_scheduled)
        connect(self._finished, signals.address_finished)
        connect(self._item_scraped, scrapy_signals.item_scraped)
        connect(self._item_dropped, scrapy_signals.item_dropped)
        connect(self._item_error, scrapy_signals.item_error)
        connect(self._spider_error, scrapy_signals.spider_error)
        connect(self._spider_closed, scrapy_signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _scheduled(self, address: str, via: str, again: bool) -> None:
        self._open.add(address)
        if again:
            self._again.add(address)
        self._stats.scheduled(via, again=again)

    def _finished(self, address: str, outcome: Outcome, reason: str, **_: object) -> None:
        """Book an address's outcome. A second one for the same address is counted as an error and dropped."""
        if address not in self._open:
            self._stats.finished_twice()
            logger.error("%s: a second outcome, %s: %s", address, outcome, reason)
            return
        self._open.remove(address)
        self._stats.finished(outcome, again=address in self._again)
        if outcome not in _QUIET:
            logger.log(
                logging.INFO if outcome in (Outcome.GONE, Outcome.NOT_ARTICLE) else logging.WARNING,
                "%s: %s: %s",
                address,
                outcome,
                " ".join(reason.split()),
            )

    def _item_scraped(self, item: Article, response: Response) -> None:
        # In an incremental run a record is new or revised when its line is committed, and the run tells.
        if self._crawler.get_extension(IncrementalRun) is None:
            self._finish_of(response, Outcome.REVISED if item.revision > 1 else Outcome.NEW, "")

    def _item_dropped(self, response: Response, exception: BaseException) -> None:
        if isinstance(exception, DropArticle):
            self._finish_of(response, exception.outcome, exception.reason)
        else:
            self._finish_of(response, Outcome.INVALID, str(exception))

    def _item_error(self, response: Response, failure: Failure) -> None:
        self._finish_of(response, Outcome.FAILED, failure.getErrorMessage())

    def _spider_error(self, response: Response, failure: Failure) -> None:
        self._stats.internal_error()
        self._finish_of(response, Outcome.FAILED, failure.getErrorMessage())

    def _finish_of(self, response: Response, outcome: Outcome, reason: str) -> None:
        address = _address_of(response)
        if address is not None:
            self._tell(address, outcome, reason, response)

    def _spider_closed(self) -> None:
        for address in sorted(self._open):
            self._tell(address, Outcome.NOT_REACHED, "the run ended")

    def _tell(self, address: str, outcome: Outcome, reason: str, response: Response | None = None) -> None:
        """To all who listen, this extension and the ledger's run among them."""
        self._crawler.signals.send_catch_log(
            signals.address_finished,
            spider=self._crawler.spider,
            address=address,
            outcome=outcome,
            reason=reason,
            response=response,
        )


def _address_of(response: Any) -> str | None:
    request = getattr(response, "request", None)
    address = request.cb_kwargs.get("address") if request is not None else None
    return address if isinstance(address, str) else None

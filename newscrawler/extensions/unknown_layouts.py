"""Says in the summary where to look at the pages of unknown layout: they may be the site's new design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from scrapy import signals as scrapy_signals

from newscrawler import signals
from newscrawler.incremental import IncrementalRun
from newscrawler.one_page import kept_path
from newscrawler.outcomes import Outcome
from newscrawler.urls import article_address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class UnknownLayouts:
    """Sets `newscrawler/unknown_layouts/look_at`; whether there are too many is for the verdict to say."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._count = 0
        self._address = ""
        crawler.signals.connect(self._address_finished, signals.address_finished)
        crawler.signals.connect(self._spider_closed, scrapy_signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _address_finished(self, address: str, outcome: Outcome, **_: Any) -> None:
        if outcome is Outcome.UNKNOWN_LAYOUT:
            self._count += 1
            # The first: later pages may be beyond the bound on kept ones.
            self._address = self._address or address

    def _spider_closed(self) -> None:
        if self._count:
            assert self._crawler.stats is not None
            said = f"{self._count} page(s) of no known layout; {self._look_at()}"
            self._crawler.stats.set_value("newscrawler/unknown_layouts/look_at", said)

    def _look_at(self) -> str:
        run = self._crawler.get_extension(IncrementalRun)
        parsed = article_address(self._address)
        if run is None or parsed is None:
            return f"a one-off run keeps none; see one with: scrapy explain {self._address}"
        path = kept_path(run.data_dir, parsed)
        if not path.exists():
            return f"none is kept; see one with: scrapy explain {self._address}"
        return f"kept in {path.parent}; see one with: scrapy explain {path}"

"""Keeps pages that gave no record, for a human: DATA_DIR/kept/<edition>-<article id>.html, the newest of each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals as scrapy_signals
from scrapy.http import Response

from newscrawler import signals
from newscrawler.dataset.files import kept_path
from newscrawler.editions import article_url
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run.incremental import IncrementalRun
from newscrawler.utils import atomic_write

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Pages that a run keeps, at most: enough to see what a redesign looks like, and no second archive.
MAX_PAGES = 50


class KeptPages:
    """Writes at most MAX_PAGES pages a run; none in one-off runs."""

    def __init__(self, crawler: Crawler) -> None:
        self._left = MAX_PAGES
        self._crawler = crawler
        crawler.signals.connect(self._address_finished, signals.address_finished)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _address_finished(self, address: str, outcome: Outcome, response: Response | None = None, **_: Any) -> None:
        if response is None or outcome not in (Outcome.INVALID, Outcome.UNKNOWN_LAYOUT) or self._left <= 0:
            return
        run = self._crawler.get_extension(IncrementalRun)
        if run is None:
            return
        parsed = article_url(address)
        assert parsed is not None
        self._left -= 1
        path = kept_path(run.data_dir, parsed)
        try:
            with atomic_write(path) as file:
                file.write(response.body)
        except OSError as error:
            # A copy for a human is no reason to lose the run; the dataset's own writing stops it if it must.
            logger.error("%s: can't be kept: %s", path, error)
            return
        stats_of(self._crawler).failed_page_kept()


# --- unknown_layouts ---


class UnknownLayouts:
    """Says where they can be looked at; whether there are too many is for the verdict to say."""

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
            said = f"{self._count} page(s) of no known layout; {self._look_at()}"
            stats_of(self._crawler).unknown_layouts(said)

    def _look_at(self) -> str:
        run = self._crawler.get_extension(IncrementalRun)
        parsed = article_url(self._address)
        if run is None or parsed is None:
            return f"a one-off run keeps none; see one with: scrapy explain {self._address}"
        path = kept_path(run.data_dir, parsed)
        if not path.exists():
            return f"none is kept; see one with: scrapy explain {self._address}"
        return f"kept in {path.parent}; see one with: scrapy explain {path}"

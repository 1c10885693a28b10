"""Pages that gave no record, for a human: DATA_DIR/kept/<edition>-<article id>.html, the newest of each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy import signals as scrapy_signals
from scrapy.http import Response

from newscrawler import signals
from newscrawler.dataset.files import failed_page_path
from newscrawler.editions import article_url
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run import ArticleRef, CrawlRun, run_of
from newscrawler.utils import FromCrawler, atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Pages that one run keeps at most: a redesign fails them all, and a few show it.
MAX_PAGES = 50


class FailedPages(FromCrawler):
    """Keeps pages, and says where those of an unknown layout can be looked at; one-off runs keep none."""

    def __init__(self, crawler: Crawler) -> None:
        self._left = MAX_PAGES
        super().__init__(crawler)
        self._stats = stats_of(crawler)
        self._unknown = 0
        #: The first: later pages may be beyond the bound.
        self._first_unknown: ArticleRef | None = None
        crawler.signals.connect(self._outcome_decided, signals.outcome_decided)
        crawler.signals.connect(self._spider_closed, scrapy_signals.spider_closed)

    @property
    def _run(self) -> CrawlRun:
        # Scrapy gives no extension before it has made them all.
        return run_of(self._crawler)

    def _outcome_decided(self, ref: ArticleRef, outcome: Outcome, response: Response | None, **_: Any) -> None:
        if outcome is Outcome.UNKNOWN_LAYOUT:
            self._unknown += 1
            self._first_unknown = self._first_unknown or ref
        if response is not None and outcome in (Outcome.INVALID, Outcome.UNKNOWN_LAYOUT):
            self._keep(ref, response)

    def _keep(self, ref: ArticleRef, response: Response) -> None:
        path = self._path(ref)
        if path is None or self._left <= 0:
            return
        self._left -= 1
        try:
            with atomic_write(path) as file:
                file.write(response.body)
        except OSError as error:
            # A copy for a human is no reason to lose the run; the dataset's own writing stops it if it must.
            logger.error("%s: can't be kept: %s", path, error)
            return
        self._stats.failed_page_kept()

    def _path(self, ref: ArticleRef) -> Path | None:
        url = article_url(ref.url)
        assert url is not None
        return None if self._run.data_dir is None else failed_page_path(self._run.data_dir, url)

    def _spider_closed(self) -> None:
        if self._first_unknown is not None:
            where = self._where(self._first_unknown)
            self._stats.unknown_layouts(f"{self._unknown} page(s) of no known layout; {where}")

    def _where(self, ref: ArticleRef) -> str:
        path = self._path(ref)
        if path is None:
            return f"a one-off run keeps none; see one with: scrapy explain {ref.url}"
        if not path.exists():
            return f"none is kept; see one with: scrapy explain {ref.url}"
        return f"kept in {path.parent}; see one with: scrapy explain {path}"

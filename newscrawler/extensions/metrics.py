"""Tells Prometheus of the run at its end, by a file. docs/metrics.md."""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from newscrawler.clock import clock_of
from newscrawler.figures import figures_of
from newscrawler.incremental import IncrementalRun
from newscrawler.judgement import Judgement
from newscrawler.ledger import LEDGER_NAME, Ledger, LedgerError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Metrics:
    """Writes the file when the run has been judged, good or not. A failure is logged and changes nothing else."""

    def __init__(self, crawler: Crawler) -> None:
        path = crawler.settings["NEWSCRAWLER_METRICS_FILE"]
        if not path:
            raise NotConfigured
        # prometheus_client takes a tenth of a second to load; only who asks for the file pays for it.
        self._metrics: Any = import_module("newscrawler.metrics")
        self._crawler = crawler
        self._path = Path(path)
        self._now = clock_of(crawler.settings)
        self._written = False
        # Called after the judgement, which comes before in EXTENSIONS.
        crawler.signals.connect(self._engine_stopped, signals.engine_stopped)
        crawler.signals.connect(self._spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy. Raises NotConfigured where no file is named."""
        return cls(crawler)

    def _spider_closed(self) -> None:
        # A run that was refused at its start has no engine that stops.
        run = self._crawler.get_extension(IncrementalRun)
        if run is not None and not run.is_open:
            self._engine_stopped()

    def _engine_stopped(self) -> None:
        if self._written:
            return
        self._written = True
        judgement, stats = self._crawler.get_extension(Judgement), self._crawler.stats
        assert judgement is not None
        assert stats is not None
        assert self._crawler.spider is not None
        code = int(judgement.verdict.code)
        gauges = [*self._metrics.of_run(figures_of(stats.get_stats()), code, self._now()), *self._of_dataset()]
        try:
            self._metrics.write(self._path, gauges, spider=self._crawler.spider.name)
        except OSError as error:
            logger.error("NEWSCRAWLER_METRICS_FILE=%s: it can't be written: %s", self._path, error.strerror or error)
            stats.set_value("newscrawler/metrics/failed", str(error))

    def _of_dataset(self) -> list[Any]:
        """What the ledger knows, read after the run has closed it; a one-off run has none."""
        run = self._crawler.get_extension(IncrementalRun)
        if run is None:
            return []
        try:
            with Ledger.open(run.data_dir / LEDGER_NAME, read_only=True) as ledger:
                return list(self._metrics.of_dataset(ledger, self._now()))
        except LedgerError as error:
            logger.error("The metrics are without the dataset's: %s", error)
            return []

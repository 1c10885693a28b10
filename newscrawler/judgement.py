"""Judges the run: once, here, at its end, with the same result in ledger, summary and exit code.

An extension, so that a crawl started by scrapyd or from a script is judged and written down too.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.settings import BaseSettings

from newscrawler.figures import figures_of
from newscrawler.incremental import IncrementalRun
from newscrawler.verdict import ExitCode, Reason, Thresholds, Verdict, judge

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class Judgement:
    """Holds the verdict when the run has ended; ``as_things_stand`` says before that what it would be."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._verdict: Verdict | None = None
        crawler.signals.connect(self._spider_closed, signals.spider_closed)
        # Comes after all files of -O and -o were stored, or not.
        crawler.signals.connect(self._engine_stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the run; of one that was stopped too rudely to be closed, what its counters say."""
        return self._verdict or self.as_things_stand()

    def as_things_stand(self) -> Verdict:
        """The verdict from the counters of this moment. Changes nothing."""
        assert self._crawler.stats is not None
        run = self._crawler.get_extension(IncrementalRun)
        history = run.history() if run is not None else ()
        return judge(self._crawler.stats.get_stats(), thresholds_of(self._crawler.settings), history)

    def _spider_closed(self) -> None:
        # A run that was refused at its start has no engine that stops.
        run = self._crawler.get_extension(IncrementalRun)
        if run is not None and not run.is_open and self._verdict is None:
            self._settle()

    def _engine_stopped(self) -> None:
        if self._verdict is None:
            self._settle()

    def _settle(self) -> None:
        assert self._crawler.stats is not None
        verdict = self.as_things_stand()
        run = self._crawler.get_extension(IncrementalRun)
        stats = self._crawler.stats.get_stats()
        if run is not None:
            problem = run.conclude(int(verdict.code), verdict.why, figures_of(stats))
            if problem is not None and verdict.code is not ExitCode.OUTPUT:
                verdict = Verdict.of([Reason(ExitCode.OUTPUT, "ledger", problem), *verdict.reasons])
        self._verdict = verdict


def thresholds_of(settings: BaseSettings) -> Thresholds:
    """As the settings have them."""
    return Thresholds(max_fault_share=settings.getfloat("NEWSCRAWLER_MAX_FAULT_SHARE"))

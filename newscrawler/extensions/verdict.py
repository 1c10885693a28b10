"""Judges the run: once, here, at its end, with the same result in ledger, summary and exit code.

An extension, so that a crawl started by scrapyd or from a script is judged and written down too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.settings import BaseSettings

from newscrawler.exceptions import LedgerError
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.monitoring.alarms import (
    ALARM_TIMEOUT,
    AlarmDispatch,
    RunContext,
    StateFile,
    channels_of,
    joined,
    wait_for,
)
from newscrawler.monitoring.stats import stats_of
from newscrawler.monitoring.verdict import ExitCode, Reason, Thresholds, Verdict, judge
from newscrawler.run import CrawlRun, run_of
from newscrawler.settings_check import is_one_off
from newscrawler.utils import FromCrawler, clock

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Seconds beyond the channels' own time-outs, so that their errors are reported.
_GRACE = 1.0


class RunVerdict(FromCrawler):
    """Holds the verdict when the run has ended; ``preview`` says before that what it would be."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._verdict: Verdict | None = None
        crawler.signals.connect(self._spider_closed, signals.spider_closed)
        # Comes after all files of -O and -o were stored, or not.
        crawler.signals.connect(self._finalize, signals.engine_stopped)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the run; of one that was stopped before it was closed, the preview."""
        return self._verdict or self.preview()

    def preview(self) -> Verdict:
        """The verdict from the counters of this moment. Changes nothing."""
        run = run_of(self._crawler)
        thresholds = thresholds_of(
            self._crawler.settings, unattended=run.data_dir is not None and not run.scope.reads_archive
        )
        return judge(stats_of(self._crawler).snapshot(), thresholds, run.history(), run.started_at)

    async def _spider_closed(self) -> None:
        # A run that could not start has no engine that stops.
        run = run_of(self._crawler)
        if run.data_dir is not None and run.started_at is None:
            await self._finalize()

    async def _finalize(self) -> None:
        if self._verdict is not None:
            return
        run = run_of(self._crawler)
        self._verdict = verdict = self.preview()
        try:
            history = run.history()
            problem = run.record_result(int(verdict.code), verdict.why, stats_of(self._crawler).snapshot().figures)
            if problem is not None and verdict.code is not ExitCode.OUTPUT:
                self._verdict = Verdict.of([Reason(ExitCode.OUTPUT, "ledger", problem), *verdict.reasons])
            repeated = bool(history) and history[0].exit_code == self._verdict.code
            if run.data_dir is not None:
                await self._alarm(run, run.data_dir, repeated)
        finally:
            run.close()
        self._write_metrics(run.data_dir)

    def _write_metrics(self, data_dir: Path | None) -> None:
        """The file for Prometheus, if one is asked for. A failure is logged and changes nothing else."""
        path, spider = self._crawler.settings["NEWSCRAWLER_METRICS_FILE"], self._crawler.spider
        if not path or spider is None:
            return
        from newscrawler.monitoring import metrics  # noqa: PLC0415 - it loads prometheus_client

        stats, now = stats_of(self._crawler), clock()()
        edition = run_of(self._crawler).scope.edition
        gauges = list(metrics.gauges_of_run(stats.snapshot().figures, int(self.verdict.code), now))
        if data_dir is not None:
            try:
                # After the run has closed it.
                with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
                    good = ledger.runs.last_good(run_of(self._crawler).scope.command)
                    articles, due = ledger.articles.count(edition), ledger.urls.count_due(now, edition)
                dataset = metrics.DatasetFigures(articles, due, None if good is None else good.finished_at)
                gauges += metrics.gauges_of_dataset(dataset)
            except LedgerError as error:
                logger.error("The metrics are without the dataset's: %s", error)
        try:
            metrics.write(Path(path), gauges, spider=spider.name, edition=edition)
        except OSError as error:
            logger.error("NEWSCRAWLER_METRICS_FILE=%s: it can't be written: %s", path, error.strerror or error)
            stats.metrics_failed(str(error))

    async def _alarm(self, run: CrawlRun, data_dir: Path, repeated: bool) -> None:
        """The alarms. The run's result is stored already; a failure here does not change it."""
        settings, spider = self._crawler.settings, self._crawler.spider
        channels = channels_of(settings)
        if not channels or self._verdict is None:
            return
        keeper = AlarmKeeper(data_dir, run)
        name = spider.name if spider is not None else "?"
        context = RunContext(name, str(data_dir.absolute()), run.run_id, run.now())
        dispatch = AlarmDispatch(
            channels, keeper.states(), self._verdict, context, reminder=reminder_of(settings), repeated=repeated
        )
        dispatch.begin()
        end = time.monotonic() + ALARM_TIMEOUT + _GRACE
        while dispatch.under_way() and time.monotonic() < end:
            await asyncio.sleep(0.02)
        keeper.keep(dispatch)
        stats_of(self._crawler).alarms(dispatch.notes())
        for note in dispatch.notes():
            logger.info("alarm: %s", note)


class AlarmKeeper:
    """Stores what was sent: in the ledger, or, if that cannot be written, in a file of the user."""

    def __init__(self, data_dir: Path, run: CrawlRun | None) -> None:
        self._run = run
        self._file = StateFile(data_dir)

    def states(self) -> dict[str, dict[str, Any]]:
        """What was sent to each channel."""
        kept = self._file.read()
        if self._run is None:
            return kept
        try:
            return joined(self._run.alarm_states(), kept)
        except LedgerError as error:
            logger.error("%s", error)
            return kept

    def keep(self, dispatch: AlarmDispatch) -> None:
        """Store what has been sent to each channel."""
        states = dispatch.states()
        try:
            if self._run is not None and self._run.save_alarm_states(states):
                states = {}
        except LedgerError as error:
            logger.error("%s", error)
        self._file.write(states)


def alarm_failed_start(settings: BaseSettings, spider: str) -> list[str]:
    """Alarms for a run that ended before there was a crawl to judge; notes for the summary."""
    channels = channels_of(settings)
    if not channels or is_one_off(settings):
        return []
    data_dir = Path(settings["NEWSCRAWLER_DATA_DIR"])
    verdict = Verdict.of([Reason(ExitCode.INTERNAL_ERROR, "start", "the crawl could not be started; see the log")])
    keeper = AlarmKeeper(data_dir, None)
    context = RunContext(spider, str(data_dir.absolute()), None, clock()())
    dispatch = AlarmDispatch(
        channels, keeper.states(), verdict, context, reminder=reminder_of(settings), repeated=False
    )
    dispatch.begin()
    wait_for(dispatch, ALARM_TIMEOUT + _GRACE)
    keeper.keep(dispatch)
    return dispatch.notes()


def reminder_of(settings: BaseSettings) -> timedelta:
    """NEWSCRAWLER_ALARM_REMINDER_HOURS."""
    return timedelta(hours=settings.getfloat("NEWSCRAWLER_ALARM_REMINDER_HOURS"))


def thresholds_of(settings: BaseSettings, *, unattended: bool = True) -> Thresholds:
    """NEWSCRAWLER_VERDICT. A one-off run or an archive may be of years and of any layout: its time has no bound, and
    the doubts of its records are summed up and not judged.
    """
    found = Thresholds.parse(settings.getdict("NEWSCRAWLER_VERDICT"))
    return found if unattended else replace(found, max_seconds=0.0, max_doubt_share=1.0)

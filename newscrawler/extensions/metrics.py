"""Tells Prometheus of the run at its end, by a file. docs/operate/metrics.md."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client import Gauge as PrometheusGauge
from scrapy import signals
from scrapy.exceptions import NotConfigured

from newscrawler.extensions.verdict import Judgement
from newscrawler.ledger import LEDGER_NAME, Ledger, LedgerError
from newscrawler.monitoring.stats import OP_ED_AUTHORS, RunFigures, stats_of
from newscrawler.run import run_of
from newscrawler.utils import clock

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
        self._metrics: Any = import_module("newscrawler.extensions.metrics")
        self._crawler = crawler
        self._path = Path(path)
        self._now = clock()
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
        run = run_of(self._crawler)
        if run.data_dir is not None and run.started_at is None:
            self._engine_stopped()

    def _engine_stopped(self) -> None:
        if self._written:
            return
        self._written = True
        judgement, stats = self._crawler.get_extension(Judgement), stats_of(self._crawler)
        assert judgement is not None
        assert self._crawler.spider is not None
        code = int(judgement.verdict.code)
        gauges = [*self._metrics.of_run(stats.snapshot().figures, code, self._now()), *self._of_dataset()]
        try:
            self._metrics.write(self._path, gauges, spider=self._crawler.spider.name)
        except OSError as error:
            logger.error("NEWSCRAWLER_METRICS_FILE=%s: it can't be written: %s", self._path, error.strerror or error)
            stats.metrics_failed(str(error))

    def _of_dataset(self) -> list[Any]:
        """What the ledger knows, read after the run has closed it; a one-off run has none."""
        data_dir = run_of(self._crawler).data_dir
        if data_dir is None:
            return []
        try:
            with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
                return list(self._metrics.of_dataset(ledger, self._now()))
        except LedgerError as error:
            logger.error("The metrics are without the dataset's: %s", error)
            return []


# --- metrics ---


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric: name without the prefix, what it means, and its values, by the value of ``label`` if it has one."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str | None = None


def _one(name: str, meaning: str, value: float) -> Gauge:
    return Gauge(name, meaning, {"": value})


def of_run(figures: RunFigures, exit_code: int, ended_at: datetime) -> Iterator[Gauge]:
    """The gauges of a run that has just ended."""
    yield _one("last_run_timestamp_seconds", "When the last run ended, good or not.", ended_at.timestamp())
    yield _one("run_exit_code", "Exit code of the last run; 0 is good.", exit_code)
    yield _one("run_duration_seconds", "How long the last run took.", figures.seconds)
    yield _one("run_requests", "Requests of the last run.", figures.requests)
    yield _one("run_received_bytes", "Bytes that the last run received.", figures.response_bytes)
    yield _one("run_records", "Records that the last run read, unchanged ones included.", figures.records)
    yield _one("run_lines", "Lines that the last run wrote into the dataset.", figures.lines)
    outcomes = {str(name): float(count) for name, count in figures.outcomes.items()}
    yield Gauge("run_outcomes", "Addresses of the last run by what became of them.", outcomes, "outcome")
    asked = {name: figures.op_eds if name == OP_ED_AUTHORS else figures.records for name in figures.fields}
    shares = {name: having / asked[name] for name, having in figures.fields.items() if asked[name]}
    yield Gauge("run_field_coverage_ratio", "Share of the last run's records that have a field.", shares, "field")


def of_dataset(ledger: Ledger, now: datetime) -> Iterator[Gauge]:
    """The gauges of the dataset as its ledger has it. Raises a LedgerError."""
    yield _one("articles", "Articles in the dataset.", ledger.articles.count())
    yield _one("due_addresses", "Addresses that wait to be fetched.", ledger.addresses.count_due(now))
    good = ledger.runs.last_good()
    if good is not None and good.finished_at is not None:
        ended = good.finished_at.timestamp()
        yield _one("last_good_run_timestamp_seconds", "When the last good run ended.", ended)


def write(path: Path, gauges: Iterable[Gauge], *, spider: str) -> None:
    """Replace the file by rename, so that who reads it meanwhile sees the old or the new one. Raises OSError."""
    registry = CollectorRegistry()
    for gauge in gauges:
        labels = ["spider", *([gauge.label] if gauge.label else [])]
        made = PrometheusGauge(f"newscrawler_{gauge.name}", gauge.meaning, labels, registry=registry)
        for label, value in gauge.values.items():
            made.labels(*([spider, label] if gauge.label else [spider])).set(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(os.fspath(path), registry)

"""The last run's figures as a text file for Prometheus: docs/operate/metrics.md.

prometheus_client takes a tenth of a second to load: only a run that is asked for the file imports this module.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client import Gauge as PrometheusGauge

from newscrawler.items import Doubt
from newscrawler.monitoring.stats import OP_ED_AUTHORS, RunFigures


@dataclass(frozen=True, slots=True)
class DatasetFigures:
    """What the ledger knows at the end of a run, of the run's edition."""

    articles: int
    due: int
    last_good_run: datetime | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric: name without the prefix, what it means, and its values, by the value of ``label`` if it has one."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str | None = None


def _one(name: str, meaning: str, value: float) -> Gauge:
    return Gauge(name, meaning, {"": value})


def gauges_of_run(figures: RunFigures, exit_code: int, ended_at: datetime) -> Iterator[Gauge]:
    """The gauges of a run that has just ended."""
    yield _one("last_run_timestamp_seconds", "When the last run ended, good or not.", ended_at.timestamp())
    yield _one("run_exit_code", "Exit code of the last run; 0 is good.", exit_code)
    yield _one("run_duration_seconds", "How long the last run took.", figures.seconds)
    yield _one("run_requests", "Requests of the last run.", figures.requests)
    yield _one("run_received_bytes", "Bytes that the last run received.", figures.response_bytes)
    yield _one("run_records", "Records that the last run read, unchanged ones included.", figures.records)
    yield _one("run_lines", "Lines that the last run wrote into the dataset.", figures.lines)
    # Those of which there are none, too: a series that is absent can't be compared.
    doubts = {str(name): float(figures.doubts.get(name, 0)) for name in Doubt}
    yield Gauge("run_doubts", "Articles that came to have a doubt in the last run.", doubts, "doubt")
    yield _one("run_compared", "Articles of the last run whose page and feed both tell the text.", figures.compared)
    yield _one("run_agreed", "Of those, the ones whose page and feed have the same words.", figures.agreed)
    outcomes = {str(name): float(count) for name, count in figures.outcomes.items()}
    yield Gauge("run_outcomes", "URLs of the last run by outcome.", outcomes, "outcome")
    asked = {name: figures.op_eds if name == OP_ED_AUTHORS else figures.records for name in figures.fields}
    shares = {name: having / asked[name] for name, having in figures.fields.items() if asked[name]}
    yield Gauge("run_field_coverage_ratio", "Share of the last run's records that have a field.", shares, "field")


def gauges_of_dataset(dataset: DatasetFigures) -> Iterator[Gauge]:
    """The gauges of the dataset."""
    yield _one("articles", "Articles of the edition in the dataset.", dataset.articles)
    yield _one("due_addresses", "URLs of the edition that wait to be fetched.", dataset.due)
    if dataset.last_good_run is not None:
        ended = dataset.last_good_run.timestamp()
        yield _one("last_good_run_timestamp_seconds", "When the last good run of the same command ended.", ended)


def write(path: Path, gauges: Iterable[Gauge], *, spider: str, edition: str) -> None:
    """Replace the file by rename, so that who reads it meanwhile sees the old or the new one. Raises OSError.

    ``edition`` is empty for a run over all editions. The label ``schedule`` is the file's name: each schedule has a
    file of its own, and node_exporter refuses all files when two have the same series.
    """
    registry = CollectorRegistry()
    of_run = {"spider": spider, "edition": edition or "all", "schedule": path.stem}
    for gauge in gauges:
        labels = [*of_run, *([gauge.label] if gauge.label else [])]
        made = PrometheusGauge(f"newscrawler_{gauge.name}", gauge.meaning, labels, registry=registry)
        for label, value in gauge.values.items():
            made.labels(*of_run.values(), *([label] if gauge.label else [])).set(value)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(os.fspath(path), registry)

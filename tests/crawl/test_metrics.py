"""The metrics of real crawls, read as Prometheus reads them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.harness import HOUR, NOW, Data, addresses_until, news, site_at
from tests.replica import Server

ROOT = Path(__file__).parents[2]
FILE = "metrics/newscrawler.prom"
SETTING = {"NEWSCRAWLER_METRICS_FILE": FILE}


def read(path: Path) -> dict[str, dict[str, float]]:
    """Each metric's values by their label (without the spider's and edition's, which all have)."""
    found: dict[str, dict[str, float]] = {}
    for metric in text_string_to_metric_families(path.read_text("utf-8")):
        check_form(metric)
        for sample in metric.samples:
            labels = dict(sample.labels)
            of_run = [labels.pop(name) for name in ("spider", "edition", "schedule")]
            assert of_run == ["rt_world", "en", "newscrawler"]
            found.setdefault(sample.name, {})[",".join(labels.values())] = sample.value
    return found


def check_form(metric: Metric) -> None:
    """What promtool checks: prefix, help, type, base units, no _total but on counters."""
    assert metric.name.startswith("newscrawler_")
    assert metric.documentation.endswith(".")
    assert metric.type == "gauge"
    assert not re.search(r"_(total|count|sum|bucket|milliseconds|minutes|kilobytes|percent)$", metric.name)


def test_a_good_run_and_a_bad_one_after_it(tmp_path: Path, served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW)
    data = Data(tmp_path)
    (tmp_path / "metrics").mkdir()
    good = data.crawl(served(site_at(NOW, addresses)), settings=SETTING)
    assert good.code == 0, good.err
    found = read(tmp_path / FILE)
    page = (ROOT / "docs" / "operate" / "metrics.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `(newscrawler_\w+)", page, re.MULTILINE)) == sorted(found)
    articles = len(news(addresses))
    assert found["newscrawler_run_exit_code"] == {"": 0}
    assert found["newscrawler_articles"] == {"": articles}
    assert found["newscrawler_run_lines"] == {"": articles}
    assert {name: count for name, count in found["newscrawler_run_outcomes"].items() if count} == good.outcomes
    assert found["newscrawler_run_requests"][""] > articles
    assert found["newscrawler_run_received_bytes"][""] > 1000 * articles
    assert found["newscrawler_run_field_coverage_ratio"]["headline"] == 1
    assert 0 < found["newscrawler_run_duration_seconds"][""] < 100
    ended = datetime.fromtimestamp(found["newscrawler_last_run_timestamp_seconds"][""], UTC)
    assert NOW <= ended < NOW + HOUR
    assert found["newscrawler_last_good_run_timestamp_seconds"][""] == pytest.approx(ended.timestamp(), abs=5)

    away = {**SETTING, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": "http://127.0.0.1:9"}), "RETRY_TIMES": "0"}
    bad = data.crawl(served(site_at(NOW, addresses)), at=NOW + HOUR, settings=away)
    later = read(tmp_path / FILE)
    assert bad.code not in (0, 1), bad.err
    assert later["newscrawler_run_exit_code"] == {"": bad.code}
    assert later["newscrawler_last_run_timestamp_seconds"][""] >= (NOW + HOUR).timestamp()
    assert later["newscrawler_last_good_run_timestamp_seconds"] == found["newscrawler_last_good_run_timestamp_seconds"]
    assert later["newscrawler_articles"] == {"": articles}
    assert os.listdir(tmp_path / "metrics") == ["newscrawler.prom"]


def test_a_run_that_was_refused_at_its_start(tmp_path: Path, served: Callable[..., Server]) -> None:
    data = Data(tmp_path)
    data.path.mkdir()
    (data.path / "ledger.sqlite3").write_text("no ledger")
    done = data.crawl(served(site_at(NOW, [])), settings=SETTING)
    assert done.code == 6
    found = read(tmp_path / FILE)
    assert found["newscrawler_run_exit_code"] == {"": 6}
    assert "newscrawler_articles" not in found


def test_a_one_off_run_has_no_dataset(tmp_path: Path, served: Callable[..., Server]) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    done = Data(tmp_path).crawl(server, "-O", "articles.jsonl", settings=SETTING)
    assert done.code == 0, done.err
    found = read(tmp_path / FILE)
    assert found["newscrawler_run_records"][""] > 0
    assert "newscrawler_articles" not in found


def test_a_file_that_cannot_be_written_changes_no_data(tmp_path: Path, served: Callable[..., Server]) -> None:
    addresses = addresses_until(NOW)
    (tmp_path / "metrics").write_text("no folder")
    data = Data(tmp_path)
    done = data.crawl(served(site_at(NOW, addresses)), settings=SETTING)
    assert done.code == 0, done.err
    assert "note  the metrics could not be written" in done.err
    data.check_whole(news(addresses))


def test_a_name_that_node_exporter_would_not_read(tmp_path: Path, served: Callable[..., Server]) -> None:
    done = Data(tmp_path).crawl(served(site_at(NOW, [])), settings={"NEWSCRAWLER_METRICS_FILE": "metrics.txt"})
    assert done.code == 2
    assert "NEWSCRAWLER_METRICS_FILE=metrics.txt: give a file that ends in .prom" in done.err

"""What is not in a dataset and why, as its ledger has it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.api import open_dataset
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.missing import EmptyDays, RunGap, read_missing
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import DatasetError, LedgerMissing
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.outcomes import Outcome
from tests.command_runs import scrapy
from tests.dataset_driver import START, entry, save
from tests.hand_made import whole_record

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: Hours of the runs, and those that ended well; two days are without a good one.
RUNS = (0, 1, 2, 3, 4, 51, 52)
GOOD = (0, 1, 2, 3, 51, 52)
NOW = START + 53 * HOUR


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One article each on the first and the last day, and URLs that came to nothing."""
    folder = tmp_path / "data"
    with RunLock(folder, now=START), Ledger.open(folder / LEDGER_NAME) as ledger:
        for hour in RUNS:
            now = START + hour * HOUR
            run = ledger.runs.begin(new_run_id(now), now, extractor_version="1", command="rt_world")
            part = PartFile(folder, ledger, run)
            if hour in (0, 52):
                ledger.urls.discovered(run, now, [entry(hour)])
                times: dict[str, Any] = {"published_at": now.isoformat(), "fetched_at": now.isoformat()}
                save(ledger, part, run, whole_record(hour, **times), now)
            if hour == 0:
                for number, outcome in enumerate(("http_error", "unknown_layout", "blocked", "not_article"), 101):
                    ledger.urls.discovered(run, now, [entry(number)])
                    ledger.urls.finished(run, entry(number).key, Outcome(outcome), now, "why")
                ledger.urls.discovered(run, now, [entry(105), entry(106)])
                ledger.urls.finished(run, entry(105).key, Outcome.NOT_REACHED, now)
                ledger.takedowns.begin(entry(106).key, now, "asked")
            part.finish()
            ledger.runs.end(run, now, outcomes={}, finish_reason="finished", exit_code=0 if hour in GOOD else 4)
    return folder


def test_what_is_missing(data: Path) -> None:
    before = (data / LEDGER_NAME).read_bytes()
    found = read_missing(data, NOW)
    assert [(url.key[1], url.outcome, url.detail) for url in found.urls] == [
        ("600101", "http_error", "why"),
        ("600102", "unknown_layout", "why"),
        ("600103", "blocked", "why"),
        ("600105", "not_reached", None),
    ]
    failed, *_, unreached = found.urls
    assert failed.last_attempt == START
    assert failed.next_attempt is not None
    assert unreached.last_attempt is None
    first = START.date()
    assert found.empty_days == [EmptyDays("en", first + DAY, first + DAY)]
    assert found.gaps == [RunGap("rt_world", START + 3 * HOUR, START + 51 * HOUR, HOUR)]
    assert (data / LEDGER_NAME).read_bytes() == before


def test_a_range(data: Path) -> None:
    last = START.date() + 10 * DAY
    found = read_missing(data, NOW, since=START.date() + 2 * DAY, until=last)
    assert not found.urls
    assert not found.empty_days
    assert len(read_missing(data, NOW, since=date(2026, 4, 29), until=START.date()).empty_days) == 1


def test_no_good_run_since(data: Path) -> None:
    gaps = read_missing(data, NOW + DAY).gaps
    assert [(gap.start, gap.end) for gap in gaps][1:] == [(START + 52 * HOUR, NOW + DAY)]


def test_without_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing):
        read_missing(tmp_path, NOW)
    with pytest.raises(DatasetError):
        open_dataset(tmp_path).missing()


def test_the_command(data: Path) -> None:
    done = scrapy(data.parent, "dataset", "missing", "--until", "2026-05-03")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].split() == ["outcome", "last", "attempt", "next", "attempt", "URL", "reason"]
    assert lines[1].startswith("http_error ")
    assert lines[-1].startswith("URLs without a record: 4, days without articles: 1, ")
    as_json = scrapy(data.parent, "dataset", "missing", "--format", "jsonl", "--until", "2026-05-03")
    kinds = [json.loads(line)["kind"] for line in as_json.out.splitlines()]
    assert kinds[:5] == ["url"] * 4 + ["empty_days"]
    refused = scrapy(data.parent, "dataset", "missing", "--format", "csv")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert len(open_dataset(data).missing(until=date(2026, 5, 3)).urls) == 4

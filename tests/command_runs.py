"""Our commands as a user runs them, and a dataset with a ledger for them to work on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.recovery import recover
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from tests.dataset_driver import START, entry, save
from tests.hand_made import whole_record
from tests.harness import FAST, Run, environment, run_scrapy
from tests.replica import Server

DAY = timedelta(days=1)


def scrapy(folder: Path, *args: str, **more: Any) -> Run:
    """A command in a folder, without the settings of a crawl."""
    return run_scrapy(folder, args, **more)


def records_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def make_dataset(folder: Path) -> Path:
    """Five stories in one file, three of them revised in a second; the data folder."""
    data = folder / "data"
    for day, (stories, version) in enumerate(((range(5), 0), (range(3), 1))):
        now = START + day * DAY
        with RunLock(data, now=now), Ledger.open(data / LEDGER_NAME) as ledger:
            recover(data, ledger, now)
            run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
            part = PartFile(data, ledger, run)
            for number in stories:
                ledger.urls.discovered(run, now, [entry(number)])
                save(ledger, part, run, whole_record(number, version, fetched_at=now.isoformat()), now)
            part.finish()
            ledger.runs.end(run, now, outcomes={}, finish_reason="finished", exit_code=0)
    return data


def scrapy_s_own(replica: Server, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Scrapy's own command as a user starts it: its `parse` warns of itself, so warnings are no errors here."""
    settings = {**FAST, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": replica.url})}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    argv = [sys.executable, "-m", "newscrawler", *command, *options]
    return subprocess.run(argv, cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=60)

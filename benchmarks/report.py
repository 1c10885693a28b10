"""`python -m benchmarks.report`: what `scrapy report` takes on a dataset of so many invented articles."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report_dataset import make_report_dataset

ROOT = Path(__file__).parents[1]
UNTIL = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def measure(folder: Path, articles: int, days: int) -> dict[str, float | int]:
    """Make the data folder if it isn't there, write the report, and say what that took."""
    data = folder / "data"
    started = time.monotonic()
    if not data.exists():
        make_report_dataset(data, articles=articles, days=days, until=UNTIL)
    made = time.monotonic()
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawler.settings",
        "PYTHONPATH": str(ROOT),
        "TORTURE_NOW": UNTIL.isoformat(),
    }
    command = [sys.executable, "-m", "scrapy", "report", "-s", "NEWSCRAWLER_CLOCK=tests.slow.crash_tests.clock.now"]
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"benchmarks.report: scrapy report ended with {process.returncode}")
    return {
        "articles": articles,
        "making_the_dataset_s": round(made - started, 1),
        "report_s": round(time.monotonic() - made, 2),
        "report_cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
        "file_kb": round((data / "report.html").stat().st_size / 1000, 1),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description="Measure scrapy report.")
    parser.add_argument("--articles", type=int, nargs="+", default=[50_000])
    parser.add_argument("--days", type=int, default=60, help="over which the articles are spread (default 60)")
    parser.add_argument("--keep", type=Path, help="folder for the datasets, used again if they are there")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        for articles in args.articles:
            folder = (args.keep or Path(scratch)) / str(articles)
            folder.mkdir(parents=True, exist_ok=True)
            print(json.dumps(measure(folder, articles, args.days)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

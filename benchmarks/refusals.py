"""`python -m benchmarks.refusals`: every kind of block, in real crawls.

Each kind: a good run, two days later one that is refused from its seventh request on, five minutes later another.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.replica import DEFAULT_NOW, Site, serve
from tests.replica.refusals import REFUSALS
from tests.slow.crash_tests.clock import VARIABLE

ROOT = Path(__file__).parents[1]
#: As in a crawl of the site, but a hundred times faster.
SETTINGS = {
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0.02",
    "NEWSCRAWLER_REFUSAL_WAIT": "0.1",
    "NEWSCRAWLER_CLOCK": "tests.slow.crash_tests.clock.now",
}
ANSWERED = 6


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one kind."""

    kind: str
    code: int
    recorded: str
    outcomes: str
    asked_after: int
    until: str
    next_code: int
    next_asked: int


def measure(kind: str, good: Path, articles: int) -> Row:
    """Refuse one crawl and look what the next one does; ``good`` is the data folder after the run before."""
    after = 0 if kind in ("empty", "blank") else ANSWERED
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(good, data)
        now = DEFAULT_NOW + timedelta(hours=3)
        site = Site.build(articles, faults="none", now=now, until=now, refusal=kind, refuse_after=after)
        with serve(site) as server:
            code, said = crawl(data, server.url, now)
            first = [request for request in server.requests if request.path != "/robots.txt"]
            asked = len(server.requests)
            next_code, _ = crawl(data, server.url, now + timedelta(minutes=5))
            next_asked = len(server.requests) - asked
    until = re.search(r"come back before (\S+)", said)
    return Row(
        kind,
        code,
        _line(said, "blocked").replace(" (answers that said no)", ""),
        _line(said, "outcomes"),
        max(0, len(first) - after - 1),
        until[1] if until else "",
        next_code,
        next_asked,
    )


def crawl(data: Path, url: str, now: datetime) -> tuple[int, str]:
    """One scheduled run at a pretended time: its exit code and what it said."""
    settings = {**SETTINGS, "NEWSCRAWLER_DATA_DIR": str(data), "NEWSCRAWLER_HOSTS": json.dumps({"www.rt.com": url})}
    command = [sys.executable, "-m", "scrapy", "crawl", "rt_world"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "newscrawler.settings",
        "PYTHONPATH": str(ROOT),
        VARIABLE: now.isoformat(),
    }
    done = subprocess.run(command, cwd=data.parent, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def measure_all(kinds: Iterable[str], articles: int = 200) -> list[Row]:
    """All kinds, each after the same good run."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        now = DEFAULT_NOW + timedelta(hours=3)
        start = now - timedelta(days=2)
        # The same stories; the newest are not there yet.
        with serve(Site.build(articles, faults="none", now=start, until=now)) as server:
            code, said = crawl(data, server.url, start)
        if code:
            raise SystemExit(f"benchmarks.refusals: the good run was not good:\n{said[-2000:]}")
        return [measure(kind, data, articles) for kind in kinds]


def table(rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    lines = [
        "| what the site says | exit code | recorded as blocked | outcomes | requests after the first no | pause until"
        " | next run, 5 min later: code, requests |",
        "| --- | ---: | --- | --- | ---: | --- | --- |",
    ]
    for row in rows:
        cells: list[Any] = [row.kind, row.code, row.recorded, row.outcomes, row.asked_after, row.until[11:16]]
        lines.append(f"| {' | '.join(map(str, cells))} | {row.next_code}, {row.next_asked} |")
    return "\n".join(lines)


def _line(said: str, name: str) -> str:
    found = re.search(rf"^ +{name}  (.*)$", said, re.MULTILINE)
    return found[1] if found else ""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.refusals", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("kinds", nargs="*", default=list(REFUSALS), help="kinds of no (default: all)")
    args = parser.parse_args()
    print(table(measure_all(args.kinds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

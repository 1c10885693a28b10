"""`python -m benchmarks.history`: a month out of an archive of years: its cost, its memory, and what kills do to it."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.bare_spider import NO_THROTTLE
from benchmarks.processes import BenchError, environment, run
from newscrawler.dataset import finished_files, read_lines
from newscrawler.editions import ENGLISH
from newscrawler.ledger import LEDGER_NAME, Ledger
from tests.replica import Server, Site, serve
from tests.replica.archive import archive

Report = dict[str, Any]
#: Signals that end the first runs, one after the other.
KILLS = (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL)
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Range:
    """Days of an archive, and the truth about them."""

    site: Site
    first: date
    last: date
    section: str = ENGLISH.world_section

    @property
    def arguments(self) -> list[str]:
        """As a user gives them."""
        return ["-a", f"since={self.first}", "-a", f"until={self.last}", "-a", f"section={self.section}"]

    def truth(self) -> set[str]:
        """Paths of the articles that were published on these days."""
        start = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)
        end = datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1)
        heads = (address.head for address in self.site.addresses.values() if address.head)
        return {head.path for head in heads if start <= head.published_at < end and head.section == self.section}


def command(server: Server, wanted: Range, *more: str) -> list[str]:
    """The arguments of Python for a crawl over the range."""
    settings = {**NO_THROTTLE, "NEWSCRAWLER_HOSTS": json.dumps({ENGLISH.host: server.url}), "LOG_LEVEL": "WARNING"}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return ["-m", "scrapy", "crawl", "rt_world", *wanted.arguments, *options, *more]


def articles_asked(server: Server) -> list[str]:
    """Paths of articles that were asked for, in order, as often as they were."""
    return [request.path for request in server.requests if request.path in server.site.addresses]


def one_off(wanted: Range, folder: Path) -> Report:
    """The range into a file: what was asked for, what was found, the most memory."""
    output = folder / "range.jsonl"
    with serve(wanted.site) as server:
        started = time.perf_counter()
        used = run(command(server, wanted, "-O", str(output)), folder)
        seconds = time.perf_counter() - started
        asked, all_ = articles_asked(server), len(server.requests)
    found = [json.loads(line)["url"].removeprefix(f"https://{ENGLISH.host}") for line in output.open(encoding="utf-8")]
    truth = wanted.truth()
    if len(found) != len(set(found)):
        raise BenchError("an article was written twice")
    return {
        "range": f"{wanted.first} to {wanted.last}",
        "articles": len(truth),
        "found": len(truth & set(found)),
        "of other days written": len(set(found) - truth),
        "requests": all_,
        "article requests": len(asked),
        "requests beyond the range's own": len(set(asked) - truth),
        "seconds": round(seconds, 1),
        "peak MB": round(used.peak_mb, 1),
    }


def killed(wanted: Range, folder: Path, kills: Sequence[signal.Signals] = KILLS) -> Report:
    """The range into a dataset, stopped by each of the signals in turn and taken up again."""
    truth = wanted.truth()
    shares = [len(truth) * (number + 1) // (len(kills) + 1) for number in range(len(kills))]
    pending: list[set[str]] = []
    with serve(wanted.site) as server:
        marks = [0]
        for number, share in zip(kills, shares, strict=True):
            _stopped(server, wanted, folder, number, share)
            marks.append(len(articles_asked(server)))
            pending.append(set(articles_asked(server)) - set(_with_outcome(folder)))
        used = run(command(server, wanted), folder)
        asked = articles_asked(server)
    marks.append(len(asked))
    twice = {path for path, count in Counter(asked).items() if count > 1}
    under_way = set().union(*pending)
    paths = [path for path, _ in _written(folder / "data")]
    return {
        "kills": [number.name for number in kills],
        "article requests of each run": [end - start for start, end in pairwise(marks)],
        "articles": len(truth),
        "found": len(truth & set(paths)),
        "written twice": len(paths) - len(set(paths)),
        "of other days written": len(set(paths) - truth),
        "fetched twice": len(twice),
        "of them answered but without an outcome at the kill": len(twice & under_way),
        "fetched twice otherwise": len(twice - under_way),
        "peak MB of the last run": round(used.peak_mb, 1),
    }


def _stopped(server: Server, wanted: Range, folder: Path, number: signal.Signals, share: int) -> None:
    """Start a crawl and send it the signal when so many articles have been asked for in all."""
    with (
        (folder / "killed.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, *command(server, wanted)], cwd=folder, env=environment(), stdout=log, stderr=log
        ) as process,
    ):
        deadline = time.monotonic() + _PATIENCE
        while len(articles_asked(server)) < share:
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"a crawl ended before it was stopped: {(folder / 'killed.log').read_text()[-2000:]}")
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(_PATIENCE)


def _with_outcome(folder: Path) -> Iterator[str]:
    """Paths of the addresses whose outcome the ledger has."""
    with Ledger.open(folder / "data" / LEDGER_NAME, read_only=True) as ledger:
        for url in ledger.dates.settled(ENGLISH.code):
            yield url.removeprefix(f"https://{ENGLISH.host}")


def _written(data: Path) -> Iterator[tuple[str, int]]:
    for file in finished_files(data):
        for number, line in read_lines(file):
            yield json.loads(line)["url"].removeprefix(f"https://{ENGLISH.host}"), number


def table(report: Report) -> str:
    """The report for a person."""
    rows = [(f"archive: {report['addresses']} addresses, {report['years']} years", "")]
    for name in ("month", "quarter", "killed"):
        if name in report:
            rows += [(name, ""), *((f"  {key}", value) for key, value in report[name].items())]
    return "\n".join(f"{name:<58}{value!s}" for name, value in rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when an article is missing, written twice or fetched twice without need."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000, help="addresses of the archive (default 100000)")
    parser.add_argument("--years", type=int, default=5, help="years of the archive (default 5)")
    parser.add_argument("--quarter", action="store_true", help="measure three months too, for their memory")
    args = parser.parse_args(argv)
    site = archive(range(2022 - args.years, 2022), args.articles, sitemap_length=7000)
    month = Range(site, date(2019, 12, 1), date(2019, 12, 31))
    report: Report = {"addresses": len(site.addresses), "years": args.years}
    with tempfile.TemporaryDirectory(prefix="newscrawler-history-") as folder:
        try:
            report["month"] = one_off(month, Path(folder))
            if args.quarter:
                report["quarter"] = one_off(Range(site, date(2019, 10, 1), date(2019, 12, 31)), Path(folder))
            report["killed"] = killed(month, Path(folder))
        except BenchError as error:
            print(f"benchmarks.history: {error}", file=sys.stderr)
            return 1
    print(table(report))
    return 0 if is_whole(report["month"]) and is_whole(report["killed"]) else 1


def is_whole(report: Report) -> bool:
    """Whether all was found, once, and nothing was fetched twice without need."""
    wrong = ("of other days written", "written twice", "fetched twice otherwise")
    return report["found"] == report["articles"] and not any(report.get(name) for name in wrong)


if __name__ == "__main__":
    sys.exit(main())

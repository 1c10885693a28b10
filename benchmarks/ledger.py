"""What a decision costs as the ledger grows, and what the fsync policies cost.

    python -m benchmarks.ledger --articles 10000,100000,1000000 --json build/ledger.json

One ledger is filled through its own interface, 10,000 articles a run, 140 stories a day, each with a 4 kB line and
a 3 kB signature; signatures older than the window are pruned at each run's end, as a crawl does (so those that
would be pruned before the next measurement are not made at all). At each size
every operation is timed on SAMPLE articles drawn at random, so nothing profits from having been used last.
Costs are microseconds of processor time an article, the median of five rounds, since they are to be compared and
other work on the machine should not count; decisions_a_second and slowest_ms are by the clock on the wall.
docs quote the table.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, DiscoveredLink, Durability, Ledger, Run, Signature, Validators, new_run_id
from newscrawler.outcomes import Outcome

SAMPLE = 1000
ROUNDS = 5
RUN_ARTICLES = 10_000
LISTING = 50
START = datetime(2006, 1, 1, tzinfo=UTC)
STORY_EVERY = timedelta(days=1) / 140
WINDOW = timedelta(days=30)
LINE = b"x" * 3999 + b"\n"
SHINGLES = bytes(3000)
VALIDATORS = Validators(etag='"0123456789abcdef"')


class Site:
    """Invented articles by number; their dates rise with it."""

    def __init__(self) -> None:
        self._draw = random.Random(1)

    def entry(self, number: int) -> DiscoveredLink:
        url = f"https://www.rt.com/news/{number}-some-slug-of-usual-length/"
        return DiscoveredLink(("en", str(number)), url, "listing")

    def published_at(self, number: int) -> datetime:
        return START + number * STORY_EVERY

    def record(self, number: int, version: int = 0) -> dict[str, Any]:
        published_at = self.published_at(number)
        return {
            "edition": "en",
            "article_id": str(number),
            "url": self.entry(number).url,
            "section": "news",
            "authors": [],
            "developing": False,
            "published_at": published_at.isoformat(),
            "fetched_at": (published_at + timedelta(hours=1 + version)).isoformat(),
            "extractor_version": "1",
            "content_hash": f"{number:032x}{version:032x}",
        }

    def signature(self) -> Signature:
        return Signature([self._draw.getrandbits(63) for _ in range(42)], SHINGLES)


class Bench:
    """A ledger that is filled, and timed when it has the sizes asked for."""

    def __init__(self, folder: Path, durability: Durability = "run") -> None:
        self.folder = folder
        self.ledger = Ledger.open(folder / LEDGER_NAME, durability=durability)
        self.site = Site()
        self.size = 0
        self.version = 0
        self.wall = 0.0
        self._draw = random.Random(2)
        self.begin(START)

    def begin(self, now: datetime) -> None:
        self.run: Run = self.ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        self.part = PartFile(self.folder, self.ledger, self.run)

    def end(self, now: datetime) -> None:
        path = self.part.finish()
        self.ledger.runs.end(self.run, now, outcomes={}, finish_reason="finished", exit_code=0)
        self.ledger.signatures.prune(now - 2 * WINDOW)
        if path is not None:
            path.unlink()

    def discover(self, numbers: list[int], now: datetime) -> None:
        for at in range(0, len(numbers), LISTING):
            entries = [self.site.entry(number) for number in numbers[at : at + LISTING]]
            self.ledger.urls.discovered(self.run, now, entries)

    def save(self, number: int, version: int = 0, *, signed: bool = True) -> None:
        record = self.site.record(number, version)
        now = datetime.fromisoformat(record["fetched_at"])
        signature = None
        if version == 0 and signed:
            signature = self.site.signature()
            self.ledger.signatures.candidates("en", signature.band_keys, self.site.published_at(number), WINDOW)
        decision = self.ledger.articles.decide(record)
        self.part.save(
            LINE,
            lambda location: self.ledger.articles.save_line(
                self.run, record, decision, location, now, validators=VALIDATORS, signature=signature
            ),
        )

    def revise(self, number: int) -> None:
        self.save(number, self.version)

    def confirm(self, number: int) -> None:
        record = self.site.record(number, self.version)
        decision = self.ledger.articles.decide(record)
        self.ledger.visits.unchanged(self.run, ("en", str(number)), self.site.published_at(number), decision=decision)

    def fail(self, number: int) -> None:
        self.ledger.urls.finished(self.run, ("en", str(number)), Outcome.FAILED, self.site.published_at(number))

    def fill(self, size: int) -> None:
        while self.size < size:
            numbers = list(range(self.size, min(size, self.size + RUN_ARTICLES)))
            now = self.site.published_at(numbers[-1])
            self.discover(numbers, now)
            for number in numbers:
                self.save(number, signed=number >= size - 2 * RUN_ARTICLES)
            self.size = numbers[-1] + 1
            self.end(now)
            self.begin(now)

    def timed(self, work: Callable[[int], object], numbers: Iterable[int]) -> float:
        """Microseconds an article."""
        start, wall = time.process_time(), time.perf_counter()
        for number in numbers:
            work(number)
        self.wall = (time.perf_counter() - wall) / SAMPLE * 1e6
        return (time.process_time() - start) / SAMPLE * 1e6

    def timed_listings(self, numbers: list[int], now: datetime) -> float:
        """Microseconds an address."""
        start = time.process_time()
        self.discover(numbers, now)
        return (time.process_time() - start) / SAMPLE * 1e6

    def measure(self) -> dict[str, float]:
        """Microseconds an article for each operation at the size reached."""
        rows: defaultdict[str, list[float]] = defaultdict(list)
        for _ in range(ROUNDS):
            self.version += 1
            now = self.site.published_at(self.size)
            known = self._draw.sample(range(self.size), SAMPLE)
            new = list(range(self.size, self.size + SAMPLE))
            rows["discover new"].append(self.timed_listings(new, now))
            rows["save new"].append(self.timed(self.save, new))
            rows["save new, wall"].append(self.wall)
            rows["discover known"].append(self.timed_listings(known, now))
            rows["save revised"].append(self.timed(self.revise, known))
            rows["unchanged"].append(self.timed(self.confirm, known))
            rows["failed"].append(self.timed(self.fail, known))
            self.size += SAMPLE
            self.end(now)
            self.begin(now)
        return {name: round(statistics.median(values), 1) for name, values in rows.items()}

    def bytes_on_disk(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob(LEDGER_NAME + "*"))

    def slowest_call(self) -> float:
        """Milliseconds of the slowest of SAMPLE saved lines: one that moves the write-ahead log."""
        longest = 0.0
        for number in range(self.size, self.size + SAMPLE):
            self.ledger.urls.discovered(self.run, self.site.published_at(number), [self.site.entry(number)])
            start = time.perf_counter()
            self.save(number)
            longest = max(longest, time.perf_counter() - start)
        self.size += SAMPLE
        return round(longest * 1e3, 1)


def sizes_table(sizes: list[int], folder: Path) -> list[dict[str, Any]]:
    """One row a size."""
    bench = Bench(folder)
    rows: list[dict[str, Any]] = []
    for size in sizes:
        start = time.perf_counter()
        bench.fill(size)
        spent = time.perf_counter() - start
        costs = bench.measure()
        stored = bench.bytes_on_disk()
        rows.append(
            {
                "articles": size,
                "filled_in_s": round(spent, 1),
                "decisions_a_second": round(1e6 / costs.pop("save new, wall")),
                **costs,
                "slowest_ms": bench.slowest_call(),
                "mb_on_disk": round(stored / 1e6, 1),
                "bytes_an_article": round(stored / bench.size),
            }
        )
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    bench.ledger.close()
    return rows


def policies_table(folder: Path) -> list[dict[str, Any]]:
    """What a new line costs under each fsync policy, with one decision a commit."""
    rows = []
    policies: tuple[Durability, ...] = ("run", "line")
    for policy in policies:
        (folder / policy).mkdir()
        bench = Bench(folder / policy, durability=policy)
        costs = []
        for _ in range(ROUNDS):
            new = list(range(bench.size, bench.size + SAMPLE))
            bench.discover(new, START)
            bench.timed(bench.save, new)
            costs.append(bench.wall)
            bench.size += SAMPLE
        bench.ledger.close()
        rows.append({"policy": policy, "save new, wall": round(statistics.median(costs), 1)})
    return rows


def main() -> None:
    """Fill, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", default="10000,100000", help="sizes, rising, with commas")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ledger-bench-", dir=arguments.folder))
    try:
        (folder / "sizes").mkdir()
        report = {
            "policies": policies_table(folder),
            "sizes": sizes_table([int(size) for size in arguments.articles.split(",")], folder / "sizes"),
        }
    finally:
        shutil.rmtree(folder)
    text = json.dumps(report, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()

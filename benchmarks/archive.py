"""What reading WARC files costs: peak memory, seconds of each pass, pages a second.

    python -m benchmarks.archive --megabytes 1000
    python -m benchmarks.archive --megabytes 50 --others 0

A .warc.gz file of the replica's articles (one record in fifty) among pages of other sites, made at run time, is read
into an empty dataset; each article is captured twice, so that half the pages are unchanged.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import random
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.processes import run
from benchmarks.stopwatch import EXTENSION, FILE_SETTING
from newscrawler import settings as project
from newscrawler.archive.captures import CaptureIndex
from tests.replica import Site
from tests.replica.answers import Answers

START = datetime(2026, 5, 2, tzinfo=UTC)
#: Pages of other sites for one of an article.
OTHERS = 49
_STORIES = 20_000


def make_warc(path: Path, megabytes: float, others_each: int) -> tuple[int, int]:
    """A file of about that size; records and pages of articles in it."""
    records = pages = 0
    others = _other_records()
    with path.open("wb") as file:
        for url, body, moment in _answers():
            file.write(_record(url, body, moment))
            for _ in range(others_each):
                file.write(next(others))
            records += 1 + others_each
            pages += 1
            if file.tell() >= megabytes * 1e6:
                break
    return records, pages


def _answers() -> Iterator[tuple[str, bytes, datetime]]:
    site = Site.build(articles=_STORIES, faults="none")
    answers = Answers(site)
    moment = START
    for first in range(0, len(site.stories), 100):
        for _ in range(2):
            for story in site.stories[first : first + 100]:
                moment += timedelta(seconds=1)
                yield story.url, answers.answer(story.path).body, moment


def _other_records() -> Iterator[bytes]:
    """Pages of other sites, the same hundred again and again: making them would take longer than reading them."""
    draw = random.Random(1)
    words = [f"{draw.choice('bcdfgklmnprst')}{draw.choice('aeiou')}{number:x}" for number in range(20_000)]
    made = []
    for number in range(100):
        text = " ".join(draw.choices(words, k=4000)).encode()
        made.append(_record(f"https://example.org/{number}", b"<html><body>" + text + b"</body></html>", START))
    return itertools.cycle(made)


def _record(url: str, body: bytes, moment: datetime) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=UTF-8")], protocol="HTTP/1.1")
    says = {"WARC-Date": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    made = writer.create_warc_record(
        url, "response", payload=io.BytesIO(body), length=len(body), http_headers=head, warc_headers_dict=says
    )
    writer.write_record(made)
    # Level 1: what is measured is the reading.
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(out.getvalue()) + packer.flush()


def measure(megabytes: float, others_each: int = OTHERS) -> dict[str, Any]:
    """Make a file, read it."""
    with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as name:
        folder = Path(name)
        records, pages = make_warc(folder / "a.warc.gz", megabytes, others_each)
        began = time.perf_counter()
        with CaptureIndex([folder / "a.warc.gz"], print) as index:
            for _ in index.build():
                pass
        indexed = time.perf_counter() - began
        began = time.perf_counter()
        used = run(["-m", "scrapy", "crawl", "rt_archive", "-a", "warc=a.warc.gz", "-s", "LOG_LEVEL=ERROR"], folder)
        whole = time.perf_counter() - began
        size = (folder / "a.warc.gz").stat().st_size / 1e6
    return {
        "megabytes": round(size, 1),
        "records": records,
        "pages": pages,
        "index_seconds": round(indexed, 1),
        "index_records_a_second": round(records / indexed),
        "seconds": round(whole, 1),
        "cpu_seconds": round(used.cpu, 1),
        "pages_a_second_after_the_index": round(pages / max(whole - indexed, 0.001), 1),
        "peak_mb": round(used.peak_mb),
    }


def measure_captures(captures: int, rounds: int) -> dict[str, Any]:
    """Captures a second of a file with as many pages of other sites as of articles: the least time of some rounds.

    CPU seconds are those between the engine's start and its stop, which is how the crawl is measured too.
    """
    walls, cpus, peaks = [], [], []
    with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as name:
        folder = Path(name)
        with (folder / "a.warc.gz").open("wb") as file:
            others = _other_records()
            for url, body, moment in itertools.islice(_answers(), captures):
                file.write(_record(url, body, moment))
                file.write(next(others))
        stopwatch = folder / "stopwatch.json"
        settings = {
            "LOG_LEVEL": "ERROR",
            "EXTENSIONS": json.dumps({**project.EXTENSIONS, EXTENSION: 0}),
            FILE_SETTING: str(stopwatch),
        }
        command = ["-m", "scrapy", "crawl", "rt_archive", "-a", "warc=a.warc.gz", "-O", "articles.jsonl"]
        for setting, value in settings.items():
            command += ["-s", f"{setting}={value}"]
        for _ in range(rounds):
            used = run(command, folder)
            times = json.loads(stopwatch.read_text("utf-8"))
            walls.append(times["wall"])
            cpus.append(times["cpu"])
            peaks.append(used.peak_mb)
    return {
        "pages": captures,
        "captures_a_second": round(captures / min(walls), 1),
        "captures_a_cpu_second": round(captures / min(cpus), 1),
        "peak_mb": round(max(peaks), 1),
    }


def main() -> None:
    """Measure each size and print one row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[10, 100, 1000], help="sizes of the file")
    parser.add_argument(
        "--others", type=int, default=OTHERS, help=f"pages of other sites for each article (default {OTHERS})"
    )
    args = parser.parse_args()
    for size in args.megabytes:
        print(json.dumps(measure(size, args.others)), flush=True)


if __name__ == "__main__":
    main()

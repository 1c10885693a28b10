"""`python -m benchmarks.render`: pages in a browser beside plain HTTP, and the browser's memory over time."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.bare_spider import NO_THROTTLE
from benchmarks.processes import ROOT, BenchError, Replica, replica
from newscrawler.editions import ENGLISH

#: Points of the memory's curve.
_POINTS = 10
_EVERY_SECONDS = 1.0

Sample = tuple[float, int, float, float]


def _children(pid: int) -> Iterator[int]:
    """The processes that a process has started, and those that they have."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _children(child)


def _pss_mb(pid: int) -> float:
    """Memory of a process, with its share of what it has in common with others."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0


def _memory(pid: int) -> tuple[float, float]:
    """MB of the crawl itself, and of the browser with its driver."""
    return _pss_mb(pid), sum(map(_pss_mb, set(_children(pid))))


def _pages(output: Path) -> int:
    with suppress(OSError):
        return output.read_bytes().count(b"\n")
    return 0


def crawl(site: Replica, pages: int, rendered: bool) -> tuple[float, list[Sample]]:
    """Crawl that many articles; seconds from the first to the last, and samples of time, pages and memory.

    Raises:
        BenchError: it did not give as many records.
    """
    with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as folder:
        output, addresses = Path(folder) / "articles.jsonl", Path(folder) / "addresses.txt"
        addresses.write_text("\n".join(f"https://{ENGLISH.host}{path}" for path in site.paths[-pages:]))
        command = [sys.executable, "-m", "scrapy", "crawl", "rt_world", "-O", str(output), "-a", f"url={addresses}"]
        if rendered:
            command += ["-a", "render=article"]
        settings = {**NO_THROTTLE, "NEWSCRAWLER_HOSTS": json.dumps({ENGLISH.host: site.url})}
        for name, value in settings.items():
            command += ["-s", f"{name}={value}"]
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT)}
        start, samples = time.monotonic(), []
        with (Path(folder) / "stderr.txt").open("wb") as errors:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=errors, stderr=errors)
            while process.poll() is None:
                now = time.monotonic() - start
                samples.append((now, _pages(Path(f"{output}.part")), *_memory(process.pid)))
                time.sleep(_EVERY_SECONDS if rendered else 0.1)
        seconds = time.monotonic() - start
        if (found := _pages(output)) != pages:
            said = (Path(folder) / "stderr.txt").read_text("utf-8", "replace")
            raise BenchError(f"{found} records where {pages} articles were asked for:\n{said[-2000:]}")
        return seconds, samples


def measure(pages: int) -> dict[str, Any]:
    """Plain and rendered, one after the other. Starting is in the seconds of both."""
    with replica(pages, ENGLISH.world_section) as site:
        plain, _ = crawl(site, pages, rendered=False)
        rendered, samples = crawl(site, pages, rendered=True)
    browser = [sample for sample in samples if sample[3] > 0]
    step = max(1, len(browser) // _POINTS)
    return {
        "pages": pages,
        "plain_seconds": round(plain, 1),
        "rendered_seconds": round(rendered, 1),
        "plain_seconds_a_page": round(plain / pages, 4),
        "rendered_seconds_a_page": round(rendered / pages, 4),
        "browser_peak_mb": round(max(sample[3] for sample in browser), 1),
        "curve": [
            {"seconds": round(at), "pages": done, "crawl_mb": round(own), "browser_mb": round(mb)}
            for at, done, own, mb in browser[::step]
        ],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print. The exit code is 1 when a crawl failed, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render", description="Measure pages in a browser.")
    parser.add_argument("--pages", type=int, default=500, help="articles (default 500)")
    parser.add_argument("--output", type=Path, default=Path("build/render.json"), help="default build/render.json")
    args = parser.parse_args(argv)
    try:
        report = measure(args.pages)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    for kind in ("plain", "rendered"):
        print(f"{kind:<10}{report[f'{kind}_seconds']:>8} s{report[f'{kind}_seconds_a_page']:>10} s a page")
    print(f"{'seconds':>8}{'pages':>8}{'crawl MB':>10}{'browser MB':>12}")
    for row in report["curve"]:
        print(f"{row['seconds']:>8}{row['pages']:>8}{row['crawl_mb']:>10}{row['browser_mb']:>12}")
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

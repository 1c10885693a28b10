"""(c) Peak memory of a crawl's process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.crawl import crawl
from benchmarks.processes import Replica


def measure_memory(site: Replica, sizes: list[int]) -> list[dict[str, Any]]:
    """Peak resident memory, in MB, for each number of articles."""
    report = []
    for articles in sizes:
        with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as folder:
            done = crawl(site, articles, Path(folder))
        peak, seconds = round(done.used.peak_mb, 1), round(done.timing.wall, 1)
        report.append({"articles": articles, "peak_mb": peak, "seconds": seconds})
    return report

"""Wall and CPU time of a crawl between the engine's start and its stop, and its answers, written to a file.

Start-up (imports above all) is a second of CPU whatever the crawl does; it is reported by itself.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

#: Setting that names the file.
FILE_SETTING = "BENCH_STOPWATCH_FILE"
EXTENSION = "benchmarks.stopwatch.Stopwatch"


class Stopwatch:
    """A Scrapy extension, the same for both spiders."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._file = Path(crawler.settings[FILE_SETTING])
        crawler.signals.connect(self._started, signals.engine_started)
        crawler.signals.connect(self._stopped, signals.engine_stopped)
        self._wall = self._cpu = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _started(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def _stopped(self) -> None:
        times = {"wall": time.perf_counter() - self._wall, "cpu": time.process_time() - self._cpu}
        assert self._crawler.stats is not None
        pages = self._crawler.stats.get_value("downloader/response_count")
        self._file.write_text(json.dumps({**times, "pages": pages}), "utf-8")

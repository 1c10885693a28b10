"""Notes which signal stopped the run, so that the exit code can say so as shells do (130, 143)."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from newscrawler.monitoring.stats import stats_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class StopSignal:
    """Puts a note before Scrapy's own handlers, which go on to stop the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self._engine_started, signals.engine_started)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def _engine_started(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # `scrapy shell` crawls in a thread of its own, which may set no handler
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                signal.signal(number, self._noting(handler))

    def _noting(self, handler: Any) -> Any:
        def note(number: int, frame: FrameType | None) -> None:
            stats_of(self._crawler).stop_signal(signal.Signals(number).name)
            handler(number, frame)

        return note

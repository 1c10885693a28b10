"""Ends a stopped run within the requests that are under way, and notes which signal it was (exit code 130, 143)."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from scrapy import signals

from newscrawler.middlewares.backoff import backoff_of
from newscrawler.monitoring.stats import stats_of
from newscrawler.utils import FromCrawler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class StopSignal(FromCrawler):
    """Puts a note before Scrapy's own handlers, which go on to stop the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._engine_started, signals.engine_started)

    def _engine_started(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # `scrapy shell` crawls in a thread of its own, which may set no handler
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                signal.signal(number, self._noting(handler, loop))

    def _noting(self, handler: Any, loop: asyncio.AbstractEventLoop) -> Any:
        def note(number: int, frame: FrameType | None) -> None:
            stats_of(self._crawler).stop_signal(signal.Signals(number).name)
            # Before Scrapy's own, which waits for all that it has taken on. Nothing is logged in a handler.
            loop.call_soon_threadsafe(self._stop_sending)
            handler(number, frame)

        return note

    def _stop_sending(self) -> None:
        engine = self._crawler.engine
        waiting = backoff_of(self._crawler).stop_sending("the run was stopped")
        under_way = sum(len(slot.transferring) for slot in engine.downloader.slots.values()) if engine else 0
        logger.warning(
            "Stopping: %d request(s) under way are waited for, %d are not sent; once more stops at once",
            under_way,
            waiting,
        )

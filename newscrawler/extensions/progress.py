"""A live line on a terminal: how far the run is. None where standard error is not a terminal.

tqdm rather than rich: it changes nothing of the terminal (no hidden cursor, no modes), so that a killed run leaves
it as it was. Log records go through the line's writer, which clears the line before each of them.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO, cast

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from twisted.internet.task import LoopingCall

from newscrawler.monitoring.stats import RunSnapshot, stats_of
from newscrawler.outcomes import Outcome
from newscrawler.utils import FromCrawler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from tqdm import tqdm

#: Seconds between two looks at the counters.
_PERIOD = 0.5
#: Pages before a rate is shown.
_MIN_SAMPLE = 5


class Progress(FromCrawler):
    """Shows the line while the spider is open."""

    def __init__(self, crawler: Crawler) -> None:
        if not sys.stderr.isatty() or (os.environ.get("TERM") or "dumb") == "dumb":
            raise NotConfigured
        super().__init__(crawler)
        self._began = 0.0
        self._line: tqdm[Any] | None = None
        self._writer: _AboveLine | None = None
        self._handlers: list[logging.StreamHandler[Any]] = []
        self._looping: AsyncioLoopingCall | LoopingCall | None = None
        crawler.signals.connect(self._spider_opened, signals.spider_opened)
        crawler.signals.connect(self.close, signals.spider_closed)

    def _spider_opened(self) -> None:
        # Most runs have no terminal (docs/extend/speed.md#starting-up).
        from tqdm import tqdm  # noqa: PLC0415

        self._began = time.monotonic()
        stream = sys.stderr
        # Its monitor thread would draw beside us.
        tqdm.monitor_interval = 0
        self._line = tqdm(bar_format="{desc}", file=stream, dynamic_ncols=True, leave=False)
        self._writer = _AboveLine(stream, self._line)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
                handler.setStream(self._writer)
                self._handlers.append(handler)
        sys.stderr = cast("TextIO", self._writer)
        self._looping = create_looping_call(self._show)
        self._looping.start(_PERIOD)

    def _show(self) -> None:
        if self._line is None:
            return
        waiting = None if self._crawler.engine is None else len(self._crawler.engine.downloader.active)
        snapshot = stats_of(self._crawler).snapshot()
        self._line.set_description_str(progress_line(snapshot, time.monotonic() - self._began, waiting), refresh=True)

    def close(self) -> None:
        """Take the line away and give the log its stream back. A second call does nothing."""
        if self._line is None or self._writer is None:
            return
        line, self._line = self._line, None
        if self._looping is not None and self._looping.running:
            self._looping.stop()
        line.close()
        self._writer.flush()
        for handler in self._handlers:
            handler.setStream(self._writer.stream)
        if sys.stderr is self._writer:
            sys.stderr = self._writer.stream


class _AboveLine:
    """A text stream that writes whole lines above the progress line."""

    def __init__(self, stream: TextIO, line: tqdm[Any]) -> None:
        self.stream = stream
        self._line = line
        self._begun = ""

    def write(self, text: str) -> int:
        """Write what is whole lines, and keep the rest until its end comes."""
        whole, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            with self._line.external_write_mode(file=self.stream):
                self.stream.write(whole + newline)
        return len(text)

    def flush(self) -> None:
        """Write also a line without its end; called when the progress line has gone."""
        if self._begun and self._line.disable:
            self.stream.write(self._begun)
            self._begun = ""
        self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def progress_line(run: RunSnapshot, seconds: float, downloading: int | None) -> str:
    """Counters as one line. ``downloading``: requests on their way; None when that is not known."""
    figures = run.figures
    done = sum(figures.outcomes.values())
    left = figures.scheduled - done
    read = done - figures.count(Outcome.NOT_REACHED)
    parts = [
        f"discovered {figures.scheduled}",
        f"fetched {read}",
        f"new {figures.new}",
        f"revised {figures.count(Outcome.REVISED)}",
        f"errors {figures.all_faults}",
    ]
    rate = read / seconds if seconds > 0 else 0.0
    if rate:
        parts.append(f"{rate * 60:.0f}/min")
    # Every open URL has one request at most: when there are no others, discovery has come to its end.
    if downloading is not None and run.queued + downloading <= left and read >= _MIN_SAMPLE:
        parts.append(f"{_clock(left / rate)} left")
    return "  ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""Hourly crawls of a scripted replica, one after the other in this process, under a clock that jumps."""

from __future__ import annotations

import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from newscrawler.extensions.verdict import RunVerdict
from newscrawler.utils import TEST_CLOCK
from tests.replica.rehearsal import Calendar, ScriptedAnswers, ScriptedSite
from tests.replica.server import Request, Server, serve

#: A run begins this often.
RHYTHM = timedelta(hours=1)
#: Loopback needs no politeness, and 720 runs no chatter.
_SETTINGS: dict[str, Any] = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "LOG_ENABLED": False,
    "STATS_DUMP": False,
    "LOGSTATS_INTERVAL": 0,
    # What a person would be told is counted; nobody need hear it.
    "NEWSCRAWLER_ALARM_COMMAND": ["true"],
}
_LONGEST_MESSAGE = 1000
_MOST_MESSAGES = 5
_ARTICLE = re.compile(r"^/[\w-]+/(\d+)-[^/]+/$")


@dataclass(slots=True)
class RunFigures:
    """What one run cost and came to. ``articles`` counts the requests for each story, redirects included."""

    at: datetime
    down: bool
    seconds: float = 0.0
    discovery: int = 0
    not_modified: int = 0
    bytes: int = 0
    exit_code: int = -1
    why: str = ""
    records: int = 0
    messages: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    articles: dict[int, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For ``of_json``."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def of_json(cls, found: dict[str, Any]) -> RunFigures:
        """What ``as_json`` gave, after a trip through a file."""
        articles = {int(number): count for number, count in found["articles"].items()}
        return cls(**{**found, "at": datetime.fromisoformat(found["at"]), "articles": articles})


class _Errors(logging.Handler):
    """Keeps what the runs complain of."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        self.messages.append(" ".join(self.format(record).split())[-_LONGEST_MESSAGE:])


class Clock:
    """The time of the soak. Its ``now`` is a plain function: Scrapy copies settings, and with them objects."""

    #: The clock of the soak test that runs in this process, for NEWSCRAWLER_TEST_CLOCK.
    current: Clock

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    @property
    def now(self) -> Callable[[], datetime]:
        """For the replica."""

        def now() -> datetime:
            return self.moment

        return now


def current_time() -> datetime:
    """What the crawls take for the present."""
    return Clock.current.moment


def run_times(calendar: Calendar, seed: int = 1) -> list[datetime]:
    """On the hour, some seconds later, as a scheduler starts runs; the last one is at the very end."""
    draw = random.Random(seed)
    count = int((calendar.end - calendar.start) / RHYTHM)
    return [calendar.start + number * RHYTHM + timedelta(seconds=draw.uniform(0, 60)) for number in range(count + 1)]


async def crawl_all(site: ScriptedSite, clock: Clock, data_dir: Path, *, validators: bool) -> AsyncIterator[RunFigures]:
    """Every run of the soak, in turn. The reactor must run."""
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    with serve(site, validators=validators, answers=ScriptedAnswers(site)) as server:
        Clock.current = clock
        os.environ[TEST_CLOCK] = f"{__name__}.{current_time.__name__}"
        settings = _settings(server.url, data_dir)
        for moment in run_times(site.calendar):
            clock.moment = moment
            errors.messages.clear()
            figures = RunFigures(moment, site.calendar.is_down(moment))
            await _crawl(settings, server, figures)
            figures.errors = errors.messages[:_MOST_MESSAGES]
            yield figures


def _settings(url: str, data_dir: Path) -> Settings:
    settings = Settings()
    settings.setmodule("newscrawler.settings", priority="project")
    settings.setdict(_SETTINGS, priority="cmdline")
    settings.set("NEWSCRAWLER_MIRRORS", {"www.rt.com": url}, priority="cmdline")
    settings.set("NEWSCRAWLER_DATA_DIR", str(data_dir), priority="cmdline")
    # It wraps the process' signal handlers, once a run.
    settings.set(
        "EXTENSIONS",
        {**settings.getdict("EXTENSIONS"), "newscrawler.extensions.stop_signal.StopSignal": None},
        priority="cmdline",
    )
    return settings


async def _crawl(settings: Settings, server: Server, figures: RunFigures) -> None:
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler("rt_world")
    server.requests.clear()
    began = time.perf_counter()
    await runner.crawl(crawler)
    figures.seconds = time.perf_counter() - began
    assert crawler.stats is not None
    stats = crawler.stats.get_stats()
    judgement = crawler.get_extension(RunVerdict)
    assert judgement is not None
    verdict = judgement.verdict
    figures.exit_code, figures.why = int(verdict.code), verdict.why
    figures.messages = stats.get("newscrawler/alarm/notes", [])
    figures.records = stats.get("newscrawler/records", 0)
    figures.bytes = stats.get("downloader/response_bytes", 0)
    prefix = "newscrawler/outcome/"
    figures.outcomes = {key.removeprefix(prefix): n for key, n in stats.items() if key.startswith(prefix)}
    _count(figures, server.requests)


def _count(figures: RunFigures, requests: Sequence[Request]) -> None:
    """By what the server saw, not by what the crawler says of itself."""
    articles: Counter[int] = Counter()
    for request in requests:
        match = _ARTICLE.match(request.path)
        if match:
            articles[int(match[1])] += 1
        else:
            figures.discovery += 1
        figures.not_modified += request.status == 304
    figures.articles = dict(articles)

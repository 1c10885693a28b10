"""A range of days of an archive whose truth is known, and a crawl of it that is killed and taken up again."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.editions import ENGLISH
from newscrawler.ledger import LEDGER_NAME
from tests.harness import arguments_of, run_scrapy, start_scrapy
from tests.replica import Server, Site, serve

Report = dict[str, Any]
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Range:
    """Days of an archive, and the truth about them."""

    site: Site
    first: date
    last: date
    section: str = ENGLISH.world[0]

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


def arguments(server: Server, wanted: Range) -> list[str]:
    """The arguments of ``scrapy`` for a crawl over the range."""
    settings = {"LOG_LEVEL": "WARNING"}
    return arguments_of("crawl", "rt_world", *wanted.arguments, url=server.url, settings=settings)


def articles_asked(server: Server) -> list[str]:
    """Paths of articles that were asked for, in order, as often as they were."""
    return [request.path for request in server.requests if request.path in server.site.addresses]


def killed(wanted: Range, folder: Path, kills: Sequence[signal.Signals]) -> Report:
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
        last = run_scrapy(folder, arguments(server, wanted))
        assert last.code == 0, last.err
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
    }


def _stopped(server: Server, wanted: Range, folder: Path, number: signal.Signals, share: int) -> None:
    """Start a crawl and send it the signal when so many articles have been asked for in all."""
    with start_scrapy(folder, arguments(server, wanted)) as process:
        deadline = time.monotonic() + _PATIENCE
        while len(articles_asked(server)) < share:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"a crawl ended before it was stopped: {process.communicate(0)[1][-2000:]!r}")
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(_PATIENCE)


def _with_outcome(folder: Path) -> Iterator[str]:
    """Paths of the addresses whose outcome the ledger has."""
    with closing(sqlite3.connect(folder / "data" / LEDGER_NAME)) as ledger:
        for (url,) in ledger.execute("SELECT url FROM stories WHERE outcome <> 'not_reached'"):
            yield url.removeprefix(f"https://{ENGLISH.host}")


def _written(data: Path) -> Iterator[tuple[str, int]]:
    for file in finished_files(data):
        for number, line in read_lines(file):
            yield json.loads(line)["url"].removeprefix(f"https://{ENGLISH.host}"), number


def is_whole(report: Report) -> bool:
    """Whether all was found, once, and nothing was fetched twice without need."""
    wrong = ("of other days written", "written twice", "fetched twice otherwise")
    return report["found"] == report["articles"] and not any(report.get(name) for name in wrong)

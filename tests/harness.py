"""Crawls as a user starts them: a process of its own, against a replica in this one, at a pretended time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset import Problem, finished_files, read_lines, verify
from newscrawler.ledger import LEDGER_NAME, Ledger
from tests.replica import Address, Server, Site
from tests.replica.site import Options
from tests.slow.crash_tests.clock import VARIABLE

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CLOCK = "tests.slow.crash_tests.clock.now"
HOUR = timedelta(hours=1)
#: Loopback needs no politeness.
FAST = {
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
    "NEWSCRAWLER_REFUSAL_WAIT": "0",
}


@dataclass
class Run:
    """What a finished command left behind."""

    code: int
    out: str
    err: str
    records: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, int]:
        """The summary's outcome counts."""
        line = next(line for line in self.err.splitlines() if line.lstrip().startswith("outcomes "))
        pairs = line.split("outcomes", 1)[1].strip().split(", ")
        return {name: int(count) for name, count in (pair.split(" ") for pair in pairs if " " in pair)}

    @property
    def scheduled(self) -> int:
        """The summary's count of scheduled addresses."""
        line = next(line for line in self.err.splitlines() if line.lstrip().startswith("addresses "))
        return int(line.split()[1])


def scrapy_command(*args: str, url: str | None = None, settings: dict[str, str] | None = None) -> list[str]:
    """The command line of a `scrapy` command, warnings being errors."""
    command = [sys.executable, "-W", "error", "-m", "scrapy", *args]
    options = dict(FAST)
    if url is not None:
        options["NEWSCRAWLER_HOSTS"] = json.dumps({"www.rt.com": url})
    if args[0] in ("crawl", "explain", "capture"):
        for name, value in {**options, **(settings or {})}.items():
            command += ["-s", f"{name}={value}"]
    return command


def environment() -> dict[str, str]:
    """The environment for a command that may be started in any folder."""
    return {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT)}


def addresses_until(until: datetime, articles: int = 30) -> list[Address]:
    """Addresses of a small site without faults, the last of them at that time."""
    return list(Site.build(articles=articles, faults="none", now=until).addresses.values())


def site_at(moment: datetime, addresses: Iterable[Address], **options: Any) -> Site:
    """The state of a site at a moment."""
    return Site(addresses, lambda: moment, Options(**options))


def news(addresses: Iterable[Address], moment: datetime = NOW) -> list[Address]:
    """Articles of world news that can be seen at a moment, newest first."""
    found = [one for one in addresses if one.kind == "article" and one.head and one.path.startswith("/news/")]
    return [one for one in reversed(found) if one.head and one.head.published_at <= moment]


def altered(addresses: list[Address], path: str, kind: str | None = None, **changes: Any) -> list[Address]:
    """The same addresses, but for one: another kind of answer, or changes of its head."""
    return [
        replace(one, kind=kind or one.kind, head=replace(one.head, **changes)) if one.path == path and one.head else one
        for one in addresses
    ]


@dataclass
class Data:
    """A data folder and the crawls into it."""

    folder: Path

    @property
    def path(self) -> Path:
        """The data folder itself."""
        return self.folder / "data"

    def command(self, *args: str, server: Server, settings: dict[str, str] | None = None) -> list[str]:
        """The command line of an incremental crawl."""
        given = {"NEWSCRAWLER_CLOCK": CLOCK, **(settings or {})}
        return scrapy_command("crawl", "rt_world", *args, url=server.url, settings=given)

    def environment(self, at: datetime, **more: str) -> dict[str, str]:
        """The environment of a crawl at a pretended time."""
        return {**environment(), VARIABLE: at.isoformat(), **more}

    def crawl(
        self,
        server: Server,
        *args: str,
        at: datetime = NOW,
        settings: dict[str, str] | None = None,
        before: Callable[[], None] | None = None,
        **more: str,
    ) -> Run:
        """Crawl at a pretended time. ``before`` is called in the new process, ``more`` are environment variables."""
        done = subprocess.run(
            self.command(*args, server=server, settings=settings),
            cwd=self.folder,
            env=self.environment(at, **more),
            capture_output=True,
            timeout=120,
            check=False,
            preexec_fn=before,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), [])

    @property
    def files(self) -> list[Path]:
        """The finished files."""
        return list(finished_files(self.path))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All lines of the dataset, in order."""
        return [json.loads(line) for path in self.files for _, line in read_lines(path)]

    def of(self, address: Address) -> list[dict[str, Any]]:
        """The lines of one article."""
        assert address.head is not None
        return [record for record in self.records if record["article_id"] == address.head.id]

    def problems(self) -> list[Problem]:
        """What verify finds."""
        with Ledger.open(self.path / LEDGER_NAME, read_only=True) as ledger:
            return list(verify(self.path, ledger, lambda record: []))

    def check_whole(self, addresses: Iterable[Address]) -> None:
        """These articles exactly once, and nothing wrong."""
        expected = sorted(address.head.id for address in addresses if address.head)
        assert sorted(record["article_id"] for record in self.records) == expected
        assert self.problems() == []
        assert not os.listdir(self.path / "parts")


def article_requests(server: Server) -> list[str]:
    """Paths of articles that a server was asked for."""
    return [request.path for request in server.requests if request.path.startswith("/news/") and request.path[6:]]

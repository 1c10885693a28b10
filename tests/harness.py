"""Commands as a user starts them: a process of their own, against a replica in this one, at a pretended time.

This is the one place that starts crawls (`make rehearsal`, which runs hundreds in one process, is the exception). A
**cold** process begins with the interpreter. A **warm** one is forked from a process that has imported everything,
which saves a second of processor time; it becomes what ``python -W error -m scrapy`` would be. Warm is what a test
gets unless its start-up is under test: see ``run_scrapy``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import finished_files
from newscrawler.utils import TEST_CLOCK
from tests.clock import VARIABLE
from tests.oracle import damage, records_of
from tests.replica import Address, Server, Site
from tests.replica.site import Options
from tests.warm import Warm

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CLOCK = "tests.clock.now"
STANDING_CLOCK = "tests.clock.standing"
HOUR = timedelta(hours=1)
#: A crawl of a small site takes a second or two; this long only when the machine is very busy.
TIMEOUT = 120
#: Loopback needs no politeness.
FAST = {
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
}
#: Commands that take the settings of FAST.
_FETCHING = ("crawl", "explain", "capture")
#: What Python reads from the environment when it starts, and only then.
_START_UP = ("LANG", "LC_", "PYTHON", "TZ")
_VERDICT = "   verdict  "


@dataclass
class Run:
    """What a finished command left behind. ``records`` are those of articles.jsonl where it wrote one."""

    code: int
    out: str
    err: str
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def log(self) -> str:
        """All that it printed."""
        return self.out + self.err

    @property
    def only_line(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        return line

    @property
    def outcomes(self) -> dict[str, int]:
        """The summary's outcome counts."""
        pairs = self.summary("outcomes").split(", ")
        return {name: int(count) for name, count in (pair.split(" ") for pair in pairs if " " in pair)}

    @property
    def scheduled(self) -> int:
        """The summary's count of scheduled addresses."""
        return int(self.summary("URLs").split()[0])

    @property
    def verdict(self) -> str:
        """The verdict line without its name; empty for a run that was killed."""
        found = [line for line in self.err.splitlines() if line.startswith(_VERDICT)]
        return found[-1].removeprefix(_VERDICT) if found else ""

    @property
    def last_line(self) -> str:
        """The verdict, or what the log ends with."""
        lines = self.err.strip().splitlines()
        return self.verdict or (lines[-1] if lines else "")

    @property
    def has_traceback(self) -> bool:
        """Whether a person would see Python's own words."""
        return "Traceback (most recent call last)" in self.err

    def summary(self, name: str) -> str:
        """A line of the summary without its name."""
        line = next(line for line in self.err.splitlines() if line.lstrip().startswith(f"{name} "))
        return line.split(name, 1)[1].strip()


def arguments_of(*args: str, url: str | None = None, settings: Mapping[str, str] | None = None) -> list[str]:
    """The arguments of ``scrapy``, with the settings of a crawl of the replica at that URL."""
    options = dict(FAST)
    if url is not None:
        options["NEWSCRAWLER_MIRRORS"] = json.dumps({"www.rt.com": url})
    given = {**options, **(settings or {})} if args[0] in _FETCHING else {}
    return [*args, *(part for name, value in given.items() for part in ("-s", f"{name}={value}"))]


def scrapy_command(*args: str, url: str | None = None, settings: Mapping[str, str] | None = None) -> list[str]:
    """The command line of a `scrapy` command, warnings being errors."""
    return [sys.executable, "-W", "error", "-m", "scrapy", *arguments_of(*args, url=url, settings=settings)]


def environment(at: datetime | None = None) -> dict[str, str]:
    """The environment for a command that may be started in any folder, at a pretended time."""
    settings = {"SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT), TEST_CLOCK: CLOCK}
    pretended = {} if at is None else {VARIABLE: at.isoformat()}
    return {**os.environ, **settings, **pretended}


def run_scrapy(
    folder: Path,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    streams: Mapping[int, str] | None = None,
    file_size: int | None = None,
    cold: bool = False,
) -> Run:
    """Run ``scrapy ARGUMENTS`` in a folder to its end; ``streams`` and ``file_size`` are those of a warm process.

    The process is a cold one where ``env`` has what only an interpreter that starts would read.
    """
    env = env or {}
    if not (cold or any(name.startswith(_START_UP) for name in env)):
        with start_scrapy(folder, arguments, env=env, stdin=stdin, streams=streams, file_size=file_size) as process:
            out, err = process.communicate(TIMEOUT)
            return Run(process.wait(0), _text(out), _text(err))
    assert streams is None
    assert file_size is None
    command = [sys.executable, "-W", "error", "-m", "scrapy", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment(), **env},
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
        input=stdin,
    )
    return Run(done.returncode, _text(done.stdout), _text(done.stderr))


def start_scrapy(
    folder: Path,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    streams: Mapping[int, str] | None = None,
    file_size: int | None = None,
) -> Warm:
    """A warm ``scrapy ARGUMENTS`` under way in a folder, for a test that sends it signals or looks on meanwhile."""
    whole = {**environment(), **(env or {})}
    return Warm(folder, arguments, whole, stdin=stdin, streams=streams, file_size=file_size)


def wait_until(happened: Callable[[], object]) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


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

    def environment(self, at: datetime, **more: str) -> dict[str, str]:
        """The environment of a crawl at a pretended time."""
        return {**environment(at), **more}

    def start(
        self, server: Server, *args: str, at: datetime = NOW, settings: dict[str, str] | None = None, **more: str
    ) -> Warm:
        """A crawl under way."""
        command = arguments_of("crawl", "rt_world", *args, url=server.url, settings=settings)
        return start_scrapy(self.folder, command, env={VARIABLE: at.isoformat(), **more})

    def crawl(
        self,
        server: Server,
        *args: str,
        at: datetime = NOW,
        settings: dict[str, str] | None = None,
        file_size: int | None = None,
        cold: bool = False,
        **more: str,
    ) -> Run:
        """Crawl at a pretended time. ``more`` are environment variables."""
        command = arguments_of("crawl", "rt_world", *args, url=server.url, settings=settings)
        return run_scrapy(self.folder, command, env={VARIABLE: at.isoformat(), **more}, file_size=file_size, cold=cold)

    @property
    def files(self) -> list[Path]:
        """The finished files."""
        return list(finished_files(self.path))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All lines of the dataset, in order."""
        return records_of(self.path)

    def of(self, address: Address) -> list[dict[str, Any]]:
        """The lines of one article."""
        assert address.head is not None
        return [record for record in self.records if record["article_id"] == address.head.id]

    def problems(self) -> list[str]:
        """What is wrong with files and ledger, whatever the site is."""
        return list(damage(self.path))

    def check_whole(self, addresses: Iterable[Address]) -> None:
        """These articles exactly once, and nothing wrong."""
        expected = sorted(address.head.id for address in addresses if address.head)
        assert sorted(record["article_id"] for record in self.records) == expected
        assert self.problems() == []
        assert not os.listdir(self.path / "parts")


def article_requests(server: Server) -> list[str]:
    """Paths of articles that a server was asked for."""
    return [request.path for request in server.requests if request.path.startswith("/news/") and request.path[6:]]

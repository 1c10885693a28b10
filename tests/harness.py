"""Commands as a user starts them: a process of their own, against a replica in this one, at a pretended time.

This is the one place that starts crawls (`make rehearsal`, which runs hundreds in one process, is the exception). A
**cold** process begins with the interpreter. A **warm** one is forked from a process that has imported everything,
which saves a second of processor time; it becomes what ``python -W error -m scrapy`` would be. Warm is what a test
gets unless its start-up is under test: see ``run_scrapy``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from newscrawler import failpoints
from newscrawler.dataset import finished_files
from newscrawler.utils import TEST_CLOCK
from tests.clock import VARIABLE
from tests.oracle import damage, records_of
from tests.replica import Address, Server, Site
from tests.replica.site import Options

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CLOCK = "tests.clock.now"
STANDING_CLOCK = "tests.clock.standing"
HOUR = timedelta(hours=1)
#: A crawl of a small site takes a second or two; this long only when the machine is very busy.
TIMEOUT = 120
#: Environment variable of a failpoint.
KILL_AT = "NEWSCRAWLER_KILL_AT"
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
#: What comes before ``scrapy``'s own arguments in a command line.
PYTHON_ARGUMENTS = 5
_VERDICT = "   verdict  "

_warm = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(["tests.preload"])
#: A start asks after all children, and two threads that ask after one at the same time make an exit code of 255.
_one_at_a_time = threading.Lock()


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
    stdin: bytes | int = b"",
    before: Callable[[], None] | None = None,
    cold: bool = False,
) -> Run:
    """Run ``scrapy ARGUMENTS`` in a folder to its end.

    The process is a cold one where ``env`` has what only an interpreter that starts would read, where ``stdin`` is
    a file descriptor, and where ``before`` is to be called in the new process.
    """
    env = env or {}
    needs_start = before is not None or isinstance(stdin, int) or any(name.startswith(_START_UP) for name in env)
    whole = {**environment(), **env}
    if not (cold or needs_start):
        assert isinstance(stdin, bytes)
        return _run_warm(folder, list(arguments), whole, stdin)
    given: dict[str, Any] = {"stdin": stdin} if isinstance(stdin, int) else {"input": stdin}
    command = [sys.executable, "-W", "error", "-m", "scrapy", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=whole, capture_output=True, timeout=TIMEOUT, check=False, preexec_fn=before, **given
    )
    return Run(done.returncode, _text(done.stdout), _text(done.stderr))


def _run_warm(folder: Path, arguments: list[str], env: dict[str, str], stdin: bytes) -> Run:
    with tempfile.TemporaryDirectory(prefix="warm-") as name:
        streams = [Path(name, stream) for stream in ("in", "out", "err")]
        streams[0].write_bytes(stdin)
        process = _warm.Process(target=_become_scrapy, args=(str(folder), arguments, env, *map(str, streams)))
        with _one_at_a_time:
            process.start()
        if not wait([process.sentinel], TIMEOUT):
            process.kill()
            raise RuntimeError(f"scrapy did not end within {TIMEOUT} s: {_text(streams[2].read_bytes())[-3000:]}")
        with _one_at_a_time:
            process.join()
            code = process.exitcode
            process.close()
        assert code is not None
        out, err = (_text(stream.read_bytes()) if stream.exists() else "" for stream in streams[1:])
        return Run(code, out, err)


def _become_scrapy(folder: str, arguments: list[str], env: dict[str, str], *streams: str) -> None:
    """What a warm process does: all that ``python -W error -m scrapy`` would."""
    warnings.simplefilter("error")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path.insert(0, folder)
    for number, stream in enumerate(streams):
        file = os.open(stream, os.O_RDWR | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it lives as long as the process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    failpoints.arm(os.environ.get(KILL_AT))
    sys.argv = ["scrapy", *arguments]

    from scrapy.cmdline import execute  # noqa: PLC0415 - only in the child

    execute(sys.argv)


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

    def command(self, *args: str, server: Server, settings: dict[str, str] | None = None) -> list[str]:
        """The command line of an incremental crawl."""
        return scrapy_command("crawl", "rt_world", *args, url=server.url, settings=settings)

    def environment(self, at: datetime, **more: str) -> dict[str, str]:
        """The environment of a crawl at a pretended time."""
        return {**environment(at), **more}

    def crawl(
        self,
        server: Server,
        *args: str,
        at: datetime = NOW,
        settings: dict[str, str] | None = None,
        before: Callable[[], None] | None = None,
        cold: bool = False,
        **more: str,
    ) -> Run:
        """Crawl at a pretended time. ``before`` is called in the new process, ``more`` are environment variables."""
        command = self.command(*args, server=server, settings=settings)[PYTHON_ARGUMENTS:]
        return run_scrapy(self.folder, command, env={VARIABLE: at.isoformat(), **more}, before=before, cold=cold)

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

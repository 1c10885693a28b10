"""One data folder with a past, and the crawls into it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.clock import VARIABLE
from tests.slow.crash_tests.crawls import ROOT, TIMEOUT, warm
from tests.slow.fault_injection.world import World

_CHANNEL = "NEWSCRAWLER_ALARM_COMMAND"
_VERDICT = "   verdict  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a run differs from an ordinary one.

    ``url``: another server. ``prefix``: a program that starts the crawl. ``before``: called in the new process.
    ``meanwhile``: called once with the process when it runs. ``clock``: how far the machine's clock is off.
    ``cold``: the process must begin with the interpreter; so it does with any of ``prefix``, ``before`` and
    ``meanwhile``.
    """

    url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    before: Callable[[], None] | None = None
    meanwhile: Callable[[subprocess.Popen[bytes]], None] | None = None
    clock: timedelta = timedelta(0)
    cold: bool = False

    @property
    def is_warm(self) -> bool:
        """Whether a forked process will do."""
        return not (self.cold or self.prefix or self.before or self.meanwhile)


@dataclass(frozen=True, slots=True)
class Run:
    """What a crawl left behind. ``alarms`` are the messages that it sent; ``seconds`` include its start-up."""

    at: datetime
    code: int
    log: str
    seconds: float
    requests: int
    alarms: tuple[Mapping[str, Any], ...]

    @property
    def verdict(self) -> str:
        """The verdict line without its name; empty for a run that was killed."""
        found = [line for line in self.log.splitlines() if line.startswith(_VERDICT)]
        return found[-1].removeprefix(_VERDICT) if found else ""

    @property
    def last_line(self) -> str:
        """The verdict, or what the log ends with."""
        lines = self.log.strip().splitlines()
        return self.verdict or (lines[-1] if lines else "")

    @property
    def has_traceback(self) -> bool:
        """Whether a person would see Python's innards."""
        return "Traceback (most recent call last)" in self.log


class Scene:
    """A folder with ``data`` in it, and the world that is crawled."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.data = folder / "data"
        self._alarms = folder / "alarms"
        self._told = 0

    def crawl(self, at: datetime, change: Change | None = None) -> Run:
        """A whole crawl at a pretended time, which is the site's too."""
        change = change or Change()
        self.world.clock.moment = at
        self.world.server.requests.clear()
        environment = {
            "SCRAPY_SETTINGS_MODULE": "newscrawler.settings",
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(self.folder / "state"),
            VARIABLE: (at + change.clock).isoformat(),
            **change.environment,
        }
        command = self._command(change)
        began = time.monotonic()
        if change.is_warm:
            code, log = warm(self.folder, environment, command)
        else:
            code, log = self._cold(environment, command, change)
        return Run(at, code, log, time.monotonic() - began, len(self.world.server.requests), self._new_alarms())

    def settings(self) -> dict[str, str]:
        """Those of an ordinary run; loopback needs no politeness."""
        told = f"cat >> '{self._alarms}'; echo >> '{self._alarms}'"
        return {
            "AUTOTHROTTLE_ENABLED": "False",
            "DOWNLOAD_DELAY": "0",
            "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
            "NEWSCRAWLER_CLOCK": "tests.clock.now",
            _CHANNEL: json.dumps(["sh", "-c", told]),
        }

    def _command(self, change: Change) -> list[str]:
        hosts = json.dumps({"www.rt.com": change.url or self.world.server.url})
        settings = {**self.settings(), "NEWSCRAWLER_HOSTS": hosts, **change.settings}
        return ["scrapy", "crawl", "rt_world", *(f"-s{name}={value}" for name, value in settings.items())]

    def _cold(self, environment: Mapping[str, str], command: Sequence[str], change: Change) -> tuple[int, str]:
        """A process of its own. Its output comes through a pipe: a limit on files must not hit the log."""
        whole = [*change.prefix, sys.executable, "-W", "error", "-m", *command]
        with subprocess.Popen(
            whole,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=change.before,  # noqa: PLW1509 - sets limits, takes no lock
            start_new_session=True,
        ) as process:
            if change.meanwhile:
                threading.Thread(target=change.meanwhile, args=(process,), daemon=True).start()
            try:
                out, _ = process.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, _ = process.communicate()
                raise RuntimeError(f"a crawl did not end within {TIMEOUT} s: {out.decode()[-3000:]}") from None
        return process.returncode, out.decode("utf-8", "replace")

    def wait_for_requests(self, count: int, process: subprocess.Popen[bytes]) -> None:
        """Return when the server has answered so many requests of this run, or the run is over."""
        while len(self.world.server.requests) < count and process.poll() is None:
            time.sleep(0.01)

    def _new_alarms(self) -> tuple[Mapping[str, Any], ...]:
        lines = [line for line in self._read_alarms().splitlines() if line.strip()]
        new, self._told = lines[self._told :], len(lines)
        return tuple(json.loads(line) for line in new)

    def _read_alarms(self) -> str:
        return self._alarms.read_text("utf-8") if self._alarms.exists() else ""

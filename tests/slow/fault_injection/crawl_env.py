"""One data folder with a history, and the crawls into it."""

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
from tests.harness import TIMEOUT, Run, arguments_of, environment, run_scrapy
from tests.slow.fault_injection.history import START, ServedSite

_CHANNEL = "NEWSCRAWLER_ALARM_COMMAND"


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


@dataclass
class FaultRun(Run):
    """A crawl of a fault. ``alarms`` are the messages that it sent; ``seconds`` include its start-up."""

    at: datetime = START
    seconds: float = 0.0
    requests: int = 0
    alarms: tuple[Mapping[str, Any], ...] = ()


class CrawlEnv:
    """A folder with ``data`` in it, and the site that is crawled."""

    def __init__(self, folder: Path, served: ServedSite) -> None:
        self.folder = folder
        self.served = served
        self.data = folder / "data"
        self._alarms = folder / "alarms"
        self._told = 0

    def crawl(self, at: datetime, change: Change | None = None) -> FaultRun:
        """A whole crawl at a pretended time, which is the site's too."""
        change = change or Change()
        self.served.clock.moment = at
        self.served.server.requests.clear()
        variables = {
            "XDG_STATE_HOME": str(self.folder / "state"),
            VARIABLE: (at + change.clock).isoformat(),
            **change.environment,
        }
        url = change.url or self.served.server.url
        arguments = arguments_of("crawl", "rt_world", url=url, settings={**self.settings(), **change.settings})
        began = time.monotonic()
        done = (
            run_scrapy(self.folder, arguments, env=variables)
            if change.is_warm
            else self._cold(variables, arguments, change)
        )
        seconds = time.monotonic() - began
        return FaultRun(
            done.code, done.out, done.err, [], at, seconds, len(self.served.server.requests), self._new_alarms()
        )

    def settings(self) -> dict[str, str]:
        """Those of an ordinary run."""
        told = f"cat >> '{self._alarms}'; echo >> '{self._alarms}'"
        return {
            _CHANNEL: json.dumps(["sh", "-c", told]),
        }

    def _cold(self, variables: Mapping[str, str], arguments: Sequence[str], change: Change) -> Run:
        """A process of its own. Its output comes through a pipe: a limit on files must not hit the log."""
        whole = [*change.prefix, sys.executable, "-W", "error", "-m", "scrapy", *arguments]
        with subprocess.Popen(
            whole,
            cwd=self.folder,
            env={**environment(), **variables},
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
        return Run(process.returncode, "", out.decode("utf-8", "replace"))

    def wait_for_requests(self, count: int, process: subprocess.Popen[bytes]) -> None:
        """Return when the server has answered so many requests of this run, or the run is over."""
        while len(self.served.server.requests) < count and process.poll() is None:
            time.sleep(0.01)

    def _new_alarms(self) -> tuple[Mapping[str, Any], ...]:
        lines = [line for line in self._read_alarms().splitlines() if line.strip()]
        new, self._told = lines[self._told :], len(lines)
        return tuple(json.loads(line) for line in new)

    def _read_alarms(self) -> str:
        return self._alarms.read_text("utf-8") if self._alarms.exists() else ""

"""Starting a crawl as a user does: a process of its own.

Cold ones begin with the interpreter. Warm ones are forked from a process that has imported everything, which
halves the time of a round; they are for crawls whose start-up is not under test.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait
from pathlib import Path

from scrapy.cmdline import execute

from newscrawler import failpoints
from tests.slow.crash_tests.clock import VARIABLE

ROOT = Path(__file__).parents[3]
#: A crawl of the small site takes two or three seconds; this long only when the machine is very busy.
TIMEOUT = 120
_KILL_AT = "NEWSCRAWLER_KILL_AT"

_warm = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(["tests.slow.crash_tests.preload"])
#: A start asks after all children, and two threads that ask after one at the same time make an exit code of 255.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the crawls of one round have in common. ``later``: the program has been upgraded since the first run."""

    compress: bool = False
    durability: str = "run"
    batch: int = 500
    validators: bool = False
    later: bool = False

    def settings(self, url: str) -> dict[str, str]:
        """Scrapy settings for the server at that address; loopback needs no politeness."""
        return {
            "AUTOTHROTTLE_ENABLED": "False",
            "DOWNLOAD_DELAY": "0",
            "CONCURRENT_REQUESTS_PER_DOMAIN": "6",
            "NEWSCRAWLER_HOSTS": json.dumps({"www.rt.com": url}),
            "NEWSCRAWLER_GZIP": str(self.compress),
            "NEWSCRAWLER_DURABILITY": self.durability,
            "NEWSCRAWLER_COMMIT_BATCH": str(self.batch),
            "NEWSCRAWLER_CLOCK": "tests.slow.crash_tests.upgraded.now"
            if self.later
            else "tests.slow.crash_tests.clock.now",
            # Every known article is due in the second state, whatever the table of the day says.
            "NEWSCRAWLER_REVISITS": json.dumps({"published": ["3000d: 6h"], "developing": ["3000d: 6h"]}),
            # What a round leaves for the last run may be little but faults.
            "NEWSCRAWLER_MAX_FAULT_SHARE": "1",
        }


def _command(url: str, setup: Setup, *args: str) -> list[str]:
    command = ["scrapy", "crawl", "rt_world", *args]
    for name, value in setup.settings(url).items():
        command += ["-s", f"{name}={value}"]
    return command


def _environment(now: datetime) -> dict[str, str]:
    return {"SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT), VARIABLE: now.isoformat()}


def start(folder: Path, url: str, now: datetime, setup: Setup) -> subprocess.Popen[bytes]:
    """Begin a cold crawl in a folder, its data folder being ``data`` and its log ``log``; warnings are errors."""
    command = [sys.executable, "-W", "error", "-m", *_command(url, setup)]
    with (folder / "log").open("wb") as log:
        environment = {**os.environ, **_environment(now)}
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def crawl(
    folder: Path, url: str, now: datetime, setup: Setup, *args: str, kill_at: str | None = None
) -> tuple[int, str]:
    """A whole warm crawl, up to the named instant: its exit code, negative for a signal, and its log."""
    environment = _environment(now) | ({_KILL_AT: kill_at} if kill_at else {})
    return warm(folder, environment, _command(url, setup, *args))


def warm(folder: Path, environment: Mapping[str, str], command: Sequence[str]) -> tuple[int, str]:
    """What ``python -W error -m`` with that command would do in a folder, without the time of its start-up."""
    process = _warm.Process(target=_forked, args=(str(folder), dict(environment), list(command)))
    with _one_at_a_time:
        process.start()
    if not wait([process.sentinel], TIMEOUT):
        process.kill()
        raise RuntimeError(f"a crawl did not end within {TIMEOUT} s: {log_of(folder)[-3000:]}")
    with _one_at_a_time:
        process.join()
        code = process.exitcode
        process.close()
    assert code is not None
    return code, log_of(folder)


def _forked(folder: str, environment: dict[str, str], command: list[str]) -> None:
    """What a warm process does: become what ``python -W error -m scrapy`` would be."""
    warnings.simplefilter("error")
    os.environ.update(environment)
    os.chdir(folder)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    failpoints.arm(os.environ.get(_KILL_AT))
    execute(command)


def log_of(folder: Path) -> str:
    """The log of the last crawl in a folder."""
    return (folder / "log").read_text("utf-8", "replace")

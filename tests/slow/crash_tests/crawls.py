"""The crawls of a round: what they have in common, and how they are started."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from newscrawler.failpoints import KILL_AT
from newscrawler.utils import TEST_CLOCK
from tests.clock import VARIABLE
from tests.harness import Run, arguments_of, environment, run_scrapy, scrapy_command


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the crawls of one round have in common. ``later``: the program has been upgraded since the first run."""

    durability: str = "run"
    validators: bool = False
    later: bool = False

    def settings(self) -> dict[str, str]:
        """Scrapy settings of these crawls."""
        return {
            "CONCURRENT_REQUESTS_PER_DOMAIN": "6",
            "NEWSCRAWLER_DURABILITY": self.durability,
            # Every known article is due in the second state, whatever the table of the day says.
            "NEWSCRAWLER_REVISITS": json.dumps({"published": ["3000d: 6h"], "developing": ["3000d: 6h"]}),
            # What a round leaves for the last run may be little but faults.
            "NEWSCRAWLER_VERDICT": '{"max_fault_share": 1}',
        }

    @property
    def clock(self) -> dict[str, str]:
        """The environment of these crawls, where they have another clock than all."""
        return {TEST_CLOCK: "tests.slow.crash_tests.upgraded.now"} if self.later else {}


def start(folder: Path, url: str, now: datetime, setup: Setup) -> subprocess.Popen[bytes]:
    """Begin a cold crawl in a folder, its data folder being ``data`` and its log ``log``."""
    command = scrapy_command("crawl", "rt_world", url=url, settings=setup.settings())
    with (folder / "log").open("wb") as log:
        env = {**environment(now), **setup.clock}
        return subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)


def crawl(folder: Path, url: str, now: datetime, setup: Setup, *args: str, kill_at: str | None = None) -> Run:
    """A whole warm crawl, up to the named failpoint."""
    arguments = arguments_of("crawl", "rt_world", *args, url=url, settings=setup.settings())
    killed = {KILL_AT: kill_at} if kill_at else {}
    run = run_scrapy(folder, arguments, env={VARIABLE: now.isoformat(), **setup.clock, **killed})
    (folder / "log").write_text(run.log, "utf-8")
    return run


def log_of(folder: Path) -> str:
    """The log of the last crawl in a folder."""
    return (folder / "log").read_text("utf-8", "replace")

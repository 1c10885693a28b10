"""One round: a data folder with a past, a crawl that is killed or interrupted, a normal crawl, and the check."""

from __future__ import annotations

import json
import math
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from newscrawler.dataset.files import finished_files
from tests.harness import TIMEOUT
from tests.oracle import lines_of, open_to_read, problems
from tests.replica import Server
from tests.slow.crash_tests.crawls import Setup, crawl, log_of, start
from tests.slow.crash_tests.later import open_later
from tests.slow.crash_tests.site_states import AFTER, BEFORE, FIRST_RUN, SiteStates

#: Named instants of a crawl, and how often one is passed in a round at least.
POINTS: Mapping[str, int] = {
    "in_migration": 1,
    "after_discovered": 3,
    "after_write": 20,
    "after_fsync": 20,
    "before_commit": 20,
    "after_commit": 20,
    "before_rename": 1,
    "after_rename": 1,
    "before_filed": 1,
}
#: Signals of an interruption, in order.
STOPS: Mapping[str, tuple[signal.Signals, ...]] = {
    "SIGTERM": (signal.SIGTERM,),
    "SIGTERM twice": (signal.SIGTERM, signal.SIGTERM),
    "SIGINT": (signal.SIGINT,),
    "SIGINT twice": (signal.SIGINT, signal.SIGINT),
}
#: What a run that was interrupted once ends with.
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Task:
    """What one round is to do. ``how`` is "random", a name of POINTS or one of STOPS."""

    number: int
    how: str
    seed: int


@dataclass(slots=True)
class Result:
    """What one round did. ``instants`` are those of all tries: the last one hit, the others came too late."""

    number: int
    how: str
    setup: Setup
    instants: list[str] = field(default_factory=list)
    phase: str = ""
    hit: bool = False
    again: str = ""
    problems: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For the log."""
        setup = self.setup
        options = [setup.durability]
        options += [name for name in ("validators", "later") if getattr(setup, name)]
        again = f", recovery killed at {self.again}" if self.again else ""
        end = "; ".join(self.problems) or "whole"
        hit = self.phase if self.hit else "NOT HIT"
        return f"{self.number:4} {self.how:18} {', '.join(self.instants)} ({hit}{again}; {', '.join(options)}): {end}"


class Harness:
    """The site, its servers and the data folders that rounds begin with. For several threads."""

    def __init__(self, states: SiteStates, servers: Mapping[tuple[str, bool], Server], folder: Path) -> None:
        self.states = states
        self._servers = servers
        self._folder = folder
        self._lock = threading.Lock()
        self._lengths: list[tuple[float, float]] = []

    @property
    def length(self) -> float:
        """Seconds that a whole crawl takes, start-up included."""
        return sum(whole for whole, _ in self._lengths) / len(self._lengths)

    @property
    def open_length(self) -> float:
        """Seconds from the opening of the spider to the end of the process."""
        return sum(opened for _, opened in self._lengths) / len(self._lengths)

    def url(self, state: str, setup: Setup) -> str:
        """Address of the server for a state of the site."""
        return self._servers[state, setup.validators].url

    def first(self, setup: Setup) -> Path:
        """A folder in which a first run has written what it could; made once for each kind."""
        folder = self._folder / f"first-{setup.validators}"
        with self._lock:
            if not folder.exists():
                folder.mkdir(parents=True)
                plain = Setup(validators=setup.validators)
                limit = f"max_articles={FIRST_RUN}"
                run = crawl(folder, self.url("before", plain), BEFORE, plain, "-a", limit)
                if run.code or not lines_of(folder / "data"):
                    raise RuntimeError(f"the first run failed with exit code {run.code}: {run.log[-3000:]}")
        return folder

    def measure(self, setup: Setup) -> None:
        """Let one crawl run to its end, and remember how long it took."""
        folder = self.fresh(f"measure-{threading.get_ident()}", setup)
        began = time.monotonic()
        with start(folder, self.url("after", setup), AFTER, setup) as process:
            _wait_until_open(folder, process)
            opened = time.monotonic()
            code = process.wait(TIMEOUT)
        if code:
            raise RuntimeError(f"an undisturbed run failed with exit code {code}: {log_of(folder)[-3000:]}")
        ended = time.monotonic()
        self._lengths.append((ended - began, ended - opened))
        shutil.rmtree(folder)

    def fresh(self, name: str, setup: Setup, *, empty: bool = False) -> Path:
        """A folder for one try, with the first run's data in it unless it is to be empty."""
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        if empty:
            folder.mkdir(parents=True)
        else:
            shutil.copytree(self.first(setup), folder)
        return folder

    def run_round(self, task: Task) -> Result:
        """One round; its folder stays only when something is wrong."""
        draw = random.Random(task.seed)
        setup = _setup(task.how, draw)
        result = Result(task.number, task.how, setup)
        empty = task.how == "in_migration" and not setup.later
        folder = self._folder / f"round-{task.number}"
        for attempt in range(_TRIES):
            self.fresh(folder.name, setup, empty=empty)
            if task.how in STOPS:
                self._stop(folder, task, result, draw)
            else:
                self._kill(folder, task, result, draw, attempt)
            if result.hit:
                break
        if task.how not in STOPS and draw.random() < 0.25:
            self._kill_recovery(folder, result, draw)
        run = crawl(folder, self.url("after", setup), AFTER + timedelta(seconds=30), setup)
        if run.code:
            result.problems.append(f"the run after ended with exit code {run.code}: {run.last_line}")
        first = [] if empty else lines_of(self.first(setup) / "data")
        opened = open_later if setup.later else open_to_read
        result.problems += problems(folder / "data", self.states.truth(first), open_ledger=opened)
        if not result.problems:
            shutil.rmtree(folder)
        return result

    def _kill(self, folder: Path, task: Task, result: Result, draw: random.Random, attempt: int) -> None:
        url = self.url("after", result.setup)
        if task.how == "random":
            # Start-up takes most of the time; every second kill is for what comes after it.
            is_open = draw.random() < 0.5
            seconds = draw.uniform(0, self.open_length if is_open else self.length)
            result.instants.append(f"{'open + ' if is_open else ''}{seconds:.3f} s")
            with start(folder, url, AFTER, result.setup) as process:
                if is_open:
                    _wait_until_open(folder, process)
                time.sleep(seconds)
                process.send_signal(signal.SIGKILL)
                code = process.wait(TIMEOUT)
        else:
            # Fewer are passed when some of the records are unchanged.
            count = draw.randint(1, max(1, math.ceil(POINTS[task.how] / (attempt + 1))))
            result.instants.append(f"{task.how}:{count}")
            code = crawl(folder, url, AFTER, result.setup, kill_at=result.instants[-1]).code
        result.hit = code == -signal.SIGKILL
        result.phase = _phase(folder)
        if code not in (0, -signal.SIGKILL):
            result.problems.append(f"the run ended with exit code {code} before it was killed")

    def _kill_recovery(self, folder: Path, result: Result, draw: random.Random) -> None:
        """Kill the next run too, at a point of recovery or later."""
        setup = result.setup
        result.again = draw.choice(list(POINTS))
        later = AFTER + timedelta(seconds=15)
        run = crawl(folder, self.url("after", setup), later, setup, kill_at=result.again)
        if run.code != -signal.SIGKILL:
            result.again += " (not reached)"

    def _stop(self, folder: Path, task: Task, result: Result, draw: random.Random) -> None:
        """Interrupt a crawl at some instant after its start-up, once or twice."""
        numbers = STOPS[task.how]
        waits = [draw.uniform(0, self.open_length), *(draw.uniform(0.05, 0.5) for _ in numbers[1:])]
        result.instants.append(" +".join(f"{seconds:.3f} s" for seconds in waits))
        delivered = 0
        with start(folder, self.url("after", result.setup), AFTER, result.setup) as process:
            _wait_until_open(folder, process)
            for number, seconds in zip(numbers, waits, strict=True):
                time.sleep(seconds)
                delivered += process.poll() is None
                process.send_signal(number)
            code = process.wait(TIMEOUT)
        log = log_of(folder)
        result.phase = f"exit code {code}"
        result.hit = delivered == len(numbers) and code != 0
        # One that comes last may meet an interpreter that has given up its handlers: to a shell that is the same code.
        ended = "verdict" in log and code == -numbers[-1]
        if result.hit and code != CODES[numbers[0]] and not ended:
            result.problems.append(f"interrupted, exit code {code}")
        if result.hit and len(numbers) == 1:
            result.problems += _interrupted(folder, log, self.first(result.setup))


def _wait_until_open(folder: Path, process: subprocess.Popen[bytes]) -> None:
    while "Spider opened" not in log_of(folder) and process.poll() is None:
        time.sleep(0.01)


def _setup(how: str, draw: random.Random) -> Setup:
    return Setup(
        durability=draw.choice(("run", "line")),
        validators=draw.random() < 0.5,
        later=how == "in_migration" and draw.random() < 0.5,
    )


def _phase(folder: Path) -> str:
    """How far a killed run had come."""
    if "Spider opened" not in log_of(folder):
        return "starting up"
    if any((folder / "data" / "parts").glob("*")):
        return "writing"
    return "finishing" if len(list(finished_files(folder / "data"))) > 1 else "fetching"


def _interrupted(folder: Path, log: str, first: Path) -> list[str]:
    """What must hold when an interrupted run has ended: its articles are in the dataset already."""
    found = []
    summary = next((line.split() for line in log.splitlines() if line.split()[:1] == ["outcomes"]), [])
    told = sum(int(summary[at + 1].rstrip(",")) for at, word in enumerate(summary) if word in ("new", "revised"))
    lines = lines_of(folder / "data")
    written = len(lines) - len(lines_of(first / "data"))
    if written != told:
        found.append(f"interrupted: {told} articles told, {written} lines in the dataset")
    try:
        for line in lines:
            json.loads(line)
    except ValueError as error:
        found.append(f"interrupted: {error}")
    if any((folder / "data" / "parts").glob("*")):
        found.append("interrupted: parts is not empty")
    return found

"""Faults of the machine, and of what the run is started with."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from tests.replica.answers import Answer
from tests.slow.crash_tests.rounds import STOPS
from tests.slow.fault_injection.crawl_env import Change, CrawlEnv
from tests.slow.fault_injection.fault import Fault, changed
from tests.slow.fault_injection.of_pages import unknown_pages

_BAD = ("bad",)
_YEAR = timedelta(days=365)
_ALARM = "NEWSCRAWLER_ALARM_COMMAND"
_HOLD = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
_POINTS = (
    ("after_discovered", "before the first page is asked for"),
    ("after_write:2", "when a line is written and not committed"),
    ("before_commit:4", "in the middle of a commit"),
    ("after_commit:3", "after a commit"),
    ("before_rename", "before the file is put in its place"),
    ("after_rename", "after that"),
    ("before_filed", "before the ledger knows of the finished file"),
)


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))


@contextmanager
def _another_run(env: CrawlEnv) -> Iterator[Change]:
    """Another process holds the data folder's lock."""
    command = [sys.executable, "-c", _HOLD, str(env.data / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        yield Change()
        other.stdin.close()


@contextmanager
def _deaf(env: CrawlEnv) -> Iterator[Change]:
    """The alarm's receiver is down when there is something to tell."""
    with unknown_pages(env):
        yield Change(settings={_ALARM: json.dumps(["sh", "-c", "echo the receiver is down >&2; exit 1"])})


def _signals(env: CrawlEnv, numbers: Sequence[int], process: subprocess.Popen[bytes]) -> None:
    env.wait_for_requests(10, process)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.2)


@contextmanager
def _stopped(env: CrawlEnv, *, numbers: Sequence[int]) -> Iterator[Change]:
    """Signals when a few pages have been answered; the others take their time."""
    env.served.answers.spoil = _slowly
    yield Change(meanwhile=lambda process: _signals(env, numbers, process))


def _slowly(path: str, answer: Answer) -> Answer:
    answer.delay = 0.15
    return answer


def _suspended(env: CrawlEnv, process: subprocess.Popen[bytes]) -> None:
    env.wait_for_requests(10, process)
    process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    process.send_signal(signal.SIGCONT)


@contextmanager
def _sleeping(env: CrawlEnv) -> Iterator[Change]:
    yield Change(meanwhile=lambda process: _suspended(env, process), settings={"DOWNLOAD_TIMEOUT": "3"})


def _killed(point: str, phase: str) -> Fault:
    return Fault(
        name=f"kill_{point.partition(':')[0]}",
        what=f"kill -9 {phase}",
        how=f"SIGKILL at the instant {point}",
        inject=changed(Change(environment={"NEWSCRAWLER_KILL_AT": point})),
        codes=(-signal.SIGKILL,),
        says="",
    )


FAULTS: Sequence[Fault] = (
    Fault(
        name="clock_back",
        what="The clock jumps back a year",
        how="one run with a clock of the year before",
        inject=changed(Change(clock=-_YEAR)),
        codes=(3,),
        says="one of them is wrong",
        alarms=_BAD,
    ),
    Fault(
        name="clock_forward",
        what="The clock jumps forward a year",
        how="one run with a clock of the year after",
        inject=changed(Change(clock=_YEAR)),
        codes=(0,),
        says="good",
        next_codes=(3,),
        next_says="one of them is wrong",
    ),
    Fault(
        name="memory_start",
        what="There is no memory to start with",
        how="RLIMIT_AS of 120 MB",
        inject=changed(Change(before=partial(_limit, resource.RLIMIT_AS, 120_000_000))),
        codes=(1, -signal.SIGABRT),
        says="",
        traces=True,
    ),
    Fault(
        name="memory",
        what="The memory limit is hit in the run",
        how="RLIMIT_AS of 145 MB, which is enough to start",
        inject=changed(Change(before=partial(_limit, resource.RLIMIT_AS, 145_000_000))),
        codes=(1, 3, 6),
        says="",
        alarms=_BAD,
        traces=True,
    ),
    Fault(
        name="open_files",
        what="Too few open files are allowed",
        how="RLIMIT_NOFILE of 16",
        inject=changed(Change(before=partial(_limit, resource.RLIMIT_NOFILE, 16))),
        codes=(1, 3, 6),
        says="",
        traces=True,
    ),
    Fault(
        name="another_run",
        what="Another run is active",
        how="another process holds the folder's lock",
        inject=_another_run,
        codes=(5,),
        says="is in use by another process",
    ),
    Fault(
        name="alarm_down",
        what="The alarm's receiver is down",
        how="every page of an unknown layout, and an alarm command that fails",
        inject=_deaf,
        codes=(3,),
        says="addresses failed|unknown layout",
        notes="NOT told, tried again at the next run",
    ),
    Fault(
        name="time_zone",
        what="The system's time zone changes",
        how="TZ=Pacific/Kiritimati, 14 hours ahead of UTC",
        inject=changed(Change(environment={"TZ": "Pacific/Kiritimati"}, cold=True)),
        codes=(0,),
        says="good",
    ),
    Fault(
        name="locale_c",
        what="The locale is C",
        how="LC_ALL=C, Python's UTF-8 mode and coercion off",
        inject=changed(Change(environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, cold=True)),
        codes=(0,),
        says="good",
    ),
    Fault(
        name="suspended",
        what="The machine is suspended in the middle of the run",
        how="SIGSTOP after ten answers for 6 s, twice DOWNLOAD_TIMEOUT",
        inject=_sleeping,
        codes=(0,),
        says="good",
    ),
    *(_killed(point, phase) for point, phase in _POINTS),
    *(
        Fault(
            name=name.lower().replace(" ", "_"),
            what=f"{name} in the middle of the run",
            how="after ten answers",
            inject=partial(_stopped, numbers=numbers),
            codes=(143 if "TERM" in name else 130,),
            says="interrupted",
        )
        for name, numbers in STOPS.items()
    ),
)

"""One fault: how it is brought about, what should come of it, and what did."""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from newscrawler.ledger import LEDGER_NAME
from tests.oracle import lines_of, problems
from tests.slow.fault_injection.crawl_env import Change, CrawlEnv, FaultRun
from tests.slow.fault_injection.history import HOUR, History, ServedSite, Spoil

#: Hours from the last run with the fault to those without it: the next, one after the first edits, and one a day
#: later, when everything that failed has had its turn again.
AFTER = (1, 3, 27)
Inject = Callable[[CrawlEnv], AbstractContextManager[Change]]


class NotHere(Exception):
    """Raised by an injection that this machine does not allow; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``codes``, ``says`` and ``alarms`` are what is expected of the runs with the fault, ``next_codes`` of the one
    after them.

    ``what`` is the fault in a few words, ``how`` the way it is injected. ``says`` is a regular expression for the
    verdict line, or the log's last line where there is no verdict; ``notes`` one for the whole log. ``alarms``: the
    events that the runs with the fault send in all. ``runs`` with the fault come ``every`` so many hours. ``traces``:
    a traceback is to be expected. ``stale``: edits of those hours may still wait for their visit at the end.
    ``leadless``: the pages have no lead, and lines may say so.
    """

    name: str
    what: str
    how: str
    inject: Inject
    codes: Sequence[int]
    says: str
    notes: str = ""
    alarms: Sequence[str] = ()
    next_codes: Sequence[int] = (0,)
    next_says: str = ""
    runs: int = 1
    every: int = 1
    traces: bool = False
    stale: bool = False
    leadless: bool = False
    #: Whether what is expected holds only after days of history.
    historical: bool = False


@dataclass(slots=True)
class Result:
    """What came of a fault. ``problems`` is empty when everything is as expected and nothing was lost."""

    fault: Fault
    runs: list[FaultRun] = field(default_factory=list)
    after: list[FaultRun] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    not_here: str = ""
    lines: int = 0

    @property
    def telling(self) -> FaultRun:
        """The run that shows the fault best: the first bad one, if any was bad."""
        return next((run for run in self.runs if run.code), self.runs[-1])

    def as_json(self) -> dict[str, Any]:
        """For build/faults.json."""
        fault = self.fault
        found = {"name": fault.name, "what": fault.what, "how": fault.how, "problems": self.problems}
        if self.not_here:
            return {**found, "not_tried": self.not_here}
        parts = {"runs": self.runs, "after": self.after}
        return {**found, "lines": self.lines, **{name: [_of(run) for run in runs] for name, runs in parts.items()}}


def _of(run: FaultRun) -> dict[str, Any]:
    return {
        "at": run.at.isoformat(),
        "exit_code": run.code,
        "verdict": run.last_line,
        "alarms": [{"event": alarm.get("event"), "why": alarm.get("why")} for alarm in run.alarms],
        "seconds": round(run.seconds, 1),
        "requests": run.requests,
    }


class Harness:
    """Where faults are injected: every one begins with a copy of the same history."""

    def __init__(self, folder: Path, history: History) -> None:
        self._folder = folder
        self._history = history
        self._lock = threading.Lock()

    def before(self) -> Path:
        """The data folder with the runs before the fault; made once."""
        folder = self._folder / "history"
        with self._lock:
            if not (folder / "data").exists():
                folder.mkdir(parents=True)
                with ServedSite.of(self._history) as served:
                    (folder / "url").write_text(served.server.url, "utf-8")
                    env = CrawlEnv(folder, served)
                    for at in self._history.runs:
                        run = env.crawl(at)
                        if run.code or run.alarms:
                            raise RuntimeError(f"the history went wrong at {at}: {run.log[-3000:]}")
                    found = problems(env.data, served.truth([], self._history.runs[-1]))
                    if found:
                        raise RuntimeError(f"the history is not whole: {found[:5]}")
        return folder / "data"

    def run_fault(self, fault: Fault) -> Result:
        """Inject one; its folder stays only when something is wrong."""
        result = Result(fault)
        folder = self._folder / fault.name
        history = self.before()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(history, folder / "data")
        before = lines_of(history)
        with ServedSite.of(self._history) as served:
            _move(folder / "data", (history.parent / "url").read_text("utf-8"), served.server.url)
            env = CrawlEnv(folder, served)
            at = self._history.moment
            try:
                with fault.inject(env) as change:
                    for number in range(fault.runs):
                        at = self._history.moment + number * fault.every * HOUR
                        result.runs.append(env.crawl(at, change))
            except NotHere as reason:
                result.not_here = str(reason)
                shutil.rmtree(folder)
                return result
            served.answers.spoil = None
            for hours in AFTER:
                result.after.append(env.crawl(at + timedelta(hours=hours)))
            last = result.after[-1].at
            result.problems += _unexpected(result)
            truth = served.truth(before, last, stale=fault.stale, without_lead=fault.leadless)
            result.problems += problems(env.data, truth)
            result.lines = len(lines_of(env.data))
        if result.problems:
            for number, run in enumerate([*result.runs, *result.after], start=1):
                (folder / f"log-{number}").write_text(run.log, "utf-8")
        else:
            shutil.rmtree(folder)
        return result


def _move(data_dir: Path, old: str, new: str) -> None:
    """To the ledger the site is where it was, though its server has another port."""
    with closing(sqlite3.connect(data_dir / LEDGER_NAME)) as connection, connection:
        connection.execute("UPDATE notes SET name = replace(name, ?, ?)", (old, new))


def _unexpected(result: Result) -> Iterator[str]:
    fault, telling, following = result.fault, result.telling, result.after[0]
    if telling.code not in fault.codes:
        yield f"exit code {telling.code}, should be {' or '.join(map(str, fault.codes))}: {telling.last_line}"
    if not re.search(fault.notes, telling.log):
        yield f"nothing in its log matches {fault.notes!r}"
    if not re.search(fault.says, telling.last_line):
        yield f"says {telling.last_line!r}, should match {fault.says!r}"
    for run in [*result.runs, *result.after]:
        if run.has_traceback and not fault.traces:
            yield f"a traceback at {run.at:%d %b %H:%M}"
    told = [alarm["event"] for run in result.runs for alarm in run.alarms]
    if told != list(fault.alarms):
        yield f"alarms {told}, should be {list(fault.alarms)}"
    if following.code not in fault.next_codes or not re.search(fault.next_says, following.last_line):
        yield f"the next run: exit code {following.code}: {following.last_line}"
    if result.after[-1].code:
        yield f"the last run: exit code {result.after[-1].code}: {result.after[-1].last_line}"


def spoiling(make: Callable[[CrawlEnv], Spoil], **settings: str) -> Inject:
    """The site's answers are changed by what ``make`` gives."""

    @contextmanager
    def inject(env: CrawlEnv) -> Iterator[Change]:
        env.served.answers.spoil = make(env)
        try:
            yield Change(settings=settings)
        finally:
            env.served.answers.spoil = None

    return inject


def changed(change: Change) -> Inject:
    """The run itself is started otherwise."""

    @contextmanager
    def inject(env: CrawlEnv) -> Iterator[Change]:
        yield change

    return inject

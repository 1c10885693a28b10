"""The Markdown table of what came of each fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from tests.slow.fault_injection.crawl_env import FaultRun
from tests.slow.fault_injection.fault import AFTER, Result

_HEAD = ("fault", "injected as", "exit code", "verdict", "alarm", "the next run")
_FOLDER = re.compile(r"/\S*/faults-[^/\s]+/[^/\s]+/")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_PID = re.compile(r"process \d+, started \S+ .*?; wait")


def table(results: Iterable[Result]) -> str:
    """A row a fault; what this machine does not allow is said."""
    rows = [_HEAD, ("---", "---", "---:", "---", "---", "---"), *(_row(result) for result in results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: Result) -> tuple[str, ...]:
    fault = result.fault
    if result.not_here:
        return (fault.what, fault.how, "", f"not tried: {result.not_here}", "", "")
    lost = f" **{'; '.join(result.problems[:3])}**" if result.problems else ""
    verdict = _line(result.telling) + _note(result)
    told = (_codes(result.runs), verdict, _alarm(result), _next(result) + lost)
    return tuple(cell.replace("|", "\\|") for cell in (fault.what, fault.how, *told))


def _codes(runs: Sequence[FaultRun]) -> str:
    counted = [(code, len(list(same))) for code, same in groupby(runs, lambda run: run.code)]
    return ", ".join(f"{_code(code)} × {count}" if len(runs) > 1 else _code(code) for code, count in counted)


def _code(code: int) -> str:
    return str(128 - code) if code < 0 else str(code)


def _line(run: FaultRun) -> str:
    """The verdict without its words for the code, which stands in a column of its own."""
    if not run.verdict:
        return "none: killed" if run.code < 0 else f"none; the log ends: {_neutral(run.last_line)}"
    return _neutral(re.sub(r" \(exit code \d+\)", "", run.verdict))


def _note(result: Result) -> str:
    """What the summary says besides, where the fault is seen there."""
    lines = result.telling.log.splitlines() if result.fault.notes else []
    found = next((line for line in lines if line.startswith("      note  ") and _matches(result, line)), None)
    return "" if found is None else f" ({_neutral(found.split('note', 1)[1].strip())})"


def _matches(result: Result, line: str) -> bool:
    return re.search(result.fault.notes, line) is not None


def _neutral(text: str) -> str:
    return _PID.sub("process …; wait", _ADDRESS.sub("…", _FOLDER.sub("", text)))


def _alarm(result: Result) -> str:
    told = [(number, alarm["event"]) for number, run in enumerate(result.runs, start=1) for alarm in run.alarms]
    if not told and any("NOT sent" in run.log for run in result.runs):
        return "could not be sent"
    return ", ".join(f"{event}, at run {at}" if len(result.runs) > 1 else str(event) for at, event in told) or "none"


def _next(result: Result) -> str:
    """The runs up to the first good one, with the hours since the fault."""
    bad = next((at for at, run in enumerate(result.after) if not run.code), len(result.after) - 1)
    told = [f"after {hours} h: {_ended(run)}" for hours, run in zip(AFTER, result.after[: bad + 1], strict=False)]
    return "; ".join(told) if bad else _ended(result.after[0])


def _ended(run: FaultRun) -> str:
    outcomes = next((line.split("outcomes", 1)[1].strip() for line in run.log.splitlines() if "outcomes " in line), "")
    code = "" if not run.code else f"exit code {_code(run.code)}: {_line(run)}; "
    told = "; ".join(str(alarm["event"]).replace("_", " ") for alarm in run.alarms)
    return f"{code}{outcomes}{'; sent: ' + told if told else ''}"

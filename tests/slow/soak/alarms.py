"""What a person would have been told of a month: false alarms, and how soon a true one came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.replica.rehearsal import Calendar
from tests.slow.soak.crawls import RunFigures


def alarm_figures(runs: Sequence[RunFigures], calendar: Calendar) -> dict[str, Any]:
    """Verdicts against what was the matter with the site. Runs are counted from the change on, the first is 1."""
    bad = [run for run in runs if run.exit_code]
    after = [run for run in runs if calendar.is_lead_lost(run.at)]
    seen = next((number for number, run in enumerate(after, start=1) if "lead in" in run.why), None)
    return {
        "runs": len(runs),
        "good": len(runs) - len(bad),
        "bad_while_down": sum(run.down for run in bad),
        "false_alarms": sum(not run.down and not calendar.is_lead_lost(run.at) for run in bad),
        "lead_lost_at": None if calendar.lead_lost is None else calendar.lead_lost.isoformat(),
        "runs_until_seen": seen,
        "records_until_seen": None if seen is None else sum(run.records for run in after[:seen]),
        "bad_after_that": None if seen is None else sum(bool(run.exit_code) for run in after[seen:]),
        "runs_after_that": None if seen is None else len(after) - seen,
        "verdicts": [f"{run.at:%d %b %H:%M} {run.exit_code}: {run.why}" for run in bad[:12]],
        "messages": [f"{run.at:%d %b %H:%M} {message}" for run in runs for message in run.messages],
    }


def alarm_table(found: dict[str, Any]) -> str:
    """Plain text, a figure a line."""
    lines = ["verdicts and alarms", ""]
    for name, value in found.items():
        if isinstance(value, list):
            lines += [f"{name}:", *(f"  {entry}" for entry in value)]
        elif value is not None:
            lines.append(f"{name.replace('_', ' '):<34} {value}")
    return "\n".join(lines)

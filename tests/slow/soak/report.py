"""The figures of a soak: as JSON, and as a table to read."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.replica.rehearsal import ScriptedSite
from tests.slow.soak.check import Report
from tests.slow.soak.crawls import RunFigures

_SHOWN = 40


def figures(report: Report, runs: Sequence[RunFigures], site: ScriptedSite) -> dict[str, Any]:
    """Everything that is reported, by name."""
    up = [run for run in runs if not run.down]
    median, kept = report.median_delay, [delay for delay in report.delays if delay is not None]
    outcomes: Counter[str] = Counter()
    for run in runs:
        outcomes.update(run.outcomes)
    return {
        "days": site.calendar.days,
        "runs": len(runs),
        "stories_published": sum(
            script.head.section == "news" and script.head.published_at >= site.calendar.start
            for script in site.scripts.values()
        ),
        "articles_in_dataset": report.articles,
        "lines": report.lines,
        "revisions_due": report.revisions_due,
        "revisions_beyond_due": report.revisions_extra,
        "withdrawn": report.withdrawn,
        "returned": report.returned,
        "first_day_edits": len(report.delays),
        "first_day_edits_without_line": len(report.delays) - len(kept),
        "median_edit_delay_minutes": None if median is None else _minutes(median),
        "median_first_line_delay_minutes": _minutes(_middle(report.first_delays)),
        "discovery_requests_a_run": {
            "mean": _mean([run.discovery for run in up]),
            "most": max(run.discovery for run in up),
            "most_while_down": max((run.discovery for run in runs if run.down), default=0),
        },
        "first_fetches_a_run": _mean(report.first_fetches),
        "revisits_a_run": {"mean": _mean(report.revisit_requests), "most": max(report.revisit_requests)},
        "revisits_a_story": {
            "mean": _mean(list(report.revisits.values())),
            "most": max(report.revisits.values(), default=0),
            "stories_by_count": dict(sorted(Counter(report.revisits.values()).items())),
        },
        "not_modified_a_run": _mean([run.not_modified for run in runs]),
        "requests_a_run": _mean([run.discovery + sum(run.articles.values()) for run in runs]),
        "kilobytes_a_run": round(statistics.mean(run.bytes for run in runs) / 1000),
        "seconds_a_run": {
            "mean": round(statistics.mean(run.seconds for run in runs), 2),
            "most": round(max(run.seconds for run in runs), 2),
        },
        "outcomes": dict(sorted(outcomes.items())),
        "violations_by_kind": dict(sorted(Counter(violation.kind for violation in report.violations).items())),
        "violations": [f"{violation.kind}: {violation.what}" for violation in report.violations],
    }


def table(found: dict[str, Any]) -> str:
    """Plain text, a figure a line, then every violation."""
    server = "with validators" if found["validators"] else "without validators"
    lines = [f"soak of {found['days']} days, {found['runs']} hourly runs, a server {server}", ""]
    for name, value in found.items():
        if name in ("days", "runs", "validators", "violations", "violations_by_kind"):
            continue
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{key}: {part}" for key, part in value.items())
        lines.append(f"{name.replace('_', ' '):<34} {shown}")
    violations = found["violations"]
    lines += ["", f"{len(violations)} violations {found['violations_by_kind'] or ''}".rstrip()]
    lines += [f"  {violation}" for violation in violations[:_SHOWN]]
    if len(violations) > _SHOWN:
        lines.append(f"  and {len(violations) - _SHOWN} more")
    return "\n".join(lines)


def _mean(values: Sequence[int]) -> float:
    return round(statistics.mean(values), 2) if values else 0.0


def _middle(delays: Sequence[timedelta]) -> timedelta:
    return statistics.median_high(delays) if delays else timedelta(0)


def _minutes(delay: timedelta) -> float:
    return round(delay / timedelta(minutes=1), 1)

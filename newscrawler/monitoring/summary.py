"""The block that ends a run: what was found, where it is, whether the run was good and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newscrawler.monitoring.stats import coverage, coverage_notes, outcome_counts
from newscrawler.monitoring.verdict import Verdict


def summary(spider: str, stats: Mapping[str, Any], verdict: Verdict) -> str:
    """The block, several lines of plain text without a line end."""
    scheduled = stats.get("newscrawler/scheduled", 0)
    counts = {str(outcome): count for outcome, count in outcome_counts(stats).items() if count}
    lines = [
        (
            "run",
            f"{spider}, {stats.get('elapsed_time_seconds', 0):.1f} s, "
            f"{stats.get('downloader/request_count', 0)} requests, "
            f"{stats.get('downloader/response_bytes', 0) / 1e6:.1f} MB",
        ),
        ("addresses", f"{scheduled} scheduled ({_by(stats, 'newscrawler/discovered_via/')})"),
        ("outcomes", ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"),
    ]
    if covered := coverage(stats):
        lines.append(("range", covered))
    if known := _known(stats):
        lines.append(("known", known))
    if blocked := _by(stats, "newscrawler/blocked/"):
        lines.append(("blocked", f"{blocked} (answers that said no)"))
    if rendered := stats.get("newscrawler/render/pages"):
        clicks = stats.get("newscrawler/render/clicks", 0)
        lines.append(("rendered", f"{rendered} pages in a browser, load more clicked {clicks} time(s)"))
    if invalid := _by(stats, "newscrawler/invalid/"):
        lines.append(("invalid", invalid))
    if unproven := _by(stats, "newscrawler/pages/unproven/"):
        lines.append(("unproven", unproven))
    if archive := _by(stats, "newscrawler/archive/"):
        lines.append(("archive", archive.replace("_", " ")))
    if look_at := stats.get("newscrawler/unknown_layouts/look_at"):
        lines.append(("layouts", str(look_at)))
    lines += [("note", note) for note in _notes(stats)]
    lines += [("output", path) for path in stats.get("newscrawler/output/stored", [])]
    lines += [
        ("output", f"{path} (not put in place; the file before it is as it was)")
        for path in stats.get("newscrawler/output/kept_part", [])
    ]
    lines += [("alarm", note) for note in stats.get("newscrawler/alarm/notes", [])]
    lines.append(("verdict", f"{verdict.word} (exit code {int(verdict.code)}): {verdict.why}"))
    return "\n".join(f"{name:>10}  {text}" for name, text in lines)


def _by(stats: Mapping[str, Any], prefix: str) -> str:
    found = sorted((key.removeprefix(prefix), value) for key, value in stats.items() if key.startswith(prefix))
    return ", ".join(f"{name} {value}" for name, value in found)


def _known(stats: Mapping[str, Any]) -> str:
    """What was done about articles that are in the dataset and addresses that were tried before."""
    parts = [
        f"{text} {stats[key]}"
        for text, key in (
            ("re-visited", "newscrawler/revisits"),
            ("tried again", "newscrawler/scheduled_again"),
            ("withdrawn", "newscrawler/withdrawn"),
            ("extractor told from edit", "newscrawler/extractor/told"),
            ("extractor not told from edit", "newscrawler/extractor/untold"),
            ("not due", "newscrawler/known/not_due"),
            ("settled", "newscrawler/known/settled"),
            ("taken down", "newscrawler/known/taken_down"),
        )
        if stats.get(key)
    ]
    return ", ".join(parts)


def _notes(stats: Mapping[str, Any]) -> list[str]:
    notes = []
    if recovered := stats.get("newscrawler/recovered"):
        notes.append(f"recovered from a run that was killed: {recovered}")
    for key in sorted(stats):
        if key.startswith("newscrawler/gap/"):
            source = key.removeprefix("newscrawler/gap/")
            notes.append(f"the {source} no longer reaches back to the last run; the sitemaps were read for the gap")
    for key, value in sorted(stats.items()):
        if key.startswith("newscrawler/source/") and "/lost/" in key:
            source, reason = key.removeprefix("newscrawler/source/").split("/lost/")
            notes.append(f"the {source} gave no addresses {value} time(s): {reason}")
    notes += coverage_notes(stats)
    notes += _refusal_notes(stats)
    if stats.get("newscrawler/listing/stopped_at_max_pages"):
        notes.append("the listing goes on; max_pages ended it")
    if failed := stats.get("newscrawler/log_failed"):
        notes.append(failed)
    if failed := stats.get("newscrawler/metrics/failed"):
        notes.append(f"the metrics could not be written: {failed}")
    if stats.get("newscrawler/hosts/refused"):
        notes.append(f"{stats['newscrawler/hosts/refused']} request(s) to other hosts refused")
    return notes


def _refusal_notes(stats: Mapping[str, Any]) -> list[str]:
    notes = []
    if until := stats.get("newscrawler/refused/next"):
        notes.append(f"nothing but refusals came; do not come back before {until}")
    if unknown := stats.get("newscrawler/robots/unknown"):
        notes.append(f"robots.txt can't be had ({unknown}): nothing may be asked for without it")
    if stats.get("newscrawler/robots/copy_used"):
        notes.append("robots.txt can't be had: the copy of an earlier run was obeyed")
    if stats.get("newscrawler/listing/more_refused_by_robots"):
        notes.append("robots.txt refuses to load more of the listing; feeds and sitemaps were used")
    return notes

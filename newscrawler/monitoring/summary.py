"""The block that ends a run: what was found, where it is, whether the run was good and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from newscrawler.monitoring.stats import BackfillFigures, RunSnapshot
from newscrawler.monitoring.verdict import Verdict
from newscrawler.outcomes import Outcome


def summary(spider: str, run: RunSnapshot, verdict: Verdict) -> str:
    """The block, several lines of plain text without a line end."""
    return "\n".join(f"{name:>10}  {text}" for name, text in _lines(spider, run, verdict) if text)


def _lines(spider: str, run: RunSnapshot, verdict: Verdict) -> Iterator[tuple[str, str]]:
    figures = run.figures
    yield (
        "run",
        f"{spider}, {figures.seconds:.1f} s, {figures.requests} requests, {figures.response_bytes / 1e6:.1f} MB",
    )
    yield "URLs", f"{figures.scheduled} scheduled ({_counted(run.discovered_via)})"
    yield "outcomes", _counted({name: count for name, count in figures.outcomes.items() if count}) or "none"
    if run.backfill:
        yield "range", _range(run, run.backfill)
    yield "known", _known(run)
    if run.blocked:
        yield "blocked", f"{_counted(run.blocked)} (responses that block us)"
    if run.rendered:
        yield "rendered", f"{run.rendered} pages in a browser, load more clicked {run.clicks} time(s)"
    yield "invalid", _counted(run.invalid)
    yield "doubts", _counted(dict(figures.doubts))
    if figures.compared:
        share = f"{figures.agreed / figures.compared:.0%}"
        yield "agreement", f"{figures.agreed} of {figures.compared} pages ({share}) have the words that the feed has"
    yield "unproven", _counted(run.ambiguous)
    yield "archive", _counted(run.archive).replace("_", " ")
    yield "layouts", run.unknown_layouts or ""
    for note in _notes(run):
        yield "note", note
    for path in run.stored:
        yield "output", path
    for path in run.parts:
        yield "output", f"{path} (not put in place; the file before it is as it was)"
    for note in run.alarms:
        yield "alarm", note
    yield "verdict", f"{verdict.word} (exit code {int(verdict.code)}): {verdict.why}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _known(run: RunSnapshot) -> str:
    """What was done about articles that are in the dataset and URLs that were tried before."""
    counts = {
        "re-visited": run.revisits,
        "tried again": run.figures.scheduled_again,
        "withdrawn": run.figures.withdrawn,
        "re-extractions separated from edits": run.separated,
        "re-extractions not separated from edits": run.not_separated,
        "not due": run.not_planned.get("not_due", 0),
        "final": run.not_planned.get("final", 0),
        "taken down": run.not_planned.get("taken_down", 0),
    }
    return _counted({name: count for name, count in counts.items() if count})


def _range(run: RunSnapshot, backfill: BackfillFigures) -> str:
    return "; ".join(
        [
            f"{backfill.first} to {backfill.last} (UTC): {backfill.covered} of {backfill.days} days have articles",
            f"{backfill.found + backfill.known} articles in it ({backfill.known} of them known before)",
            f"{run.figures.count(Outcome.OUT_OF_RANGE)} read outside it",
            f"{run.figures.count(Outcome.NOT_REACHED)} not reached",
            f"{backfill.considered} URLs considered",
            f"{backfill.sitemaps} sitemaps read",
        ]
    )


def _notes(run: RunSnapshot) -> Iterator[str]:
    if run.recovered:
        yield f"recovered from a run that was killed: {run.recovered}"
    for source in run.gaps:
        yield f"the {source} no longer reaches back to the last run; the sitemaps were read for the gap"
    yield from _source_notes(run)
    if run.backfill:
        yield from _backfill_notes(run.backfill)
    yield from _site_notes(run)
    yield from run.notes.values()
    if run.max_pages_reached:
        yield "the listing goes on; max_pages ended it"
    if run.log_failed:
        yield run.log_failed
    if run.metrics_failed:
        yield f"the metrics could not be written: {run.metrics_failed}"
    if run.offsite_refused:
        yield f"{run.offsite_refused} request(s) to other hosts refused"


def _source_notes(run: RunSnapshot) -> Iterator[str]:
    for source, reasons in run.sources_failed.items():
        for reason, times in reasons.items():
            yield f"the {source} gave no URLs {times} time(s): {reason}"
    for source, what in run.cut.items():
        yield f"a part of the {source} was lost: {what}"
    for source, count in run.without_articles.items():
        yield f"the {source} named {count} URLs, of which none is an article's"
    for source in run.repeated:
        yield f"the {source} repeats itself, and was not read further"


def _site_notes(run: RunSnapshot) -> Iterator[str]:
    if run.next_visit:
        yield f"only blocks came; do not come back before {run.next_visit}"
    if run.robots_unavailable:
        yield f"robots.txt can't be had ({run.robots_unavailable}): nothing may be asked for without it"
    if run.robots_copy_used:
        yield "robots.txt can't be had: the copy of an earlier run was obeyed"
    if run.load_more_refused:
        yield "robots.txt forbids loading more of the listing; feeds and sitemaps were used"


def _backfill_notes(backfill: BackfillFigures) -> Iterator[str]:
    if not backfill.complete:
        yield "the range was not walked to its end; the same command with a data folder goes on from here"
    if missing := backfill.years_without_sitemap:
        yield f"the index names no sitemap for {missing} of the range's years"
    if strange := backfill.years_out_of_order:
        yield f"in {strange} year(s) ids did not follow publication, and all URLs were fetched"

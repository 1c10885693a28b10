"""The page: what was counted and looked up, in the order in which an editor asks for it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from newscrawler.ledger import Ledger, MissingUrl
from newscrawler.monitoring.stats import Recurrence
from newscrawler.report.articles import Archive, Cluster, ReportArticle, newest, site_url
from newscrawler.report.charts import Chart, bars, counted, horizontal_bars, lines, megabytes, percent, plain
from newscrawler.report.figures import COVERAGE, DELAYS, LONGEST_DELAY, OTHER, Days, Figures
from newscrawler.report.runs import GROUPS, RUNS, Gap, RunView, last_ended, last_of_each, span, view, with_gaps
from newscrawler.utils import escape_control_chars

#: Sections and layouts that have a colour; the rest are together.
_COLOURS = 5
#: Paragraphs that recur which are shown.
_RECURRING = 20
#: URLs without a record which are shown.
_MISSING = 25
#: Days beyond which a chart of all time goes by month, and by year.
_DAYS_BY_MONTH, _DAYS_BY_YEAR = 62, 365 * 4


@dataclass(frozen=True, slots=True)
class FromLedger:
    """What the ledger adds; all empty where there is none."""

    runs: list[RunView] = field(default_factory=list)
    due: int = 0
    last_revised: list[ReportArticle] = field(default_factory=list)
    most_revised: list[ReportArticle] = field(default_factory=list)
    clusters: list[Cluster] = field(default_factory=list)
    cluster_count: int = 0
    recurring: list[Recurrence] = field(default_factory=list)
    missing: list[MissingUrl] = field(default_factory=list)
    missing_count: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def missing_by_edition(self) -> dict[str, dict[str, int]]:
        """How many URLs gave no record, by outcome."""
        found: dict[str, dict[str, int]] = {}
        for (edition, outcome), count in sorted(self.missing_count.items()):
            found.setdefault(edition, {})[outcome] = count
        return found

    def missing_of(self, edition: str) -> int:
        """How many URLs of an edition gave no record."""
        return sum(self.missing_by_edition.get(edition, {}).values())


def read_ledger(data_dir: Path, ledger: Ledger, figures: Figures) -> FromLedger:
    """Runs, and the articles that ``figures`` point to. Raises a LedgerError."""
    archive = Archive(data_dir, ledger)
    clusters, count = archive.clusters(figures)
    return FromLedger(
        runs=[view(run) for run in ledger.runs.last(RUNS)],
        due=ledger.urls.count_due(figures.now),
        last_revised=archive.last_revised(),
        most_revised=archive.most_revised(),
        clusters=clusters,
        cluster_count=count,
        recurring=ledger.paragraphs.recurring()[:_RECURRING],
        missing=ledger.urls.missing(_MISSING),
        missing_count=ledger.urls.count_missing(),
    )


def page(figures: Figures, ledger: FromLedger, *, folder: str, days: int) -> str:
    """The whole HTML file. The charts by day look back so many days; ``folder`` is named in the header."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "plain": plain,
        "counted": counted,
        "percent": percent,
        "printable": escape_control_chars,
        "site_url": site_url,
        "megabytes": megabytes,
        "moment": _moment,
        "ago": lambda moment: _ago(figures.now, moment),
    }
    spiders = last_of_each(ledger.runs, figures.now)
    style = _source("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.from_string(_source("report.html")).render(
        style=Markup(style),  # noqa: S704 - ours, and the policy below allows this very text
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        figures=figures,
        folder=folder,
        days=days,
        ledger=ledger,
        last=last_ended(spiders),
        spiders=spiders,
        strip=with_gaps(ledger.runs, figures.now),
        agreed=sum(one.agreed for one in spiders),
        compared=sum(one.compared for one in spiders),
        groups=GROUPS,
        newest=newest(figures),
        charts=_charts(figures, ledger, days),
        median=_median_delay(figures),
        shares=_shares(figures, days),
    )


def _source(name: str) -> str:
    return files("newscrawler.report").joinpath(name).read_text("utf-8")


def _charts(figures: Figures, ledger: FromLedger, days: int) -> dict[str, Chart]:
    window = [figures.now.date() - timedelta(days=at) for at in range(days - 1, -1, -1)]
    # Sections of several editions would be "other" for the most part.
    published, named = figures.published, figures.sections
    if len(figures.editions) > 1:
        published, named = figures.published_by_edition, figures.editions
    names = [name for name, _ in named.most_common(_COLOURS)]
    charts = {
        "published": bars(
            f"Articles published a day, the last {days} days",
            "day",
            [_day(day) for day in window],
            _stacked([published.counts.get(day, Counter()) for day in window], names),
        ),
        "layouts": _ranked("Layouts", "layout", figures.layouts),
        "sections": _ranked("Sections", "section", figures.sections),
        "revisions": _revisions(figures),
        "delays": horizontal_bars("From first sight to the first change", "after", _delays(figures)),
        "coverage": _coverage(figures, window),
    }
    if len(figures.editions) > 1:
        charts["editions"] = _ranked("Editions", "edition", figures.editions)
    if any(day < window[0] for day in published.counts):
        charts["ever"] = _ever(published, names)
    return charts | _run_charts(ledger, figures.now)


def _stacked(counts: list[Counter[str]], names: list[str]) -> list[tuple[str, list[float | None]]]:
    """A series a name, and one of the rest where there is any."""
    series: list[tuple[str, list[float | None]]] = [(name, [count[name] for count in counts]) for name in names]
    rest: list[float | None] = [count.total() - sum(count[name] for name in names) for count in counts]
    return [*series, (OTHER, rest)] if any(rest) else series


def _ever(published: Days, names: list[str]) -> Chart:
    first, last = min(published.counts), max(published.counts)
    length = (last - first).days
    labels: list[str]
    if length > _DAYS_BY_YEAR:
        unit, years = "year", range(first.year, last.year + 1)
        by_year = _grouped(published, lambda day: day.year)
        labels, counts = [str(year) for year in years], [by_year.get(year, Counter()) for year in years]
    elif length > _DAYS_BY_MONTH:
        unit, months = "month", _months(first, last)
        by_month = _grouped(published, lambda day: day.replace(day=1))
        labels, counts = [f"{one:%b %Y}" for one in months], [by_month.get(one, Counter()) for one in months]
    else:
        unit, days = "day", [first + timedelta(days=at) for at in range(length + 1)]
        labels, counts = [_day(day) for day in days], [published.counts.get(day, Counter()) for day in days]
    return bars(f"All articles, by {unit} of publication", unit, labels, _stacked(counts, names))


def _grouped(days: Days, unit: Callable[[date], Any]) -> dict[Any, Counter[str]]:
    grouped: dict[Any, Counter[str]] = {}
    for key, found in groupby(sorted(days.counts), unit):
        grouped[key] = sum((days.counts[day] for day in found), Counter())
    return grouped


def _months(first: date, last: date) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _ranked(title: str, over: str, counts: Mapping[str, int]) -> Chart:
    first = Counter(counts).most_common(8)
    rest = sum(counts.values()) - sum(count for _, count in first)
    return horizontal_bars(title, over, [*first, (OTHER, rest)] if rest else first)


def _revisions(figures: Figures) -> Chart:
    """Articles by how many revisions they have: those with at least n less those with more."""
    numbered = figures.numbered
    most = max(numbered, default=0)
    counts: list[float | None] = [max(numbered[n] - numbered[n + 1], 0) for n in range(1, most + 1)]
    labels = [str(n) for n in range(1, most + 1)]
    return bars("Articles by number of revisions", "revisions", labels, [("articles", counts)])


def _delays(figures: Figures) -> list[tuple[str, int]]:
    names = [*(name for _, name in DELAYS), LONGEST_DELAY] if figures.delays else []
    return [(name, figures.delays[name]) for name in names]


def _median_delay(figures: Figures) -> str:
    """The bound below which half of the first changes came, or an empty text."""
    half, seen = figures.delays.total() / 2, 0
    for bound, name in DELAYS:
        seen += figures.delays[name]
        if half and seen >= half:
            return span(bound, units=1)
    return ""


def _coverage(figures: Figures, window: list[date]) -> Chart:
    counts = [figures.coverage.counts.get(day, Counter()) for day in window]
    names = [name for name, _, _ in COVERAGE if any(count[f"{name}?"] for count in counts)]
    return lines(
        "Share of records that have a …",
        "day fetched",
        [_day(day) for day in window] if names else [],
        [(name, [100 * c[name] / c[f"{name}?"] if c[f"{name}?"] else None for c in counts]) for name in names],
        form=percent,
    )


def _shares(figures: Figures, days: int) -> list[tuple[str, list[str]]]:
    """Each field's share in the last day, week and ``days``; a dash where no record was asked."""
    today = figures.now.date()
    rows = []
    for name, _, _ in COVERAGE:
        cells = []
        for length in (1, 7, days):
            counts = [figures.coverage.counts.get(today - timedelta(days=at), Counter()) for at in range(length)]
            asked = sum(count[f"{name}?"] for count in counts)
            cells.append(percent(100 * sum(count[name] for count in counts) / asked) if asked else "–")
        rows.append((name, cells))
    return rows


def _run_charts(ledger: FromLedger, now: datetime) -> dict[str, Chart]:
    ended = [run for run in ledger.runs if run.state != "open"]
    runs = with_gaps(ended, now)
    labels = [run.word if isinstance(run, Gap) else f"{run.started_at:%-d %b %H:%M}" for run in runs]

    def values(of: Callable[[RunView], float | None]) -> list[float | None]:
        return [None if isinstance(run, Gap) else of(run) for run in runs]

    def doubts_named(name: str) -> list[float | None]:
        return values(lambda run: run.doubts.get(name, 0))

    doubts = sum((Counter(run.doubts) for run in ended), Counter())
    shown = [name for name, _ in doubts.most_common(_COLOURS)]
    series = [(name.replace("_", " "), doubts_named(name)) for name in shown]
    if len(doubts) > len(shown):
        rest = values(lambda run: sum(count for name, count in run.doubts.items() if name not in shown))
        series.append((OTHER, rest))
    return {
        "outcomes": bars(
            f"URLs by outcome, the last {len(ended)} runs" if len(ended) > 1 else "URLs by outcome",
            "run",
            labels if ended else [],
            [(name, values(lambda run, name=name: run.counts[name])) for name in GROUPS] if ended else [],  # type: ignore[misc]
        ),
        "agreement": lines(
            "Share of pages that have the words which the feed has",
            "run",
            labels,
            [("agreement", values(lambda run: 100 * run.agreed / run.compared if run.compared else None))],
            form=percent,
        ),
        "doubts": bars("Articles that came to have doubts", "run", labels if series else [], series),
        "requests": bars("Requests", "run", labels, [("requests", values(lambda run: run.requests))]),
        "received": bars(
            *("Received from the network", "run", labels, [("received", values(lambda run: run.received))]),
            form=megabytes,
        ),
        "durations": bars(
            *("Minutes a run took", "run", labels, [("minutes", values(_minutes))]),
            form=lambda value: f"{value:.0f}" if value == round(value) else f"{value:.1f}",
        ),
    }


def _minutes(run: RunView) -> float | None:
    return None if run.duration is None else run.duration.total_seconds() / 60


def _day(day: date) -> str:
    return f"{day:%-d %b}"


def _moment(moment: datetime) -> str:
    return f"{moment:%-d %b %Y, %H:%M}"


def _ago(now: datetime, moment: datetime) -> str:
    past = now - moment
    return "just now" if past < timedelta(minutes=1) else f"{span(past, units=1)} ago"


__all__ = ["FromLedger", "page", "read_ledger"]

"""Is the dataset what it should be? The lines against the script's truth, the requests against the promises."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from newscrawler.ledger.revisit_policy import DEVELOPING_LONGEST, WITHDRAWN_AFTER, WITHDRAWN_GAPS, RevisitTable
from tests.replica.rehearsal import ScriptedSite
from tests.slow.soak.crawls import RHYTHM, RunFigures
from tests.slow.soak.truth import Known, Version, face_of, known

#: What the project promises (issue 3).
MOST_DISCOVERY = 5
MOST_REVISITS = 8
LONGEST_MEDIAN = timedelta(hours=2)
#: Outcomes that an ordinary month has none of while the site is up.
_STRANGE = ("invalid", "unknown_layout", "not_article", "blocked", "robots", "http_error", "failed", "not_reached")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise broken once. Kinds are named in docs/operate/revisits.md."""

    kind: str
    what: str


@dataclass(slots=True)
class Report:
    """What was measured, and every promise that was broken."""

    articles: int = 0
    lines: int = 0
    revisions_due: int = 0
    revisions_extra: int = 0
    withdrawn: int = 0
    returned: int = 0
    delays: list[timedelta | None] = field(default_factory=list)
    first_delays: list[timedelta] = field(default_factory=list)
    revisits: dict[int, int] = field(default_factory=dict)
    revisit_requests: list[int] = field(default_factory=list)
    first_fetches: list[int] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @property
    def median_delay(self) -> timedelta | None:
        """Of the first-day edits; one that left no line counts as an endless delay. None: no edits, or endless."""
        longest = timedelta.max.total_seconds()
        seconds = [longest if delay is None else delay.total_seconds() for delay in self.delays]
        median = statistics.median_high(seconds) if seconds else longest
        return None if median == longest else timedelta(seconds=median)


def check(
    lines: Iterable[Mapping[str, Any]], runs: Sequence[RunFigures], site: ScriptedSite, table: RevisitTable
) -> Report:
    """Everything that the issue asks of a soak. ``lines`` are the dataset's, in any order."""
    report = Report()
    by_number: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        by_number[int(line["article_id"])].append(line)
        report.lines += 1
    expected = _expected(runs, site)
    for number in sorted(by_number.keys() - site.scripts.keys()):
        report.violations.append(Violation("unknown_article", str(number)))
    for script in site.scripts.values():
        found = sorted(by_number.get(script.number, []), key=lambda line: str(line["fetched_at"]))
        if found or script.number in expected:
            story = _Story(known(site, script), found, site, table, report)
            report.violations += story.violations(script.number in expected)
    report.violations += _cost(runs, by_number, report, {n: script.lifecycle for n, script in site.scripts.items()})
    if report.delays and (report.median_delay is None or report.median_delay > LONGEST_MEDIAN):
        report.violations.append(Violation("slow_edits", f"median {report.median_delay or 'endless'}"))
    return report


def _expected(runs: Sequence[RunFigures], site: ScriptedSite) -> set[int]:
    """Stories that world news named while some run could see it; at the first run, only what lists reach back to."""
    moments = [run.at for run in runs if not run.down]
    expected: set[int] = set()
    length = site.options.feed_length
    for index, moment in enumerate(moments):
        reach = 0
        for script in reversed(site.scripts.values()):
            fresh = index == 0 or script.head.published_at > moment - 4 * _DAY
            if not fresh or reach == length:
                break
            if script.is_there(moment) and script.head_at(script.version_at(moment)).section == "news":
                expected.add(script.number)
                reach += 1
    return expected


class _Story:
    """The lines of one story against its truth."""

    def __init__(
        self,
        story: Known,
        lines: Sequence[Mapping[str, Any]],
        site: ScriptedSite,
        table: RevisitTable,
        report: Report,
    ) -> None:
        self._story = story
        self._lines = lines
        self._site = site
        self._calendar = site.calendar
        self._table = table
        self._report = report
        self._name = f"{story.script.number} ({story.script.lifecycle})"
        #: Version number to the line that holds it first.
        self._held: dict[int, datetime] = {}

    def violations(self, expected: bool) -> Iterator[Violation]:
        """All that is wrong with the story's lines."""
        self._report.articles += bool(self._lines)
        if not self._lines:
            if expected:
                yield Violation("article_missing", self._name)
            return
        yield from self._sequence()
        yield from self._withdrawals()
        if expected:
            yield from self._completeness()

    def _sequence(self) -> Iterator[Violation]:
        """Each line says what the page said then, none says what the one before it said."""
        last: tuple[int, str] | None = None
        for count, line in enumerate(self._lines, start=1):
            at = datetime.fromisoformat(str(line["fetched_at"]))
            what = f"{self._name} line {count}, {at:%d %b %H:%M}"
            if line["revision"] != count:
                yield Violation("revision_number", f"{what}: revision {line['revision']}")
            version = self._story.version_at(at)
            if version is None or face_of(line) != version.face:
                yield Violation("wrong_content", what)
                continue
            status = str(line["status"])
            if (status == "published") != self._story.script.is_there(at):
                yield Violation("wrong_status", f"{what}: {status}")
            if last == (version.number, status):
                change = self._calendar.template_change
                kind = "template_revision" if version.start < change <= at else "repeated_line"
                yield Violation(kind, what)
            last = (version.number, status)
            self._held.setdefault(version.number, at)
            if count == 1 and self._story.published_at >= self._calendar.start:
                self._report.first_delays.append(at - max(version.start, self._story.published_at))

    def _completeness(self) -> Iterator[Violation]:
        """Each version that stood longer than the table's interval for its age has a line."""
        versions = self._story.versions
        for version in versions:
            gone = min([version.end, *(gone for gone, _ in self._story.script.absences if gone >= version.start)])
            seen = Version(version.number, version.face, version.start, gone)
            interval = self._interval(version)
            # A story that comes into world news from elsewhere is nobody's before.
            foreign = not any(earlier.face.section == "news" for earlier in versions[: version.number + 1])
            due = not foreign and interval is not None and seen.stood(self._calendar) > interval
            if due:
                self._report.revisions_due += version.number > 0
                if version.number not in self._held:
                    kind = "revision_missing" if version.number else "first_version_missing"
                    stood = seen.stood(self._calendar)
                    yield Violation(kind, f"{self._name} version {version.number}, stood {stood}")
            elif version.number in self._held and version.number:
                self._report.revisions_extra += 1
            self._note_delay(version, seen)

    def _note_delay(self, version: Version, seen: Version) -> None:
        if not version.number or version.start - self._story.published_at > _DAY:
            return
        held = self._held.get(version.number)
        # Of what is too young at the end, nothing can be said.
        if held is not None or seen.end < self._calendar.end:
            self._report.delays.append(None if held is None else held - version.start)

    def _interval(self, version: Version) -> timedelta | None:
        """How long a version must stand to be seen for certain: in whole runs, since no visit comes between two."""
        if version.number == 0:
            return RHYTHM if version.start >= self._calendar.start else timedelta(0)
        before = self._story.versions[version.number - 1].face
        return interval_at(self._table, version.start - self._story.published_at, before.developing)

    def _withdrawals(self) -> Iterator[Violation]:
        script = self._story.script
        withdrawn = [_time(line) for line in self._lines if line["status"] == "withdrawn"]
        self._report.withdrawn += len(withdrawn)
        if len(withdrawn) > len(script.absences):
            yield Violation("withdrawn_twice", self._name)
        for gone, back in script.absences:
            end = min(back, self._calendar.end)
            if _time(self._lines[0]) > gone:
                continue
            interval = interval_at(self._table, gone - self._story.published_at, self._lines[0]["developing"])
            absent = Version(0, self._story.versions[0].face, gone, end).stood(self._calendar)
            noted = [at for at in withdrawn if gone <= at < end]
            if interval is not None and absent > interval + WITHDRAWN_AFTER + RHYTHM and not noted:
                yield Violation("withdrawal_missing", self._name)
            returned = [line for line in self._lines if _time(line) >= back and line["status"] == "published"]
            self._report.returned += len(returned)
            if noted and not returned and self._calendar.end - max(noted[0], back) > WITHDRAWN_GAPS[0] + RHYTHM:
                yield Violation("return_missing", self._name)


def _time(line: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(line["fetched_at"]))


def interval_at(table: RevisitTable, age: timedelta, developing: bool) -> timedelta | None:
    """The table's interval at an age, in whole runs; None where no visit is planned."""
    steps = table.developing if developing else table.published
    interval = next((step.interval for step in steps if age < step.until_age), None)
    if interval is None:
        return DEVELOPING_LONGEST if developing else None
    return math.ceil(interval / RHYTHM) * RHYTHM


def _cost(
    runs: Sequence[RunFigures],
    by_number: Mapping[int, Sequence[Mapping[str, Any]]],
    report: Report,
    lifecycles: Mapping[int, str],
) -> Iterator[Violation]:
    """Requests a run and a story. A story's first fetch ends with the run that wrote its first line."""
    first_line = {number: min(map(_time, lines)) for number, lines in by_number.items()}
    for run in runs:
        again = {
            number: count
            for number, count in run.articles.items()
            if number in first_line and first_line[number] < run.at - RHYTHM / 2
        }
        for number, count in again.items():
            report.revisits[number] = report.revisits.get(number, 0) + count
        report.revisit_requests.append(sum(again.values()))
        report.first_fetches.append(sum(run.articles.values()) - sum(again.values()))
        when = f"run of {run.at:%d %b %H:%M}"
        if run.discovery > MOST_DISCOVERY:
            yield Violation("discovery_cost", f"{when}: {run.discovery} requests")
        if run.down:
            continue
        if run.exit_code:
            yield Violation("bad_run", f"{when}: exit code {run.exit_code}, {run.why}")
        for error in run.errors:
            yield Violation("logged_error", f"{when}: {error}")
        strange = {name: run.outcomes[name] for name in _STRANGE if run.outcomes.get(name)}
        if strange:
            yield Violation("strange_outcome", f"{when}: {strange}")
    for number, count in sorted(report.revisits.items()):
        if count > MOST_REVISITS:
            yield Violation("revisit_cost", f"{number} ({lifecycles.get(number)}): {count} requests after the first")

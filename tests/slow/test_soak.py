"""Three days of hourly crawls in fast-forward, and a check that is shown to fail when it should."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.ledger.revisit_policy import DEFAULT_TABLE
from tests.oracle import records_of
from tests.replica.rehearsal import DEFAULT_START, ScriptedSite
from tests.slow.soak.check import Report, check
from tests.slow.soak.crawls import Clock, RunFigures, run_times
from tests.slow.soak.truth import known

ROOT = Path(__file__).parents[2]
DAYS = 3
Lines = list[dict[str, Any]]


@dataclass
class Rehearsal:
    """What a rehearsal in a process of its own left behind."""

    code: int
    out: str
    figures: dict[str, Any]
    lines: Lines
    runs: list[RunFigures]


@pytest.fixture(scope="module")
def rehearsals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsal]:
    """Both servers at once: one without validators and with an invented rhythm, one with and the real rhythm."""
    folder = tmp_path_factory.mktemp("rehearsal")
    corpus = request.config.getoption("--corpus", None)
    options = {"none": [], "validators": ["--validators", *(["--corpus", str(corpus)] if corpus else [])]}
    processes = {}
    for name, more in options.items():
        files = ["--data", str(folder / name), "--json", str(folder / f"{name}.json")]
        command = [sys.executable, "-W", "error", "-m", "tests.slow.soak", "--days", str(DAYS), *files, *more]
        processes[name] = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    found = {}
    for name, process in processes.items():
        out, _ = process.communicate(timeout=300)
        written = folder / f"{name}.json"
        figures = json.loads(written.read_text()) if written.exists() else {"runs": []}
        runs = [RunFigures.of_json(run) for run in figures["runs"]]
        found[name] = Rehearsal(process.returncode, out, figures, records_of(folder / name), runs)
    return found


@pytest.fixture(params=["none", "validators"])
def rehearsal(request: pytest.FixtureRequest, rehearsals: dict[str, Rehearsal]) -> Rehearsal:
    return rehearsals[request.param]


def test_every_promise_is_kept(rehearsal: Rehearsal) -> None:
    assert rehearsal.code == 0, rehearsal.out
    assert rehearsal.figures["violations"] == []


def test_something_happened(rehearsal: Rehearsal) -> None:
    """A rehearsal in which nothing is revised proves nothing."""
    figures = rehearsal.figures
    assert figures["runs"][-1]["outcomes"] is not None
    assert len(figures["runs"]) == DAYS * 24 + 1
    assert figures["articles_in_dataset"] >= figures["stories_published"] - 2 > 20
    assert figures["revisions_due"] >= 5
    assert figures["withdrawn"] >= 1
    assert sum(run["down"] for run in figures["runs"]) == 2
    assert figures["discovery_requests_a_run"]["most"] <= 5
    assert figures["revisits_a_story"]["most"] <= 8
    assert figures["median_edit_delay_minutes"] <= 120


def test_the_outage_is_told_once_and_its_end_once(rehearsal: Rehearsal) -> None:
    assert [(run.down, run.messages) for run in rehearsal.runs if run.messages] == [
        (True, ["bad: sent by command"]),
        (False, ["recovered: sent by command"]),
    ]
    assert [run.exit_code for run in rehearsal.runs if not run.down] == [0] * (DAYS * 24 - 1)


def test_a_lost_lead_is_told_soon() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.slow.soak", "--days", "1", "--lose-lead-on", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = dict(re.findall(r"^(\w[\w ]*?) {2,}(\S.*)$", done.stdout, re.MULTILINE))
    assert int(figures["runs until seen"]) <= 3
    assert figures["false alarms"] == "0"
    assert re.search(r"lead in 0 of \d+ records", done.stdout)


def test_validators_save_bytes(rehearsals: dict[str, Rehearsal]) -> None:
    assert rehearsals["none"].figures["not_modified_a_run"] == 0
    assert rehearsals["validators"].figures["not_modified_a_run"] > 0.5


def test_the_check_sees_a_lost_and_a_doubled_line_of_the_real_dataset(rehearsals: dict[str, Rehearsal]) -> None:
    """Over the dataset and the requests of the rehearsal that invents its rhythm."""
    done, site = rehearsals["none"], _site(DAYS)
    assert check(done.lines, done.runs, site, DEFAULT_TABLE).violations == []
    for index in range(0, len(done.lines), 12):
        if done.lines[index]["revision"] == 1:
            assert check(done.lines[:index] + done.lines[index + 1 :], done.runs, site, DEFAULT_TABLE).violations
        assert check([*done.lines, done.lines[index]], done.runs, site, DEFAULT_TABLE).violations


def _site(days: int) -> ScriptedSite:
    return ScriptedSite.rehearse(days, Clock(DEFAULT_START).now)


@pytest.fixture(scope="module")
def site() -> ScriptedSite:
    return _site(18)


@pytest.fixture
def runs(site: ScriptedSite) -> list[RunFigures]:
    figures = [RunFigures(moment, site.calendar.is_down(moment)) for moment in run_times(site.calendar)]
    return [replace(run, discovery=4, exit_code=3 if run.down else 0) for run in figures]


@pytest.fixture(scope="module")
def perfect(site: ScriptedSite) -> Lines:
    """A line for every version, a minute after it appeared, and for every withdrawal a day after it began."""
    lines: Lines = []
    for script in site.scripts.values():
        story, found = known(site, script), []
        for version in story.versions:
            last = script.version_at(version.end - timedelta(seconds=1))
            record = site.version_of(script.number, last).truth()
            found.append((max(version.start, site.calendar.start) + timedelta(minutes=1), "published", record))
        for gone, back in script.absences:
            found.append((gone + timedelta(hours=26), "withdrawn", found[-1][2]))
            found.append((back + timedelta(hours=1), "published", found[-1][2])) if back < site.calendar.end else None
        found = [entry for entry in found if entry[0] <= site.calendar.end]
        for number, (at, status, record) in enumerate(found, start=1):
            lines.append({**record, "revision": number, "fetched_at": at.isoformat(), "status": status})
    return lines


@pytest.fixture
def lines(perfect: Lines) -> Lines:
    return copy.deepcopy(perfect)


@pytest.fixture
def kinds(site: ScriptedSite, runs: list[RunFigures]) -> Callable[[Lines], set[str]]:
    def judge(lines: Lines) -> set[str]:
        return {violation.kind for violation in check(lines, runs, site, DEFAULT_TABLE).violations}

    return judge


def _of(lines: Lines, site: ScriptedSite, lifecycle: str) -> Iterator[dict[str, Any]]:
    return (line for line in lines if site.scripts[int(line["article_id"])].lifecycle == lifecycle)


def _at(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["fetched_at"])


def test_a_perfect_crawl_has_no_violation(lines: Lines, kinds: Callable[[Lines], set[str]]) -> None:
    assert kinds(lines) == set()


def test_an_article_that_is_missing(lines: Lines, site: ScriptedSite, kinds: Callable[[Lines], set[str]]) -> None:
    line = next(line for line in _of(lines, site, "plain") if line["section"] == "news" and _young(line, site))
    lines.remove(line)
    assert kinds(lines) == {"article_missing"}


def _young(line: dict[str, Any], site: ScriptedSite) -> bool:
    return bool(datetime.fromisoformat(line["published_at"]) >= site.calendar.start)


def test_a_line_that_is_there_twice(lines: Lines, kinds: Callable[[Lines], set[str]]) -> None:
    assert kinds([*lines, lines[40]]) == {"revision_number", "repeated_line"}


@pytest.mark.parametrize("lifecycle", ["corrected", "moved"])
def test_a_revision_that_is_missing(
    lifecycle: str, lines: Lines, site: ScriptedSite, kinds: Callable[[Lines], set[str]]
) -> None:
    last = {line["article_id"]: line for line in _of(lines, site, lifecycle)}
    line = next(
        line for line in last.values() if line["revision"] > 1 and _at(line) < site.calendar.end - timedelta(days=6)
    )
    lines.remove(line)
    assert kinds(lines) == {"revision_missing"}


def test_a_change_of_template_that_made_a_revision(
    lines: Lines, site: ScriptedSite, kinds: Callable[[Lines], set[str]]
) -> None:
    line = next(line for line in _of(lines, site, "plain") if _at(line) < site.calendar.template_change)
    after = site.calendar.template_change + timedelta(hours=1)
    lines.append({**line, "revision": 2, "fetched_at": after.isoformat()})
    assert kinds(lines) == {"template_revision"}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"paragraphs": ["Read us where you like"]}, "wrong_content"),
        ({"section": "shows"}, "wrong_content"),
        ({"developing": None}, "wrong_content"),
        ({"status": "withdrawn"}, "wrong_status"),
        ({"revision": 7}, "revision_number"),
        ({"article_id": "1"}, "unknown_article"),
    ],
)
def test_a_line_that_says_something_else(
    change: dict[str, Any], kind: str, lines: Lines, site: ScriptedSite, kinds: Callable[[Lines], set[str]]
) -> None:
    line = next(_of(lines, site, "forever" if "developing" in change else "plain"))
    line.update(change)
    assert kind in kinds(lines)


def test_withdrawals_and_returns(lines: Lines, site: ScriptedSite, kinds: Callable[[Lines], set[str]]) -> None:
    stories = [line["article_id"] for line in _of(lines, site, "returned") if line["revision"] == 3]
    story = next(story for story in stories if _young_enough(site, int(story)))
    returned = [line for line in lines if line["article_id"] != story or line["revision"] < 3]
    assert kinds(returned) == {"return_missing"}
    assert "withdrawal_missing" in kinds([line for line in lines if line["article_id"] != story or _is_first(line)])


def _young_enough(site: ScriptedSite, number: int) -> bool:
    """Away while visits were due, and back long enough to be found."""
    script = site.scripts[number]
    gone, back = script.absences[0]
    return gone - script.head.published_at < timedelta(hours=15) and back < site.calendar.end - timedelta(days=9)


def _is_first(line: dict[str, Any]) -> bool:
    return bool(line["revision"] == 1)


def test_costs_and_bad_runs(lines: Lines, site: ScriptedSite, runs: list[RunFigures]) -> None:
    number = int(next(line for line in _of(lines, site, "plain") if _young(line, site))["article_id"])
    first = site.scripts[number].head.published_at
    runs[3].discovery = 6
    runs[4].exit_code = 3
    runs[5].outcomes = {"unknown_layout": 1}
    runs[6].errors = ["something broke"]
    for run in [run for run in runs if run.at > first + timedelta(hours=2)][:9]:
        run.articles = {number: 1}
    found = check(lines, runs, site, DEFAULT_TABLE)
    assert {violation.kind for violation in found.violations} == {
        "discovery_cost",
        "bad_run",
        "strange_outcome",
        "logged_error",
        "revisit_cost",
    }
    assert found.revisits == {number: 9}


def test_edits_that_come_late_or_never() -> None:
    report = Report(delays=[timedelta(minutes=10), timedelta(hours=3), None])
    assert report.median_delay == timedelta(hours=3)
    assert Report(delays=[timedelta(minutes=10), None]).median_delay is None

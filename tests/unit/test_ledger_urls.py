"""What becomes of addresses from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.files import read_record
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import ArgumentError
from newscrawler.ledger import (
    LEDGER_NAME,
    OUTCOMES_WITHOUT_LINE,
    RETRY_GAPS,
    DiscoveredLink,
    Ledger,
    Plan,
    Validators,
    new_run_id,
)
from newscrawler.outcomes import Outcome
from newscrawler.utils import DateRange
from tests.dataset_driver import START, as_line, entry, make_record, save

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Runs:
    """A ledger with a run under way; ``at`` ends it and begins another, later."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger.open(folder / LEDGER_NAME)
        self.now = START
        self._begin("1")

    def _begin(self, extractor: str) -> None:
        self.run = self.ledger.runs.begin(new_run_id(self.now), self.now, extractor_version=extractor)
        self.part = PartFile(self.folder, self.ledger, self.run)

    def at(self, later: timedelta, extractor: str = "1") -> None:
        self.part.finish()
        self.ledger.runs.end(self.run, self.now, outcomes={}, finish_reason="finished", exit_code=0)
        self.now = START + later
        self._begin(extractor)

    def plan(self, number: int = 0, lastmod: timedelta | None = None) -> Plan:
        entries = [entry(number, None if lastmod is None else START + lastmod)]
        return self.ledger.urls.discovered(self.run, self.now, entries)[0]

    def pending(self) -> list[str]:
        plans = self.ledger.urls.pending(self.run, self.now, edition="en", limit=9)
        assert all(plan.wanted for plan in plans)
        return [f"{plan.action} {int(plan.key[1]) - 600000}" for plan in plans]

    def fail(self, outcome: str, number: int = 0) -> None:
        self.ledger.urls.finished(self.run, entry(number).key, Outcome(outcome), self.now, "because")

    def record(self, number: int = 0, version: int = 0, **changes: Any) -> dict[str, Any]:
        given = {"fetched_at": self.now.isoformat(), "extractor_version": self.run.extractor_version}
        return make_record(number, version, **(given | changes))

    def save(self, number: int = 0, version: int = 0, **changes: Any) -> str:
        validators = Validators(etag='"e"', last_modified="then")
        return save(
            self.ledger, self.part, self.run, self.record(number, version, **changes), self.now, validators=validators
        )

    def not_modified(self, number: int = 0) -> None:
        self.ledger.visits.unchanged(self.run, entry(number).key, self.now)

    def missing(self, number: int = 0) -> bool:
        """A 404; True when a withdrawn line was written for it."""
        found = self.ledger.visits.missing(self.run, entry(number).key, self.now)
        if found is None:
            return False
        decision, line = found
        record = make_record(number) | {"status": "withdrawn", "fetched_at": self.now.isoformat()}
        assert read_record(self.folder, self.ledger, line)["article_id"] == record["article_id"]
        record |= {
            "revision": decision.revision,
            "revision_of_hash": decision.revision_of_hash,
            "revision_reason": decision.reason,
        }
        self.part.save(
            as_line(record),
            lambda location: self.ledger.articles.save_line(self.run, record, decision, location, self.now),
        )
        return True


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    found = Runs(tmp_path)
    yield found
    found.part.close()
    found.ledger.close()


def test_an_address_is_the_runs_until_it_has_an_outcome(runs: Runs) -> None:
    assert runs.plan().action == "fetch"
    assert runs.plan().action == "scheduled"
    assert runs.pending() == []
    runs.at(HOUR)  # killed, say: no outcome
    assert runs.pending() == ["fetch 0"]
    assert runs.plan().action == "scheduled"


def test_one_listing_twice_with_two_slugs_is_one_address(runs: Runs) -> None:
    other = DiscoveredLink(entry(0).key, "https://www.rt.com/news/600000-new-slug/", "feed")
    plans = runs.ledger.urls.discovered(runs.run, runs.now, [entry(0), other])
    assert [plan.action for plan in plans] == ["fetch", "scheduled"]
    runs.at(HOUR)
    plans = runs.ledger.urls.pending(runs.run, runs.now, edition="en", limit=9)
    assert [plan.url for plan in plans] == [other.url]
    assert plans[0].first_seen_at == START
    assert plans[0].via == "listing"


def test_an_article_of_other_days_is_left_until_somebody_wants_it(runs: Runs) -> None:
    published = START - 40 * DAY
    here, elsewhere = (DateRange(day, day) for day in (published.date(), (published + DAY).date()))

    def action(days: DateRange | None) -> str:
        wanted = entry(0)._replace(days=days)
        return runs.ledger.urls.discovered(runs.run, runs.now, [wanted])[0].action

    assert action(elsewhere) == "fetch"
    runs.ledger.urls.out_of_range(runs.run, entry(0).key, runs.now, published)
    assert runs.ledger.dates.date_of(entry(0).key) == published
    assert runs.ledger.dates.date_of(entry(1).key) is None
    assert runs.ledger.dates.sample("en") == [(600000, published)]
    runs.at(HOUR)
    assert runs.pending() == [], "nobody asked for it"
    assert action(elsewhere) == "final"
    assert action(here) == "fetch"
    runs.at(2 * HOUR)  # killed before it was fetched
    assert runs.pending() == ["fetch 0"]
    runs.ledger.urls.out_of_range(runs.run, entry(0).key, runs.now, published)
    runs.at(3 * HOUR)
    assert action(None) == "fetch"
    assert runs.save() == "new"
    runs.at(4 * HOUR)
    runs.ledger.urls.out_of_range(runs.run, entry(0).key, runs.now, published)
    assert runs.ledger.dates.date_of(entry(0).key) != published, "a record's date is the record's"
    with pytest.raises(ArgumentError, match="was not discovered"):
        runs.ledger.urls.out_of_range(runs.run, entry(5).key, runs.now, published)


def test_pending_is_by_edition_and_goes_on_where_it_stopped(runs: Runs) -> None:
    runs.ledger.urls.discovered(runs.run, runs.now, [entry(n) for n in range(5)])
    runs.at(HOUR)
    assert runs.ledger.urls.count_due(runs.now) == 5
    assert runs.ledger.urls.pending(runs.run, runs.now, edition="es", limit=9) == []
    first = runs.ledger.urls.pending(runs.run, runs.now, edition="en", limit=3)
    then = runs.ledger.urls.pending(runs.run, runs.now, edition="en", limit=3)
    assert sorted(plan.key for plan in first + then) == sorted(entry(n).key for n in range(5))


@pytest.mark.parametrize("outcome", sorted(set(RETRY_GAPS) - {"gone", "robots"}))
def test_gaps_grow_to_a_stated_end(runs: Runs, outcome: str) -> None:
    runs.plan()
    attempts: list[timedelta] = [timedelta(0)]
    runs.fail(outcome)
    for hour in range(1, 24 * 80):
        runs.now = START + hour * HOUR
        if runs.ledger.urls.count_due(runs.now):
            runs.at(hour * HOUR)
            assert runs.pending() == ["retry 0"]
            runs.fail(outcome)
            attempts.append(hour * HOUR)
    assert len(attempts) == 1 + len(RETRY_GAPS[Outcome(outcome)])
    gaps = [after - before for before, after in pairwise(attempts)]
    assert gaps == sorted(gaps)
    runs.at(90 * DAY)
    assert runs.plan().action == "final"


def test_robots_is_asked_for_ever_and_not_reached_at_once(runs: Runs) -> None:
    runs.plan()
    for day in (0, 2, 10, 50, 90, 130):
        runs.at(day * DAY)
        assert runs.plan().wanted
        runs.fail("robots")
    runs.at(300 * DAY)
    for number in range(20):
        runs.at(300 * DAY + number * HOUR)
        assert runs.plan().action == "retry"
        runs.fail("not_reached")


def test_a_permanent_404_of_an_unknown_article_is_final_after_a_few_tries(runs: Runs) -> None:
    tries = 0
    for hour in range(24 * 20):
        runs.at(hour * HOUR)
        if runs.plan().wanted:
            assert runs.missing() is False
            tries += 1
    assert tries == 1 + len(RETRY_GAPS[Outcome.GONE])
    assert runs.plan().action == "final"


@pytest.mark.parametrize("outcome", ["invalid", "unknown_layout"])
def test_a_new_extractor_version_tries_unreadable_pages_again(runs: Runs, outcome: str) -> None:
    runs.plan()
    runs.fail(outcome)
    runs.plan(1)
    runs.fail("not_article", 1)
    runs.at(timedelta(minutes=5))
    assert runs.pending() == []
    runs.at(timedelta(minutes=10), extractor="2")
    assert runs.pending() == ["fetch 0"]
    runs.fail(outcome)
    runs.at(timedelta(minutes=15), extractor="2")
    assert runs.pending() == []


def test_a_known_article_is_never_final_by_failures(runs: Runs) -> None:
    runs.plan()
    runs.save(developing=True)
    for day in range(1, 200):
        runs.at(day * DAY)
        if runs.plan().wanted:
            runs.fail("failed")
    assert runs.ledger.urls.count_due(START + 400 * DAY) == 1
    runs.at(400 * DAY)
    assert runs.plan().action == "retry"
    assert runs.save(version=1) == "revised"


def test_a_duplicate_leaves_the_plan_of_a_known_article_alone(runs: Runs) -> None:
    runs.plan()
    runs.save()
    runs.fail("duplicate")
    runs.at(2 * HOUR)
    assert runs.pending() == ["revisit 0"]


def test_outcomes_that_go_elsewhere_and_unknown_addresses(runs: Runs) -> None:
    assert {"unchanged", "gone", "new"}.isdisjoint(OUTCOMES_WITHOUT_LINE)
    with pytest.raises(ArgumentError, match="'gone' is not one"):
        runs.fail("gone")
    with pytest.raises(ArgumentError, match="was not discovered"):
        runs.fail("failed", 5)
    with pytest.raises(ArgumentError, match="was not discovered"):
        runs.missing(5)
    with pytest.raises(ArgumentError, match="no record"):
        runs.not_modified(5)


def test_validators_are_those_of_an_accepted_record_of_the_same_extractor(runs: Runs) -> None:
    assert not runs.plan().validators
    runs.save()
    runs.at(2 * HOUR)
    assert runs.plan().validators == Validators('"e"', "then")
    runs.fail("invalid")
    runs.at(3 * HOUR, extractor="2")
    plan = runs.plan()
    assert (plan.action, bool(plan.validators), plan.revisions) == ("revisit", False, 1)
    assert runs.save() == "unchanged"
    runs.at(30 * HOUR, extractor="2")
    assert runs.plan().validators


def test_revisits_follow_the_table_and_a_304_counts(runs: Runs) -> None:
    runs.plan()
    runs.save(published_at=START.isoformat())
    seen = []
    for hour in range(1, 200):
        runs.at(hour * HOUR)
        if runs.pending():
            seen.append(hour)
            runs.not_modified()
    assert seen == [2, 4, 6, 8, 18, 138]
    assert runs.plan().action == "final"


def test_lastmods_bring_a_visit_forward_until_they_prove_false(runs: Runs) -> None:
    runs.plan()
    runs.save(published_at=START.isoformat())
    runs.at(HOUR)
    assert runs.plan(lastmod=timedelta(minutes=30)).action == "not_due"  # the table's own visit is near
    runs.at(8 * HOUR)
    runs.plan()
    runs.not_modified()
    runs.at(11 * HOUR)
    assert runs.plan().action == "not_due"
    assert runs.plan(lastmod=10 * HOUR).action == "revisit"
    runs.at(11 * HOUR + timedelta(minutes=10))  # killed before the answer: still due
    assert runs.pending() == ["revisit 0"]
    assert runs.save(version=1, published_at=START.isoformat()) == "revised"
    runs.at(100 * HOUR)
    runs.plan()
    runs.not_modified()
    runs.at(102 * HOUR)
    assert runs.plan(lastmod=101 * HOUR).action == "revisit"
    runs.not_modified()
    runs.at(104 * HOUR)
    assert runs.plan(lastmod=101 * HOUR).action == "not_due"
    assert runs.plan(lastmod=103 * HOUR).action == "not_due"


@pytest.mark.parametrize("failure", ["failed", "invalid", "missing"])
def test_whatever_comes_of_its_visits_a_story_costs_eight(runs: Runs, failure: str) -> None:
    runs.plan()
    runs.save(published_at=START.isoformat())
    visits = 0
    for hour in range(1, 24 * 90):
        runs.at(hour * HOUR)
        if runs.pending():
            visits += 1
            runs.missing() if failure == "missing" else runs.fail(failure)
    assert 2 <= visits <= 8


def test_a_redirect_is_followed_once(runs: Runs) -> None:
    runs.plan()
    runs.save()
    runs.at(2 * HOUR)
    assert runs.plan().url == entry(0).url
    moved = "https://www.rt.com/news/600000-another-slug/"
    record = runs.record()
    decision = runs.ledger.articles.decide(record)
    runs.ledger.visits.unchanged(runs.run, entry(0).key, runs.now, decision=decision, url=moved)
    runs.at(30 * HOUR)
    plans = runs.ledger.urls.pending(runs.run, runs.now, edition="en", limit=9)
    assert [plan.url for plan in plans] == [moved]


def test_withdrawn_after_two_answers_a_day_apart_and_back_again(runs: Runs) -> None:
    runs.plan()
    runs.save()
    runs.at(2 * HOUR)
    runs.plan()
    assert runs.missing() is False
    runs.at(4 * HOUR)
    assert runs.pending() == []
    runs.at(27 * HOUR)
    assert runs.pending() == ["revisit 0"]
    assert runs.missing() is True
    runs.at(28 * HOUR)
    assert runs.plan().action == "not_due"
    runs.at(60 * HOUR)  # a listing names it again
    plan = runs.plan()
    assert (plan.action, bool(plan.validators)) == ("revisit", False)
    assert runs.missing() is False
    runs.at(33 * DAY)
    assert runs.pending() == ["revisit 0"]
    assert runs.save() == "revised"
    lines = runs.ledger.lines.of_article(entry(0).key)
    assert [(line.status, line.reason) for line in lines] == [
        ("published", None),
        ("withdrawn", "metadata"),
        ("published", "metadata"),
    ]


def test_one_good_answer_forgets_the_404_before(runs: Runs) -> None:
    runs.plan()
    runs.save(developing=True)
    for hour, missing in ((2, True), (27, False), (50, True), (60, False)):
        runs.at(hour * HOUR)
        runs.plan()
        if missing:
            assert runs.missing() is False
        else:
            runs.not_modified()
    assert len(runs.ledger.lines.of_article(entry(0).key)) == 1


def test_withdrawn_articles_are_given_up_in_the_end(runs: Runs) -> None:
    runs.plan()
    runs.save()
    asked = []
    for day in range(1, 100):
        runs.at(day * DAY)
        if runs.pending():
            asked.append(day)
            runs.missing()
    assert asked == [1, 2, 9, 39]


def test_times_without_zone_are_refused(runs: Runs) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        runs.ledger.urls.discovered(runs.run, datetime(2026, 5, 1), [entry(0)])  # noqa: DTZ001

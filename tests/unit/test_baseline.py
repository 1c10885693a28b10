"""Runs compared with the runs before them: what is seen, and what is only a quiet night."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newscrawler.monitoring.baseline import (
    P_VALUE,
    PastRun,
    articles,
    binomial_tail,
    changed_fields,
    coverage,
    difference_tail,
    doubts,
    lengths,
    lost_sources,
    poisson_tail,
    revisions,
    shares,
    sources,
    sudden,
)
from newscrawler.monitoring.stats import Recurrence, RunFigures, length_class, snapshot_of
from newscrawler.monitoring.verdict import ExitCode, Thresholds, Verdict, judge

#: A Sunday, 3 a.m.
NOW = datetime(2026, 5, 3, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLOORS = {"lead": 0.5}


def past(hours: float, code: int | None = 0, **figures: Any) -> PastRun:
    return PastRun(NOW - hours * HOUR, code, RunFigures(**figures))


def daily_rhythm(days: int, busy: float = 3.0, seed: int = 1) -> list[PastRun]:
    """Hourly runs, newest first: busy days, nights with nothing, weekends with half."""
    draw = random.Random(seed)
    runs = []
    for hours in range(1, days * 24 + 1):
        at = NOW - hours * HOUR
        mean = busy * (at.hour >= 7) * (0.5 if at.weekday() >= 5 else 1.0)
        runs.append(past(hours, outcomes={"new": sum(draw.random() < mean / 10 for _ in range(10))}))
    return runs


def wrong(history: Sequence[PastRun], new: int = 0, now: datetime = NOW) -> bool:
    return articles(now, RunFigures(outcomes={"new": new}), history, 0.5) is not None


def test_three_in_the_morning_on_a_sunday_is_quiet() -> None:
    assert not wrong(daily_rhythm(28))


@pytest.mark.parametrize("seed", range(2))
def test_no_false_alarm_in_a_month(seed: int) -> None:
    history = daily_rhythm(45, seed=seed)
    for number in range(0, 24 * 30, 5):
        run = history[number]
        found = articles(run.started_at, run.figures, history[number + 1 :], 0.5)
        assert found is None, (run.started_at, found)


def test_a_site_that_stands_still_is_seen_within_a_day() -> None:
    history = daily_rhythm(28)
    still = [past(-hours, outcomes={"new": 0}) for hours in range(1, 31)]
    seen = [
        number for number, run in enumerate(still) if wrong([*reversed(still[:number]), *history], now=run.started_at)
    ]
    assert seen
    assert 6 <= seen[0] <= 24


def test_a_tenth_of_the_articles_is_seen() -> None:
    history = daily_rhythm(28)
    assert wrong([past(hours, outcomes={"new": 0}) for hours in range(1, 24)] + history[23:], new=2)


def test_a_young_history_says_nothing() -> None:
    few = daily_rhythm(4)
    assert not wrong([past(hours, outcomes={"new": 0}) for hours in range(1, 49)] + few[48:])


def test_the_first_run_s_backlog_is_no_rule() -> None:
    history = daily_rhythm(7)
    assert not wrong([*history, past(7 * 24 + 1, outcomes={"new": 5000})])


def test_killed_runs_count_with_what_they_committed() -> None:
    """All of a day's articles came with runs that were killed: nothing is missing."""
    history = daily_rhythm(28)
    killed = [PastRun(run.started_at, None, run.figures) for run in history[:24]]
    assert not wrong([*killed, *history[24:]])


def test_runs_of_the_future_are_left_out() -> None:
    """As after a clock that was put back."""
    assert not wrong([past(-500, outcomes={"new": 0}), *daily_rhythm(28)])


def fields(records: int, lead: int, code: int | None = 0, hours: int = 1) -> PastRun:
    return past(hours, code, records=records, fields={"lead": lead})


def covered(records: int, lead: int, history: Sequence[PastRun] = ()) -> list[str]:
    figures = RunFigures(records=records, fields={"lead": lead}) if records else RunFigures()
    return [finding.text for finding in coverage(figures, history, FLOORS, 0.8)]


USUAL = [fields(5, 5, hours=hours) for hours in range(1, 100)]


def test_a_lead_that_is_lost_is_seen_after_a_few_records() -> None:
    assert covered(8, 0, USUAL) == ["lead in 0 of 8 records, usually 100%; less than 80%"]
    assert covered(3, 0, USUAL) == []
    assert covered(3, 0, [fields(3, 0, 0), *USUAL]) != []


def test_one_page_without_a_lead_is_none() -> None:
    assert covered(1, 0, USUAL) == []
    assert covered(5, 4, USUAL) == []


def test_bad_runs_do_not_become_usual() -> None:
    assert covered(8, 0, [*(fields(50, 0, 3) for _ in range(100)), *USUAL])


def test_a_run_that_read_nothing_mends_nothing() -> None:
    assert covered(0, 0, [fields(8, 0, 3), *USUAL])


def test_a_lead_that_is_back_is_good_at_once() -> None:
    assert covered(2, 2, [fields(8, 0, 3), *USUAL]) == []


def test_without_history_the_floor_holds() -> None:
    assert covered(100, 60) == []
    assert covered(100, 20) == ["lead in 20 of 100 records; less than 50%"]
    assert covered(3, 0) == []
    figures = RunFigures(records=100, fields={"lead": 0})
    assert list(coverage(figures, (), {"lead": 0.0}, 0.8)) == []


def test_op_eds_without_authors_are_counted_among_op_eds() -> None:
    figures = RunFigures(records=100, op_eds=20, fields={"op_ed_authors": 0})
    assert [finding.text for finding in coverage(figures, (), {"op_ed_authors": 0.5}, 0.8)] == [
        "op ed authors in 0 of 20 records; less than 50%"
    ]


def named(feed: int, history: Sequence[PastRun]) -> list[str]:
    return [finding.text for finding in sources(RunFigures(named={"feed": feed}), history, 0.5)]


def test_half_as_many_as_usual_is_seen() -> None:
    history = [past(hours, named={"feed": 100}) for hours in range(1, 30)]
    assert named(49, history) == ["the feed named 49 URLs, usually 100; less than 50%"]
    assert named(50, history) == []
    assert named(1, history[:4]) == []
    assert named(1, [past(1, named={"feed": 4})] * 30) == []


def test_a_feed_that_says_it_is_unchanged_is_still_short() -> None:
    history = [past(1, 3, named={"feed": 9}), *(past(hours, named={"feed": 100}) for hours in range(2, 30))]
    assert list(sources(RunFigures(unchanged=("feed",)), history, 0.5))


def test_a_source_that_is_lost_three_times_counts() -> None:
    lost = {"listing": "unknown_form"}
    before = [past(1, lost=lost), past(1.5, None), past(2, lost=lost), past(3, named={"listing": 10})]
    [finding] = lost_sources(RunFigures(lost=lost), before, 3)
    assert finding.text == "the listing gave no URLs in 3 runs in a row (unknown_form); at most 2"
    assert not list(lost_sources(RunFigures(lost=lost), before[2:], 3))
    assert not list(lost_sources(RunFigures(lost=lost), before, 0))
    assert not list(lost_sources(RunFigures(lost={"sitemap": "empty"}), [past(1, lost={"sitemap": "empty"})] * 5, 3))


def verdict(history: Sequence[PastRun] = (), thresholds: Thresholds | None = None, **outcomes: int) -> Verdict:
    counters: dict[str, Any] = {f"newscrawler/outcome/{name}": count for name, count in outcomes.items()}
    counters |= {"finish_reason": "finished", "newscrawler/scheduled": sum(outcomes.values())}
    return judge(snapshot_of({**counters, "newscrawler/discovery/found": 9}), thresholds or Thresholds(), history, NOW)


def outcomes(**counts: int) -> PastRun:
    return past(1, scheduled=sum(counts.values()), outcomes=counts)


def test_the_one_new_address_that_fails_is_judged_with_those_before() -> None:
    assert verdict(failed=1).code is ExitCode.BAD_VERDICT
    assert verdict([outcomes(new=1)] * 20, failed=1).good
    # What failed long ago is not counted again.
    assert verdict([outcomes(new=1)] * 8 + [outcomes(failed=1)] * 9, failed=2).good
    bad = verdict([outcomes(failed=1, new=1), outcomes(new=6)], failed=2)
    assert bad.why == "3 of 10 URLs failed in this run (2) and those before it, more than 20%"
    assert verdict([outcomes(failed=9)], new=1).good
    assert verdict([outcomes(failed=9)]).code is ExitCode.BAD_VERDICT


def test_one_page_that_is_refused_is_not_yet_a_block() -> None:
    assert verdict(blocked=1).code is ExitCode.BLOCKED
    assert verdict([outcomes(new=5)] * 3, blocked=1).good
    assert verdict([outcomes(blocked=3)] * 2, blocked=4).code is ExitCode.BLOCKED


def test_unknown_layouts_are_seen_before_a_fifth_fails() -> None:
    assert verdict(new=88, unknown_layout=12).why == "12 of 100 pages of an unknown layout, more than 10%"
    assert verdict(new=90, unknown_layout=10).good
    assert verdict([outcomes(new=4)] * 3, unknown_layout=1).good
    assert verdict([outcomes(unknown_layout=1), outcomes(new=8)], unknown_layout=1).reasons[0].kind == "unknown_layouts"


def test_every_reason_is_told_the_gravest_first() -> None:
    found = verdict(thresholds=Thresholds(max_fault_share=0.1), new=70, unknown_layout=30)
    assert [reason.kind for reason in found.reasons] == ["faults", "unknown_layouts"]
    counters = {
        "finish_reason": "finished",
        "newscrawler/scheduled": 100,
        "newscrawler/outcome/blocked": 60,
        "newscrawler/outcome/new": 40,
        "newscrawler/internal_errors": 6,
        "newscrawler/records": 40,
        "newscrawler/missing/lead": 40,
        "elapsed_time_seconds": 4000.0,
    }
    found = judge(snapshot_of(counters), Thresholds(min_coverage=FLOORS, max_seconds=3000))
    assert [(reason.code, reason.kind) for reason in found.reasons] == [
        (ExitCode.INTERNAL_ERROR, "internal_errors"),
        (ExitCode.BLOCKED, "blocked"),
        (ExitCode.BAD_VERDICT, "field/lead"),
        (ExitCode.BAD_VERDICT, "duration"),
    ]
    assert all(any(letter.isdigit() for letter in reason.text) for reason in found.reasons)
    assert found.why.endswith("lead in 0 of 40 records; less than 50%; the run took 4000 seconds, more than 3000")


def test_chances() -> None:
    assert poisson_tail(0, 0) == 1
    assert poisson_tail(2, 3) == pytest.approx(0.42319, abs=1e-5)
    assert poisson_tail(3000, 3000) == pytest.approx(0.5, abs=0.02)
    assert binomial_tail(1, 3, 0.5) == pytest.approx(0.5)
    assert binomial_tail(3, 3, 1.0) == 1
    assert binomial_tail(2, 3, 1.0) == 0
    assert binomial_tail(0, 3, 0.0) == 1
    assert difference_tail(0, 2, 5, 8) == pytest.approx(2 / 9)
    assert difference_tail(2, 2, 5, 8) == pytest.approx(1)
    # A backfill's run has thousands of records.
    assert binomial_tail(4000, 5000, 0.8) == pytest.approx(0.5, abs=0.02)
    assert binomial_tail(100, 20_000, 0.8) == 0
    assert binomial_tail(2, 3, 1.0) == 0
    assert 0 < P_VALUE < 0.01


def test_a_clock_that_was_put_back_is_told() -> None:
    ahead = verdict([past(-24 * 365), past(1)], new=3)
    assert ahead.code is ExitCode.BAD_VERDICT
    assert ahead.why == (
        "by the clock of this run it is 2026-05-03 03:00, by that of the run before it was 2027-05-03 03:00: "
        "one of them is wrong"
    )
    assert verdict([past(-2), past(1)], new=3).good
    assert verdict([past(1), past(-24 * 365)], new=3).good, "told once"


def test_few_pages_that_all_failed_are_told_with_those_before() -> None:
    assert verdict([outcomes(new=40)], invalid=3).why == "3 of 3 URLs failed; with the runs before it 3 of 43"


def test_articles_that_are_all_gone_stay_bad() -> None:
    """A run that has but one of them to ask for must not call it good again."""
    all_gone = past(1, 3, scheduled=16, outcomes={"gone": 16})
    quiet = verdict([all_gone], gone=1)
    assert quiet.why == "no article at any of 17 URLs in this run (1) and those before it"
    assert verdict([all_gone]).code is ExitCode.BAD_VERDICT
    assert verdict([all_gone], unchanged=1).good


def quiet(runs: int = 100, **figures: Any) -> list[PastRun]:
    """Good runs of five records each, the last of them a day ago."""
    return [past(24 + hours, examined=5, **figures) for hours in range(runs)]


def told(history: Sequence[PastRun], *newest: RunFigures, hours: float = 1) -> list[str]:
    """The kinds of the doubts that are too many in runs so many hours apart, the newest run first."""
    before = [PastRun(NOW - number * hours * HOUR, 0, run) for number, run in enumerate(newest[1:], start=1)]
    return [finding.kind for finding in doubts(NOW, newest[0], [*before, *history], 0.5)]


def doubtful(count: int, examined: int) -> RunFigures:
    return RunFigures(examined=examined, doubts={"unknown_block": count} if count else {})


def test_two_doubts_of_a_kind_that_never_comes_are_no_chance() -> None:
    assert told(quiet(), doubtful(1, 3)) == []
    assert told(quiet(), doubtful(2, 3)) == ["doubt/unknown_block"]
    # In two small runs as well, and until other pages have been read.
    assert told(quiet(), doubtful(1, 3), doubtful(1, 4)) == ["doubt/unknown_block"]
    assert told(quiet(), doubtful(0, 2), doubtful(2, 3)) == ["doubt/unknown_block"]
    assert told(quiet(), doubtful(0, 60), doubtful(2, 3), hours=24) == []


def test_what_the_pages_have_no_more_is_over() -> None:
    """One page that is as it should be ends what struck all of them; a tenth is not ended by a handful."""
    assert told(quiet(), doubtful(0, 1), doubtful(16, 16)) == []
    assert told(quiet(), doubtful(0, 3), doubtful(2, 3)) == []
    assert told(quiet(600), doubtful(0, 9), doubtful(3, 30)) == ["doubt/unknown_block"]
    lost = watched("tags lost", 6, known=6, new=0)
    assert fields_told(TAGGED, lost) != []
    assert fields_told(TAGGED, watched("tags lost", known=1, new=0), lost) == []


def test_records_that_could_not_be_stored_are_not_counted_twice() -> None:
    """The next run reads the same pages again."""
    history = [past(hours, outcomes={"unchanged": 9}) for hours in range(2, 50)]
    revised = RunFigures(outcomes={"revised": 4, "unchanged": 3})
    assert list(revisions(revised, [past(1, 0, outcomes={"revised": 4, "unchanged": 4}), *history]))
    assert not list(revisions(revised, [past(1, 6, outcomes={"revised": 4, "unchanged": 4}), *history]))


def test_a_mass_of_revisions_is_told_once_and_one_that_is_explained_never() -> None:
    history = [past(hours, outcomes={"unchanged": 9}) for hours in range(2, 50)]
    all_of_them = RunFigures(outcomes={"revised": 11})
    assert list(revisions(all_of_them, history))
    assert not list(revisions(replace(all_of_them, explained=11), history))
    after = RunFigures(outcomes={"revised": 2, "unchanged": 20})
    assert not list(revisions(after, [past(1, 3, outcomes={"revised": 11}), *history]))


def test_two_doubts_of_a_day_are_told_where_one_page_in_ten_is_struck() -> None:
    """The second comes a hundred pages after the first."""
    day = [doubtful(1, 5), *[doubtful(0, 5)] * 19, doubtful(1, 5)]
    assert told(quiet(600), *day) == ["doubt/unknown_block"]
    assert told(quiet(600), *day, hours=2) == []


def test_a_usual_doubt_must_come_far_more_often() -> None:
    usual = quiet(doubts={"unknown_block": 1})
    assert told(usual, doubtful(4, 10)) == []
    assert told(usual, doubtful(9, 10)) == ["doubt/unknown_block"]


def test_without_history_a_ceiling_holds_from_ten_records_on() -> None:
    assert told([], doubtful(9, 9)) == []
    assert told([], doubtful(5, 10)) == []
    assert told([], doubtful(6, 10)) == ["doubt/unknown_block"]


def test_runs_of_another_extractor_or_without_doubts_are_no_baseline() -> None:
    other = [PastRun(run.started_at, 0, run.figures, same_extractor=False) for run in quiet()]
    assert told(other, doubtful(3, 9)) == []
    assert told([past(hours, records=5) for hours in range(100)], doubtful(3, 9)) == []


def test_no_false_alarm_with_a_rare_doubt_in_a_year() -> None:
    draw = random.Random(3)
    history: list[PastRun] = []
    for hours in range(0, 365 * 24, 4):
        run = doubtful(sum(draw.random() < 0.0003 for _ in range(20)), 20)
        now = NOW + hours * HOUR
        assert not list(doubts(now, run, history[: 28 * 6], 0.5)), now
        history.insert(0, PastRun(now, 0, run))


def watched(kind: str, count: int = 0, *, known: int = 4, new: int = 1, lacking: int = 0) -> RunFigures:
    """A run that examined known and new pages; of the known ones so many changed, of the new ones so many lack tags."""
    lengths = {"30": new} if new else {}
    return RunFigures(
        examined=known + new,
        lengths=lengths,
        having={"tags": new - lacking},
        changed_fields={kind: count} if count else {},
    )


def fields_told(history: Sequence[PastRun], *newest: RunFigures, hours: float = 1) -> list[str]:
    """What is told of fields, of runs so many hours apart, the newest first."""
    before = [PastRun(NOW - number * hours * HOUR, 0, run) for number, run in enumerate(newest[1:], start=1)]
    older = [PastRun(run.started_at - len(newest) * hours * HOUR, 0, run.figures) for run in history]
    return [finding.text for finding in changed_fields(NOW, newest[0], [*before, *older])]


TAGGED = [PastRun(NOW - hours * HOUR, 0, watched("tags lost")) for hours in range(600)]


def test_fields_that_known_pages_lose_or_new_ones_lack() -> None:
    lost = watched("tags lost", 3, known=6, new=0)
    assert fields_told(TAGGED, lost) == ["tags lost: 3 of 6 records, usually 0.0 of so many; that is not by chance"]
    assert fields_told(TAGGED, watched("tags lost", 1, lacking=1)) != []
    assert fields_told(TAGGED, watched("tags lost", 1)) == []
    often = [PastRun(run.started_at, 0, watched("tags lost", 2)) for run in TAGGED]
    assert fields_told(often, lost) == []


def test_a_tenth_of_the_pages_is_told_from_what_a_day_brings() -> None:
    """Two pages in seventy, hours apart: none of the runs has more than one."""
    usual = [watched("tags lost")] * 8
    found = fields_told(TAGGED, watched("tags lost", 1), *usual, watched("tags lost", lacking=1))
    assert found == ["tags lost: 2 of 50 records, usually 0.0 of so many; that is not by chance"]
    rarely = [watched("tags lost", 1), *usual, *usual[:4], watched("tags lost", lacking=1)]
    assert len(fields_told(TAGGED, *rarely)) == 1
    assert fields_told(TAGGED, *rarely, hours=2) == [], "more than a day"


def test_what_new_pages_often_lack_does_not_hide_what_known_ones_lose() -> None:
    history = [
        PastRun(run.started_at, 0, watched("tags lost", lacking=number % 2)) for number, run in enumerate(TAGGED)
    ]
    usual = [watched("tags lost", lacking=1)] * 8
    [found] = fields_told(history, watched("tags lost", 1), *usual, watched("tags lost", 1))
    assert found.startswith("tags lost: 2 of 40 records")
    assert fields_told(history, *usual) == []


def test_a_night_of_new_articles_lacks_what_new_ones_lack() -> None:
    """Of authors new pages have none and known ones lose none: a burst of new ones is no change."""
    authors = RunFigures(examined=12, lengths={"30": 12}, having={"tags": 12})
    assert fields_told(TAGGED, authors) == []


def test_what_pages_never_had_is_told_of_new_and_known_ones() -> None:
    box = RunFigures(
        examined=5, lengths={"30": 1}, having={"tags": 1, "authors": 1}, changed_fields={"authors gained": 1}
    )
    [found] = fields_told(TAGGED, box)
    assert found.startswith("authors gained: 2 of 5 records")


def first_read(count: int, authors: int = 0, words: int = 400) -> RunFigures:
    return RunFigures(lengths={str(length_class(words)): count}, having={"authors": authors, "tags": count})


def test_a_share_of_a_field_may_be_too_large_or_too_small() -> None:
    history = [PastRun(NOW, 0, first_read(4)) for _ in range(100)]
    assert not list(shares(first_read(5, authors=1), history))
    assert [finding.kind for finding in shares(first_read(5, authors=5), history)] == ["share/authors"]
    without = RunFigures(lengths={"30": 5})
    assert [finding.kind for finding in shares(without, history)] == ["share/tags"]


def test_a_share_that_few_articles_told_is_not_known_well() -> None:
    """One of 20 where 33 of 63 had it, on the fourth day of a rehearsed quarter: no change of the template."""

    def told(lengths: int, having: int, days: int) -> bool:
        history = [PastRun(NOW, 0, RunFigures(lengths={"30": 15}, having={"tags": 8})) for _ in range(days)]
        return bool(list(shares(RunFigures(lengths={"30": lengths}, having={"tags": having}), history)))

    assert not told(20, 1, 8)
    assert not told(20, 1, 28)
    assert told(30, 1, 28)


def test_halved_texts_are_seen_though_every_field_is_filled() -> None:
    draw = random.Random(5)

    def runs(count: int, share: float) -> list[RunFigures]:
        words = [share * draw.lognormvariate(6, 0.5) for _ in range(count)]
        return [RunFigures(lengths={str(length_class(int(number))): 1}) for number in words]

    history = [PastRun(NOW, 0, run) for run in runs(400, 1.0)]
    halved = [PastRun(NOW, 0, run) for run in runs(30, 0.5)]
    usual = [PastRun(NOW, 0, run) for run in runs(30, 1.0)]
    assert not list(lengths(usual[0].figures, [*usual[1:], *history]))
    [finding] = lengths(halved[0].figures, [*halved[1:], *history])
    assert finding.kind == "lengths"


def test_known_pages_that_are_all_revised() -> None:
    history = [past(hours, outcomes={"revised": 1, "unchanged": 9}) for hours in range(50)]
    assert not list(revisions(RunFigures(outcomes={"revised": 3, "unchanged": 7}), history))
    [finding] = revisions(RunFigures(outcomes={"revised": 9, "unchanged": 1}), history)
    assert finding.text.startswith("9 of 10 known pages were revised, usually 10%")


def recurrence(**more: Any) -> Recurrence:
    values = {"edition": "en", "text": "Join us.", "articles": 6, "since": 7, "before": 100, "in_feed": False}
    return Recurrence(**{**values, "first_at": NOW - 5 * HOUR, **more})


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({}, True),
        ({"since": 9}, False),  # the closing line of 2022: 7 of 10
        ({"articles": 4, "since": 4}, False),
        ({"before": 10}, False),  # a new ledger knows no paragraph
        ({"in_feed": True}, False),
        ({"first_at": NOW - 200 * HOUR}, False),
    ],
)
def test_a_paragraph_that_all_articles_have_at_once(more: dict[str, Any], *, is_told: bool) -> None:
    found = [finding.text for finding in sudden([recurrence(**more)], NOW, 0.75)]
    assert found == (['6 of 7 articles have the same paragraph, none before: "Join us."'] if is_told else [])

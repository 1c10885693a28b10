"""The re-visit schedule, with a clock of its own."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from newscrawler.exceptions import ArgumentError
from newscrawler.ledger.revisit_policy import (
    DEFAULT_TABLE,
    DEVELOPING_LONGEST,
    after_withdrawal,
    lastmod_is_due,
    next_visit,
    parse_table,
)

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def visits(
    first_fetch: timedelta,
    *,
    developing: bool = False,
    settles: float = 1e9,
    hours: int = 24 * 60,
    jitter: int = 40,
) -> list[timedelta]:
    """Ages at which hourly runs re-visit a story; a run comes to it up to ``jitter`` s late. Nothing changes but
    the mark of a developing story, which it loses at the age of ``settles`` hours.
    """
    draw = random.Random(7)
    fetched, streak, ages = START + first_fetch, 0, []
    due = next_visit(START, fetched, developing, streak, fetched)
    for hour in range(1, hours):
        now = START + first_fetch + hour * HOUR + timedelta(seconds=draw.uniform(0, jitter))
        if due is not None and due <= now:
            settled = developing and now - START >= settles * HOUR
            developing = developing and not settled
            streak = 0 if settled else streak + 1
            ages.append(now - START)
            due = next_visit(START, now, developing, streak, now, visits=len(ages))
    return ages


@pytest.mark.parametrize("minutes", [0, 1, 20, 40, 59])
def test_six_revisits_at_the_ages_that_the_table_states(minutes: int) -> None:
    first = timedelta(minutes=minutes)
    ages = [round((age - first) / HOUR) for age in visits(first)]
    assert ages == [2, 4, 6, 8, 18, 18 + 120]


@pytest.mark.parametrize("days", [0, 0.3, 0.5, 1, 3, 6, 400])
def test_never_more_than_six_whenever_a_story_is_found(days: float) -> None:
    assert len(visits(timedelta(days=days))) <= 6


@pytest.mark.parametrize("settles", [0.5, 1, 2, 3, 5, 8, 12, 30, 100])
def test_never_more_than_seven_whenever_a_developing_story_settles(settles: float) -> None:
    assert len(visits(timedelta(minutes=30), developing=True, settles=settles)) <= 7


def test_what_is_left_of_the_budget_is_kept_for_the_late_correction() -> None:
    """As after a story whose changes brought many visits: then one five days later, then none."""
    at = START + 5 * HOUR
    assert next_visit(START, at, False, 0, at, visits=6) == at + timedelta(days=5) - timedelta(minutes=15)
    assert next_visit(START, at, True, 0, at, visits=6) == at + timedelta(days=5) - timedelta(minutes=15)
    assert next_visit(START, at, False, 0, at, visits=7) is None
    assert next_visit(START, at, True, 0, at, visits=7) == at + DEVELOPING_LONGEST


def test_median_delay_of_edits_spread_evenly_over_ten_hours_is_below_two_hours() -> None:
    draw = random.Random(1)
    delays = []
    for _ in range(2000):
        first = timedelta(minutes=draw.uniform(0, 60))
        edit = timedelta(hours=draw.uniform(0, 10))
        if edit > first:
            found = next(age for age in visits(first, hours=200, jitter=0) if age >= edit)
            delays.append((found - edit) / HOUR)
    assert statistics.median(delays) <= 2


def test_a_developing_story_is_never_given_up_but_gets_lazier() -> None:
    ages = visits(timedelta(minutes=30), developing=True, hours=24 * 300)
    gaps = [after - before for before, after in pairwise(ages)]
    assert gaps[0] < 2 * HOUR
    assert [round((age - ages[0]) / HOUR) for age in ages[:3]] == [0, 1, 3]
    assert gaps[-1] >= DEVELOPING_LONGEST
    assert sum(age < timedelta(days=30) for age in ages) <= 8


def test_a_developing_story_is_visited_by_every_hourly_run_at_first() -> None:
    due = next_visit(START, START + HOUR, True, 0, START + HOUR)
    assert due == START + HOUR + timedelta(minutes=45)


def test_captures_from_an_archive_are_planned_from_now() -> None:
    now = START + timedelta(days=4000)
    assert next_visit(START, START + HOUR, False, 0, now) is None
    assert next_visit(START, START + HOUR, True, 0, now) == now + DEVELOPING_LONGEST


@pytest.mark.parametrize(
    ("lastmod", "visited", "misses", "now", "expected"),
    [
        (5, 3, 0, 6, True),
        (2, 3, 0, 6, False),  # nothing new since the visit
        (5, 3, 1, 6, False),  # lastmods have proved false
        (5.9, 5.8, 0, 6, False),  # just visited
        (40, 3, 0, 6, False),  # in the future
        (24 * 100, 3, 0, 24 * 101, False),  # too old to be worth it
    ],
)
def test_lastmods(lastmod: float, visited: float, misses: int, now: float, expected: bool) -> None:
    due = lastmod_is_due(
        START + lastmod * HOUR,
        published_at=START,
        visited_at=START + visited * HOUR,
        misses=misses,
        now=START + now * HOUR,
    )
    assert due is expected


@pytest.mark.parametrize(
    ("age", "next_at", "made", "expected"),
    [
        (6, None, 7, True),  # the one that is not planned
        (6, None, 8, False),
        (6, 7, 0, False),  # the table's own visit is near
        (11, 18, 4, True),
        (11, 18, 5, False),  # kept for the table's own: the next day's, and the late correction's
        (30, 138, 5, True),
        (30, 138, 6, False),
    ],
)
def test_lastmods_within_the_budget(age: float, next_at: float | None, made: int, expected: bool) -> None:
    due = lastmod_is_due(
        START + (age - 1) * HOUR,
        published_at=START,
        visited_at=START + (age - 3) * HOUR,
        misses=0,
        now=START + age * HOUR,
        next_at=None if next_at is None else START + next_at * HOUR,
        visits=made,
    )
    assert due is expected


def test_a_lastmod_does_not_take_the_visit_at_which_a_developing_story_is_settled() -> None:
    """Grown at the age of 10.7 h, settled at 11.7 h: the visit at 18 h is the one that sees the end."""
    first, table = timedelta(minutes=43), DEFAULT_TABLE
    fetched, made, due = START + first, 0, next_visit(START, START + first, True, 0, START + first)
    for hour in range(1, 40):
        now = START + first + hour * HOUR
        changed = now - timedelta(minutes=3)
        by_lastmod = due is not None and lastmod_is_due(
            changed,
            published_at=START,
            visited_at=fetched,
            misses=0,
            now=now,
            next_at=due,
            visits=made,
        )
        if due is not None and (due <= now or (hour in (10, 11) and by_lastmod)):
            fetched, made = now, made + 1
            due = next_visit(START, now, True, 0, now, table, visits=made)
    assert 12 * HOUR < fetched - START < 24 * HOUR


def test_a_withdrawn_story_is_looked_for_while_the_budget_lasts() -> None:
    assert after_withdrawal(0, 7, START) == START + timedelta(days=7)
    assert after_withdrawal(1, 7, START) == START + timedelta(days=30)
    assert after_withdrawal(2, 7, START) is None
    assert after_withdrawal(0, 8, START) is None


def test_settings_form() -> None:
    table = parse_table({"published": ["12h: 90m", "3d: 1d12h"], "hints": "30d"})
    assert table.published[1].interval == timedelta(hours=36)
    assert table.developing == DEFAULT_TABLE.developing
    assert table.lastmod_until_age == timedelta(days=30)
    spelled = {
        "published": ["8h: 105m", "15h: 9h45m", "5d: 4d23h45m"],
        "developing": ["2h: 45m", "8h: 105m", "15h: 9h45m", "5d: 4d23h45m"],
        "most": 8,
    }
    assert parse_table(spelled) == DEFAULT_TABLE
    assert parse_table({"published": []}).published == ()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"often": []}, "unknown part 'often'"),
        ({"published": "12h: 90m"}, "must be a list"),
        ({"published": ["12h"]}, "'12h' is not 'age: interval'"),
        ({"published": ["12h: soon"]}, "'soon' is no duration"),
        ({"published": ["12h: 0m"]}, "between a minute and ten years"),
        ({"published": ["99999999999d: 1h"]}, "between a minute and ten years"),
        ({"developing": ["12h: 1h", "6h: 2h"]}, "ages must rise"),
        ({"hints": ""}, "is no duration"),
        ({"most": 0}, "no whole number"),
        ({"most": "many"}, "no whole number"),
    ],
)
def test_settings_that_cannot_be_used(setting: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse_table(setting)

"""Places in time among ids: guesses, the search for a moment, and what shows that ids are in no order."""

from __future__ import annotations

import random
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

import pytest

from newscrawler.base_spiders.timeline import BoundarySearch, Timeline, is_in_order
from newscrawler.editions import ENGLISH

START = datetime(2019, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_guesses_lie_between_what_is_known() -> None:
    timeline = Timeline(ENGLISH.id_dates)
    for number, moment in ENGLISH.id_dates:
        assert timeline.id_at(moment) == number
    assert 376_685 < timeline.id_at(datetime(2018, 6, 1, tzinfo=UTC)) < 473_849
    assert timeline.id_at(datetime(2010, 1, 1, tzinfo=UTC)) < 189_460
    assert timeline.id_at(datetime(2030, 1, 1, tzinfo=UTC)) > 642_000
    timeline.learn(400_000, datetime(2018, 6, 1, tzinfo=UTC))
    assert timeline.id_at(datetime(2018, 6, 1, tzinfo=UTC)) == 400_000
    assert Timeline(()).id_at(START) == 0


def search(numbers: list[int], dates: list[datetime], moment: datetime, timeline: Timeline) -> tuple[int, int, int]:
    found, asked = BoundarySearch(numbers, moment, timeline), 0
    while (index := found.next()) is not None:
        found.record(index, dates[index])
        asked += 1
        assert asked < 100
    return found.low, found.high, asked


@pytest.mark.parametrize("shift", [0, 5_000, -40_000, 300_000], ids=lambda shift: f"ids off by {shift}")
@pytest.mark.parametrize("hours", [-5, 0, 1, 4_000, 8_759, 9_999])
def test_the_search_closes_in_on_the_moment(shift: int, hours: int) -> None:
    """Also with a timeline that is wrong by years, in which case it takes some more pages."""
    numbers = [440_000 + shift + 4 * index for index in range(8_760)]
    dates = [START + index * HOUR for index in range(8_760)]
    moment = START + hours * HOUR
    low, high, asked = search(numbers, dates, moment, Timeline(ENGLISH.id_dates))
    true = bisect_left(dates, moment)
    assert low < true <= high
    assert high - low <= 8
    assert asked <= 30


def test_a_good_guess_costs_few_pages() -> None:
    numbers = [440_000 + 4 * index for index in range(8_760)]
    dates = [START + index * HOUR for index in range(8_760)]
    known = Timeline([(numbers[0], dates[0]), (numbers[-1], dates[-1])])
    assert search(numbers, dates, START + 5_000 * HOUR, known)[2] <= 4


def test_pages_without_a_date_do_not_stop_or_mislead_it() -> None:
    numbers = list(range(440_000, 441_000))
    found = BoundarySearch(numbers, START + 500 * HOUR, Timeline([(440_000, START), (440_999, START + 999 * HOUR)]))
    asked = []
    while (index := found.next()) is not None:
        asked.append(index)
        found.record(index, None)
        assert len(asked) < 20
    assert len(asked) == len(set(asked)) > 3
    assert (found.low, found.high) == (-1, 1000), "nothing is known: all of it may be meant"


def test_single_stories_out_of_order_are_no_disorder() -> None:
    in_order = [(number, START + number * HOUR) for number in range(200)]
    assert is_in_order(in_order)
    assert is_in_order([*in_order, (50, START + 5_000 * HOUR)])
    assert is_in_order([])
    moments = [moment for _, moment in in_order]
    random.Random(1).shuffle(moments)
    assert is_in_order(zip(range(200), moments, strict=True)), "within eight days nothing is far from its place"
    year = [START + 40 * number * HOUR for number in range(200)]
    random.Random(1).shuffle(year)
    assert not is_in_order(zip(range(200), year, strict=True))
    assert not is_in_order(zip(range(12), year, strict=False)), "a few probes are enough"

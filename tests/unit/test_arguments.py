"""What the arguments of a crawl mean, and which can't be used. Crawls with them: tests/crawl."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from newscrawler.base_spiders.arguments import FIRST_DAY, Arguments
from newscrawler.editions import ENGLISH
from newscrawler.exceptions import ArgumentError
from newscrawler.utils import DateRange

TODAY = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def parse(**given: str) -> Arguments:
    return Arguments.parse(ENGLISH, given, today=TODAY)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"since": "2019-13-01"}, "since=2019-13-01: give a day such as 2019-12-01"),
        ({"since": "2019-02-29"}, "since=2019-02-29: give a day"),
        ({"since": "yesterday"}, "since=yesterday: give a day"),
        ({"since": ""}, "since=: give a day"),
        ({"until": "20191231"}, "until=20191231: give a day"),
        ({"until": "2019-W01-1"}, "until=2019-W01-1: give a day"),
        ({"since": "2019-12-31", "until": "2019-12-01"}, "since=2019-12-31 is after until=2019-12-01"),
        ({"since": "2026-05-02"}, "since=2026-05-02 is in the future; today is 2026-05-01 (UTC)"),
        ({"until": "1999-12-31"}, "until=1999-12-31 is before the site's first sitemap"),
        ({"since": "2019-12-01", "sources": "feed"}, "since= and sources= can't go together"),
        ({"until": "2019-12-01", "max_pages": "3"}, "until= and max_pages= can't go together"),
        ({"since": "2019-12-01", "trend": "x"}, "trend= and since= can't go together"),
        ({"since": "2019-12-01", "url": "https://www.rt.com/news/473849-x/"}, "url= and since= can't go together"),
        ({"trend": "x", "sources": "feed"}, "trend= and sources= can't go together"),
        ({"section": "news,weather"}, "section=news,weather: no such section as weather"),
        ({"section": "weather"}, "section=weather: no such section; there are: news"),
        ({"section": ","}, "section=,: no such section"),
        ({"trend": "a b"}, "trend=a b: give the last part"),
        ({"trend": "news/473849-x"}, "trend=news/473849-x: give the last part"),
        ({"trend": ""}, "trend=: give the last part"),
    ],
)
def test_what_cannot_be_used(given: dict[str, str], says: str) -> None:
    with pytest.raises(ArgumentError) as error:
        parse(**given)
    assert str(error.value).startswith(says) or says in str(error.value)
    assert "\n" not in str(error.value)


def test_ranges() -> None:
    assert parse(since="2019-12-01", until="2019-12-31").date_range(NOON) == DateRange(
        date(2019, 12, 1), date(2019, 12, 31)
    )
    assert parse(since="2026-05-01").date_range(NOON) == DateRange(TODAY, TODAY)
    assert parse(until="2013-05-01").date_range(NOON) == DateRange(FIRST_DAY, date(2013, 5, 1))
    assert parse(since="2026-04-01", until="2027-01-01").date_range(NOON).last == TODAY
    # Today is a day in UTC, whatever the clock's zone.
    late = datetime.fromisoformat("2026-05-01T01:00:00+03:00")
    assert parse(since="2026-04-01").date_range(late).last == date(2026, 4, 30)
    assert not parse().is_range


def test_days_of_a_range() -> None:
    month = DateRange(date(2019, 12, 1), date(2019, 12, 31))
    assert month.days == 31
    assert month.contains(datetime(2019, 12, 1, tzinfo=UTC))
    assert month.contains(datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert not month.contains(datetime(2020, 1, 1, tzinfo=UTC))
    assert not month.contains(datetime.fromisoformat("2020-01-01T00:30:00+00:00"))
    assert month.contains(datetime.fromisoformat("2020-01-01T00:30:00+01:00"))
    assert month.years() == (2019, 2020)
    assert DateRange(date(2019, 1, 1), date(2019, 1, 2)).years() == (2018, 2019)
    assert DateRange(date(2019, 6, 1), date(2019, 6, 2)).years() == (2019,)
    assert not DateRange(date(2019, 1, 1), date(2019, 12, 31)).covers_year(2019), "nobody knows a year's zone"
    assert DateRange(date(2018, 12, 31), date(2020, 1, 1)).covers_year(2019)


def test_sections_and_trends() -> None:
    assert parse().section == ("news",)
    assert parse(section="russia, news,russia").section == ("russia", "news")
    assert parse(trend="x,/trends/y/,tags/op-ed,x").trend == ("/trends/x/", "/trends/y/", "/tags/op-ed/")
    assert parse(trend="x").section == ENGLISH.all_sections
    assert parse(trend="x", section="news").section == ("news",)


LIST = (
    "# the ones for today\r\nhttps://www.rt.com/news/700001-a-kettle/\r\n\r\n"
    "  https://www.rt.com/news/700002-a-lamp/ # late\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [False, True])
def test_a_list_of_urls_as_editors_save_it(tmp_path: Path, encoding: str, mark: bool) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes((("\ufeff" if mark and encoding[-2:] in ("le", "be") else "") + LIST).encode(encoding))
    assert [url.key[1] for url in parse(url=str(file)).url] == ["700001", "700002"]


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ArgumentError, match="neither a URL nor a readable file"):
        parse(url=str(file))

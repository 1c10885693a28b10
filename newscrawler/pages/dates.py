"""Dates: machine-readable ones, and the forms that pages print. Proven or None, never a guess.

dateparser is called only here, and only for a printed date in none of the known forms.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newscrawler.pages.text import clean_text

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

#: The site's first article is of 2005; anything before is a broken clock.
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
#: A page's clock may be ahead of ours by zone mistakes; more than a day is a wrong date.
MAX_AHEAD = timedelta(days=1)

#: Day, month's name, year and time of day: no guess about the order of day and month is needed.
VISIBLE_DATE = re.compile(
    r"(?:\d{1,2}\.? [^\W\d_]{3,9}\.?,? \d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}),? \d{1,2}:\d\d", re.UNICODE
)
# What the English layouts print: "September 23, 2013 12:00", "1 Apr, 2016 15:17", cards "Mar 9, 2023 08:25".
_KNOWN_FORM = re.compile(
    r"(?:(?P<day>\d{1,2}) (?P<month>[a-z]+)|(?P<month2>[a-z]+) (?P<day2>\d{1,2})), "
    r"(?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d\d)",
    re.IGNORECASE,
)
_MONTH_NAMES = {
    "en": (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    ),
}
_MONTHS = {
    language: {name: number for names in forms for number, name in enumerate(names.split(), 1)}
    for language, forms in _MONTH_NAMES.items()
}


def find_visible_dates(text: str) -> list[str]:
    """The dates with a month's name and a time of day that a text shows, in order."""
    return VISIBLE_DATE.findall(clean_text(text))


def parse_visible_date(text: str, *, language: str, zone: str, now: datetime) -> datetime | None:
    """A printed date in UTC, or None when it is none, or not between 2005 and a day after ``now``."""
    match = VISIBLE_DATE.search(clean_text(text))
    if match is None:
        return None
    found = _in_known_form(match[0], language)
    if found is None:
        found = _date_parser(language).get_date_data(match[0]).date_obj
    return None if found is None else _plausible(found.replace(tzinfo=ZoneInfo(zone)), now)


def _in_known_form(text: str, language: str) -> datetime | None:
    match = _KNOWN_FORM.fullmatch(text)
    month = _MONTHS.get(language, {}).get((match["month"] or match["month2"]).lower()) if match else None
    if match is None or month is None:
        return None
    day, year, hour, minute = (int(match[name] or match["day2"]) for name in ("day", "year", "hour", "minute"))
    try:
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001  the caller knows the zone
    except ValueError:
        return None


@cache
def _date_parser(language: str) -> DateDataParser:
    """One parser a language: ``dateparser.parse`` makes one a call, which takes longer than the parsing."""
    # Importing dateparser takes a fifth of a second, and most runs never need it.
    from dateparser.date import DateDataParser  # noqa: PLC0415

    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "RETURN_AS_TIMEZONE_AWARE": False}
    return DateDataParser(languages=[language], settings=settings)


def parse_machine_date(text: str, *, now: datetime) -> datetime | None:
    """An ISO 8601 or RFC 822 date in UTC; None when it is neither, has no zone or is not plausible."""
    text = clean_text(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    return None if found.tzinfo is None else _plausible(found, now)


def _plausible(moment: datetime, now: datetime) -> datetime | None:
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= now + MAX_AHEAD else None

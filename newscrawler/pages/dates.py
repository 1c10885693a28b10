"""Dates: machine-readable ones, and the forms that pages print. Proven or None, never a guess.

dateparser is called only here, and only for a printed date in none of the known forms.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
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
    r"(?:\d{1,2}\.? [^\W\d_]{3,9}\.?,? \d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}),? \d{1,2}:\d\d(?::\d\d)?"
    # What follows is a part of the time: half of the day, and a zone.
    r"(?: ?[AaPp]\.?[Mm]\b\.?)?"
    r"(?: ?\(?(?:(?:GMT|UTC|MSK)? ?[+−-]\d{1,2}(?::?\d\d)?|[A-Z]{1,4}T\b|UTC\b|MSK\b|Z\b|(?:Moscow|local) time\b)\)?)?",
    re.UNICODE,
)
# Zones with one meaning. CST, IST and BST have several: a time in one of them proves nothing.
_ZONES = {"GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "CET": 60, "WEST": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180}
_ZONES |= {"EDT": -240, "EST": -300, "CDT": -300, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480, "JST": 540}
_PLACES = {"ET": "America/New_York", "PT": "America/Los_Angeles", "Moscow time": "Europe/Moscow"}
_CLOCK_SUFFIX = re.compile(
    r"(?P<time>.*\d:\d\d)(?::\d\d)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?\(?(?P<name>[A-Z]{1,4}|\w+ time)? ?(?P<offset>[+−-]\d{1,2}(?::?\d\d)?)?\)?)?"
)
# What the English layouts print: "September 23, 2013 12:00", "1 Apr, 2016 15:17", cards "Mar 9, 2023 08:25".
_KNOWN_FORM = re.compile(
    r"(?:(?P<day>\d{1,2}) (?P<month>[a-z]+)|(?P<month2>[a-z]+) (?P<day2>\d{1,2})), "
    r"(?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d\d)",
    re.IGNORECASE,
)
_EDITED = re.compile(r"\b(?:edited|updated|modified)\b", re.IGNORECASE)
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


def find_labelled_dates(text: str) -> tuple[list[str], list[str]]:
    """The dates of publication that a text shows, and those that it labels as the time of an edit, in order."""
    text = clean_text(text)
    published: list[str] = []
    edited: list[str] = []
    end = 0
    for match in VISIBLE_DATE.finditer(text):
        is_edit = _EDITED.search(text, end, match.start()) is not None
        (edited if is_edit else published).append(match[0])
        end = match.end()
    return published, edited


def parse_visible_date(text: str, *, language: str, zone: str, now: datetime) -> datetime | None:
    """A printed date in UTC, or None when it is none, or not between 2005 and a day after ``now``."""
    match = VISIBLE_DATE.search(clean_text(text))
    clock = _CLOCK_SUFFIX.fullmatch(match[0]) if match else None
    if clock is None:
        return None
    found = _in_known_form(clock["time"], language)
    if found is None:
        found = _date_parser(language).get_date_data(clock["time"]).date_obj
    zone_of = _zone(clock["name"], clock["offset"], zone)
    if found is None or zone_of is None:
        return None
    if clock["half"]:
        found = _in_half(found, clock["half"].lower())
    return None if found is None else _plausible(found.replace(tzinfo=zone_of), now)


def _zone(name: str | None, offset: str | None, default: str) -> tzinfo | None:
    """The zone that a printed time names, the site's where it names none, None for one that proves nothing."""
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    if name is not None and name not in _ZONES:
        return None
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        shift = (-1 if offset[0] in "−-" else 1) * (60 * int(hours) + int(minutes))
        return timezone(timedelta(minutes=shift)) if abs(shift) <= 14 * 60 else None
    return ZoneInfo(default) if name is None else timezone(timedelta(minutes=_ZONES[name]))


def _in_half(moment: datetime, half: str) -> datetime | None:
    """A time of the clock with twelve hours; "17:33 PM" says the same twice, "17:33 AM" nothing."""
    hour = moment.hour
    if hour == 0 or (hour > 12 and half == "a"):
        return None
    if hour > 12:
        return moment
    return moment.replace(hour=hour % 12 + (12 if half == "p" else 0))


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

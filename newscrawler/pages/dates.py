"""Dates: machine-readable ones, and the forms that pages print. Proven or None, never a guess.

dateparser is called only here, and only for a printed date in none of the known forms.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newscrawler.pages.text import clean_text
from newscrawler.utils import parse_mail_date

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

#: The site's first article is of 2005; anything before is a broken clock.
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
#: A page's clock may be ahead of ours by zone mistakes; more than a day is a wrong date.
MAX_AHEAD = timedelta(days=1)

#: Day, month's name, year and time of day: no guess about the order of day and month is needed.
VISIBLE_DATE = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th)?\.? [^\W\d_]{3,9}\.?,? \d{4}|[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}),?"
    r"(?: at)? \d{1,2}:\d\d(?::\d\d)?"
    # What follows is a part of the time: half of the day, and a zone.
    r"(?: ?[AaPp]\.?[Mm]\b\.?)?"
    r"(?: ?\(?(?:(?:GMT|UTC|MSK)? ?[+−-]\d{1,2}(?::?\d\d)?|[A-Z]{1,4}T\b|UTC\b|MSK\b|Z\b|(?:Moscow|local) time\b)\)?)?",
    re.UNICODE,
)
# Zones with one meaning. CST, IST and BST have several: a time in one of them proves nothing.
_ZONES = {
    "GMT": 0,
    "UTC": 0,
    "Z": 0,
    "WET": 0,
    "CET": 60,
    "WEST": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "MEZ": 60,
    "MESZ": 120,
}
_ZONES |= {
    "EDT": -240,
    "EST": -300,
    "CDT": -300,
    "MDT": -360,
    "MST": -420,
    "PDT": -420,
    "PST": -480,
    "JST": 540,
    "МСК": 180,
}
_PLACES = {"ET": "America/New_York", "PT": "America/Los_Angeles", "Moscow time": "Europe/Moscow"}
# The half of the day, in Latin letters or Arabic.
_HALF_BEHIND = re.compile(r"(?::\d\d)?\s?(?:(?P<half>[ap])\.?\s?m\b\.?|(?P<arabic>[صم])\b\.?)", re.IGNORECASE)
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
# What the other editions print: "20 марта 2025, 12:44", "6 juil. 2020, 07:21", "6 feb 2017 06:37 GMT",
# "4.07.2020 • 07:00 Uhr", "10.02.2016 | 13:49 GMT" (in Europe and in Arabic the day is first), "4. јула 2023. 07:00";
# and what they have for machines without a zone: "2020-07-3 23:04", "2017-02-06 06:37:20".
LOCAL_DATE = re.compile(
    r"(?<!\d)(?<!\d[.:-])(?:(?P<year>\d{4})[-/](?P<number>\d{1,2})[-/](?P<day>\d{1,2})[ T]"
    r"|(?:(?P<day2>\d{1,2})(?:er|\.|º)?(?: de)? (?P<month>[^\W\d_]+(?: ال(?:ثاني|أول))?)"
    r"\.?(?: ?/ ?[^\W\d_]+)?[,،]?(?: del?)? "
    r"|(?P<day3>\d{1,2})[./] ?(?P<number2>\d{1,2})[./] ?)"
    r"(?P<year2>\d{4})\.?(?: ?г\.?| года| ?у)?[\s,،|•·–—-]*(?:(?:um|à|a las|в|у|u|الساعة) )?)"
    r"(?P<hour>\d{1,2})(?::|\.| ?h ?)(?P<minute>\d\d)(?::(?P<second>\d\d))?(?!\d)(?:\W{0,2}(?P<gmt>GMT|UTC)\b)?",
    re.IGNORECASE,
)
# Another zone behind it, as in "12:44 MSK", "07:00 CEST", "08:33 +0300" and "08:33 GMT+3".
_ZONE_BEHIND = re.compile(
    r"\W?\(?(?:(?P<name>[A-Z]{2,4}T|MSK|МСК|MEZ|MESZ)\b|(?P<offset>(?<=GMT|UTC)[+−-]\d{1,2}\b|[+−-]\d\d:?\d\d\b))"
)
#: Editions whose dates in digits alone would not say which is the day.
_MONTH_FIRST = frozenset(("en",))
_MONTH_NAMES = {
    "en": (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "ene feb mar abr mayo jun jul ago sept oct nov dic",
        "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "jan fév mar avr mai jui jul aoû sep oct nov dec",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    ),
    "de": (
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jan feb mär apr mai jun jul aug sep okt nov dez",
        "jänner feber mrz apr mai juni juli aug sept okt nov dez",
    ),
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "янв февр март апр май июнь июль авг сент окт нояб дек",
    ),
    "sr": (
        "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
        "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра",
        "јан феб мар апр мај јуни јули авг сеп окт нов дец",
        "januar februar mart april maj jun jul avgust septembar oktobar novembar decembar",
        "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra",
        "jan feb mar apr maj juni juli avg sep okt nov dec",
    ),
    "ar": (
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "يناير فبراير مارس إبريل مايو يونيه يوليه اغسطس سبتمبر اكتوبر نوفمبر ديسمبر",
        "كانون_الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول",
        "يناير فبراير مارس ابريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
    ),
}
_MONTHS = {
    language: {name.replace("_", " "): number for names in forms for number, name in enumerate(names.split(), 1)}
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
    """A printed date in UTC, or None when it is none, or not between 2005 and a day after ``now``.

    ``zone`` is that of a date that does not say GMT. An hour that its clock shows twice or never, when summer time
    ends or begins, proves nothing.
    """
    text = clean_text(text)
    if language in _MONTH_FIRST:
        return _english_date(text, language, zone, now)
    match = LOCAL_DATE.search(text)
    if match is None:
        return None
    found = _in_local_form(match, language) or _date_parser(language).get_date_data(match[0]).date_obj
    half = _HALF_BEHIND.match(text, match.end("minute"))
    if half is not None and language == "de" and half[0].strip() == "am":
        half = None  # "13:30 am Montag"
    if half is not None and found is not None:
        found = _in_half(found, half["half"].lower() if half["half"] else "a" if half["arabic"] == "ص" else "p")
    behind = _ZONE_BEHIND.match(text, match.end() if half is None else half.end())
    own = "UTC" if match["gmt"] else zone
    zone_of = ZoneInfo(own) if behind is None else _zone(behind["name"], behind["offset"], own)
    if found is None or zone_of is None:
        return None
    moment = found.replace(tzinfo=zone_of)
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        return None
    return _plausible(moment, now)


def _english_date(text: str, language: str, zone: str, now: datetime) -> datetime | None:
    """A date whose month has a name, with the half of the day and the zone that it may name."""
    if (found := _in_known_form(text, language)) is not None:
        return _plausible(found.replace(tzinfo=ZoneInfo(zone)), now)
    match = VISIBLE_DATE.search(text)
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
    month = _MONTHS[language].get((match["month"] or match["month2"]).lower()) if match else None
    if match is None or month is None:
        return None
    return _moment(match["year"], month, match["day"] or match["day2"], match["hour"], match["minute"])


def _in_local_form(match: re.Match[str], language: str) -> datetime | None:
    number = match["number"] or match["number2"]
    month = int(number) if number else _MONTHS.get(language, {}).get(match["month"].lower())
    if month is None:
        return None
    day = match["day"] or match["day2"] or match["day3"]
    return _moment(match["year"] or match["year2"], month, day, match["hour"], match["minute"], match["second"] or "0")


def _moment(year: str, month: int, day: str, hour: str, minute: str, second: str = "0") -> datetime | None:
    try:
        return datetime(int(year), month, int(day), int(hour), int(minute), int(second))  # noqa: DTZ001
    except ValueError:
        return None


@cache
def _date_parser(language: str) -> DateDataParser:
    """One parser a language: ``dateparser.parse`` makes one a call, which takes longer than the parsing."""
    # Importing dateparser takes a fifth of a second, and most runs never need it.
    from dateparser.date import DateDataParser  # noqa: PLC0415

    settings = {"REQUIRE_PARTS": ["day", "month", "year"], "RETURN_AS_TIMEZONE_AWARE": False, "DATE_ORDER": "DMY"}
    return DateDataParser(languages=[language], settings=settings)


def parse_machine_date(text: str, *, now: datetime) -> datetime | None:
    """An ISO 8601 or RFC 822 date in UTC; None when it is neither, has no zone or is not plausible."""
    text = clean_text(text)
    try:
        found: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        found = parse_mail_date(text)
    return None if found is None or found.tzinfo is None else _plausible(found, now)


def _plausible(moment: datetime, now: datetime) -> datetime | None:
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= now + MAX_AHEAD else None

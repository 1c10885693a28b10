"""Pure functions over single values: text, dates, captions, the marks of a developing story.

dateparser is called only here.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from zoneinfo import ZoneInfo

from dateparser.date import DateDataParser

#: The site's first story is of 2005; anything before is a broken clock.
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
#: A page's clock may be ahead of ours by zone mistakes; more than a day is a wrong date.
LATEST_AHEAD = timedelta(days=1)

# Invisible characters that pages carry inside words (SITE.md: U+200B opens headlines, U+FEFF before scripts,
# soft hyphens) and control characters.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFFE, *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
    + [c for c in range(0xA0) if unicodedata.category(chr(c)) == "Cc" and not chr(c).isspace()]
)
_HAS_INVISIBLE = re.compile("[" + "".join(re.escape(chr(c)) for c in _INVISIBLE) + "\u200c\u200d]")
# ZWNJ and ZWJ are spelling between Arabic or Indic letters and inside emoji, and rubbish next to Latin ones.
_STRAY_JOINER = re.compile("(?<![\u0590-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0590-\U0010ffff])")


def drop_invisible(text: str) -> str:
    """The text without zero-width, direction and control characters; white space is left as it is."""
    if text.isprintable() or not _HAS_INVISIBLE.search(text):
        return text
    return _STRAY_JOINER.sub("", text.translate(_INVISIBLE))


def clean_text(text: str) -> str:
    """One line of text: NFC, nothing invisible, every run of white space (nbsp too) one space, trimmed."""
    return one_line(drop_invisible(text))


def one_line(text: str) -> str:
    """What ``clean_text`` makes of a text that has nothing invisible any more."""
    text = " ".join(text.split())
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _marks_in_excess().sub(r"\1", text))


@cache
def _marks_in_excess() -> re.Pattern[str]:
    """More than thirty combining marks on one letter: sorting them, as NFC asks, takes time by their square.

    No language has so many: Unicode's own stream-safe text allows thirty (UAX #15, section 13).
    """
    marks = "".join(re.escape(chr(c)) for c in range(0x300, 0x20000) if unicodedata.combining(chr(c)))
    return re.compile(f"([{marks}]{{30}})[{marks}]+")


def content_hash(headline: str | None, lead: str | None, paragraphs: Iterable[str]) -> str:
    """SHA-256 in hex over the words of headline, lead and paragraphs as one stream.

    Where the lead ends, how paragraphs are cut and how words are spaced does not count, so that one story
    saved in two layouts hashes alike.
    """
    stream = " ".join([headline or "", lead or "", *paragraphs])
    return hashlib.sha256(clean_text(stream).encode("utf-8", "replace")).hexdigest()


# --- dates ---------------------------------------------------------------------------------------------------

# What the English layouts print: "September 23, 2013 12:00", "1 Apr, 2016 15:17", cards "Mar 9, 2023 08:25".
_FORMATS = ("%d %b, %Y %H:%M", "%B %d, %Y %H:%M", "%b %d, %Y %H:%M", "%d %B, %Y %H:%M")
_VISIBLE_DATE = re.compile(
    r"(?:\d{1,2}\.? [^\W\d_]{3,9}\.?,? \d{4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4}),? \d{1,2}:\d\d", re.UNICODE
)


def find_visible_dates(text: str) -> list[str]:
    """The dates with a month's name and a time of day that a text shows, in order."""
    return _VISIBLE_DATE.findall(clean_text(text))


def parse_visible_date(text: str, *, language: str, zone: str, now: datetime) -> datetime | None:
    """A printed date in UTC, or None when it is none, or not between 2005 and a day after ``now``.

    Only a text with day, month's name, year and time is looked at, so that no guess about their order is
    needed; the known formats come first because dateparser's own search takes fifty times as long.
    """
    match = _VISIBLE_DATE.search(clean_text(text))
    if match is None:
        return None
    found = _date_parser(language).get_date_data(match[0], _FORMATS).date_obj
    return None if found is None else _plausible(found.replace(tzinfo=ZoneInfo(zone)), now)


@cache
def _date_parser(language: str) -> DateDataParser:
    """One parser a language: ``dateparser.parse`` makes one a call, which takes longer than the parsing."""
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
    return moment if EARLIEST <= moment <= now + LATEST_AHEAD else None


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with offset, to the second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


# --- captions ------------------------------------------------------------------------------------------------

_CREDIT_WORDS = re.compile(
    r"\b(?:reuters|afp|ap photo|ap|associated press|ria novosti|sputnik|itar-?tass|tass|getty|ruptly|epa|xinhua|"
    r"global look|youtube|wikipedia|wikimedia|wikicommons|twitter|instagram|facebook|flickr|vkontakte|telegram|"
    r"bloomberg|nasa|rt|photos?|images?|pictures?|screenshot|still|handout|courtesy|video|google|agency|press|news|"
    r"bureau|pool|service|wire|foto)\b|@|\.(?:com|org|net|ru|gov|uk)\b",
    re.IGNORECASE,
)
# What a caption's last parentheses hold when it is no credit: places in the picture, a date, an abbreviation of
# the name before it, and that the picture is an old one.
_NOT_A_CREDIT = re.compile(
    r"(?:[LRC]|left|right|cent(?:er|re)|top|bottom|front|back|and|\W|\d)*"
    r"|(?:(?:from|in) )?(?:file|archive|stock|illustrati(?:on|ve)|\d{4})[\s-]*"
    r"(?:photos?|pictures?|images?|footage|video)?",
    re.IGNORECASE,
)
_LAST_GROUP = re.compile(r"(?P<caption>.*?)\s*\((?P<credit>[^()]*(?:\([^()]*\)[^()]*)*)\)[\s.]*", re.DOTALL)
_SOURCED = re.compile(
    r"(?:photos?|images?|pictures?|still|screen ?shots?|screen ?grab|video|footage|courtesy|handout)\b\W*"
    r"(?:\w+ )?(?:from|by|of|courtesy|via)\b",
    re.IGNORECASE,
)
_LOWER_CASE_IN_NAMES = re.compile(
    r"of|the|and|de|van|von|der|da|di|al|el|bin|ibn|via|from|by|for|photos?|images?|video|courtesy|handout|str|ho|pool",
    re.IGNORECASE,
)


def split_caption(text: str) -> tuple[str | None, str | None]:
    """Caption and credit of a picture line that prints both as one text.

    The forms, from SITE.md: ``Caption (Reuters / Name)`` (2013-15; only the last group), ``Caption © Name /
    Agency`` (2016-19), and either alone: a line that is only an agency or source is a credit.
    """
    text = clean_text(text)
    if "©" in text:
        caption, _, credit = text.partition("©")
        return caption.rstrip(" /|") or None, _join_credits(credit.split("©"))
    match = _LAST_GROUP.fullmatch(text)
    if match and _is_credit_group(match["credit"]):
        return clean_text(match["caption"]) or None, clean_text(match["credit"]) or None
    if _is_bare_credit(text):
        return None, text
    return text or None, None


def _is_credit_group(text: str) -> bool:
    if _NOT_A_CREDIT.fullmatch(text.strip()):
        return False
    return _CREDIT_WORDS.search(text) is not None or (len(_words(text)) > 1 and _is_named(text))


def _is_bare_credit(text: str) -> bool:
    words = _words(text)
    if len(text) > 80 or text.endswith((".", "!", "?")) or len(words) > 9:
        return False
    if not _is_named(text):
        return len(words) <= 6 and _SOURCED.match(text) is not None
    return "/" in text or (len(words) <= 5 and _CREDIT_WORDS.search(text) is not None)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s/,]+", text)


def _is_named(text: str) -> bool:
    """Whether all words are names, addresses or what stands between names: no sentence, no description."""
    return all(
        not word[0].islower() or _LOWER_CASE_IN_NAMES.fullmatch(word) or "." in word[1:-1] for word in _words(text)
    )


def _join_credits(parts: Iterable[str]) -> str | None:
    return " / ".join(part for part in (clean_text(p).strip(" /") for p in parts) if part) or None


def is_site_name(name: str) -> bool:
    """Whether a name in a byline is the site's own: then nobody is named."""
    return clean_text(name).casefold() in _SITE_NAMES


_SITE_NAMES = frozenset(("rt", "rt.com", "rt news", "rt staff", "rt international", "russia today"))


# --- marks and furniture in prose ----------------------------------------------------------------------------

_DEVELOPING_WHOLE = re.compile(
    r"\W*(?:(?:breaking|urgent)\W+)?(?:(?:more )?(?:details|updates?|information|news) (?:are |is )?to (?:follow|come)"
    r"|more to (?:follow|come)|details (?:are )?(?:to )?follow(?:ing)?(?: soon| shortly)?"
    r"|(?:this (?:story )?is )?a (?:breaking|developing)(?: news)? story\b.{0,60}|developing story\b.{0,60}"
    r"|(?:this )?story (?:is )?(?:developing|(?:being |to be )updated)\b.{0,60}|to be updated"
    r"|(?:this )?(?:article|page|story) (?:is being|will be) updated\b.{0,60})\W*",
    re.IGNORECASE,
)
_DEVELOPING_TAIL = re.compile(r"(?:MORE )?(?:DETAILS|UPDATES) TO (?:FOLLOW|COME)\W*$|MORE TO (?:FOLLOW|COME)\W*$")


def is_developing(paragraph: str) -> bool:
    """Whether a paragraph is, or ends with, the mark of an unfinished story (DETAILS TO FOLLOW and its kin).

    Prose that merely says so ("he promised more details to follow") does not count: the mark is a paragraph
    of its own, or in capitals at the end of one.
    """
    tail = paragraph[-60:]
    return (" TO " in tail and _DEVELOPING_TAIL.search(tail) is not None) or (
        len(paragraph) < 120 and _DEVELOPING_WHOLE.fullmatch(paragraph) is not None
    )


_SHARE_PROMPT = re.compile(
    r"(?:(?:if you )?like this story\W+share it with a friend"
    r"|think your friends would be interested\W+share this story"
    r"|you can share this story on social media"
    r"|(?:subscribe|sign up) to (?:the )?rt newsletter to get news highlights[^.]{0,90}"
    r"|(?:the )?statements, views and opinions expressed in this (?:column|article) are solely those of the author "
    r"and do not necessarily represent those of rt)\W*$",
    re.IGNORECASE,
)
#: Longest prompt above with its punctuation: only the tail of a paragraph is searched, to keep it cheap.
_PROMPT_LENGTH = 200
_FURNITURE_LINE = re.compile(
    r"\W*(?:trends|tags|show comments|add to home screen|read more|also on rt\.com|top stories|podcasts"
    r"|get short url|follow rt on(?: \w+)?)\W*",
    re.IGNORECASE,
)


def strip_furniture(paragraph: str) -> str:
    """The paragraph without the share prompt or label that the site glues to it; "" when nothing else is left.

    Source: SITE.md section 7 (in April 2021 the prompt was glued to the last paragraph).
    """
    tail_start = max(0, len(paragraph) - _PROMPT_LENGTH)
    tail = paragraph[tail_start:].lower()
    if "share" in tail or "rt newsletter" in tail or "necessarily represent" in tail:
        match = _SHARE_PROMPT.search(paragraph, tail_start)
        if match is not None:
            paragraph = paragraph[: match.start()].rstrip()
    if len(paragraph) < 40 and (not re.search(r"\w", paragraph) or _FURNITURE_LINE.fullmatch(paragraph)):
        return ""
    return paragraph


_RELATED_LABEL = re.compile(
    r"\W*(?:read more|read also|also read|see also|watch more|also on rt(?:\.com)?|more on this story)"
    r"\s*(?::|[-–—]|$)?\s*",
    re.IGNORECASE,
)
_RELATED_LINE = re.compile(
    r"\W{0,3}(?:READ MORE|READ ALSO|ALSO READ|SEE ALSO|WATCH MORE|(?:Read more|Read also|Also read|See also|Watch more)"
    r"\s*:|Also on rt\.com)",
)


def is_related_line(paragraph: str) -> bool:
    """Whether a line is a pointer to another story: READ MORE: and its kin at its start."""
    return _RELATED_LINE.match(paragraph) is not None


def strip_related_label(text: str) -> str:
    """The title of a read-more line or card without its label."""
    match = _RELATED_LABEL.match(text)
    return text[match.end() :].strip() if match else text


_LABELS = re.compile(
    r"home|world news|russia today|rt news|rt international|rt question more|published time|edited time|"
    r"(?:get )?short url|trends|tags|share|(?:facebook|twitter|telegram|vk|whatsapp|reddit)",
    re.IGNORECASE,
)


def phrases_kept(text: str) -> list[tuple[int, int]]:
    """Where a text holds what decides how it is read: the site's own labels, prompts and marks, credits and dates.

    For a page whose words are replaced: without these it would be read otherwise.
    """
    text = re.sub(r"\s", " ", text)
    start = len(text) - len(text.lstrip())
    whole = text.strip()
    patterns = (_DEVELOPING_WHOLE, _FURNITURE_LINE, _LABELS)
    if any(pattern.fullmatch(whole) for pattern in patterns):
        return [(start, start + len(whole))]
    found = [match.span() for pattern in (_VISIBLE_DATE, _DEVELOPING_TAIL) for match in pattern.finditer(text)]
    found += [match.span() for match in _SHARE_PROMPT.finditer(text)]
    found += [m.span() for m in (_RELATED_LABEL.match(text), _RELATED_LINE.match(text)) if m]
    return found + [match.span() for match in re.finditer("READ MORE:|Also on rt.com", text)]

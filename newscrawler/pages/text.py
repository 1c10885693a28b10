"""Text: cleaned, compared by its words, and told from the site's own name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from html import unescape

from newscrawler.editions import EDITIONS

# Invisible characters that pages have inside words (docs/extend/site.md#text: U+200B opens headlines, U+FEFF stands
# before scripts, soft hyphens) and control characters.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xFFFE, *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
    + [c for c in range(0xA0) if unicodedata.category(chr(c)) == "Cc" and not chr(c).isspace()]
)
_HAS_INVISIBLE = re.compile("[" + "".join(re.escape(chr(c)) for c in _INVISIBLE) + "\u200c\u200d]")
# ZWNJ and ZWJ are spelling between Arabic or Indic letters and inside emoji, and rubbish next to Latin ones.
_STRAY_JOINER = re.compile("(?<![^\0-\u058f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\0-\u058f])")


#: Combining marks on one letter.
_MAX_MARKS = 30


def drop_invisible(text: str) -> str:
    """The text without zero-width, direction and control characters; white space is left as it is."""
    if text.isprintable() or not _HAS_INVISIBLE.search(text):
        return text
    return _STRAY_JOINER.sub("", text.translate(_INVISIBLE))


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,31}\d{0,2});")


def unescape_again(text: str) -> str:
    """The text without entities: those that a parser leaves were escaped twice, or more often."""
    for _ in range(3):
        text = drop_invisible(text)  # may stand inside an entity
        if not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda match: unescape(match[0]), text)
    return text


def clean_text(text: str) -> str:
    """One line of text: NFC, nothing invisible, no entities, every run of white space (nbsp too) one space, trimmed."""
    return _clean(unescape_again(text) if "&" in text else text)


def _clean(text: str) -> str:
    if not text.isprintable():
        # Nearly always it is one of these; a look for what is invisible takes longer than all the rest.
        text = text.replace("\n", " ").replace("\xa0", " ")
        if not text.isprintable():
            line = " ".join(text.split())
            return _composed(line) if line.isprintable() else one_line(drop_invisible(text))
    # What is printable has no white space but the common one, and nothing invisible.
    text = text.strip()
    if "  " in text:
        text = " ".join(text.split())
    return text if text.isascii() else _composed(text)


def one_line(text: str) -> str:
    """What ``clean_text`` makes of a text that has nothing invisible any more."""
    return _composed(" ".join(text.split()))


def _composed(text: str) -> str:
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    if sum(map(bool, map(unicodedata.combining, text))) > _MAX_MARKS:
        # Made when there is a need: it takes 50 ms.
        text = _marks_in_excess().sub(r"\1", text)
    return unicodedata.normalize("NFC", text)


@cache
def _marks_in_excess() -> re.Pattern[str]:
    """More than ``_MAX_MARKS`` combining marks on one letter: sorting them, as NFC asks, takes time by their square.

    No language has so many: Unicode's own stream-safe text allows thirty (UAX #15, section 13).
    """
    marks = "".join(re.escape(chr(c)) for c in range(0x300, 0x20000) if unicodedata.combining(chr(c)))
    return re.compile(f"([{marks}]{{{_MAX_MARKS}}})[{marks}]+")


def content_hash(headline: str | None, lead: str | None, paragraphs: Iterable[str]) -> str:
    """SHA-256 in hex over the words of headline, lead and paragraphs as one stream.

    Where the lead ends, how paragraphs are cut and how words are spaced does not count, so that one article
    saved in two layouts hashes alike.
    """
    # Without unescaping: lines of earlier versions have entities, and their hash counts them.
    return clean_content_hash(_clean(" ".join([headline or "", lead or "", *paragraphs])))


def clean_content_hash(stream: str) -> str:
    """``content_hash`` of the words as one line of clean text."""
    return hashlib.sha256(stream.encode("utf-8", "replace")).hexdigest()


def is_site_name(name: str) -> bool:
    """Whether a name in a byline is the site's own: then nobody is named."""
    return clean_text(name).casefold() in _SITE_NAMES


_SITE_NAMES = frozenset(
    ("rt.com", "rt staff", *(name.casefold() for edition in EDITIONS for name in edition.own_names)),
)

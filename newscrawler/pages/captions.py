"""Captions: what a picture shows, and whose picture it is, out of the line that prints both."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newscrawler.pages.text import clean_text

_CREDIT_WORDS = re.compile(
    r"\b(?:reuters|afp|ap photo|ap|associated press|ria novosti|sputnik|itar-?tass|tass|getty|ruptly|epa|xinhua|"
    r"global look|youtube|wikipedia|wikimedia|wikicommons|twitter|instagram|facebook|flickr|vkontakte|telegram|"
    r"bloomberg|nasa|rt|photos?|images?|pictures?|screenshot|still|handout|courtesy|video|google|agency|press|news|"
    r"bureau|pool|service|wire|foto|риа новости|тасс|интерфакс|рт|агентство)\b|@|\.(?:com|org|net|ru|gov|uk)\b",
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

    The forms: ``Caption (Reuters / Name)`` (2013-15; only the last group), ``Caption © Name / Agency`` (2016-19), and
    either alone: a line that is only an agency or source is a credit. Source: docs/extend/site.md#media.
    """
    text = clean_text(text)
    if "©" in text:
        caption, _, credit = text.partition("©")
        return caption.rstrip(" /|") or None, join_credits(credit.split("©"))
    match = _LAST_GROUP.fullmatch(text)
    if match and _is_credit_group(match["credit"]):
        return clean_text(match["caption"]) or None, clean_text(match["credit"]) or None
    if _is_bare_credit(text):
        label = CREDIT_LABEL.match(text)
        return None, text[label.end() :].strip() if label else text
    return text or None, None


def _is_credit_group(text: str) -> bool:
    if _NOT_A_CREDIT.fullmatch(text.strip()):
        return False
    return _CREDIT_WORDS.search(text) is not None or (len(_words(text)) > 1 and _is_named(text))


def _is_bare_credit(text: str) -> bool:
    words = _words(text)
    if CREDIT_LABEL.match(text) and (len(words) == 2 or (len(words) <= 4 and _is_named(text))):
        return True
    if len(text) > 80 or text.endswith((".", "!", "?")) or len(words) > 9:
        return False
    if not _is_named(text):
        return len(words) <= 6 and _SOURCED.match(text) is not None
    return "/" in text or (len(words) <= 5 and _CREDIT_WORDS.search(text) is not None)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s/,]+", text)


def _is_named(text: str) -> bool:
    """Whether all words are names, URLs or what stands between names: no sentence, no description."""
    return all(
        not word[0].islower() or _LOWER_CASE_IN_NAMES.fullmatch(word) or "." in word[1:-1] for word in _words(text)
    )


#: What the editions print before a credit, also between its parts: "© Name Source: Agency".
CREDIT_LABEL = re.compile(r"©|(?<!\w)(?:quelle|source|fuente|foto|photo|фото|источник|извор|المصدر)\s?:", re.IGNORECASE)


def join_credits(parts: Iterable[str]) -> str | None:
    """The parts of a credit as one text, without © and label, each once; None when there are none."""
    texts = (text for part in parts for text in CREDIT_LABEL.split(clean_text(part)))
    return " / ".join(dict.fromkeys(credit for text in texts if (credit := text.strip(" /|")))) or None

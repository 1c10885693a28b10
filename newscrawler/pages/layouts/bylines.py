"""Bylines that somebody typed into the text: its first paragraph, nothing but "von" and names."""

from __future__ import annotations

import re

from newscrawler.pages.html import Element, text_of
from newscrawler.pages.layouts.base import StatedAuthors

_NAME = r"(?:(?:Dr|Prof)\. )*[A-ZÄÖÜ][\w.'’-]+(?: (?:von|van|de|der|al|el|[A-ZÄÖÜ][\w.'’-]*)){1,4}"
_KINDS = "(?i:kommentar|beitrag|analyse|bericht|reportage|kolumne|essay|glosse|interview)"
_BYLINES = {
    "de": re.compile(
        rf"(?:(?:Ein|Eine|Der|Die) (?:\w+ )?[\w-]+ |[\w-]*(?:{_KINDS}) )?[Vv]on "
        rf"(?P<names>{_NAME}(?:(?:, | und | & ){_NAME}){{0,5}})(?:, [A-ZÄÖÜ]\w+)?[.:]?"
    ),
    "sr": re.compile(r"(?:Пише|Аутор|Piše|Autor): ?(?P<names>[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4})"),
}
_BETWEEN = re.compile(r", | und | & ")
#: No byline is longer.
_MAX_LENGTH = 200


def typed_byline(text_box: Element | None, language: str) -> StatedAuthors | None:
    """The byline that the text begins with, and its element."""
    pattern = _BYLINES.get(language)
    if text_box is None or pattern is None:
        return None
    first = next((p for p in text_box.select("p") if not p.text.isspace() and p.text), None)
    text = text_of(first)
    found = pattern.fullmatch(text) if len(text) < _MAX_LENGTH else None
    return None if found is None else StatedAuthors(_BETWEEN.split(found["names"]), "first paragraph", first)

"""Inline text: what a reader sees, and the markup that shows it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Characters that nobody sees: soft hyphen, zero-width space and joiners, directional marks, word joiner, BOM.
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])
_ENTITIES = str.maketrans(
    {
        "“": "&ldquo;",
        "”": "&rdquo;",
        "‘": "&lsquo;",
        "’": "&rsquo;",
        "–": "&ndash;",
        "—": "&mdash;",
        "\u00a0": "&nbsp;",
        "\u00ad": "&shy;",
        "é": "&eacute;",
        "ñ": "&ntilde;",
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style: plain, em, strong or link."""

    text: str
    style: str = "plain"
    href: str = ""


def clean(text: str) -> str:
    """The text as a record should hold it."""
    visible = unicodedata.normalize("NFC", text.translate(_INVISIBLE).replace("\u00a0", " "))
    return " ".join(visible.split())


def plain(spans: Iterable[Span]) -> str:
    """The cleaned text of a run of spans."""
    return clean("".join(span.text for span in spans))


def text_html(text: str, *, entities: bool = False) -> str:
    """Escaped text; with `entities` typographic characters are named, as RT's editor does from 2016 on."""
    escaped = html.escape(text, quote=False)
    return escaped.translate(_ENTITIES) if entities else escaped


def attr(text: str) -> str:
    """Text for an attribute in double quotes. RT escapes an apostrophe as `&#039;` there."""
    return html.escape(text, quote=True).replace("&#x27;", "&#039;")


def spans_html(spans: Iterable[Span], *, entities: bool, emphasis: str = "em") -> str:
    """The markup of a run of spans; `emphasis` is the tag of the day (`i` in 2013)."""
    parts: list[str] = []
    for span in spans:
        text = text_html(span.text, entities=entities)
        if span.style == "em":
            parts.append(f"<{emphasis}>{text}</{emphasis}>")
        elif span.style == "strong":
            parts.append(f"<strong>{text}</strong>")
        elif span.style == "link":
            parts.append(f'<a href="{attr(span.href)}" target="_blank">{text}</a>')
        else:
            parts.append(text)
    return "".join(parts)


_BREAKABLE = re.compile(r" (?![^<]*>)")


def hard_wrap(markup: str, *, indent: str = "  ", width: int = 66) -> str:
    """Markup broken into short indented lines, never inside a tag: how pages before 2016 print a paragraph."""
    lines: list[str] = []
    line = ""
    for word in _BREAKABLE.split(markup):
        if line and len(line) + len(word) + 1 > width:
            lines.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        lines.append(indent + line)
    return "\n".join(lines)

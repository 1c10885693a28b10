"""What `scrapy explain` says of a page: made of what the parse noted, as text or as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from scrapy.http import TextResponse

from newscrawler.editions import edition_of_code
from newscrawler.exceptions import PageError
from newscrawler.items import FIELD_NAMES, Article, Image
from newscrawler.loaders import LOADED_FIELDS
from newscrawler.pages.article import parse_article
from newscrawler.pages.trace import CheckedCondition, CheckedLayout, Extraction, Trace
from newscrawler.utils import escape_control_chars, truncate

_STATED_CLEAN = ("url", "published_at", "modified_at", "image", "paragraphs", "related", "embeds")
#: What a page can state, in the record's order, of the image each part; the other fields follow from these.
STATED = tuple(
    stated
    for name in FIELD_NAMES
    if name in (*LOADED_FIELDS, *_STATED_CLEAN)
    for stated in ([f"image.{part.name}" for part in fields(Image)] if name == "image" else [name])
)
_CLIP = 60


@dataclass(frozen=True, slots=True)
class Explanation:
    """One page, parsed with a trace. ``why_none`` is the reason for which there is no record."""

    source: str
    article: Article | None
    why_none: str
    ambiguous: tuple[str, ...]
    trace: Trace

    def as_data(self) -> dict[str, Any]:
        """For JSON: everything, nothing clipped."""
        return {
            "source": self.source,
            "layout": self.article.layout if self.article else None,
            "unproven": self.is_unproven,
            "error": self.why_none or None,
            "layouts": [
                {
                    **asdict(layout),
                    "near": layout.near,
                    "conditions": [asdict(condition) for condition in layout.conditions],
                }
                for layout in self.trace.layouts
            ],
            "fields": [asdict(extraction) for extraction in self.trace.extractions],
            "missing": self.missing,
            "ambiguous": list(self.ambiguous),
            "doubts": [asdict(doubted) for doubted in self.trace.doubts],
            "left_out": [asdict(skipped) for skipped in self.trace.skips],
        }

    @property
    def is_unproven(self) -> bool:
        """Whether the record is of a layout that is built from facts alone, in its edition."""
        edition = edition_of_code(self.article.edition or "") if self.article else None
        return edition is not None and self.article is not None and self.article.layout in edition.unproven_layouts

    @property
    def missing(self) -> list[str]:
        """Fields for which nothing was found; for a page that was not read, none are named."""
        found = {extraction.field for extraction in self.trace.extractions}
        return [name for name in STATED if name not in found] if self.article else []


def explain(source: str, response: TextResponse, *, now: datetime, asked: str | None) -> Explanation:
    """Parse a page and keep what the parse notes."""
    trace = Trace()
    try:
        page = parse_article(response, now=now, url=asked, trace=trace)
    except PageError as error:
        said = " ".join(str(error).split())
        return Explanation(source, None, f"{type(error).__name__}: {said}", (), trace)
    return Explanation(source, page.article, "", page.ambiguous, trace)


def lines_of(explanation: Explanation) -> Iterator[str]:
    """The explanation as aligned plain text, safe to print."""
    return (escape_control_chars(line) for line in _lines(explanation))


def _lines(explanation: Explanation) -> Iterator[str]:
    trace, article = explanation.trace, explanation.article
    yield f"page     {explanation.source}"
    yield f"result   {f'a record, layout {article.layout}' if article else f'no record: {explanation.why_none}'}"
    if explanation.is_unproven:
        yield "         unproven: no real page of this edition has been seen in this layout (docs/use/editions.md)"
    yield ""
    yield "layouts"
    for layout in trace.layouts:
        yield from _layout_lines(layout)
    if not trace.layouts:
        yield "  none was compared: there is no HTML page"
    yield ""
    yield "fields"
    extractions = sorted(trace.extractions, key=_order)
    rows = [(found.field, found.source, found.path or "-", _clip(found.value)) for found in extractions]
    rows += [(name, "nothing found", "-", "") for name in explanation.missing]
    yield from _columns(rows)
    for name in explanation.ambiguous:
        yield f"  {name}: the page states one in a form that proves nothing"
    yield ""
    yield "doubts"
    yield from _columns((d.doubt, d.path or "-", _clip(d.reason)) for d in trace.doubts)
    yield ""
    yield "left out of the text"
    yield from _columns((s.reason, s.classes or "-", s.path or "-", _clip(s.text)) for s in trace.skips)


def _layout_lines(layout: CheckedLayout) -> Iterator[str]:
    held = sum(condition.holds for condition in layout.conditions)
    of = f"{held} of {len(layout.conditions)} conditions hold"
    word = "matches" if layout.matches else f"nearly: {of}" if layout.near else "nothing of it is there"
    yield f"  {layout.name:<24} {word}"
    if layout.matches or layout.near:
        yield from (f"      {_condition_word(condition):<22} {condition.says}" for condition in layout.conditions)


def _condition_word(condition: CheckedCondition) -> str:
    if condition.wanted:
        return "found" if condition.found else "MISSING"
    return "THERE, and must not be" if condition.found else "absent, as it must be"


def _order(extraction: Extraction) -> int:
    return STATED.index(extraction.field)


def _clip(text: str) -> str:
    return truncate(" ".join(text.split()), _CLIP)


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows with their columns aligned; "  none" when there are none."""
    table = [[escape_control_chars(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    yield from ("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table)
    if not table:
        yield "  none"

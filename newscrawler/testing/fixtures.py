"""Fixtures made of pages: a folder with the page and what must come out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse, TextResponse

from newscrawler.exceptions import InvalidArticle, PageError
from newscrawler.items import Doubt, record_of
from newscrawler.pages.article import parse_article
from newscrawler.pages.explanation import STATED
from newscrawler.pages.html import source_of
from newscrawler.testing.anonymize import anonymize_html, anonymize_url

#: Fields of a record that an expectation holds: what the page states, and what the parse concludes from it.
FIELDS = ("article_id", "section", *dict.fromkeys(name.split(".")[0] for name in STATED), "developing", "layout")
#: Folder for pages that no layout claims.
UNKNOWN = "unknown"


def expectation(response: TextResponse, *, now: datetime, asked: str | None = None) -> dict[str, Any]:
    """A page's record as an expectation holds it, or the error that it gives."""
    try:
        page = parse_article(response, now=now, url=asked)
    except PageError as error:
        said = {"error": type(error).__name__}
        return {**said, "reason": error.reason} if isinstance(error, InvalidArticle) else said
    record = record_of(page.article)
    return {field: record[field] for field in FIELDS} | {"doubts": record["doubts"]}


@dataclass(frozen=True, slots=True)
class Fixture:
    """A page, what it gives, and the parts of its structure in which it differs from the page it was made of."""

    page: str
    expected: dict[str, Any]
    changed: tuple[str, ...]

    @property
    def layout(self) -> str:
        """Name of the page's layout, or UNKNOWN."""
        return str(self.expected.get("layout", UNKNOWN))

    def write(self, folder: Path) -> None:
        """Write the fixture.

        Raises:
            FileExistsError: there is a fixture of that name.
        """
        folder.mkdir(parents=True)
        (folder / "page.html").write_text(self.page, encoding="utf-8", newline="")
        text = json.dumps(self.expected, ensure_ascii=False, indent=2)
        (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


def make_fixture(response: TextResponse, *, now: datetime, asked: str | None, keep_text: bool) -> Fixture:
    """A fixture of a page, by default with its words replaced by invented ones."""
    source = source_of(response)
    original = expectation(response, now=now, asked=asked)
    page = source if keep_text else anonymize_html(source)
    new_asked = asked if keep_text or asked is None else anonymize_url(asked)
    made = HtmlResponse("file:///page.html", body=page.encode())
    expected = expectation(made, now=now, asked=new_asked)
    if new_asked is not None:
        expected["asked"] = new_asked
    return Fixture(page, expected, tuple(_differences(structure(original), structure(expected))))


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in before | after:
        if before.get(name) != after.get(name):
            yield f"{name} was {before.get(name)}, is {after.get(name)}"


def structure(expected: dict[str, Any]) -> dict[str, Any]:
    """What must not change when words do: which fields there are, how many of each, dates, kinds and lengths."""
    if "error" in expected:
        return {name: expected.get(name) for name in ("error", "reason")}
    image = expected["image"] or {}
    same = ("section", "published_at", "modified_at", "developing", "layout", "short_url")
    return {
        **{name: expected[name] for name in same},
        **{name: bool(expected[name]) for name in ("url", "headline", "lead")},
        **{name: len(expected[name]) for name in ("breadcrumbs", "authors", "tags")},
        **{f"image.{name}": bool(image.get(name)) for name in ("url", "caption", "credit")},
        "words of paragraphs": [len(text.split()) for text in expected["paragraphs"]],
        "related": [bool(article["url"]) for article in expected["related"]],
        "embeds": [embed["type"] for embed in expected["embeds"]],
        # A fixture is UTF-8, whatever the page was.
        "doubts": [doubt for doubt in expected.get("doubts", []) if doubt != Doubt.ENCODING_REPAIRED],
    }


def folder_for(layout: str, pages: Path) -> str:
    """The folder of ``pages`` that has this layout's cases; the layout's own name when there is none."""
    for path in sorted(pages.glob("*/*/expected.json")):
        if json.loads(path.read_text("utf-8")).get("layout") == layout:
            return path.parts[-3]
    return layout

"""The parser against real pages, labelled by hand: every field of every page. Needs ``--corpus``.

The floor only rises: every labelled page of every edition agrees on every field.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy.http import HtmlResponse

from newscrawler.exceptions import NotAnArticle
from newscrawler.items import Article, missing_fields, record_of
from newscrawler.pages.article import parse_article

NOW = datetime(2026, 7, 1, tzinfo=UTC)
#: Labelled pages that agree on every field. Raise it when labels are added; never lower it.
FLOOR = 25
#: The page whose body came later: its second saving is a revision, and has a label of its own.
CAME_LATER = "ru-2025-1451720-b"
#: What boilerplate and the day of saving decide.
NOT_THE_STORY = ("image", "fetched_at")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pages and fields are known only where the corpus is; without it one skipped test stands for all."""
    folder: Path | None = metafunc.config.getoption("--corpus")
    if "field" in metafunc.fixturenames:
        pairs = [(path.stem, name) for path in labels_of(folder) for name in compared(json.loads(path.read_text()))]
        metafunc.parametrize(("name", "field"), pairs or [("no-corpus", "none")])
    elif "saving" in metafunc.fixturenames:
        pages = sorted((folder / "pages").glob("*-[bc].html")) if folder else []
        metafunc.parametrize("saving", [page.stem for page in pages if page.stem != CAME_LATER] or ["no-corpus"])


def labels_of(folder: Path | None) -> list[Path]:
    """The labels of articles."""
    found = sorted((folder / "expected").glob("*.json")) if folder else []
    return [path for path in found if "not_article" not in json.loads(path.read_text(encoding="utf-8"))]


def compared(label: dict[str, Any]) -> list[str]:
    """Fields of a label that say something of the page. Layouts have the labeller's names in English only."""
    left_out = {"notes"} if label["edition"] == "en" else {"notes", "layout"}
    return [name for name in label if name not in left_out]


@cache
def record(page: Path) -> Article:
    return parse_article(HtmlResponse(page.absolute().as_uri(), body=page.read_bytes()), now=NOW).article


def same(found: Any, expected: Any, field: str, page: Path) -> bool:
    if field != "image" or found is None or expected is None:
        return bool(found == expected)
    texts = all(found[key] == expected[key] for key in ("caption", "credit"))
    return texts and _path(found["url"]) in (_path(expected["url"]), _path(_og_image(page)))


def _path(url: str) -> str:
    return urlsplit(url).path


def _og_image(page: Path) -> str:
    response = HtmlResponse(page.absolute().as_uri(), body=page.read_bytes())
    return response.xpath("//meta[@property='og:image']/@content").get("")


def test_field(corpus: Path, name: str, field: str) -> None:
    page = corpus / "pages" / f"{name}.html"
    expected = json.loads((corpus / "expected" / f"{name}.json").read_text(encoding="utf-8"))[field]
    found = record_of(record(page))[field]
    assert same(found, expected, field, page), f"{found!r} != {expected!r}"


def test_another_saving_gives_the_same_record(corpus: Path, saving: str) -> None:
    page, first = (corpus / "pages" / f"{name}.html" for name in (saving, saving[:-2]))
    found, expected = record_of(record(page)), record_of(record(first))
    assert found["content_hash"] == expected["content_hash"]
    assert same(found["image"], expected["image"], "image", first)
    for field in NOT_THE_STORY:
        del found[field], expected[field]
    assert found == expected


def test_floor(corpus: Path) -> None:
    whole = 0
    for label in labels_of(corpus):
        expected = json.loads(label.read_text(encoding="utf-8"))
        page = corpus / "pages" / f"{label.stem}.html"
        found = record_of(record(page))
        whole += all(same(found[f], expected[f], f, page) for f in compared(expected))
    assert whole >= FLOOR


def test_every_labelled_page_gives_a_whole_record(corpus: Path) -> None:
    pages = [corpus / "pages" / f"{label.stem}.html" for label in labels_of(corpus)]
    assert {page.stem: found for page in pages if (found := list(missing_fields(record(page))))} == {}


def test_a_body_that_came_later_is_other_content(corpus: Path) -> None:
    first, later = (record(corpus / "pages" / f"{name}.html") for name in (CAME_LATER[:-2], CAME_LATER))
    assert first.content_hash != later.content_hash
    assert (first.paragraphs, first.text) == ([], first.lead)
    assert later.published_at == first.published_at


def test_a_photo_page_is_no_article(corpus: Path) -> None:
    with pytest.raises(NotAnArticle, match="photolines"):
        record(corpus / "pages" / "ar-2020-1089254.html")


def test_the_second_headline_of_a_russian_page(corpus: Path) -> None:
    titles = {label.stem: record(corpus / "pages" / f"{label.stem}.html").subheadline for label in labels_of(corpus)}
    assert [name for name, title in titles.items() if title] == ["ru-2025-1451697"]

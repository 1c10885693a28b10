"""The parser against real pages, labelled by hand: every field of every page. Needs ``--corpus``.

The floor only rises: every labelled English page agrees on every field.
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

from newscrawler.items import Article, record_of
from newscrawler.pages.article import parse_article

NOW = datetime(2026, 7, 1, tzinfo=UTC)
#: Fields of a label that say nothing of the page itself.
NOT_COMPARED = ("notes",)
#: Labelled English pages that agree on every field. Raise it when labels are added; never lower it.
FLOOR = 9
#: What furniture and the day of saving decide.
NOT_THE_STORY = ("image", "fetched_at")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Pages and fields are known only where the corpus is; without it one skipped test stands for all."""
    folder: Path | None = metafunc.config.getoption("--corpus")
    labels = sorted((folder / "expected").glob("en-*.json")) if folder else []
    if "field" in metafunc.fixturenames:
        pairs = [(path.stem, f) for path in labels for f in json.loads(path.read_text()) if f not in NOT_COMPARED]
        metafunc.parametrize(("name", "field"), pairs or [("no-corpus", "none")])
    elif "saving" in metafunc.fixturenames:
        pages = sorted((folder / "pages").glob("en-*-[bc].html")) if folder else []
        metafunc.parametrize("saving", [page.stem for page in pages] or ["no-corpus"])


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
    for label in sorted((corpus / "expected").glob("en-*.json")):
        expected = json.loads(label.read_text(encoding="utf-8"))
        page = corpus / "pages" / f"{label.stem}.html"
        found = record_of(record(page))
        whole += all(same(found[f], expected[f], f, page) for f in expected if f not in NOT_COMPARED)
    assert whole >= FLOOR

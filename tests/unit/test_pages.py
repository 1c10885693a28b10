"""Every page of tests/pages gives what its expected.json says: one test a page.

A case is a folder with ``page.html`` and ``expected.json``, in the folder of its layout. The expectation holds
the fields of FIELDS, ``doubts`` where there are any, ``asked`` where the page was asked for by an address; or
``error`` (and ``reason``) where the page gives no record. A missing one is written, and the test then fails:
it is to be read by a person before it counts.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from newscrawler.editions import EDITIONS
from newscrawler.items import Article, record_of
from newscrawler.pages.document import Document
from newscrawler.pages.layouts import LAYOUTS, layouts_of
from newscrawler.schema import article_schema
from newscrawler.testing.fixtures import FIELDS, expectation

PAGES = Path(__file__).parents[1] / "pages"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOTHING = record_of(Article())
CASES = sorted(str(page.parent.relative_to(PAGES)) for page in PAGES.glob("*/*/page.html"))


def response_of(body: bytes, url: str = "file:///page.html") -> HtmlResponse:
    return HtmlResponse(url, body=body)


def read(body: bytes, asked: str | None = None) -> dict[str, Any]:
    """A page's record as an expectation holds it, or the error that it gives."""
    return expectation(response_of(body), now=NOW, asked=asked)


@pytest.mark.parametrize("case", CASES)
def test_page(case: str) -> None:
    folder = PAGES / case
    body, file = (folder / "page.html").read_bytes(), folder / "expected.json"
    if not file.exists():
        file.write_text(json.dumps(read(body), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        pytest.fail(f"{file} was missing; it now says what the parser says. Read it.")
    expected = json.loads(file.read_text(encoding="utf-8"))
    found = read(body, expected.pop("asked", None))
    if "error" not in expected:
        expected.setdefault("doubts", [])
        # Fixtures are older than some fields: null or [] unless they say otherwise.
        added = [name for name, part in article_schema()["properties"].items() if "x-since" in part]
        expected = {name: NOTHING[name] for name in added if name in FIELDS} | expected
        assert expected.keys() - {"doubts"} == set(FIELDS), "expected.json names these fields, each once"
    differences = differing_fields(found, expected)
    assert not differences, "\n" + "\n".join(differences)


def differing_fields(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Three lines for each field that differs: its name, what is expected, what is found."""
    lines = []
    for name in [*expected, *(name for name in found if name not in expected)]:
        wanted, got = (repr(record[name]) if name in record else "no such field" for record in (expected, found))
        if wanted != got:
            lines += [f"{name}:", f"  expected {wanted}", f"  found    {got}"]
    return lines


def test_a_difference_is_told_field_by_field() -> None:
    found: dict[str, Any] = {"headline": "Two", "tags": [], "lead": None}
    expected = {"headline": "Two", "tags": ["Ferries"]}
    assert differing_fields(found, expected) == [
        "tags:",
        "  expected ['Ferries']",
        "  found    []",
        "lead:",
        "  expected no such field",
        "  found    None",
    ]


def claims(body: bytes) -> list[str]:
    document = Document(response_of(body), NOW)
    return [layout.NAME for layout in layouts_of(document.edition) if layout.matches(document)]


@pytest.mark.parametrize("case", CASES)
def test_layouts_exclude_each_other(case: str) -> None:
    assert len(claims((PAGES / case / "page.html").read_bytes())) <= 1


def test_each_layout_is_named_by_an_edition_and_has_a_page() -> None:
    named = {name for edition in EDITIONS for name in edition.layouts}
    assert named == {layout.NAME for layout in LAYOUTS}
    assert all(set(edition.unproven_layouts) <= set(edition.layouts) for edition in EDITIONS)
    claimed = {name for case in CASES for name in claims((PAGES / case / "page.html").read_bytes())}
    assert claimed == named


def test_layouts_exclude_each_other_on_real_pages(corpus: Path) -> None:
    pages = sorted(page for page in (corpus / "pages").glob("*.html") if page.stem != "ar-2020-1089254")
    found = {page.name: claims(page.read_bytes()) for page in pages}
    assert {name: names for name, names in found.items() if len(names) != 1} == {}


BASE = (PAGES / "2019" / "news" / "page.html").read_text(encoding="utf-8") if CASES else ""
OPEN_TEXT = '<div class="article__text text">'


def with_body(markup: str) -> bytes:
    start = BASE.index(OPEN_TEXT) + len(OPEN_TEXT)
    end = BASE.index("<!-- end of text -->")
    return (BASE[:start] + markup + BASE[end:]).encode()


@pytest.mark.parametrize("tag", ["div", "span", "blockquote", "em", "a href='/x/'", "ul><li", "section class='rtcode'"])
def test_deep_nesting_is_survived_quickly(tag: str) -> None:
    body = with_body("<p>Before it.</p>" + f"<{tag}>" * 3000 + "deep words" + "<p>After it.</p>")
    start = time.process_time()
    found = read(body)
    assert time.process_time() - start < 3
    assert found["paragraphs"][0] == "Before it."
    assert any("deep words" in paragraph for paragraph in found["paragraphs"])


@pytest.mark.parametrize(
    "unit",
    ["word ", "word&nbsp;", "<em>a</em>b ", "a<br>", "<a href='/news/1234-x/'>link</a> ", "(", "&#8203;", "READ "],
)
def test_a_paragraph_of_megabytes_is_survived_quickly(unit: str) -> None:
    body = with_body("<p>" + unit * (5_000_000 // len(unit)) + "end</p><p>After it.</p>")
    start = time.process_time()
    found = read(body)
    assert time.process_time() - start < 15
    assert found["paragraphs"][-1] == "After it."
    assert found["paragraphs"][-2].endswith("end")


@pytest.mark.parametrize("layout", ["2013", "2014", "2016", "2016-opedge", "2019", "2022", "2022-oped"])
def test_a_page_cut_anywhere_is_whole_or_refused(layout: str) -> None:
    page = (PAGES / layout / "news" / "page.html").read_bytes()
    whole = read(page)
    outcomes = set()
    for cut in range(200, len(page), 97):
        found = read(page[:cut])
        if "error" in found:
            outcomes.add((found["error"], found.get("reason")))
        else:
            assert found["paragraphs"] == whole["paragraphs"], cut
    assert outcomes <= {("UnknownLayout", None), ("NotAnArticle", None), ("InvalidArticle", "truncated")}
    assert ("InvalidArticle", "truncated") in outcomes

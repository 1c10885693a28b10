"""An explanation tells what the parse did: its notes add up to the record, on every page at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newscrawler.editions import EDITIONS
from newscrawler.items import Article
from newscrawler.pages.document import Document
from newscrawler.pages.explanation import Explanation, explain, lines_of
from newscrawler.pages.trace import NO_TRACE
from tests.unit.test_pages import CASES, NOW, PAGES, response_of

HOME = {edition.home_crumb for edition in EDITIONS}
NAMES = [list(edition.layouts) for edition in EDITIONS]


def explained(page: bytes, asked: str | None = None) -> Explanation:
    return explain("page.html", response_of(page), now=NOW, asked=asked)


def check(found: Explanation) -> None:
    """Every field of the record is what the notes say, and the other way round."""
    assert [layout.name for layout in found.trace.layouts] in NAMES
    matching = [layout.name for layout in found.trace.layouts if layout.matches]
    assert "\x1b" not in "\n".join(lines_of(found))
    json.dumps(found.as_data())
    article = found.article
    if article is None:
        assert found.why_none
        return
    assert len(matching) == 1
    assert article.layout is not None
    assert article.layout.startswith(matching[0])

    def noted(name: str) -> list[str]:
        return [noted.value for noted in found.trace.extractions if noted.field == name]

    assert noted("headline") == [article.headline]
    assert noted("url") == [article.url]
    assert noted("lead") == ([article.lead] if article.lead else [])
    assert noted("short_url") == ([article.short_url] if article.short_url else [])
    assert list(dict.fromkeys(noted("tags"))) == article.tags
    assert list(dict.fromkeys(noted("authors"))) == article.authors
    assert [name for name in noted("breadcrumbs") if name not in HOME] == article.breadcrumbs
    repeated = [skipped.text for skipped in found.trace.skips if skipped.reason == "paragraph repeats the lead"]
    assert noted("paragraphs") == repeated + article.paragraphs
    assert noted("related") == [related.title for related in article.related]
    assert noted("embeds") == [embed.url for embed in article.embeds]
    for name in ("published_at", "modified_at"):
        moment = getattr(article, name)
        assert [value[:19].replace(" ", "T") for value in noted(name)] == ([f"{moment:%FT%T}"] if moment else [])
    check_image(article, noted)


def check_image(article: Article, noted: Callable[[str], list[str]]) -> None:
    for part in ("url", "caption", "credit"):
        value = getattr(article.image, part) if article.image else None
        assert noted(f"image.{part}") == ([value] if value else [])


@pytest.mark.parametrize("case", CASES)
def test_the_notes_add_up_to_the_record(case: str) -> None:
    expected = json.loads((PAGES / case / "expected.json").read_text("utf-8"))
    check(explained((PAGES / case / "page.html").read_bytes(), expected.get("asked")))


def test_the_notes_add_up_on_real_pages(corpus: Path) -> None:
    pages = sorted((corpus / "pages").glob("*.html"))
    assert len(pages) > 15
    read = 0
    for page in pages:
        found = explained(page.read_bytes())
        check(found)
        read += found.article is not None
    assert read >= 12


def test_every_path_leads_to_its_element() -> None:
    """A path's last step names the element's tag; what it selects on the page is there."""
    page = (PAGES / "2022" / "news" / "page.html").read_bytes()
    found = explained(page)
    response = response_of(page)
    paths = {t.path for t in found.trace.extractions if t.path} | {s.path for s in found.trace.skips if s.path}
    assert len(paths) >= 10
    assert [path for path in paths if not response.css(path)] == []


def test_a_layout_that_nearly_matches_says_what_is_missing() -> None:
    page = (PAGES / "2022" / "news" / "page.html").read_text("utf-8")
    for name in ("article__heading", "date_article-header"):
        assert name in page
    text = "\n".join(lines_of(explained(page.replace("date_article-header", "when").encode())))
    assert "2022-grid                matches" in text, "a page without a date is still of its layout"
    text = "\n".join(lines_of(explained(page.replace("article__text", "prose").replace("article__b", "b").encode())))
    assert "no record: UnknownLayout" in text
    assert "MISSING                div.article__text in the article" in text
    assert "2013-cont-wp             nothing of it is there" in text


def test_what_is_left_out_is_named() -> None:
    page = (PAGES / "2019" / "news" / "page.html").read_text("utf-8")
    boilerplate = '<div class="news-block"><p>Ten more stories from the harbour</p></div><script>var a = 1;</script>'
    whole = page.replace('<div class="article__text text">', '<div class="article__text text">' + boilerplate)
    left: list[dict[str, Any]] = explained(whole.encode()).as_data()["left_out"]
    named = [(part["path"].split(" > ")[-1], part["classes"], part["reason"]) for part in left]
    assert ("div.news-block", "news-block", "boilerplate") in named
    assert ("script", "", "names no post or film") in [(p.split(":")[0], c, r) for p, c, r in named]
    assert "Ten more stories from the harbour" in [part["text"] for part in left]


def test_text_from_a_page_can_t_reach_the_terminal() -> None:
    page = (PAGES / "2022" / "news" / "page.html").read_text("utf-8")
    evil = page.replace('class="article__text', 'id="x&#27;\x1b]0;owned\x07" class="article__text')
    evil = evil.replace('<h1 class="article__heading">', '<h1 class="article__heading">\u202eabc\x9b31m')
    assert evil != page
    text = "\n".join(lines_of(explained(evil.encode())))
    assert all(line.isprintable() for line in text.splitlines())


def test_without_a_trace_nothing_is_noted() -> None:
    document = Document(response_of((PAGES / "2022" / "news" / "page.html").read_bytes()), NOW)
    assert document.trace is NO_TRACE
    assert (NO_TRACE.extractions, NO_TRACE.skips) == ([], [])

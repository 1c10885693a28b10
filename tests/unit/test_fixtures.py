"""Captured pages: other people's words are gone, and what is left is read as the page was."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from newscrawler.pages.html import Element, Text, parse_html, source_of
from newscrawler.testing import fixtures as page_cases
from newscrawler.testing.anonymize import anonymize_html, anonymize_text, anonymize_url
from newscrawler.testing.fixtures import Fixture, folder_for, make_fixture
from tests.unit.test_pages import CASES, NOW, PAGES, response_of

_WORD = re.compile(r"[^\W\d_]+")
#: Runs of words that the site prints on every page.
_ITS_OWN = (
    "the statements views and opinions expressed in this column are solely those of the author and do not "
    "necessarily represent those of rt | you can share this story on social media | subscribe to rt newsletter to get "
    "news highlights of the day right in your mailbox | max snippet max image preview large | "
    "les opinions assertions et points de vue exprimés dans les commentaires sont le fait de leur auteur et ne peuvent "
    "en aucun cas être imputés à rt | нашли ошибку в тексте выделите её мышкой и нажмите ctrl enter"
)


def captured(page: bytes, asked: str | None = None) -> Fixture:
    return make_fixture(response_of(page), now=NOW, asked=asked, keep_text=False)


@pytest.mark.parametrize("case", CASES)
def test_a_test_page_is_read_alike(case: str) -> None:
    expected = json.loads((PAGES / case / "expected.json").read_text("utf-8"))
    made = captured((PAGES / case / "page.html").read_bytes(), expected.get("asked"))
    assert made.changed == ()
    assert ("error" in made.expected) == ("error" in expected)


@pytest.mark.slow
def test_real_pages_are_read_alike_and_keep_no_sentence(corpus: Path) -> None:
    layouts = set()
    for path in sorted((corpus / "pages").glob("*.html")):
        made = captured(path.read_bytes())
        assert made.changed == (), path.name
        layouts.add(made.layout)
        source = source_of(response_of(path.read_bytes()))
        kept = {run for run in runs(source) & runs(made.page) if " ".join(run) not in _ITS_OWN}
        assert kept == set(), path.name
        assert not made.page.isascii() or source.isascii()
    assert len(layouts) >= 5


def runs(source: str) -> set[tuple[str, ...]]:
    """Five words on end, each of three letters or more, in the texts that a reader sees."""
    root = parse_html(source)
    assert root is not None
    found = set()
    for element in root.iter_elements(include_self=True):
        for text in texts_of(element):
            words = [word.lower() for word in _WORD.findall(text)]
            found |= {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
    # Icons are drawn by markup that stands in an attribute of some pages.
    prose = (run for run in found if not {"viewbox", "symbol"} & set(run))
    return {run for run in prose if sum(len(word) > 2 for word in run) >= 4}


def texts_of(element: Element) -> list[str]:
    if element.tag in ("script", "style", "noscript"):
        return []
    named = [element.attr(name) or "" for name in ("alt", "title", "content", "value")]
    return [
        *(node.data for node in element if isinstance(node, Text)),
        *(t for t in named if " " in t and not re.search("://|[;=]", t)),
    ]


def test_words_of_the_same_shape_and_always_the_same() -> None:
    text = anonymize_text("“Harbour” votes, HARBOUR rows — don&rsquo;t; 12:30 Wednesday’s harbour caf&eacute;s.")
    first, upper, last = re.findall("[a-z]{7}|[A-Z]{7}", anonymize_text("harbour HARBOUR harbour"))
    assert first == last == upper.lower() != "harbour"
    assert re.fullmatch(r"“\w{7}” \w{5}, \w{7} \w{4} — \w{3}&rsquo;t; 12:30 \w{9}’s \w{7} \w{5}\.", text), text
    assert anonymize_text("Гавань голосует") != "Гавань голосует"
    assert re.fullmatch("[А-Я][а-я]{5} [а-я]{8}", anonymize_text("Гавань голосует"))


@pytest.mark.parametrize(
    "text",
    [
        "DETAILS TO FOLLOW",
        "READ MORE:",
        "Also on rt.com",
        "1 Apr, 2016 15:17",
        "September&nbsp;23, 2013 12:00".replace("&nbsp;", " "),
        "2019-12-29T16:12:00+00:00",
        "Reuters / AFP",
        "&copy; RT",
    ],
)
def test_what_layouts_are_read_by_stays(text: str) -> None:
    assert anonymize_text(text) == text


def test_addresses_keep_ids_and_lose_words() -> None:
    url = anonymize_url("https://www.rt.com/news/463849-harbour-ferry-vote/?utm_source=rss")
    assert re.fullmatch(r"https://www\.rt\.com/news/463849-\w{7}-\w{5}-\w{4}/\?utm_source=\w+", url), url
    assert "harbour" not in url
    assert anonymize_url(url.replace("/", "\\/")).count("\\/") == url.count("/")
    assert anonymize_url("https://cdni.rt.com/files/2019.12/article/5e08dc2a.jpg").endswith("/article/5e08dc2a.jpg")
    query = "text=harbour%20ferry%20vote&url=https%3A%2F%2Fwww.rt.com%2Fnews%2F463849-harbour%2F"
    assert "harbour" not in anonymize_url(f"https://t.co/?{query}")


def test_markup_stays_as_broken_as_it_was() -> None:
    page = '<!DOCTYPE html><p class="a b" title=word>one <b>two<br/>three</p><!-- four --><script>five = "six";</script'
    made = anonymize_html(page)
    assert re.sub(r"[a-z]+", "", made) == re.sub(r"[a-z]+", "", page)
    assert '<p class="a b" title=' in made
    for word in ("one", "two", "three", "four", "five", "six", "word"):
        assert word not in made


def test_a_page_that_is_read_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (PAGES / "2022" / "news" / "page.html").read_bytes()
    monkeypatch.setattr(page_cases, "anonymize_html", lambda source: source.replace("article__summary", "gone"))
    assert captured(page).changed == ("lead was True, is False", "doubts was [], is ['unclaimed_text']")


def test_a_layout_s_folder_is_found_by_its_cases() -> None:
    assert folder_for("2022-grid", PAGES) == "2022"
    assert folder_for("2013-cont-wp", PAGES) == "2013"
    assert folder_for("2027-story", PAGES) == "2027-story"

"""Differences as people read them, and the names that they may give an article."""

from __future__ import annotations

import pytest

from newscrawler.dataset.changes import diff_lines
from newscrawler.editions import article_key
from newscrawler.exceptions import ArgumentError
from newscrawler.utils import escape_control_chars


def diff(old: list[str], new: list[str]) -> list[str]:
    return list(diff_lines({"paragraphs": old}, {"paragraphs": new}))


def test_words_of_headline_and_lead() -> None:
    old = {"headline": "Six killed in blast", "lead": None}
    new = {"headline": "Nine killed in the blast", "lead": "A lead."}
    assert list(diff_lines(old, new)) == [
        "headline: [-Six-] {+Nine+} killed in {+the+} blast",
        "lead: {+A lead.+}",
    ]


def test_paragraphs_changed_added_and_removed() -> None:
    old = ["The first one stays.", "The second one changes a little here.", "A third one goes away."]
    new = ["New at the top of all.", "The first one stays.", "The second one changes much more here."]
    assert diff(old, new) == [
        "paragraph 1 added: {+New at the top of all.+}",
        "paragraph 3: The second one changes [-a little-] {+much more+} here.",
        "paragraph 3 removed: [-A third one goes away.-]",
    ]


def test_a_paragraph_that_was_split_is_paired_with_its_greater_half() -> None:
    words = [f"w{n}" for n in range(20)]
    lines = diff([" ".join(words)], [" ".join(words[:15]), " ".join(words[15:])])
    assert lines[0].startswith("paragraph 1: … w7 w8")
    assert lines[1] == "paragraph 2 added: {+w15 w16 w17 w18 w19+}"


def test_long_stretches_are_shortened() -> None:
    words = [f"w{n}" for n in range(60)]
    (line,) = diff([" ".join(words)], [" ".join([*words[:30], "NEW", *words[30:]])])
    assert line == "paragraph 1: … " + " ".join([*words[22:30], "{+NEW+}", *words[30:38]]) + " …"


def test_spacing_is_no_change_and_a_huge_paragraph_is_shown_whole() -> None:
    assert diff(["a  b\nc"], ["a b c"]) == []
    (line,) = diff(["a " * 4000], ["a " * 3999 + "b"])
    assert line.startswith("paragraph 1: [-a a")


def test_other_fields_and_colour() -> None:
    old = {"authors": [], "status": "published", "developing": True}
    new = {"authors": ["A. Writer"], "status": "withdrawn", "developing": False}
    assert list(diff_lines(old, new)) == [
        "authors: [--] {+A. Writer+}",
        "developing: [-True-] {+False+}",
        "status: [-published-] {+withdrawn+}",
    ]
    (line,) = diff_lines({"section": "news"}, {"section": "russia"}, colour=True)
    assert line == "section: \x1b[31m[-news-]\x1b[0m \x1b[32m{+russia+}\x1b[0m"


def test_printable() -> None:
    assert escape_control_chars("plain “text” é 漢") == "plain “text” é 漢"
    assert escape_control_chars("\x1b[2J a\u00a0b\tc\u202e\x00\U000e0001") == "\\x1b[2J a b c\\u202e\\x00\\U000e0001"


@pytest.mark.parametrize(
    "text",
    [
        "639873",
        " en/639873 ",
        "https://www.rt.com/news/639873-former-president-kala/",
        "http://m.rt.com/news/639873-other-slug/amp/?a=b#c",
        "https://swentr.site/russia/639873-x",
        "www.rt.com/news/639873-x/",
        "/news/639873-x/",
        "uk/639873-x",
    ],
)
def test_names_of_an_article(text: str) -> None:
    assert article_key(text) == ("en", "639873")


def test_names_of_2013() -> None:
    assert (
        article_key("syria-conflict-335")
        == article_key("rt.com/news/syria-conflict-335/")
        == ("en", "syria-conflict-335")
    )


@pytest.mark.parametrize("text", ["", "12", "words", "../639873", "https://example.org/news/639873-x/"])
def test_what_names_none(text: str) -> None:
    with pytest.raises(ArgumentError, match="names no article"):
        article_key(text)


def test_an_edition_that_is_not_there_is_no_section() -> None:
    with pytest.raises(ArgumentError, match="there is no edition pt; there are: en, "):
        article_key("pt/639873")

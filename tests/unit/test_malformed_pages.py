"""Markup that somebody typed wrong: the record has the paragraphs that a browser shows.

tests/slow/test_browser_tree.py asks Chromium itself what it shows of these pages.
"""

from __future__ import annotations

import pytest

from tests.unit.test_pages import PAGES, read

P1 = "<p>The ferry stayed in port on Monday, and nobody in the harbour could say why it did.</p>"
P2 = "<p>By noon the queue reached the old customs house, and the first travellers turned back.</p>"
P3 = "<p>The council wants to hear the captain before the end of the week, its clerk said.</p>"
TEXTS = [paragraph[3:-4] for paragraph in (P1, P2, P3)]

CLOSED = [
    P1 + "</div>" + P2 + P3,
    P1 + "</div></div>" + P2 + P3,
    P1 + P2 + "</div>" + P3,
    P1 + "</div><div>" + P2 + P3,
    P1 + "</div></div><div>" + P2 + P3,
    P1 + "</body>" + P2 + P3,
    P1 + "</html>" + P2 + P3,
    P1 + "</body></html>" + P2 + P3,
    P1 + "</p></span></td></table></section>" + P2 + P3,
    P1 + "</form></li></ul></em></a>" + P2 + P3,
    P1 + '</div><!-- a note -->\n<a name="top"></a>' + P2 + P3,
]

OPEN = [
    P1 + '<form action="/subscribe"><input name="e">' + P2 + P3,
    P1 + '<button class="x">Read aloud' + P2 + P3,
    P1 + '<label for="e">Your address' + P2 + P3,
    P1 + '<figure><img src="/files/2019.12/l/1.jpg"><figcaption>The pier.' + P2 + P3,
    P1 + '<div class="read-more"><a href="/news/463000-another-ferry/">Another ferry</a>' + P2 + P3,
    P1 + '<div class="rtcode"><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>' + P2 + P3,
    P1
    + '<blockquote class="twitter-tweet"><p>Short post.</p>&mdash; A (@a) '
    + '<a href="https://twitter.com/a/status/1">May 1</a>'
    + P2
    + P3,
    P1 + '<embed src="https://example.org/player">' + P2 + P3,
    P1 + "<nav>" + P2 + P3,
    P1 + "<em>" + P2 + P3,
    P1 + "<a href='/news/463001-x/'>" + P2 + P3,
    P1 + "<span class='x'><font color=red><b>" + P2 + P3,
    P1 + "<table><tr><td>" + P2 + P3,
    P1 + "<svg><path>" + P2 + P3,
    "<form id='aspnetForm'>" + P1 + P2 + P3 + "</form>",
    "<form><button>" + P1 + P2 + P3,
    P1 + "<form>" + P2 + "<button>" + P3,
    P1.removesuffix("</p>") + P2.removesuffix("</p>") + P3.removesuffix("</p>"),
    P1 + "<p>" + P2 + "<p/>" + P3,
]


def with_text(layout: str, markup: str, opening: str = '<div class="article__text text">') -> bytes:
    """The layout's page with another text, and what stood behind the text behind it."""
    page = (PAGES / layout / "news" / "page.html").read_text("utf-8")
    start = page.index('<div class="article__text')
    end = page.index("<!-- end of text -->") if "<!-- end of text -->" in page else page.index("</div>", start)
    return (page[:start] + opening + markup + page[end:]).encode()


@pytest.mark.parametrize("layout", ["2016", "2019", "2022"])
@pytest.mark.parametrize("markup", CLOSED)
def test_a_closing_tag_too_many_ends_no_text(layout: str, markup: str) -> None:
    assert read(with_text(layout, markup))["paragraphs"] == TEXTS


@pytest.mark.parametrize("layout", ["2016", "2019", "2022"])
@pytest.mark.parametrize("markup", OPEN)
def test_an_element_without_its_closing_tag_swallows_no_text(layout: str, markup: str) -> None:
    found = read(with_text(layout, markup))["paragraphs"]
    assert [paragraph for paragraph in found if paragraph in TEXTS] == TEXTS


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ('<form><input name="e"><p>Your address</p><button>Send</button></form>', []),
        ('<div class="rtcode"><iframe src="https://example.org/p"></iframe><p>The pier, filmed</p></div>', []),
        ("<figure><img src='/a.jpg'><figcaption><p>The pier at noon</p></figcaption></figure>", []),
        ("<figcaption><p>The pier at noon, seen from the old customs house</p></figcaption>", []),
        ("<div class='media'><img src='/a.jpg'><p>The pier at noon, seen from the old customs house</p></div>", []),
        (
            "<blockquote class='twitter-tweet'><p>The pier is shut again, says the harbour master.</p>"
            "<p>&mdash; A (@a) <a href='https://twitter.com/a/status/1'>May 1</a></p></blockquote>",
            [],
        ),
        ("<blockquote class='twitter-tweet'><p>The pier is shut again, says the harbour.</p></blockquote>", []),
        ("<div class='read-more'>Read more<p><a href='/news/1000-x/'>Six words and more of a title</a></p></div>", []),
        ("<div class='read-more'><p>Six words and more of a title</p></div>", []),
    ],
)
def test_the_label_of_an_element_that_is_the_last_is_no_text(markup: str, kept: list[str]) -> None:
    assert read(with_text("2019", P1 + P2 + P3 + markup))["paragraphs"] == TEXTS + kept


def test_what_the_template_prints_behind_the_text_is_no_text() -> None:
    for markup in (
        '</div><div class="article__share"><p>Share it with everybody whom you know today</p></div>',
        '</div><p class="article__legal-disclaimer">The statements are those of the author and of nobody else</p>',
        '</div><div class="news-block"><p>Ten more articles from the harbour and beyond</p></div><p>Footer line.</p>',
    ):
        assert read(with_text("2019", P1 + P2 + P3 + markup))["paragraphs"] == TEXTS


def test_the_oldest_layouts() -> None:
    page = (PAGES / "2014" / "news" / "page.html").read_text("utf-8")
    expected = read(page.encode())["paragraphs"]
    first = page.index("</p>", page.index(expected[0][:30])) + len("</p>")
    assert read((page[:first] + "</div>" + page[first:]).encode())["paragraphs"] == expected

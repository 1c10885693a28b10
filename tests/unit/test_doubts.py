"""Doubts of one page, and what a rule reads right instead of doubting it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from newscrawler.items import Article, Doubt, record_of
from newscrawler.pages.article import parse_article
from newscrawler.pages.dates import parse_visible_date
from newscrawler.pages.doubts import Doubts, Witness, compare, mend_bytes
from newscrawler.pages.explanation import explain, lines_of
from newscrawler.pages.html import parse_html, text_of
from newscrawler.pages.text import clean_text, content_hash
from newscrawler.pages.trace import Trace
from tests.unit.test_pages import BASE, NOW, OPEN_TEXT, response_of, with_body

FIRST = "<p>The harbour office sold the pump on Monday.</p>"
LAST = "<p>Nobody has seen it since.</p>"
PROMO = "Win a weekend in the old lighthouse of Pellamar, only this month"


def parsed(body: bytes) -> dict[str, Any]:
    return record_of(parse_article(response_of(body), now=NOW).article)


def with_text(markup: str) -> dict[str, Any]:
    return parsed(with_body(FIRST + markup + LAST))


def changed(old: str, new: str) -> dict[str, Any]:
    assert old in BASE
    return parsed(BASE.replace(old, new).encode())


def between(found: dict[str, Any]) -> list[str]:
    middle: list[str]
    first, *middle, last = found["paragraphs"]
    assert (first, last) == ("The harbour office sold the pump on Monday.", "Nobody has seen it since.")
    return middle


@pytest.mark.parametrize(
    "block",
    [
        f'<div class="lighthouse-offer"><p>{PROMO}</p></div>',
        f'<p class="lighthouse">{PROMO}</p>',
        f'<a class="lighthouse" href="/x/">{PROMO}</a>',
        f'<span class="lighthouse">{PROMO}</span>',
        f'<ul class="lighthouse"><li>{PROMO}</li></ul>',
        f"<aside>{PROMO}</aside>",
        f"<button>{PROMO}</button>",
        f"<form><p>{PROMO}</p><input><button>Go</button></form>",
    ],
)
def test_a_block_of_an_unknown_kind_is_doubted(block: str) -> None:
    assert with_text(block)["doubts"] == ["unknown_block"]


@pytest.mark.parametrize(
    "block",
    [
        f'<p class="MsoNormal">{PROMO}</p>',
        f'<p><span class="lighthouse">{PROMO}</span></p>',
        f'<p class="p1"><span class="s1">{PROMO}</span></p>',
        f"<div>{PROMO}</div>",
        f'<table class="table"><tr class="odd"><td>{PROMO}</td></tr></table>',
        f'<div class="rtcode"><p>{PROMO}</p></div>',
        f'<div class="SomeEmbed"><blockquote class="twitter-tweet"><p>Never.</p></blockquote></div><p>{PROMO}</p>',
        f'<div class="player"><script>var a = 1;</script><iframe src="https://x.test/"></iframe></div><p>{PROMO}</p>',
    ],
)
def test_what_editors_paste_is_not(block: str) -> None:
    found = with_text(block)
    assert (between(found), found["doubts"]) == ([PROMO], [])


@pytest.mark.parametrize("tag", ["div", "p", "span"])
def test_a_sentence_in_the_box_that_no_field_took_is_doubted(tag: str) -> None:
    for classes in ("", ' class="lighthouse"'):
        found = changed(OPEN_TEXT, f"<{tag}{classes}>{PROMO}</{tag}>{OPEN_TEXT}")
        assert found["doubts"] == ["unclaimed_text"]


def test_a_few_words_in_the_box_are_labels() -> None:
    assert changed(OPEN_TEXT, f'<div class="lighthouse">Two readers</div>{OPEN_TEXT}')["doubts"] == []


def test_short_paragraphs_in_the_box_are_not() -> None:
    rest = "".join(f"<p>{word} it is.</p>" for word in ("So", "Here", "There"))
    assert changed(OPEN_TEXT, f"<div>{rest}</div>{OPEN_TEXT}")["doubts"] == ["unclaimed_text"]


@pytest.mark.parametrize(
    "mark",
    [
        "<p><a href='#'>Read the full story</a></p>",
        "<p>Continue reading</p>",
        "<button>Read the full article</button>",
        "<p>It was sold for […]</p>",
        "<div class='lighthouse'><a href='#'>Show the whole text</a></div>",
    ],
)
def test_a_text_that_says_it_goes_on_elsewhere_is_doubted(mark: str) -> None:
    found = parsed(with_body(FIRST + mark))
    assert "text_cut" in found["doubts"]
    assert not any("ead the" in text or "eading" in text for text in found["paragraphs"])


def test_explain_names_the_doubts() -> None:
    page = with_body(FIRST + f"<aside>{PROMO}</aside>" + LAST)
    explanation = explain("page.html", response_of(page), now=NOW, asked=None)
    assert [doubt["doubt"] for doubt in explanation.as_data()["doubts"]] == ["unknown_block"]
    lines = "\n".join(lines_of(explanation))
    assert "unknown_block  div.article > div.article__text > aside" in lines


def article(**fields: Any) -> Article:
    return Article(**{"headline": "Ferry sold to a stranger", "authors": ["Zoë Håkan"], "published_at": NOW, **fields})


@pytest.mark.parametrize(
    ("witnesses", "doubts"),
    [
        ([Witness("og:title", "Ferry sold to a stranger")], []),
        ([Witness("title", "Ferry sold to a stranger — RT World News")], []),
        ([Witness("title", "FERRY “sold” to a stranger!")], []),
        ([Witness("feed", "Something else was sold"), Witness("og:title", "Ferry sold to a stranger")], []),
        ([Witness("title", "t"), Witness("feed", "RT")], []),
        ([Witness("feed", "Something else was sold")], [Doubt.HEADLINE_DIFFERS]),
        ([Witness("og:title", "Ferry sold")], []),
        ([Witness("og:title", "Ferry sold to")], [Doubt.HEADLINE_DIFFERS]),
        ([Witness("feed", published_at=NOW.replace(second=59))], []),
        ([Witness("feed", published_at=NOW.replace(hour=3))], [Doubt.DATE_DIFFERS]),
        ([Witness("feed", authors=("zoe hakan",))], []),
        ([Witness("feed", authors=("Z. Hakan", "Jane Roe"))], []),
        ([Witness("feed", authors=("Jane Roe",))], [Doubt.AUTHOR_DIFFERS]),
    ],
)
def test_witnesses_are_compared(witnesses: list[Witness], doubts: list[Doubt]) -> None:
    assert [doubt for doubt, _ in compare(article(), witnesses)] == doubts


def test_dates_on_one_page_that_differ_are_doubted() -> None:
    assert changed("2019-11-20T05:47", "2019-11-20T09:47")["doubts"] == ["date_differs"]


def test_a_headline_with_a_label_of_plain_text_is_doubted() -> None:
    found = changed("</h1>", " — LIVE</h1>")
    assert found["headline"].endswith("LIVE")
    assert found["doubts"] == ["headline_differs"]


def test_a_label_in_an_element_is_no_headline() -> None:
    before = parsed(BASE.encode())
    assert before["doubts"] == []
    for label in ("<span class='badge'>LIVE</span> ", "<em class='flag'>Video</em>"):
        assert changed('article__heading">', f'article__heading">{label}')["headline"] == before["headline"]


def test_a_label_that_no_title_proves_is_left_out_and_doubted() -> None:
    page = BASE
    for name in ("og:title", "headline"):
        page = page.replace(f'"{name}"', '"other"')
    title = page[page.index("<title>") : page.index("</title>")]
    before = parsed(page.encode())["headline"]
    page = page.replace(title, "<title>t").replace(
        'article__heading">', 'article__heading"><span class="x">LIVE</span> '
    )
    found = parsed(page.encode())
    assert (found["headline"], found["doubts"]) == (before, ["headline_differs"])


@pytest.mark.parametrize("form", ["url", "@id", "mainEntityOfPage", "headline"])
def test_json_ld_about_another_article_is_not_taken(form: str) -> None:
    before = parsed(BASE.encode())
    other = "https://www.rt.com/news/611111-quite-another/"
    node = {
        "@type": "NewsArticle",
        form: "Quite another thing happened in Tannerud" if form == "headline" else other,
        "datePublished": "2017-01-02T03:04:05+00:00",
        "author": {"@type": "Person", "name": "Orla Quist"},
    }
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    assert changed("<head>", f"<head>{script}") == before


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">{}</p>',
        '<div style="color: red; DISPLAY : none !important"><p>{}</p></div>',
        "<p hidden>{}</p>",
        '<p class="visually-hidden">{}</p>',
        '<span class="sr-only">{}</span>',
        '<p class="screen-reader-text">{}</p>',
        '<p aria-hidden="true">{}</p>',
        '<p style="position:absolute; left:-9999px">{}</p>',
        "<template><p>{}</p></template>",
        "<p><del>{}</del></p>",
        "<p><s>{}</s></p>",
        "<strike>{}</strike>",
    ],
)
def test_hidden_and_deleted_text_is_neither_prose_nor_a_doubt(hidden: str) -> None:
    found = with_text(hidden.format(PROMO))
    assert (between(found), found["doubts"]) == ([], [])


def test_visible_text_is_not_hidden() -> None:
    for shown in ('style="text-align: left"', 'style="font-size: 0.9em"', 'class="hidden-treasure"', 'hidden-x="1"'):
        assert between(with_text(f"<p><span {shown}>{PROMO}</span></p>")) == [PROMO]


@pytest.mark.parametrize("name", ["social-unrest", "banner-year", "promo-code-scandal", "comments-war"])
def test_a_class_that_begins_like_boilerplate_is_none(name: str) -> None:
    found = with_text(f'<div class="{name}"><p>{PROMO}</p></div>')
    assert (between(found), found["doubts"]) == ([PROMO], ["unknown_block"])


@pytest.mark.parametrize(
    "name", ["banner", "banner__text", "js-banner", "banner_wide", "banner-top", "social-container"]
)
def test_boilerplate_is_known_by_whole_names(name: str) -> None:
    found = with_text(f'<div class="{name}"><p>{PROMO}</p></div>')
    assert (between(found), found["doubts"]) == ([], [])


@pytest.mark.parametrize("between_them", ["", '<div class="article__banner">ad</div>'])
def test_a_second_container_of_the_text_is_read_in_order(between_them: str) -> None:
    markup = f"{FIRST}</div>{between_them}{OPEN_TEXT}<p>{PROMO}</p></div>{OPEN_TEXT}{LAST}"
    found = parsed(with_body(markup))
    assert (between(found), found["doubts"]) == ([PROMO], [])


def test_a_lead_is_said_once() -> None:
    lead = parsed(BASE.encode())["lead"]
    assert between(with_text(f"<p>{lead}</p>")) == []


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("CO<sub>2</sub> and H<sub>2</sub>O", "CO2 and H2O"),
        ("a treaty<sup>1</sup> and 12 km<sup>2</sup>", "a treaty¹ and 12 km²"),
        ("10<sup>6</sup> boats on the 21<sup>st</sup>", "10⁶ boats on the 21st"),
        ("He said <q>never</q>.", "He said “never”."),
        ("He said <q>“never”</q>.", "He said “never”."),
        ("Tar &amp;amp; Sons &amp;#8217;never&amp;rsquo;", "Tar & Sons ’never’"),
        ("a&amp;nbsp;b and R&D", "a b and R&D"),
    ],
)
def test_inline_markup(markup: str, text: str) -> None:
    assert between(with_text(f"<p>{markup}</p>")) == [text]
    root = parse_html(f"<h1>{markup}</h1>")
    assert root is not None
    assert text_of(root.select_one("h1")) == text


def test_lines_of_earlier_versions_keep_their_hash() -> None:
    text = "Tar &amp; Sons"
    assert clean_text(text) == "Tar & Sons"
    assert content_hash(text, None, []) != content_hash(clean_text(text), None, [])


@pytest.mark.parametrize(
    ("printed", "hour"),
    [
        ("1 May, 2026 05:33", 5),
        ("1 May, 2026 05:33 / Updated 2 years ago", 5),
        ("1st May, 2026 05:33", 5),
        ("May 1st, 2026 at 5:33 PM", 17),
        ("1 May, 2026 05:33 PM", 17),
        ("1 May, 2026 12:33 a.m.", 0),
        ("1 May, 2026 17:33 PM", 17),
        ("1 May, 2026 17:33 AM", None),
        ("1 May, 2026 08:33 MSK", 5),
        ("1 May, 2026 08:33 Moscow time", 5),
        ("1 May, 2026 08:33 +0300", 5),
        ("1 May, 2026 08:33 (UTC+3)", 5),
        ("May 1, 2026 01:33 EST", 6),
        ("May 1, 2026 01:33 ET", 5),
        ("May 1, 2026 01:33 p.m. EDT", 17),
        ("1 May, 2026 05:33 IST", None),
        ("1 May, 2026 05:33 CST", None),
        ("1 May, 2026 05:33 local time", None),
    ],
)
def test_half_of_the_day_and_zone_of_a_printed_time(printed: str, hour: int | None) -> None:
    found = parse_visible_date(printed, language="en", zone="UTC", now=NOW)
    assert found == (None if hour is None else datetime(2026, 5, 1, hour, 33, tzinfo=UTC))


POSTS = [
    (
        '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:abc/app.bsky.feed.post/3k"><p>Never.</p>'
        "</blockquote>",
        ("bluesky", "https://bsky.app/profile/did:plc:abc/post/3k"),
    ),
    (
        '<blockquote class="text-post-media" data-text-post-permalink="https://www.threads.net/@oda/post/C9?xmt=1">'
        '<a href="https://www.threads.net/@oda/post/C9">View on Threads</a></blockquote>',
        ("threads", "https://www.threads.net/@oda/post/C9"),
    ),
    (
        '<blockquote class="mastodon-embed" data-embed-url="https://toot.example/@oda/11/embed">By @oda</blockquote>',
        ("mastodon", "https://toot.example/@oda/11"),
    ),
    (
        '<iframe src="https://toot.example/@oda/11/embed" class="mastodon-embed"></iframe>',
        ("mastodon", "https://toot.example/@oda/11"),
    ),
    (
        '<iframe src="https://truthsocial.com/@oda/11/embed" class="truthsocial-embed"></iframe>',
        ("truthsocial", "https://truthsocial.com/@oda/11"),
    ),
    (
        '<blockquote class="twitter-tweet"><p>Never.</p>'
        '<a href="https://twitter.com/a/status/1?ref_src=twsrc%5Etfw">May 1</a></blockquote>',
        ("tweet", "https://twitter.com/a/status/1"),
    ),
    (
        '<iframe src="https://www.youtube.com/embed/abc?start=3&amp;si=xyz&amp;utm_source=a"></iframe>',
        ("youtube", "https://www.youtube.com/embed/abc?start=3"),
    ),
]


@pytest.mark.parametrize(
    "wrap", ["{}", '<div class="rtcode">{}<script async src="https://x.test/e.js"></script></div>']
)
@pytest.mark.parametrize(("post", "embed"), POSTS)
def test_posts_are_embeds_without_tracking(post: str, embed: tuple[str, str], wrap: str) -> None:
    found = with_text(wrap.format(post))
    assert [(e["type"], e["url"]) for e in found["embeds"]] == [embed]
    assert (between(found), found["doubts"]) == ([], [])


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("The caf\ufffd of Pellamar\ufffds ferry.", True),
        ("The café of Pellamar’s \ufffd ferry.", True),
        ("The caf\ufffd of Pellamar\ufffds new ferry.", False),
        ("The caf\ufffd of Pellamar.", False),
        ("The café of Pellamar’s ferry.", False),
        ("\ufffd" * 30, False),
    ],
)
def test_broken_bytes_alone_change_no_words(text: str, mended: bool) -> None:
    whole = "The café of Pellamar’s ferry."
    earlier = record_of(Article(headline="Ferry sold", text=whole, paragraphs=[whole], content_hash="0" * 64))
    found = Article(headline="Ferry sold", text=text, paragraphs=[text], content_hash="1" * 64)
    mend_bytes(found, earlier)
    is_whole = (found.text, found.paragraphs, found.content_hash) == (whole, [whole], "0" * 64)
    assert is_whole is mended


def test_json_ld_that_names_its_page_beats_one_that_names_nothing() -> None:
    node = {"@type": "NewsArticle", "datePublished": "2017-01-02T03:04:05+00:00"}
    found = changed("<head>", f'<head><script type="application/ld+json">{json.dumps(node)}</script>')
    assert found == parsed(BASE.encode())


@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1", "windows-1251"])
def test_a_bad_byte_is_one_bad_character(charset: str | None) -> None:
    meta = "" if charset is None else f'<meta charset="{charset}">'
    page = BASE.replace("<head>", f"<head>{meta}").replace('<meta charset="UTF-8">', "", 1).encode()
    page = page.replace(b"</body>", "<p>Pellamar’s café</p>".encode() + b"</body>")
    before = parsed(page)
    for byte in (b"\xe9", "Сегодня в сети".encode("cp1251")):
        assert parsed(page.replace(b"</body>", b"<div>" + byte + b"</div></body>")) == before
    at = page.index(b" ", page.index(b'article__text text">') + 40)
    struck = parsed(page[:at] + b"\xe9" + page[at:])
    assert struck["doubts"] == ["encoding_repaired"]
    assert struck["text"].replace("\ufffd", "") == before["text"]


@pytest.mark.parametrize(("strictly", "doubts"), [(False, []), (True, ["unclaimed_text"])])
def test_a_layout_without_a_real_page_is_doubted_sooner(strictly: bool, doubts: list[str]) -> None:
    root = parse_html("<!DOCTYPE html><html><body><article><span>Edited twice</span></article></body></html>")
    assert root is not None
    box = root.select_one("article")
    assert box is not None
    found = Doubts(Trace())
    found.check_box(box, lambda classes: False, strictly=strictly)
    assert [str(doubt) for doubt in found.found] == doubts

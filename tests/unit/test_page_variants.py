"""Invented pages of the editions, each changed in one place: the record changes there, and nothing is doubted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.unit.test_pages import PAGES, read

DE, FR, RU, AR = "de-2020/scheduled", "fr-2020/news", "ru-2020/news", "ar-2020/news"
ES, SR = "es-2020/news", "sr-2023/news"
#: Where the text of each begins.
TEXT = {
    DE: "<p>Die Abstimmung",
    FR: "<p>Le vote a eu lieu",
    RU: "<p>Голосование прошло",
    ES: "<p>La votación",
}
RU_AUTHORS = "Анна Проба, Иван Маячный"
FR_CAPTION = (
    '<div class="media__title">Le phare en mai.</div><small class="media__copyright">© Anne Essai / Reuters</small>'
)


def page(case: str) -> str:
    return (PAGES / case / "page.html").read_text("utf-8")


def changes(case: str, old: str, new: str) -> dict[str, Any]:
    """The fields that a change of the page changes, with their new values; of lists what is new in them."""
    whole = page(case)
    assert whole.count(old) == 1
    before, after = read(whole.encode()), read(whole.replace(old, new).encode())
    found = {name: after[name] for name in after if after[name] != before.get(name)}
    return {
        name: [part for part in value if part not in before[name]] if isinstance(value, list) and value else value
        for name, value in found.items()
        if name not in ("text", "word_count", "content_hash")
    }


def typed(case: str, markup: str) -> dict[str, Any]:
    """What changes where somebody has typed this at the beginning of the text."""
    return changes(case, TEXT[case], markup + TEXT[case])


@pytest.mark.parametrize(
    ("case", "markup", "titles"),
    [
        (
            DE,
            '<p>Mehr zum Thema - <a href="/inland/1011-a/">A a</a></p><p><a href="/inland/1012-b/">B b</a></p>',
            ["A a", "B b"],
        ),
        (
            DE,
            '<p>Mehr zum Thema:</p><p><a href="/inland/1011-a/">A a</a><br><a href="/inland/1012-b/">B b</a></p>',
            ["A a", "B b"],
        ),
        (
            DE,
            '<p>Mehr zum Thema - <a href="/inland/1011-a/">A a</a><br><a href="/inland/1012-b/">B b</a></p>',
            ["A a", "B b"],
        ),
        (
            RU,
            '<p><strong>Читайте также:</strong></p><ul><li><a href="/world/news/7601-a">А а</a></li>'
            '<li><a href="/world/news/7602-b">Б б</a></li></ul>',
            ["А а", "Б б"],
        ),
        (RU, '<p>Также по теме</p><p><a href="/world/news/7601-a">А а</a></p>', ["А а"]),
        (
            ES,
            '<p>Lea también</p><ul><li><a href="/viral/7601-a">A a</a></li>'
            '<li><a href="/viral/7602-b">B b</a></li></ul>',
            ["A a", "B b"],
        ),
    ],
)
def test_a_label_stands_above_several_related_articles(case: str, markup: str, titles: list[str]) -> None:
    assert [one["title"] for one in typed(case, markup)["related"]] == titles
    assert typed(case, markup).keys() == {"related"}


def test_a_link_after_a_related_line_that_leads_elsewhere_is_prose() -> None:
    post = '<p><a href="https://example.com/turm">Der Turm im Netz</a></p>'
    found = typed(DE, f'<p>Mehr zum Thema - <a href="/inland/1011-a/">A a</a></p>{post}')
    assert found["paragraphs"] == ["Der Turm im Netz"]


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("<em>von Anna Muster, Kiel</em>", ["Anna Muster"]),
        ("Gastbeitrag von Anna Muster", ["Anna Muster"]),
        ("<em>Eine kurze Analyse von Anna Muster und Max Turm</em>", ["Anna Muster", "Max Turm"]),
    ],
)
def test_a_typed_german_byline(line: str, authors: list[str]) -> None:
    assert typed(DE, f"<p>{line}</p>") == {"authors": authors}


@pytest.mark.parametrize(
    ("case", "box", "authors"),
    [
        (RU, "Авторы: Анна Проба;\n Олег Берег", ["Анна Проба", "Олег Берег"]),
        (RU, "<a>Анна Проба</a><a>Олег Берег</a>", ["Анна Проба", "Олег Берег"]),
        (RU, "<div>Анна Проба</div><div>Олег Берег</div>", ["Анна Проба", "Олег Берег"]),
        (RU, "Олег Берег, смотритель маяка", ["Олег Берег"]),
        (RU, "Олег Берег, Москва", ["Олег Берег"]),
        (RU, "Берег", ["Берег"]),
    ],
)
def test_authors_are_told_apart(case: str, box: str, authors: list[str]) -> None:
    whole = page(case).replace(RU_AUTHORS, box)
    assert read(whole.encode())["authors"] == authors


@pytest.mark.parametrize(
    ("case", "box", "author"),
    [
        (DE, "von Anna von Muster", "Anna von Muster"),
        (FR, 'Par <a href="/auteur/a">Anne Essai</a>', "Anne Essai"),
    ],
)
def test_the_author_s_box_is_read_in_every_edition_of_that_skeleton(case: str, box: str, author: str) -> None:
    cover = '<div class="article__cover">'
    assert changes(case, cover, f'<div class="article__author">{box}</div>{cover}') == {"authors": [author]}


def test_a_credit_between_whose_parts_a_label_stands() -> None:
    box = (
        '<div class="media__title">Le phare. <small class="media__copyright">© Anne Essai Source: Reuters</small></div>'
    )
    image = changes(FR, FR_CAPTION, box)["image"]
    assert (image["caption"], image["credit"]) == ("Le phare.", "Anne Essai / Reuters")


def test_the_picture_of_2016_stands_in_a_meta_beside_the_text_where_the_head_has_none() -> None:
    case, film = "ru-2015/cover-video-and-lead-alone", "<figure>"
    assert read(re.sub('<meta name="og:image"[^>]*>', "", page(case)).encode())["image"]["url"] is None
    own = '<meta itemprop="image" content="/static/1/2/3/123a8dd4feea280ceac20b1b1a99ccea239be2ac.jpg">'
    found = read(re.sub('<meta name="og:image"[^>]*>', "", page(case)).replace(film, own + film).encode())
    assert found["image"]["url"] == "https://russian.rt.com/static/1/2/3/123a8dd4feea280ceac20b1b1a99ccea239be2ac.jpg"


def test_printed_dates_are_witnesses_where_nothing_stands_between_label_and_day() -> None:
    assert changes(
        AR, 'تاريخ النشر:</span> <span class="date">07.04', 'تاريخ النشر:</span><span class="date">06.04'
    ) == {"doubts": ["date_differs"]}


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        (
            ES,
            "GMT</time>",
            'GMT</time><span>Última actualización:</span><time datetime="2020-07-06T01:05:00+00:00">x</time>',
        ),
        ("es-2017/news", "06:37 GMT", "06:37 GMT | Última actualización: 6 feb 2017 07:05 GMT"),
    ],
)
def test_a_time_of_an_update_is_printed_beside_that_of_publication(case: str, old: str, new: str) -> None:
    said = re.compile('"dateModified":"[^"]*",')
    before, after = (read(said.sub("", text).encode()) for text in (page(case), page(case).replace(old, new)))
    assert before["modified_at"] is None
    assert after["modified_at"].endswith(":05:00+00:00")
    assert after["published_at"] == before["published_at"]
    assert after["doubts"] == []


@pytest.mark.parametrize("case", [DE, FR, RU, AR, ES, "es-2017/news"])
@pytest.mark.parametrize(
    "unclosed",
    [
        '<div class="read-more"><a class="read-more__link" href="/x/1234-y/">Budar</a>',
        '<blockquote class="twitter-tweet"><p>Zol</p>— N (@n) <a href="https://twitter.com/n/status/1">x</a>',
        '<div class="rtcode"><iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>',
        '<figure><img src="/x.jpg"><figcaption>Zol',
    ],
)
def test_what_an_element_without_its_closing_tag_holds_is_the_text(case: str, unclosed: str) -> None:
    whole = page(case)
    box = re.search(r'<div class="[^"]*(?:article__text|js-text|ViewText-root|arcticle-content )[^"]*">', whole)
    assert box is not None
    start = whole.index("<p>", box.end())
    end = whole.index("</p>", start) + len("</p>")
    text = f"{whole[start:end]}<p>Zolnar peket morim budar teloni kasan.</p>"
    before, after = (read((whole[:start] + extra + text + whole[end:]).encode()) for extra in ("", unclosed))
    assert after["paragraphs"] == before["paragraphs"]
    assert [embed for embed in after["embeds"] if after["embeds"].count(embed) > 1] == []


def test_a_card_of_another_article_may_stand_behind_the_text() -> None:
    tags = '<div class="ArticleView-tags">'
    card = '<div class="ArticleView-crosslink"><a href="/news/6003-x/">Четврти светионик на обали мора</a></div>'
    assert changes(SR, tags, card + tags)["related"][0]["title"] == "Четврти светионик на обали мора"
    assert changes(SR, tags, card + tags).keys() == {"related"}
    author = (
        '<div class="author-simple-card"><p class="author-simple-card__text">Ана Проба пише о светлу и мору</p></div>'
    )
    assert changes(SR, tags, author + tags) == {}


@pytest.mark.parametrize("around", ["{}", '<div class="Listing-root" data-listing="LastNews">{}</div>'])
def test_cards_beside_the_text_are_no_doubt(around: str) -> None:
    tags = '<div class="ArticleView-tags">'
    title = '<div class="Card-title"><a href="/viral/7601-a">Otro faro que nadie quiere comprar</a></div>'
    cards = around.format(f'<article class="Card-root Card-is1to3">{title}</article>')
    assert changes(ES, f"\n{tags}", f"\n<p class='x'></p>{cards}{tags}") == {}


@pytest.mark.parametrize("section", ["<span>Свет</span>", '<a href="/svet/"><span>Свет</span></a>'])
def test_a_section_above_the_headline_may_have_no_link(section: str) -> None:
    crumbs = '<div class="Breadcrumbs-root"></div>'
    home = '<span class="Breadcrumbs-item"><a href="/"><span>Почетна</span></a></span>'
    arrow = '<span class="Breadcrumbs-item Breadcrumbs-arrow"><svg></svg></span>'
    whole = f'<div class="Breadcrumbs-root">{home}{arrow}<span class="Breadcrumbs-item">{section}</span></div>'
    assert changes(SR, crumbs, whole) == {"breadcrumbs": ["Свет"]}


@pytest.mark.parametrize(
    ("case", "box"),
    [
        (DE, '<p class="article__note">RT Deutsch bemüht sich um ein breites Meinungsspektrum.</p>'),
        (
            FR,
            "<p class='article__note'>Les opinions de cette rubrique sont celles de leur auteur et de lui seul.</p>",
        ),
    ],
)
def test_a_disclaimer_beside_the_text_is_no_doubt(case: str, box: str) -> None:
    end = '<div class="article__tags tags">' if case == DE else '<p class="article__category">'
    assert changes(case, end, box + end) == {}

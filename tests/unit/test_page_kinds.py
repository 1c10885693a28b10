"""Pages as browsers and archives save them, and slips of markup and metadata that users of news extractors report.

Each is one of tests/pages with a change: the record stays as it was, or says what it doubts.
"""

from __future__ import annotations

import quopri
import re
from typing import Any

import pytest

from newscrawler.api import extract
from newscrawler.pages.html import saved_html
from tests.unit.test_page_variants import page
from tests.unit.test_pages import read

NEWS, NEWS_2019, NEWS_2016 = "2022/news", "2019/news", "2016/news"
SPANISH_2017, SERBIAN = "es-2017/news", "sr-2023/news"
URL = "https://www.rt.com/news/564999-harbour-ferry-vote/"
WAYBACK = "https://web.archive.org/web/20221011000000"
FIRST = "<p>The vote took place"
FILM = "https://www.youtube.com/embed/abcdefghijk"


def record(whole: str) -> dict[str, Any]:
    return read(whole.encode())


def changed(case: str, old: str, new: str) -> dict[str, Any]:
    """The fields that a change of the page changes, with their new values."""
    whole = page(case)
    assert old in whole
    before, after = record(whole), record(whole.replace(old, new))
    return {name: after[name] for name in after if after[name] != before.get(name)}


def typed(markup: str) -> dict[str, Any]:
    """What changes in the news page of 2022 where this stands at the beginning of its text."""
    return changed(NEWS, FIRST, markup + FIRST)


def in_the_wayback_machine(whole: str) -> str:
    """The page as the Wayback Machine shows it: its own URLs stand behind those of the capture."""
    whole = re.sub(
        r'(href|data-src|src)="((?:https?:)?//[^"]+)"',
        lambda m: f'{m[1]}="{WAYBACK}{"" if m[1] == "href" else "im_"}/{re.sub("^//", "https://", m[2])}"',
        whole,
    )
    whole = re.sub(r"(https?://cdn[^\s\",]+ \d+w)", rf"{WAYBACK}im_/\1", whole)
    toolbar = '<div id="wm-ipp-base" style="display:none"><p>34 captures</p><p>10 Oct 2022 - 5 Jan 2023</p></div>'
    return whole.replace("<body>", f"<body>{toolbar}")


@pytest.mark.parametrize("case", [NEWS, NEWS_2019, NEWS_2016, SPANISH_2017, SERBIAN, "fr-2020/news", "ar-2016/news"])
def test_a_page_of_the_wayback_machine_gives_the_record_of_its_original(case: str) -> None:
    whole = page(case)
    assert record(in_the_wayback_machine(whole)) == record(whole)


def test_a_capture_that_names_itself_by_its_canonical_link_alone() -> None:
    whole = re.sub('<meta property="og:url"[^>]*>|"mainEntityOfPage": {[^}]*},', "", page(NEWS))
    archived = in_the_wayback_machine(whole).encode()
    assert read(archived)["url"] == read(archived, f"{WAYBACK}/{URL}")["url"] == URL


def test_links_of_the_wayback_machine_that_name_no_host() -> None:
    card = (
        '<div class="read-more"><a href="/web/20221011000000/https://www.rt.com/news/564111-x/">Zolnar peket</a></div>'
    )
    assert typed(card)["related"] == [{"title": "Zolnar peket", "url": "https://www.rt.com/news/564111-x/"}]
    tweet = f'<p>Zol</p>— N (@n) <a href="{WAYBACK}/https://twitter.com/n/status/1">x</a>'
    assert typed(f"<blockquote>{tweet}</blockquote>")["embeds"] == [
        {"type": "tweet", "url": "https://twitter.com/n/status/1"}
    ]


def test_files_that_a_browser_has_put_beside_the_page_are_no_pictures_and_players() -> None:
    saved = 'src="./Harbour town_files/634457ff20302743c73b7b00.jpg"'
    picture = 'data-src="https://cdni.russiatoday.com/files/2022.10/xxs/634457ff20302743c73b7b00.jpg"'
    assert changed(NEWS, picture, saved) == {}
    frame = '<iframe src="./Harbour town_files/saved_resource.html"{}></iframe>'
    assert typed(frame.format("")) == {"doubts": ["unknown_block"]}
    assert typed(frame.format(f' data-src="{FILM}"')) == {"embeds": [{"type": "youtube", "url": FILM}]}


@pytest.mark.parametrize(
    "style",
    [
        "height:0;overflow:hidden",
        "overflow: hidden; max-height: 0px",
        "position:absolute;width:1px;height:1px;overflow:hidden",
        "position:absolute; width:1px; height:1px; margin:-1px; padding:0; overflow:hidden",
        "color:transparent",
        "position:absolute; left:-999em",
        "text-indent: -100%",
        "clip-path: inset(50%)",
        "transform: scale(0)",
    ],
)
def test_styles_that_hide(style: str) -> None:
    assert typed(f'<p style="{style}">Zolnar peket morim budar teloni kasan.</p>') == {}


@pytest.mark.parametrize(
    "style",
    [
        "height:10px;overflow:hidden",
        "line-height:1",
        "overflow:hidden",
        "transform:scale(0.9)",
        "left:-9px",
        "max-width:0;overflow:hidden;text-overflow:ellipsis",
        "background:linear-gradient(red,blue);-webkit-background-clip:text;color:transparent",
        "background-color:transparent",
    ],
)
def test_styles_that_hide_nothing(style: str) -> None:
    assert "Zolnar peket." in typed(f'<p style="{style}">Zolnar peket.</p>')["paragraphs"]


def test_a_box_that_has_its_height_by_its_padding_shows_its_player() -> None:
    style = "position:relative;padding-bottom:56%;height:0;overflow:hidden"
    found = typed(f'<div style="{style}"><iframe src="{FILM}"></iframe></div>')
    assert found == {"embeds": [{"type": "youtube", "url": FILM}]}


def test_a_quotation_in_a_quotation_has_single_marks() -> None:
    found = typed("<p>He said <q>never <q>again</q> now</q>.</p>")
    assert found["paragraphs"][0] == "He said “never ‘again’ now”."


@pytest.mark.parametrize(
    ("markup", "embeds"),
    [
        (f'<div class="media"><div class="media__youtube-frame" data-src="{FILM}"></div></div>', [("youtube", FILM)]),
        (
            '<div class="podcast-view-card" data-src="https://cdn.rt.com/x.mp3"><p>Zolnar peket morim budar</p></div>',
            [("audio", "https://cdn.rt.com/x.mp3")],
        ),
        (
            '<div class="rtcode"><div class="twitter-tweet twitter-tweet-rendered">'
            '<iframe src="https://platform.twitter.com/embed/Tweet.html?dnt=true&amp;id=123456"></iframe></div></div>',
            [("tweet", "https://twitter.com/i/status/123456")],
        ),
        (
            '<blockquote class="reddit-embed-bq"><a href="https://www.reddit.com/r/zol/comments/1/peket/">Zol</a> by '
            '<a href="https://www.reddit.com/user/n/">n</a></blockquote>',
            [("quote", "https://www.reddit.com/r/zol/comments/1/peket/")],
        ),
        ('<iframe src="https://securepubads.g.doubleclick.net/x"></iframe>', []),
    ],
)
def test_embeds(markup: str, embeds: list[tuple[str, str]]) -> None:
    expected = {"embeds": [{"type": kind, "url": url} for kind, url in embeds]} if embeds else {}
    assert typed(markup) == expected


def json_ld(whole: str) -> str:
    """The script that is about the article."""
    return str(next(s for s in re.findall(r"<script[^>]*ld\+json.*?</script>", whole, re.DOTALL) if "NewsArticle" in s))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type="application/ld+json"', 'type="application/ld+json; charset=utf-8"'),
        ('type="application/ld+json"', 'TYPE="Application/LD+JSON"'),
        ('"NewsArticle"', '"http://schema.org/NewsArticle"'),
        ('"NewsArticle"', '["https://schema.org/NewsArticle"]'),
    ],
)
def test_json_ld_says_its_type_in_several_ways(old: str, new: str) -> None:
    said = json_ld(page(NEWS))
    assert changed(NEWS, said, said.replace(old, new)) == {}


@pytest.mark.parametrize("form", ["[[{}]]", '{{"@type": "WebPage", "mainEntity": {}}}', '{{"@graph": [[{}]]}}'])
def test_json_ld_stands_inside_other_objects(form: str) -> None:
    said = json_ld(page(NEWS))
    start, end = said.index("{"), said.rindex("}") + 1
    assert changed(NEWS, said, said[:start] + form.format(said[start:end]) + said[end:]) == {}


def test_json_ld_with_its_quotation_marks_as_entities() -> None:
    said = json_ld(page(NEWS))
    start, end = said.index("{"), said.rindex("}") + 1
    assert changed(NEWS, said, said[:start] + said[start:end].replace('"', "&quot;") + said[end:]) == {}


@pytest.mark.parametrize(
    ("name", "authors"),
    [
        ("By Ann Example", ["Ann Example"]),
        ("Ann Example and Bob Beispiel", ["Ann Example", "Bob Beispiel"]),
        ("Smith and Sons", ["Smith and Sons"]),
        ("https://www.rt.com/", []),
        ("@ann_example", []),
    ],
)
def test_names_of_authors(name: str, authors: list[str]) -> None:
    said = json_ld(page(NEWS))
    author = re.search(r'"author": {[^}]*}', said)
    assert author is not None
    person = said.replace(author[0], f'"author": {{"@type": "Person", "name": "{name}"}}')
    assert changed(NEWS, said, person) == ({"authors": authors} if authors else {})


OTHER_URL = "https://www.rt.com/news/564000-something-else/"


def test_of_two_articles_a_page_is_the_one_that_most_of_its_urls_are_of() -> None:
    said = f'<link rel="canonical" href="{URL}"'
    assert changed(NEWS, said, said.replace(URL, OTHER_URL)) == {}


def test_a_page_that_says_equally_of_two_articles_that_it_is_them_is_refused() -> None:
    old = re.sub('"mainEntityOfPage": {[^}]*},', "", page(NEWS))
    whole = old.replace(f'<link rel="canonical" href="{URL}"', f'<link rel="canonical" href="{OTHER_URL}"')
    assert whole != old
    assert record(whole) == {"error": "InvalidArticle", "reason": "other_article"}
    assert read(whole.encode(), URL)["url"] == URL
    assert read(whole.encode(), OTHER_URL)["url"] == OTHER_URL


def test_the_url_that_was_asked_for_is_one_of_the_page_s_own() -> None:
    """A canonical link to the article, beside og:url and JSON-LD of another one."""
    whole = page(NEWS)
    og_url = re.search(r'<meta property="og:url" content="([^"]*)"', whole)
    assert og_url is not None
    mixed = whole.replace(og_url[0], og_url[0].replace(URL, OTHER_URL)).replace(
        f'"@id": "{URL}"', f'"@id": "{OTHER_URL}"'
    )
    assert record(mixed)["url"] == OTHER_URL
    assert read(mixed.encode(), URL)["url"] == URL


@pytest.mark.parametrize(
    ("case", "charset"),
    [("de-2020/scheduled", "iso-8859-1"), ("fr-2020/news", "cp1252"), ("ru-2020/news", "cp1251"), (SERBIAN, "cp1251")],
)
def test_a_page_that_declares_no_charset(case: str, charset: str) -> None:
    whole = page(case).replace('<meta charset="UTF-8">', "")
    guessed = read(whole.encode(charset, "xmlcharrefreplace"))
    assert guessed == record(whole) | {"doubts": ["encoding_repaired"]}


@pytest.mark.parametrize("case", [NEWS, "ru-2020/news", "ar-2020/news", "es-2020/news"])
@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
def test_a_page_that_was_encoded_twice(case: str, charset: str) -> None:
    whole = page(case)
    # Windows-1252 has no letters for five bytes: browsers keep these.
    taken_for = "".join(bytes([byte]).decode(charset, "ignore") or chr(byte) for byte in whole.encode())
    assert record(taken_for) == record(whole) | {"doubts": ["encoding_repaired"]}


def test_a_paragraph_that_was_encoded_twice_is_doubted() -> None:
    twice = "caf\u00e9".encode().decode("latin-1")
    found = typed(f"<p>Zolnar peket {twice} morim.</p><p>“Zol” — ‘peket’ “morim” ’tis.</p>")
    assert found["doubts"] == ["encoding_repaired"]
    assert changed(NEWS, "</body>", f"<p>{twice}</p></body>") == {}


@pytest.mark.parametrize(
    "label",
    [
        *(
            "RELATED:",
            "Don’t miss:",
            "Weitere Informationen:",
            "Zum Thema:",
            "Lesen Sie mehr zum Thema:",
            "Lire :",
            "Más:",
        ),
        *(
            "En savoir plus :",
            "См. также:",
            "Подробнее читайте в материале:",
            "المزيد:",
            "لقراءة المزيد:",
            "Детаљније:",
        ),
    ],
)
def test_a_label_that_may_be_prose_is_one_before_a_link_alone(label: str) -> None:
    link = '<a href="/news/564111-x/">Zolnar peket</a>'
    related = [{"title": "Zolnar peket", "url": "https://www.rt.com/news/564111-x/"}]
    assert typed(f"<p><strong>{label}</strong> {link}</p>") == {"related": related}
    assert typed(f"<p><a href='/news/564111-x/'>{label} Zolnar peket</a></p>") == {"related": related}
    for prose in (f"{label} Zolnar peket.", f"{label} {link} morim budar."):
        found = typed(f"<p>{prose}</p>")
        assert found.keys() == {"paragraphs"}
        assert found["paragraphs"][0].startswith(label)


@pytest.mark.parametrize(
    "prompt",
    [
        "Follow RT on Telegram, X and Rumble",
        "ADVERTISEMENT",
        "Story continues below advertisement",
        "¡Síguenos en nuestro canal de Telegram!",
        "Suivez RT en français sur Telegram",
        "Abonnieren Sie unseren Telegram-Kanal",
        "Teilen Sie diesen Artikel",
        "Durch die Sperrung von RT zielt die EU darauf ab, Zolnar peket. " + "Morim budar teloni kasan. " * 40,
        "Читайте нас в Дзене",
        "يمكنكم متابعة قناتنا على تلغرام",
    ],
)
def test_prompts_of_the_site(prompt: str) -> None:
    assert typed(f"<p><em>{prompt}</em></p>") == {}


@pytest.mark.parametrize(
    "name",
    [
        *("social-banner", "extension-browser", "main-promobox__item", "tolstoycomments-feed", "spot-im"),
        *("article-card", "card_short-news", "news-tags", "comments__rules", "article__socials"),
        *(
            "Banner-root",
            "RotatorBanners-root",
            "PopularNews-root",
            "Newsletter-root",
            "Comments-root",
            "Breaking-root",
        ),
    ],
)
def test_boxes_of_the_site(name: str) -> None:
    assert typed(f'<div class="{name}"><p>Zolnar peket morim budar teloni kasan.</p></div>') == {}


OPED = "2022-oped/news"


@pytest.mark.parametrize(
    "box",
    [
        '<div class="Blog-author__root"><p>By <strong>Jane Roe</strong>, who wrote <b>The Long Pier</b>.</p></div>',
        '<div class="Blog-author__root"><strong>Jane Roe</strong> is a keeper of lighthouses.</div>',
        '<div class="article__author-text"><em><strong>By Jane Roe</strong>, a keeper of lighthouses</em></div>',
    ],
)
def test_an_author_who_is_named_without_a_link(box: str) -> None:
    named = re.search(r'<div class="Blog-author__root".*?</div></div>', page(OPED), re.DOTALL)
    assert named is not None
    whole = page(OPED).replace('"@type": "Person"', '"@type": "Organization"')
    assert record(whole.replace(named[0], box)) == record(whole)


@pytest.mark.parametrize("bold", ["About the author", "Follow RT on Telegram"])
def test_bold_words_that_are_no_author_s_name(bold: str) -> None:
    whole = page(OPED).replace('"@type": "Person"', '"@type": "Organization"')
    box = f'<div class="Blog-author__root"><strong>{bold}</strong></div>'
    found = re.sub(r'<div class="Blog-author__root".*?</div></div>', box, whole, flags=re.DOTALL)
    assert found != whole
    assert record(found)["authors"] == []


def test_a_breadcrumb_whose_link_is_no_url() -> None:
    home = 'RTLink-breadcrumb" href="/actualidad"'
    assert changed("es-2020/news", home, home.replace("/actualidad", "http://[x")) == {}


def test_words_in_a_cover_that_are_no_caption_of_the_layout_are_doubted() -> None:
    cover = '<div class="article__cover article__cover-left">'
    assert changed(NEWS, cover, cover + "<script>var peket = 1;</script><noscript>Zol</noscript>") == {}
    whole = re.sub(r'<div class="media__footer.*?</div></div>', "", page(NEWS), flags=re.DOTALL)
    found = record(whole.replace(cover, cover + "<figcaption>Zolnar peket morim budar teloni.</figcaption>"))
    assert (found["image"]["caption"], found["doubts"]) == (None, ["unclaimed_text"])


@pytest.mark.parametrize(
    "line",
    [
        "This article has been removed.",
        "Sorry, the page could not be found",
        "Lire la suite de l’article sur Zolnar",
        "Leer el artículo completo",
        "Den ganzen Artikel lesen",
        "Читать далее",
        "Прочитајте цео текст",
        "لقراءة المقال كاملا",
    ],
)
def test_a_line_that_says_the_text_is_elsewhere_or_gone(line: str) -> None:
    assert typed(f'<p><a href="https://example.com/x">{line}</a></p>') == {"doubts": ["text_cut"]}
    prose = f"{line.rstrip('.')}, peket morim budar teloni kasan vol fatim, zolnar peket morim budar teloni kasan."
    assert prose in typed(f"<p>{prose}</p>")["paragraphs"]


@pytest.mark.parametrize(
    "line", ["The post was deleted within hours.", "The page was removed on Tuesday.", "Die ganze Nacht lesen"]
)
def test_a_line_about_something_else_that_is_gone(line: str) -> None:
    assert typed(f"<p>{line}</p>")["paragraphs"][0] == line


@pytest.mark.parametrize("end", ["… Lire la suite", "... Читать далее", "… Seguir leyendo"])
def test_a_last_paragraph_that_breaks_off(end: str) -> None:
    last = "according to the clerk."
    assert changed(NEWS, last, f"according to{end}")["doubts"] == ["text_cut"]


@pytest.mark.parametrize("tag", ["noscript", "noembed", "noframes"])
def test_what_is_for_old_browsers_is_no_text(tag: str) -> None:
    assert typed(f"<{tag}><p>Zolnar peket morim budar.</p></{tag}>") == {}
    assert typed(f"<p><b class='x'>Zol</b><{tag}><i>peket</i></{tag}></p>")["paragraphs"][0] == "Zol"


def single_file(whole: str) -> bytes:
    """The page as a browser's single file has it."""
    head = f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {URL}\r\nSubject: Zol\r\nMIME-Version: 1.0\r\n"
    kind = 'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="--Zol--"\r\n\r\n'
    part = "----Zol--\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    text = quopri.encodestring(whole.encode())
    return f"{head}{kind}\r\n{part}".encode() + text + b"\r\n----Zol----\r\n"


def test_a_browser_s_single_file() -> None:
    assert extract(single_file(page(NEWS)), url=None) == extract(page(NEWS).encode())
    assert saved_html(page(NEWS).encode()) == page(NEWS).encode()
    assert (
        saved_html(b"Content-Type: multipart/related\r\n\r\nnothing")
        == b"Content-Type: multipart/related\r\n\r\nnothing"
    )


def test_parts_in_parts_of_a_single_file() -> None:
    body = b"A: b\n" + b"".join(
        b"Content-Type: multipart/related; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(1000)
    )
    assert saved_html(body) == body


def test_a_tweet_at_the_end_of_a_text_whose_words_have_links() -> None:
    hashtag = '<a href="https://twitter.com/hashtag/peket?src=hash">#peket</a>'
    status = "https://twitter.com/n/status/1"
    tweet = f'<p>Zolnar {hashtag} morim</p><p>— Budar Teloni Kasan Vol (@n) <a href="{status}">May 1, 2014</a></p>'
    last = "according to the clerk.</p>"
    found = changed(NEWS, last, f'{last}<blockquote class="twitter-tweet">{tweet}</blockquote>')
    assert found == {"embeds": [{"type": "tweet", "url": status}]}


def test_the_line_of_a_player_at_the_end_of_a_text_is_its_own() -> None:
    film = "https://player.vimeo.com/video/1"
    line = (
        '<p><a href="https://vimeo.com/1">Zolnar peket</a> from <a href="https://vimeo.com/n">Budar</a> on Vimeo.</p>'
    )
    last = "according to the clerk.</p>"
    found = changed(NEWS, last, f'{last}<div class="rtcode"><iframe src="{film}"></iframe>{line}</div>')
    assert found == {"embeds": [{"type": "iframe", "url": film}]}


def test_spans_that_are_shown_as_lines_of_their_own() -> None:
    span = '<span style="{}">Zolnar peket.</span>'
    lines = span.format("display: block") + span.format("color: red; display:block") + "Morim budar."
    assert typed(f"<p>{lines}</p>")["paragraphs"][:3] == ["Zolnar peket.", "Zolnar peket.", "Morim budar."]
    assert typed(f"<p>{span.format('display:inline')}{span.format('color:red')}</p>")["paragraphs"][0] == (
        "Zolnar peket.Zolnar peket."
    )
    cells = '<span style="display:table-cell">Zolnar</span><span style="display:table-cell"> peket.</span>'
    assert typed(f"<p>{cells}</p>")["paragraphs"][0] == "Zolnar peket."

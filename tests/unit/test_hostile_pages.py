"""Pages made to take long: what reads them must stay linear in their size.

Each is a construction that costs a careless expression, walk or normalisation time by the square of its length.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from scrapy.http import HtmlResponse

from newscrawler.exceptions import PageError
from newscrawler.pages.article import parse_article
from newscrawler.pages.blocking import detect_block_page
from newscrawler.pages.listings import parse_listing

SIZE = 200_000
#: Seconds of processor time; the slowest needs 0.7, and those that this was written for 5 to 30.
ENOUGH = 3.0
NOW = datetime(2026, 5, 1, tzinfo=UTC)
URL = "https://www.rt.com/news/600001-a-story/"
PAGE = f"""<html><head><link rel="canonical" href="{URL}">
<meta property="og:image" content="https://cdni.rt.com/files/2022.10/l/a.jpg">%(head)s</head><body>
<div class="Grid-container"><div class="article"><div class="article__breadcrumbs"><div class="breadcrumbs"><a>Home</a>
</div><span class="date_article-header">10 Oct, 2022 17:38%(date)s</span></div>
<h1 class="article__heading">Headline</h1><div class="article__summary">Lead</div>
<div class="article__cover">%(cover)s</div><div class="article__text text">%(body)s</div></div></div></body></html>"""


def page(head: str = "", date: str = "", cover: str = "", body: str = "<p>One two three.</p>") -> str:
    return PAGE % {"head": head, "date": date, "cover": cover, "body": body}


def fill(text: str) -> str:
    return text * (SIZE // len(text))


def nest(opening: str, closing: str, depth: int) -> str:
    return opening * depth + closing * depth


CASES: dict[str, Callable[[], str]] = {
    "open p": lambda: page(body=fill("<p>")),
    "open a href": lambda: page(body=fill('<a href="/news/1">x')),
    "links one para": lambda: page(body="<p>" + fill('<a href="/x">READ MORE: x</a> ') + "</p>"),
    " READ MORE: pointer": lambda: page(body="<p>" + fill("x READ MORE: ") + "<a href=x>y</a></p>"),
    "br space x": lambda: page(body="<p>x" + fill("<br> &nbsp; ") + "y</p>"),
    "spaces between br": lambda: page(body="<p>x<br>" + fill(" ") + "y</p>"),
    "rtcode nested": lambda: page(body=nest('<div class="rtcode"><p>x</p>', "</div>", SIZE // 40)),
    "blockquotes nested": lambda: page(
        body=nest("<blockquote>", "</blockquote>", 250) + fill("<blockquote>z</blockquote>")
    ),
    "one quote many links": lambda: page(
        body='<blockquote class="twitter-tweet">'
        + fill('<a href="https://twitter.com/a/status/1">x</a>')
        + "</blockquote>"
    ),
    "card many distinct": lambda: page(
        body='<div class="read-more">' + "".join(f'<a href="/q{i}">t</a>' for i in range(SIZE // 20)) + "</div>"
    ),
    "cards nested": lambda: page(
        body=nest('<div class="read-more"><a href="/1">q</a>', "</div>", 240) + fill("<p>t</p>")
    ),
    "media nested": lambda: page(
        body=nest('<div class="media__x">', "</div>", 240) + fill('<iframe src="https://youtube.com/1"></iframe>')
    ),
    "tables nested": lambda: page(body=nest("<table><tr><td>", "</td></tr></table>", 80) + fill("<p>t</p>")),
    "row nest": lambda: page(body="<table>" + "<tr><td>" * 120 + fill("<p>x</p>")),
    "script films": lambda: page(body='<div class="rtcode"><script>' + fill("http://a") + "</script></div>"),
    "script films2": lambda: page(body='<div class="rtcode"><script>http://' + fill("a.mp") + "</script></div>"),
    "srcset": lambda: page(cover='<img data-srcset="' + fill("/a,") + '">'),
    "srcset spaces": lambda: page(cover='<img data-srcset=",' + fill(" ") + '">'),
    "big attr": lambda: page(body='<p class="' + fill("read-mor ") + '">x</p>'),
    "caption parens": lambda: page(cover='<div class="media__title_arcticle">' + fill("(a") + "</div>"),
    "caption parens2": lambda: page(cover='<div class="media__title_arcticle">x (' + fill("()") + "</div>"),
    "caption parens3": lambda: page(cover='<div class="media__title_arcticle">x (' + fill("(a)b") + " z</div>"),
    "caption spaces": lambda: page(cover='<div class="media__title_arcticle">' + fill("x (") + "</div>"),
    "caption words": lambda: page(cover='<div class="media__title_arcticle">x (' + fill("L R C ") + "q)</div>"),
    "developing": lambda: page(body="<p>" + fill("DETAILS ") + "</p>"),
    "developing4": lambda: page(body="<p>DETAILS TO FOLLOW" + fill("!") + "x</p>"),
    "dates": lambda: page(date=fill(" 10 Oct, 2022 17")),
    "jsonld depth": lambda: page(head='<script type="application/ld+json">{"rticle":' + fill("[") + "</script>"),
    "jsonld author": lambda: page(
        head='<script type="application/ld+json">{"@type":"NewsArticle",' + fill('"author":{') + "</script>"
    ),
    "jsonld commas": lambda: page(head='<script type="application/ld+json">"rticle"' + fill(", ") + "</script>"),
    "jsonld comma spaces": lambda: page(head='<script type="application/ld+json">"rticle",' + fill(" ") + "x</script>"),
    "jsonld type spaces": lambda: page(
        head='<script type="application/ld+json">"rticle"' + fill('"@type"  ') + "x</script>"
    ),
    "jsonld date": lambda: page(
        head='<script type="application/ld+json">"@type":"NewsArticle"' + fill('"datePublished":"') + "x</script>"
    ),
    "jsonld digits": lambda: page(
        head='<script type="application/ld+json">{"@type":"NewsArticle","datePublished":' + fill("9") + "}</script>"
    ),
    "metas": lambda: page(head=fill('<meta name="x" content="y">')),
    "authors distinct": lambda: page(
        body="".join(
            f'<div class="Blog-author__root"><a href="/op-ed/authors/a-b{i}/">A B</a></div>' for i in range(SIZE // 70)
        )
    ),
    "authors nested": lambda: page(body=nest('<div class="Blog-author__root">', "</div>", 240) + fill("<p>t</p>")),
    "author alt": lambda: page(body='<div class="Blog-author__root"><img alt="' + fill("A.b ") + '"></div>'),
    "comment opens": lambda: page(body=nest("<div>", "</div>", 3000) + fill("<!--")),
    "script opens deep": lambda: page(body="<div>" * 3000 + fill("<script ")),
    "title opens deep": lambda: page(body="<div>" * 3000 + fill("<title>")),
    "tag quotes deep": lambda: page(body="<div>" * 3000 + fill('<a "')),
    "tag quotes deep2": lambda: page(body="<div>" * 3000 + fill("<a '\"")),
    "unclosed names deep": lambda: page(body="<div>" * 3000 + fill("</q>")),
    "zwj": lambda: page(body="<p>" + fill("\u200d") + "</p>"),
    "combining": lambda: page(body="<p>a" + fill("\u0301") + "</p>"),
    "combining mix": lambda: page(body="<p>a" + fill("\u0301\u0316") + "</p>"),
    "dates nested": lambda: (
        '<div class="article"><h1 class="article__heading">x</h1>'
        + "<div>" * 200
        + fill('<span class="date_article-header">x</span>')
    ),
    "2013 clock": lambda: (
        '<div class="cont-wp">'
        + fill('<div class="acticle_clock"><span class="time">x</span></div>')
        + "<h1>x</h1></div>"
    ),
    "2013 dates": lambda: (
        '<div class="cont-wp"><div class="acticle_clock"><span class="time">'
        + fill("September 23, 2013 12")
        + "</span></div><h1>x</h1><p>lead</p></div>"
    ),
    "2013 letters": lambda: (
        '<div class="cont-wp"><div class="acticle_clock"><span class="time">'
        + fill("September ")
        + "</span></div><h1>x</h1><p>lead</p></div>"
    ),
    "listing nested": lambda: '<div class="card__header">' * 200 + fill("<a href=x>y</a>"),
    "listing dt": lambda: fill("<dt><a href=x>y</a>"),
    # What an HTML5 parser does with open elements, and what a browser's depth of 512 leaves of them.
    "div deep": lambda: page(body=fill("<div>")),
    "div deep then p": lambda: page(body="<div>" * (SIZE // 10) + fill("<p>x")),
    "b p deep": lambda: page(body=fill("<b><p>")),
    "a div": lambda: page(body=fill("<a href=/1><div>")),
    "font attributes": lambda: page(body="".join(f"<font a{i}>" for i in range(SIZE // 30)) + "<p>x" * (SIZE // 30)),
    "attributes": lambda: page(body="<p " + " ".join(f"a{i}=1" for i in range(SIZE // 8)) + ">y</p>"),
    "same attributes": lambda: page(body="<p " + fill("a=1 ") + ">y</p>"),
    "class words": lambda: page(body='<div class="' + " ".join(f"c{i}" for i in range(SIZE // 8)) + '">y</div>'),
    "article boxes": lambda: fill('<div class="article">') + '<h1 class="article__heading">x</h1>',
    "headings": lambda: fill('<div class="article"><h1 class="article__heading">x'),
    "covers": lambda: page(body="<div>" * 400 + fill('<div class="article__cover">x</div>')),
    "roles": lambda: page(cover='<div class="media__title_arcticle">' + fill("<b data-role=title>x</b>") + "</div>"),
    "forms and comments": lambda: page(body=fill("<form>x</form><!----><!----><!---->")),
    "open forms": lambda: page(body=fill("<form><p>one two three four five six seven")),
    "open navs": lambda: page(body="<nav>" * 500 + fill("<p>one two three four five six seven")),
    "open labels": lambda: page(body=fill("<label>") + "<p>one two three four five six seven"),
    "open cards": lambda: page(body=fill('<div class="read-more"><p>one two three four five six seven')),
    "open code": lambda: page(body='<div class="rtcode">' * 400 + fill("<p>one two three four five six seven")),
    "open captions": lambda: page(body="<figcaption><ul>" * 200 + fill("<li>one two three four five six seven")),
    "behind the text": lambda: page(body="</div>" * 5 + "<div>" * 500 + fill("<p>x")),
    "tables": lambda: page(body=fill("<table><tr><td>")),
    "foster parents": lambda: page(body="<table>" + fill("<b>x")),
    "options": lambda: page(body="<select>" + fill("<option>x")),
    "templates": lambda: page(body=fill("<template>")),
    "nulls": lambda: page(body=fill("\0")),
    "frames in code": lambda: page(body='<div class="rtcode">' * 400 + fill("<iframe src=//youtube.com/a></iframe>")),
    "quotes in quotes": lambda: page(body=fill("<blockquote><a href=https://twitter.com/a/status/1>(@a)")),
    "feed cards": lambda: page(body=fill("<blockquote>Read more<figcaption><a href=x>")),
    "2013 boxes": lambda: fill('<div class="cont-wp">') + '<div class="acticle_clock"></div><h1>x</h1>',
    "listing buttons": lambda: '<div class="button">' * 480 + fill("<a href=x>y</a>"),
    "listing leads": lambda: '<div class="widgetGrid-widget-item">' * 480 + fill("<a href=x%20>y</a>"),
}


@pytest.mark.parametrize("name", CASES)
def test_takes_no_longer_than_its_size_asks(name: str) -> None:
    body = CASES[name]().encode()
    started = time.process_time()
    with suppress(PageError):
        parse_article(HtmlResponse(URL, body=body, encoding="utf-8"), now=NOW, url=URL)
    listing = HtmlResponse("https://www.rt.com/news/", body=body, encoding="utf-8")
    parse_listing(listing)
    detect_block_page(listing.replace(body=body[:99_000]))
    assert time.process_time() - started < ENOUGH

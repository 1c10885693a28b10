"""The editions: their URLs, their lists and feeds, and what a spider of each can be asked."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scrapy.http import HtmlResponse, TextResponse, XmlResponse

from newscrawler.base_spiders.arguments import Arguments, sources_of
from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import (
    EDITIONS,
    ENGLISH,
    Edition,
    article_key,
    article_url,
    canonical_url,
    edition_of_code,
    is_transliterated,
    site_path,
)
from newscrawler.exceptions import ArgumentError
from newscrawler.pages.feeds import parse_feed
from newscrawler.pages.listings import parse_listing
from newscrawler.testing.anonymize import anonymize_url
from tests.unit.test_docs import table

DOCS = Path(__file__).parents[2] / "docs"


def is_other_path(edition: Edition, path: str) -> bool:
    """Whether the path is known to be no article's: the home page, a listing, or another kind of page."""
    path = path.rstrip("/")
    return not path or path[1:] in edition.all_sections or edition._others.fullmatch(path) is not None


def edition(code: str) -> Edition:
    found = edition_of_code(code)
    assert found is not None
    return found


@pytest.mark.parametrize("one", EDITIONS, ids=lambda one: one.code)
def test_an_edition_s_facts_fit_together(one: Edition) -> None:
    ZoneInfo(one.zone)
    assert one.world
    assert set(one.world) <= set(one.sections)
    assert set(one.feeds) <= set(one.sections)
    assert set(one.transliterated) <= set(one.mirrors)
    assert len(set(one.all_sections)) == len(one.all_sections)
    assert list(one.id_dates) == sorted(one.id_dates)
    assert one.topics
    owners = [other.code for other in EDITIONS for host in other.all_hosts if host in one.all_hosts]
    assert set(owners) == {one.code}
    for section in one.all_sections:
        assert one.article_path(f"/{section}") is None
        assert is_other_path(one, f"/{section}/")
    for template in one.topics.values():
        assert is_other_path(one, template.format(slug="12345-words"))


@pytest.mark.parametrize("one", EDITIONS, ids=lambda one: one.code)
def test_each_has_a_spider(one: Edition) -> None:
    name = "rt_world" if one is ENGLISH else f"rt_world_{one.code}"
    [spider] = [
        found
        for found in vars(import_module(f"newscrawler.spiders.{name}")).values()
        if isinstance(found, type) and issubclass(found, DiscoverySpider) and found is not DiscoverySpider
    ]
    assert (spider.name, spider.edition) == (name, one)
    arguments = Arguments.parse(one, {})
    assert arguments.section == one.world
    assert arguments.command(name, one) == name


@pytest.mark.parametrize(
    ("url", "section", "key", "canonical"),
    [
        ("http://arabic.rt.com/news/10450-a,b/", "news", "ar/10450", "https://arabic.rt.com/news/10450-a,b/"),
        (
            "https://arabic.rt.com/world/976341-قلم-كتاب/?utm_source=x",
            "world",
            "ar/976341",
            "https://arabic.rt.com/world/976341-%D9%82%D9%84%D9%85-%D9%83%D8%AA%D8%A7%D8%A8/",
        ),
        (
            "https://arabic.rt.com/world/976341-%d9%82%d9%84%d9%85",
            "world",
            "ar/976341",
            "https://arabic.rt.com/world/976341-%D9%82%D9%84%D9%85/",
        ),
        ("https://deutsch.rt.com/europa/104139-ab/", "europa", "de/104139", "https://deutsch.rt.com/europa/104139-ab/"),
        ("https://freedert.online/inland/122916-ab", "inland", "de/122916", "https://de.rt.com/inland/122916-ab/"),
        ("https://de.rt.com/1823/inland/ab-cd/", "inland", "de/1823", "https://de.rt.com/1823/inland/ab-cd/"),
        (
            "https://esrt.space/actualidad/603743-ab/amp",
            "actualidad",
            "es/603743",
            "https://actualidad.rt.com/actualidad/603743-ab",
        ),
        (
            "https://actualidad.rt.com/ciencias/view/58227-Ab-=-Cd",
            "ciencias",
            "es/58227",
            "https://actualidad.rt.com/ciencias/view/58227-Ab-=-Cd",
        ),
        (
            "https://actualidad.rt.com/opinion/jo_doe/view/16692-Ab",
            "opinion",
            "es/16692",
            "https://actualidad.rt.com/opinion/jo_doe/view/16692-Ab",
        ),
        (
            "https://actualidad.rt.com/opinion/jo-doe/354000-ab",
            "opinion",
            "es/354000",
            "https://actualidad.rt.com/opinion/jo-doe/354000-ab",
        ),
        ("https://francais.rt.com/videos/76500-ab/", "videos", "fr/76500", "https://francais.rt.com/videos/76500-ab"),
        ("http://russian.rt.com/article/72926", "article", "ru/72926", "https://russian.rt.com/article/72926"),
        (
            "https://russian.rt.com/world/news/1451720-ab#href_spot-im",
            "world",
            "ru/1451720",
            "https://russian.rt.com/world/news/1451720-ab",
        ),
        (
            "https://russian.rt.com/opinion/961884-ab",
            "opinion",
            "ru/961884",
            "https://russian.rt.com/opinion/961884-ab",
        ),
        ("https://lat.rt.rs/news/57-ab/", "news", "sr/57", "https://rt.rs/news/57-ab/"),
        ("https://rt.rs/opinion/jo-doe/6645-ab/", "opinion", "sr/6645", "https://rt.rs/opinion/jo-doe/6645-ab/"),
        (
            "https://www.rt.com/about-us/press-releases/ship-leaves-harbor/?utm_source=rss",
            "about-us",
            "en/ship-leaves-harbor",
            "https://www.rt.com/about-us/press-releases/ship-leaves-harbor/",
        ),
    ],
)
def test_shapes_of_articles(url: str, section: str, key: str, canonical: str) -> None:
    address = article_url(url)
    assert address is not None
    assert (address.section, "/".join(address.key), address.url) == (section, key, canonical)
    assert canonical_url(url) == canonical
    assert article_url(canonical) == address
    assert article_key(key) == article_key(url) == address.key


@pytest.mark.parametrize(
    "url",
    [
        "https://arabic.rt.com/prg/telecast/10667-ab/",
        "https://arabic.rt.com/docfilms/events/1087288-ab/",
        "https://arabic.rt.com/photolines/1089254-ab/",
        "https://de.rt.com/26yj",
        "https://de.rt.com/kurzclips/42777-ab/",
        "https://de.rt.com/live/102547-ab/",
        "https://de.rt.com/programme/show/122381-ab/",
        "https://de.rt.com/job/397769-ab/",
        "https://de.rt.com/tag/2-ab/",
        "https://de.rt.com/themen/ab/",
        "https://actualidad.rt.com/equipo/view/94293-jo-doe",
        "https://actualidad.rt.com/programas/show/330561-ab",
        "https://francais.rt.com/en-ce-moment/25562-ab",
        "https://francais.rt.com/stream-paris",
        "https://russian.rt.com/trend/334923-ab",
        "https://russian.rt.com/inotv/2015-02-07/ab",
        "https://rt.rs/author/1570-jo-doe/",
        "https://rt.rs/tag/2023-ab/",
        "https://rt.rs/opinion/jo-doe/",
        "https://www.rt.com/about-us/press-releases/",
        "https://www.rt.com/about-us/management/",
    ],
)
def test_what_is_no_article(url: str) -> None:
    assert article_url(url) is None
    site = site_path(url)
    assert site is not None
    assert is_other_path(site[0], site[1]) is (url != "https://de.rt.com/26yj")


def test_the_page_in_latin_letters_is_the_same_article_and_not_read() -> None:
    assert is_transliterated("https://lat.rt.rs/news/57-ab/")
    assert not is_transliterated("https://rt.rs/news/57-ab/")


def test_what_the_arguments_say_is_of_the_edition() -> None:
    with pytest.raises(ArgumentError, match="no such section; there are: world, russia, ussr"):
        Arguments.parse(edition("ru"), {"section": "news"})
    with pytest.raises(ArgumentError, match="in no listing any more"):
        Arguments.parse(edition("ru"), {"section": "article"})
    assert Arguments.parse(edition("ru"), {"section": "article", "since": "2015-01-01"}).since == date(2015, 1, 1)
    with pytest.raises(ArgumentError, match="of the Serbian edition"):
        Arguments.parse(edition("sr"), {"sources": "feed"})
    with pytest.raises(ArgumentError, match="of the German edition, not of the French one"):
        Arguments.parse(edition("fr"), {"url": "https://de.rt.com/inland/122916-ab/"})
    with pytest.raises(ArgumentError, match="last part of /tag/…, or trend/… for one of /trend/…"):
        Arguments.parse(edition("ru"), {"trend": "trends/ab"})
    assert Arguments.parse(edition("ru"), {"trend": "ab,trend/12-cd"}).trend == ("/tag/ab", "/trend/12-cd")
    assert Arguments.parse(edition("es"), {"trend": "EE._UU."}).trend == ("/tag/EE._UU.",)
    assert sources_of(ENGLISH) == ("listing", "feed", "newssitemap")
    assert sources_of(edition("ru")) == ("listing", "feed")


RUSSIAN_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><item><title><![CDATA[Слово & дело]]></title>
<link>https://russian.rt.com/world/news/1451720-ab?utm_source=rss&amp;utm_medium=rss</link>
<guid isPermaLink="true">https://russian.rt.com/world/news/1451720-ab?utm_source=rss&amp;utm_medium=rss</guid>
<description>Слово&lt;br/&gt;&lt;a&gt;Далее&lt;/a&gt;</description></item></channel></rss>"""


def test_a_feed_whose_guid_has_a_query() -> None:
    [entry] = parse_feed(XmlResponse("https://russian.rt.com/rss", body=RUSSIAN_FEED.encode()))
    address = article_url(entry.url)
    assert address is not None
    assert address.url == "https://russian.rt.com/world/news/1451720-ab"


CARDS = {
    "ar": (
        '<ul class="list-news_list"><li class="reliance"><div class="element"><h2><a href="{}">x</a></h2></div>',
        "ar",
    ),
    "de": ('<li class="js-listing__item"><div class="card__header"><a href=" {} ">x</a></div>', "2017"),
    "es": ('<article class="Card-root"><div class="Card-title"><a href="{}">x</a></div></article>', "components"),
    "fr": ('<li class="js-listing__item"><p class="card__title"><a href="{}">x</a></p></li>', "fr"),
    "ru": ('<div class="card__heading card__heading_all-new"><a class="link" href="{}#href_spot-im">x</a></div>', "ru"),
    "sr": ('<article class="Card-root"><div class="Card-title"><a href="{}">x</a></div></article>', "components"),
}
PATHS = {"ru": "/world/news/1451720-ab", "sr": "/news/57-ab/"}
MORE = "/listing/category.x/prepare/y/18/1"
BUTTONS = {
    "es": f"""<div class="Listing-isReact" onload="return {{ page: '1', limit: '18', listing: '{MORE}' }}"></div>""",
    "ru": f'<p class="listing__button_short-news" data-href="/listing/z/12/1"></p><p data-href="{MORE}"></p>',
}


@pytest.mark.parametrize("code", CARDS)
def test_cards_and_button(code: str) -> None:
    one = edition(code)
    card, form = CARDS[code]
    path = PATHS.get(code) or f"/{one.world[0]}/123456-ab"
    body = card.format(path) + BUTTONS.get(code, f'<a data-href="{MORE}" href="#">+</a>')
    url = f"https://{one.host}{one.page_path(one.world[0])}"
    listing = parse_listing(HtmlResponse(url, body=body, encoding="utf-8"))
    assert listing.form == form
    assert [entry.url for entry in listing.entries] == [f"https://{one.host}{path}"]
    assert listing.more_url == f"https://{one.host}{MORE}"


def test_a_listing_in_json() -> None:
    url = "https://russian.rt.com/listing/type.News/prepare/x/15/1"
    body = json.dumps({"documents": {"a": {"url": "/world/news/1451720-ab"}, "b": {"url": "/world/news/1451719-cd"}}})
    listing = parse_listing(TextResponse(url, body=body, encoding="utf-8"))
    assert [entry.url.rpartition("/")[2] for entry in listing.entries] == ["1451720-ab", "1451719-cd"]
    assert listing.more_url == url[:-1] + "2"
    assert parse_listing(TextResponse(url, body='{"documents": {}}', encoding="utf-8")).entries == ()
    assert parse_listing(TextResponse(url, body='{"documents": [1]}', encoding="utf-8")).entries == ()


def test_a_form_that_nobody_knows_still_names_its_articles() -> None:
    body = '<nav><a href="/world">x</a></nav><b><a href="/world/news/1451720-ab">x</a><a href="/tag/ab">y</a></b>'
    listing = parse_listing(HtmlResponse("https://russian.rt.com/world", body=body, encoding="utf-8"))
    assert listing.form is None
    assert [entry.url for entry in listing.entries] == ["https://russian.rt.com/world/news/1451720-ab"]


@pytest.mark.parametrize("path", ["/photolines/", "/infographics/"])
def test_a_list_of_galleries_names_them(path: str) -> None:
    cards = "".join(f'<a href="/photolines/{number}-ab/">x</a>' for number in (1100010, 1100011))
    beside = '<a href="/world/1100012-ab/">x</a><a href="/prg/telecast/1100013-ab/">x</a>'
    page = HtmlResponse(f"https://arabic.rt.com{path}", body=f"<body>{beside}{cards}</body>".encode())
    named = [site_path(entry.url) for entry in parse_listing(page).entries]
    assert [where[1] for where in named if where] == [
        "/world/1100012-ab/",
        "/photolines/1100010-ab/",
        "/photolines/1100011-ab/",
    ]


def test_every_real_list(corpus: Path) -> None:
    labels = sorted((corpus / "listings").glob("*.json"))
    assert len(labels) >= 10
    for path in labels:
        label = json.loads(path.read_text("utf-8"))
        page = HtmlResponse(label["url"], body=path.with_suffix(".html").read_bytes(), encoding="utf-8")
        listing = parse_listing(page, now=datetime(2026, 1, 1, tzinfo=UTC))
        found = {canonical_url(entry.url): entry for entry in listing.entries}
        expected = {canonical_url(entry["url"]) for entry in label["entries"]}
        if "-home-" in path.name:
            assert len(expected & set(found)) >= 0.9 * len(expected), path.name
        else:
            assert expected <= set(found), path.name
            assert listing.form is not None, path.name
            assert all(article_url(url) for url in set(found) - expected), path.name
            for entry in label["entries"]:
                _check_card_date(entry["date"], found[canonical_url(entry["url"])].published_at, page.url)
        more = listing.more_url and canonical_url(listing.more_url)
        assert more == (label["more_url"] and canonical_url(label["more_url"])), path.name


def test_the_stored_urls_are_as_the_docs_count_them(corpus: Path) -> None:
    counts: dict[str, list[Counter[str]]] = defaultdict(lambda: [Counter(), Counter(), Counter()])
    with gzip.open(corpus / "datasets/urls-2023-six-editions.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            site = site_path(line)
            assert site is not None
            one, path = site
            kind = 0 if article_url(line) else 1 if is_other_path(one, path) else 2
            first = path.split("/")[1]
            counts[one.code][kind]["(a number)" if first[:1].isdigit() else first] += 1
    for row in table(DOCS / "extend" / "site-editions.md", "edition"):
        for cell, counter in zip(row[1:], counts.pop(row[0]), strict=True):
            shown = [part.replace("`", "").rpartition(" ") for part in cell.split(", ") if part != "–"]
            assert {name: int(count.replace(",", "")) for name, _, count in shown} == counter, row[0]
    assert not counts


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/world/news/1451720-kreml", "/world/news/1451720-"),
        ("/opinion/jodoe/354000-palabra", "/opinion/"),
        ("/tag/kreml", "/tag/"),
        ("https://rt.rs/news/57-beograd/", "https://rt.rs/news/57-"),
    ],
)
def test_a_captured_page_keeps_the_shape_of_its_urls(url: str, kept: str) -> None:
    made = anonymize_url(url)
    assert made != url
    assert made.startswith(kept)
    assert len(made) == len(url)


def _check_card_date(printed: str | None, read: datetime | None, url: str) -> None:
    """A card's date is read where it has a day and a time of day, in the edition's zone."""
    site = site_path(url)
    assert site is not None
    if printed is None or not re.search(r"\d{4}\D+\d{1,2}:\d\d", printed):
        assert read is None, (url, printed)
        return
    assert read is not None, (url, printed)
    local = read.astimezone(UTC if "GMT" in printed else ZoneInfo(site[0].zone))
    assert f"{local:%H:%M}" in printed, (url, printed)
    assert re.search(rf"\b{local.day}\b", printed), (url, printed)
    assert str(local.year) in printed, (url, printed)

"""Section listings in each known form, as the replica serves them and cut down to their bones."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from newscrawler.editions import article_url
from newscrawler.pages.listings import parse_listing
from tests.replica import Site
from tests.replica.answers import Answers
from tests.replica.listings import more_path

LISTING = "https://www.rt.com/news/"


def response(body: str | bytes, url: str = LISTING) -> HtmlResponse:
    return HtmlResponse(url, body=body, encoding="utf-8")


def urls(body: str, url: str = LISTING) -> list[str]:
    return [entry.url for entry in parse_listing(response(body, url)).entries]


@pytest.mark.parametrize("form", ["2022", "2017", "2014"])
def test_the_replica_s_fragments(form: str) -> None:
    site = Site.build(articles=150, faults="none", listing_form=form)
    found, pages = read_on(Answers(site), "https://www.rt.com" + more_path("news", 20, 0), form)
    assert of_news(found) == [entry.url for entry in site.entries("news")]
    assert pages == -(-len(site.entries("news")) // 20)


@pytest.mark.parametrize("form", ["2022", "2017", "2014"])
def test_the_replica_s_page_and_what_its_button_leads_to(form: str) -> None:
    site = Site.build(articles=150, faults="show,podcast", listing_form=form)
    answers = Answers(site)
    first = parse_listing(response(answers.answer("/news/").body))
    assert first.form == form
    assert first.more_url is not None
    found, _ = read_on(answers, first.more_url, form)
    named = of_news([*(entry.url for entry in first.entries), *found])
    assert sorted(named) == sorted(entry.url for entry in site.entries("news"))


def read_on(answers: Answers, url: str, form: str) -> tuple[list[str], int]:
    """All that a fragment and those after it name, and how many of them name anything."""
    found: list[str] = []
    for pages in range(50):
        listing = parse_listing(response(answers.answer(url.removeprefix("https://www.rt.com")).body, url))
        if not listing.entries:
            return found, pages
        assert listing.form == form
        assert listing.more_url is not None
        found += [entry.url for entry in listing.entries]
        url = listing.more_url
    raise AssertionError("a listing without an end")


def of_news(urls: list[str]) -> list[str]:
    """The world news among them, each once, in order."""
    addresses = [address for url in urls if (address := article_url(url))]
    return list(dict.fromkeys(address.url for address in addresses if address.section == "news"))


def test_entries_are_in_the_page_s_order_and_once() -> None:
    card = '<div class="list-card__content--title link_hover"><a href="{}">x</a></div>'
    body = "".join(card.format(href) for href in ("/news/2000-b/", " /news/1000-a/ ", "/news/2000-b/", "//rt.com/x/"))
    assert urls(body) == [
        "https://www.rt.com/news/2000-b/",
        "https://www.rt.com/news/1000-a/",
        "https://rt.com/x/",
    ]


@pytest.mark.parametrize(
    ("markup", "form"),
    [
        ('<div class="widgetGrid-widget-item"><p><a href="/news/1000-a/">A</a></p></div>', "2022"),
        ('<strong class="card__header"><a class="link_hover" href="/news/1000-a/">A</a></strong>', "2017"),
        ('<li class="main-promobox__item"><a class="main-promobox__heading" href="/news/1000-a/">A</a></li>', "2017"),
        ('<dl><dt><a href="/news/1000-a/">A</a></dt><dd>B</dd></dl>', "2014"),
    ],
)
def test_cards_of_each_period(markup: str, form: str) -> None:
    listing = parse_listing(response(f"<html><body><nav><a href='/news/'>News</a></nav>{markup}</body></html>"))
    assert listing.form == form
    assert [entry.url for entry in listing.entries] == ["https://www.rt.com/news/1000-a/"]
    assert listing.more_url is None


@pytest.mark.parametrize(
    "button",
    [
        '<button id="listingBtn" data-href="{}">Load more</button>',
        '<div id="listingBtn"><a href="{}">Load more</a></div>',
        '<div class="listing__button_js" data-href="{}"></div>',
        '<div class="button"><a href="{}">Load more</a></div>',
        '<a class="more" href="{}">Load more</a>',
        '<form action="{}"><button>Load more</button></form>',
        '<a class="more" data-url="{}">Load more</a>',
        """<a class="more" onclick="load('{}')">Load more</a>""",
    ],
)
def test_the_address_of_what_comes_next_is_read_from_the_page(button: str) -> None:
    more = "/listing/category.whatever/prepare/last-news/30/1"
    card = '<div class="list-card__content--title"><a href="/news/1000-a/">A</a></div>'
    other = '<a data-href="/news/elsewhere/">x</a>'
    listing = parse_listing(response(other + card + button.format(more)))
    assert listing.more_url == f"https://www.rt.com{more}"


def test_of_several_buttons_the_one_that_names_the_section_is_the_list_s() -> None:
    card = '<div class="list-card__content--title"><a href="/news/1000-a/">A</a></div>'
    button = '<button data-href="/listing/category.{}/prepare/last-news/30/1"></button>'
    listing = parse_listing(response(card + button.format("usa") + button.format("news")))
    assert listing.more_url == "https://www.rt.com/listing/category.news/prepare/last-news/30/1"


@pytest.mark.parametrize("link", ["<span>Zol peket</span>{}", "{}Zol peket"])
def test_a_label_in_a_card_s_link_is_none_of_the_title(link: str) -> None:
    label = '<span class="category-tag">FEATURE</span>'
    card = f'<strong class="card__header"><a href="/news/1000-a/">{link.format(label)}</a></strong>'
    assert [entry.title for entry in parse_listing(response(card)).entries] == ["Zol peket"]


def test_a_listing_in_the_wayback_machine_names_the_articles_themselves() -> None:
    card = '<div class="list-card__content--title"><a href="{}/https://www.rt.com/news/1000-a/">A</a></div>'
    for archive in ("/web/20230309000000", "https://web.archive.org/web/20230309000000"):
        assert urls(card.format(archive)) == ["https://www.rt.com/news/1000-a/"]


def test_a_fragment_without_a_button_counts_on() -> None:
    card = '<li><div class="list-card__content--title"><a href="/news/1000-a/">A</a></div></li>'
    base = "https://www.rt.com/listing/category.whatever/prepare/last-news/30/"
    assert parse_listing(response(card, f"{base}9")).more_url == f"{base}10"
    assert parse_listing(response(card, f"{base}9/")).more_url == f"{base}10/"


@pytest.mark.parametrize(
    "body", ["", " \n", "<html></html>", "<p>Nothing here</p>", '{"json": true}', "<dl><dt>no link</dt></dl>", "\x00"]
)
def test_what_is_no_listing(body: str) -> None:
    listing = parse_listing(response(body))
    assert listing.form is None
    assert listing.entries == ()
    assert listing.more_url is None


def test_broken_links_are_left_out() -> None:
    card = '<div class="list-card__content--title"><a href="{}">x</a></div>'
    assert urls(card.format("https://[broken/") + card.format("/news/1000-a/")) == ["https://www.rt.com/news/1000-a/"]

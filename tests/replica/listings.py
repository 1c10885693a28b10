"""Section pages and the fragments behind "load more", in the card forms of three periods."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import re

from tests.replica.faults import Address
from tests.replica.heads import Head
from tests.replica.layouts import chrome
from tests.replica.layouts.common import inline_css, inline_script, title_suffix
from tests.replica.site import Site
from tests.replica.spans import attr, text_html
from tests.replica.story import HOST
from tests.replica.writer import section_name

_WIDGETS = {"news": "category.worldnews_v.xwidget.newsWidgets"}
#: Trends and tags that have a page.
TOPICS = ("/trends/arctic-shipping-files/", "/trends/trade-war-files/", "/tags/analysis/", "/tags/op-ed/")
_TOPIC_SIZE = 6
_TOPIC_FRAGMENT = re.compile(r"/listing/trend\.([0-9a-f]{24})/prepare/trend-news/([1-9]\d*)/(\d+)/?$")
_FRAGMENT = re.compile(r"/listing/([\w.]+)/prepare/last-news/(\d+)/(\d+)/?$")

# What the button does in a browser: it counts the page up and stops at an empty fragment.
_LOAD_MORE = """<script>
    (function () {
        var box = document.querySelector('.listing__button_js');
        var button = document.getElementById('listingBtn');
        var list = document.querySelector('.js-listing__list');
        if (!box || !button || !list) { return; }
        button.addEventListener('click', function () {
            var address = box.getAttribute('data-href');
            fetch(address).then(function (answer) { return answer.ok ? answer.text() : ''; }).then(function (html) {
                if (!html.trim()) { box.remove(); return; }
                list.insertAdjacentHTML('beforeend', html);
                box.setAttribute('data-href', address.replace(/\\/(\\d+)\\/?$/, function (all, page) { return '/' + (+page + 1); }));
                button.setAttribute('data-href', box.getAttribute('data-href'));
            });
        });
    })();
</script>"""


def widget(section: str) -> str:
    """The name of a section in its load-more address."""
    return _WIDGETS.get(section, f"category.{section}.xwidget.{section}Widgets")


def more_path(section: str, size: int, page: int) -> str:
    """The address of a fragment."""
    return f"/listing/{widget(section)}/prepare/last-news/{size}/{page}"


def parse_more_path(path: str, site: Site) -> tuple[str, int, int] | None:
    """Section, size and page of a load-more address, or None."""
    match = _FRAGMENT.match(path)
    if not match:
        return None
    names = {widget(section): section for section in site.sections}
    section = names.get(match[1])
    return (section, int(match[2]), int(match[3])) if section and int(match[2]) else None


def fragment(site: Site, section: str, size: int, page: int) -> str:
    """One page of cards, empty past the end. Each page repeats the last card of the one before it."""
    entries = site.entries(section)
    shown = entries[page * size : (page + 1) * size]
    if shown and page:
        shown = [entries[page * size - 1], *shown]
    return "".join(_card(site, entry) for entry in shown)


def listing_page(site: Site, section: str) -> str:
    """The first page of a section."""
    size = site.options.page_size
    entries = site.newest(size, section)
    name = section_name(section, "2022-grid")
    menu = {"2022": chrome.MENU_2022, "2017": chrome.MENU_2019, "2014": chrome.MENU_2016}[site.options.listing_form]
    cards = "".join(_card(site, entry) for entry in entries[1:])
    lead = _lead(entries[0]) if entries else ""
    others = tuple(entry.head for entry in site.newest(8) if entry.head)
    container = "dl" if site.options.listing_form == "2014" else "ul"
    rows = '<ul class="listCard-rows js-listing__list">' if container == "ul" else '<dl class="js-listing__list">'
    return f"""<!DOCTYPE html>
<html prefix="og: http://ogp.me/ns#" lang="en">
<head>
    <meta charset="UTF-8" />
    <title>{text_html(name)} — {title_suffix(section, modern=True)}</title>
    <meta property="og:type" content="website" />
    <meta property="og:url" content="{HOST}/{section}/" />
    <link rel="canonical" href="{HOST}/{section}/"/>
    <link rel="alternate" type="application/rss+xml" title="RSS" href="/rss/{section}/" />
    {inline_css(7, 60)}
</head>
<body>
{chrome.sprite()}<div class="layout">
{chrome.header(menu, f"/{section}/", clock=site.now() if container == "dl" else None)}
{_trends()}
<div class="layout__content "><div class="columns"><div class="columns__column static-66_high-100">
<h1 class="heading">{text_html(name)}</h1>
{lead}
<div class="listing__rows listing__rows_js">{rows}{cards}</{container}></div>
{_button(section, size)}
{_strays(site)}
</div>
<div class="columns__column static-33_high-100">{chrome.top_stories(others, "showDesktop")}{chrome.subscribe()}{chrome.podcasts()}</div>
</div></div>
{chrome.footer(site.now().year)}
</div>
{inline_script(5, 8)}
{_LOAD_MORE}
</body>
</html>
"""


def topic_page(site: Site, path: str) -> str:
    """`/trends/<slug>/` or `/tags/<slug>/`: cards of stories of all sections, and the button of a trend."""
    entries = topic_entries(site, path)
    cards = "".join(_card(site, entry) for entry in entries[:_TOPIC_SIZE])
    name = path.strip("/").rpartition("/")[2].replace("-", " ").capitalize()
    address = f"/listing/trend.{topic_id(path)}/prepare/trend-news/{_TOPIC_SIZE}/1"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
    <meta charset="UTF-8" />
    <title>{text_html(name)} — RT Trends</title>
    <link rel="canonical" href="{HOST}{path}"/>
</head>
<body>
{chrome.header(chrome.MENU_2022, path)}
<h1 class="heading">{text_html(name)}</h1>
<div class="listing__rows listing__rows_js"><ul class="listCard-rows js-listing__list">{cards}</ul></div>
<div class="listing__button listing__button_js button" data-href="{address}"><button type="button" id="listingBtn" data-href="{address}">Load more</button></div>
{chrome.footer(site.now().year)}
</body>
</html>
"""


def topic_fragment(site: Site, path: str) -> str | None:
    """What the button of a trend loads, empty past the end; None for another address."""
    match = _TOPIC_FRAGMENT.match(path)
    topic = next((topic for topic in TOPICS if match and topic_id(topic) == match[1]), None)
    if match is None or topic is None:
        return None
    size, page = int(match[2]), int(match[3])
    return "".join(_card(site, entry) for entry in topic_entries(site, topic)[page * size : (page + 1) * size])


def topic_entries(site: Site, path: str) -> list[Address]:
    """The stories of a trend or tag, newest first: every so many of all sections."""
    return [entry for entry in site.newest(600) if entry.head and entry.head.number % len(TOPICS) == TOPICS.index(path)]


def topic_id(path: str) -> str:
    """The 24 hexadecimal digits by which the site knows a trend."""
    return f"{0x5A8DA << 76 | TOPICS.index(path):024x}"


def _button(section: str, size: int) -> str:
    address = more_path(section, size, 1)
    return (
        f'<div class="listing__button listing__button_js button" data-href="{address}">'
        f'<button type="button" class="button_more" id="listingBtn" data-href="{address}">Load more</button></div>'
    )


def href(entry: Address) -> str:
    """The address as a card prints it: mostly relative, sometimes absolute, dirty or of an older host."""
    number = entry.head.number if entry.head else 0
    forms = (
        entry.path,
        entry.path,
        entry.path,
        entry.url,
        entry.path,
        entry.url + "?utm_source=rss&amp;utm_medium=rss&amp;utm_campaign=RSS",
        entry.path,
        "http://www.rt.com" + entry.path,
        entry.path + "#comments",
        "https://rt.com" + entry.path,
    )
    return forms[number % len(forms)]


def card_date(head: Head) -> str:
    """`Mar 9, 2023 08:25`."""
    moment = head.published_at
    return f"{moment:%b} {moment.day}, {moment:%Y %H:%M}"


def _card(site: Site, entry: Address) -> str:
    head = entry.head
    if head is None:
        return ""
    title, link, date = text_html(head.headline), href(entry), card_date(head)
    summary = text_html(site.story_of(head).lead or "")
    picture = chrome.picture_of(head).replace("/xxl/", "/thumbnail/")
    if site.options.listing_form == "2014":
        return f'<dt><a href="{link}">{title}</a></dt><dd>{summary} <span class="time">{date}</span></dd>\n'
    if site.options.listing_form == "2017":
        return (
            f'<li class="card-rows__item static-two_low-one"><div class="card"><div class="card__cover"><img class="media__item" src="{picture}" alt=""></div>'
            f'<strong class="card__header card__header_top-news"><a class="link link_hover" href="{link}">\n                {title}\n            </a></strong>'
            f'<div class="card__summary">{summary}</div><div class="card__date"><span class="date">{date}</span></div></div></li>\n'
        )
    return (
        '<li class="listCard-rows__item"><div class="listCard-rows__content"><div class="list-card">'
        f'<div class="list-card__cover"><div class="media__image"><a href="{link}"><img class="media__item lazyload" data-src="{picture}" alt="{attr(head.headline)}"></a></div></div>'
        f'<div class="list-card__content"><div class="list-card__content--title link_hover"><a href="{link}">\n                {title}\n            </a></div>'
        f'<div class="list-card__content--summary"><a href="{link}">{summary}</a></div><div class="card__date"><span class="date">{date}</span></div></div></div></div></li>\n'
    )


def _lead(entry: Address) -> str:
    head = entry.head
    if head is None:
        return ""
    title, link = text_html(head.headline), href(entry)
    return (
        '<div class="widgetGrid-root"><div class="widgetGrid-widget-item"><div class="main-promobox__item"><a class="main-promobox__link" '
        f'href="{link}"><img class="media__item" src="{chrome.picture_of(head)}" alt="{attr(head.headline)}"></a><strong class="card__header">'
        f'<a class="main-promobox__heading link link_hover" href="{link}">{title}</a></strong>'
        f'<div class="card__date"><span class="date">{card_date(head)}</span></div></div></div></div>'
    )


def _trends() -> str:
    return (
        '<div class="actual-trends"><a href="/trends/arctic-shipping-files/">Arctic shipping</a><a href="/trends/trade-war-files/">Trade war</a>'
        '<a href="/tags/analysis/">Analysis</a></div>'
    )


def _strays(site: Site) -> str:
    """Links that are no articles, among them the site's shows and podcasts."""
    shows = "".join(
        f'<a class="show-card__link" href="{address.path}">{text_html(address.head.headline)}</a>'
        for address in site.programmes()
        if address.head
    )
    return (
        f'<div class="strays"><a href="/about-us/">About us</a><a href="/about-us/contact-info/">Contact info</a><a href="{HOST}/shows/">Shows</a>'
        f'<a href="/podcasts/">Podcasts</a><a href="/in-vision/">In vision</a><a href="/sponsored-content/101-lamps/">Sponsored</a>{shows}'
        '<a href="https://t.me/rtnews">Telegram</a><a href="mailto:feedback@rttv.ru">Feedback</a></div>'
    )

"""Everything around an article since 2016: sprite, header, side columns, podcasts, footer, cookie bar."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import random
from datetime import datetime
from functools import cache

from tests.replica.heads import Head
from tests.replica.layouts.common import inline_script, picture_html
from tests.replica.spans import attr, text_html
from tests.replica.story import HOST
from tests.replica.text import Newswire

_ICONS = [
    "icon bookmark-b",
    "icon bookmark",
    "icon camera",
    "icon check",
    "icon chevron down",
    "icon chevron left",
    "icon chevron right",
    "icon chevron up",
    "icon close",
    "icon v-compress",
    "icon download",
    "icon edit",
    "icon v-expand",
    "icon fb",
    "icon file",
    "icon filter",
    "icon flag ru",
    "icon full chevron down",
    "icon full chevron left",
    "icon full chevron right",
    "icon full chevron up",
    "icon gp",
    "icon ins",
    "icon mail",
    "icon move",
    "icon-music",
    "icon muted",
    "icon nomuted",
    "icon ok",
    "icon v-pause",
    "icon v-play",
    "icon search",
    "icon share",
    "icon sign in",
    "icon sign up",
    "icon stepback",
    "icon stepfor",
    "icon swipe down",
    "icon tag",
    "icon tags",
    "icon tg",
    "icon trash",
    "icon tw",
    "icon vk",
    "icon yt",
    "icon wt",
    "icon fm",
]
_LANGUAGES = (
    ("arabic", "ar", "العربية"),
    ("actualidad", "es", "esp"),
    ("russian", "ru", "рус"),
    ("de", "de", "de"),
    ("francais", "fr", "fr"),
)
_PROJECTS = (("russian.rt.com/inotv", "инотв"), ("rtd.rt.com/", "rtд"), ("ruptly.tv/", "ruptly"))
MENU_2022 = (
    ("/russia/", "Russia & Former Soviet Union"),
    ("/news/", "World News"),
    ("/business/", "Business"),
    ("/india/", "India"),
    ("/africa/", "Africa"),
    ("/tags/feature/", "RT Features"),
    ("/tags/op-ed/", "Op-ed"),
    ("/pop-culture/", "Games & Culture"),
    ("/shows/", "Shows"),
    ("/projects/", "Projects"),
)
MENU_2019 = (
    ("/news/", "World News"),
    ("/usa/", "USA"),
    ("/uk/", "UK"),
    ("/sport/", "Sport"),
    ("/russia/", "Russia"),
    ("/business/", "Business"),
    ("/op-ed/", "Op-ed"),
    ("/360/", "RT360"),
    ("/shows/", "Shows"),
    ("/projects/", "Projects"),
    ("/podcasts/", "Podcasts"),
)
MENU_2016 = (
    ("/news/", "News"),
    ("/usa/", "America"),
    ("/uk/", "UK"),
    ("/politics/", "Russian politics"),
    ("/business/", "Business"),
    ("/sport/", "Sport"),
    ("/op-edge/", "Op-Edge"),
    ("/in-vision/", "In vision"),
    ("/in-motion/", "In motion"),
    ("/360/", "RT360"),
    ("/shows/", "Shows"),
    ("/more/", "More"),
)


@cache
def sprite() -> str:
    """The icons that open the body: their titles are the first words a text dump of the page shows."""
    rng = random.Random(2019)
    symbols = []
    for name in _ICONS:
        path = "".join(
            f"c{rng.randrange(-99, 99) / 10},{rng.randrange(-99, 99) / 10},{rng.randrange(99)},0" for _ in range(22)
        )
        symbols.append(
            f'<symbol id="{name.replace(" ", "-")}" viewBox="0 0 240 240"><title>{name}</title><path d="M120,30{path}z"/></symbol>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" style="z-index:-99999;position:absolute;top:-99999px;visibility:hidden;opacity:0;">'
        + "".join(symbols)
        + "</svg>"
    )


def languages() -> str:
    """Links to the front pages of the other editions."""
    items = "".join(
        f'<li class="langs__item"><a href="//{host}.rt.com/" hreflang="{code}" class="langs__link" title="RT " target="_blank">{name}</a></li>'
        for host, code, name in _LANGUAGES
    )
    return f'<ul class="langs">\n  {items}</ul>'


def menu(items: tuple[tuple[str, str], ...], active: str) -> str:
    """The sections, the current one marked. The ampersands are bare, as on the site."""
    cells = "".join(
        f'<li class="nav__item  "><a class="nav__link {"nav__link_active" if path == active else ""} " href="{path}">\n            {name}\n\n'
        "                    </a></li>"
        for path, name in items
    )
    return f'<ul class="nav">\n  {cells}</ul>'


def header(items: tuple[tuple[str, str], ...], active: str, *, clock: datetime | None = None) -> str:
    """The head of the page. Until 2019 it holds the clock of the moment of saving, in a bare `time.date`."""
    projects = "".join(
        f'<a href="//{path}" class="media-projects__link" title="RT " target="_blank">{name}</a>'
        for path, name in _PROJECTS
    )
    date = ""
    if clock:
        date = f'<div class="header__date"><time class="date">\n                  {clock:%H:%M} GMT, {clock:%b %d, %Y}\n            \t</time></div>'
    return f"""<div class="layout__header" id="layout__header"><div class="header" id="header">
    <div class="header__section header__section_upper"><div class="header__content">
        <div class="header__langs">{languages()}</div>
        <div class="header__media-projects"><div class="media-projects">{projects}</div></div>
        <div class="header-where-schedule"><a class="header-where-schedule-item" href="/where-to-watch/"><div class="header-where-schedule-text">Where to watch</div></a>
        <a class="header-where-schedule-item" href="/schedule/"><div class="header-where-schedule-text">Schedule</div></a></div>
        <div class="alternative-links"><a class="alternative-links__item" href="/applications/"><div class="alternative-links__link">
           RT News App
        </div></a></div>
        <div class="header__social"><div class="main-socials "><div class="main-socials__item"><a href="{HOST}/rss-feeds/" class="main-socials__link" target="_blank"></a></div>
        <div class="main-socials__item"><a href="//twitter.com/RT_com" class="main-socials__link" target="_blank"></a></div></div></div>
    </div></div>
    <div class="header__section header__section_border-bottom_gray"><div class="header__content">
        <div class="header__logo"><a href="/" aria-label="Home"></a></div>
        <div class="header__line"><a href="/" class="header__title">
                        Question more
                    </a><div class="header__live"><a href="/on-air/" class="live-button">live</a></div>
        <div class="header__seach-form"><form name="search" class="seach-form" action="/search"><input class="js-search-input seach-form__input-text " type="text" name="q" value="" maxlength="100" /><input class="seach-form__input-submit" type="submit" value="Search" /></form>{date}</div></div>
        <div class="header__nav" id="header-nav">{menu(items, active)}</div>
    </div></div>
</div></div>"""


def breaking(head: Head | None) -> str:
    """The line above an article about some other story."""
    if head is None:
        return '<div class="layout__breaking ">\n\n            </div>'
    return (
        '<div class="layout__breaking "><div class="breaking-news"><div class="breaking-news__content">'
        f'<a class="breaking-news__text" href="{head.url}">\n\t                {text_html(head.headline)}\n\t            </a></div></div></div>'
    )


def picture_of(head: Head) -> str:
    """An address for the picture on a card about that story."""
    host = "https://cdni.russiatoday.com" if head.published_at.year < 2024 else "https://mf.b37mrtl.ru"
    stamp = int(head.published_at.timestamp())
    return f"{host}/files/{head.published_at:%Y.%m}/xxl/{stamp:08x}{(head.seed * 2654435761) % 2**64:016x}.jpg"


def top_stories(heads: tuple[Head, ...], visibility: str) -> str:
    """A list of other stories. It is printed twice, for the telephone (`showMobile`) and the desk (`showDesktop`)."""
    items = []
    for index, head in enumerate(heads):
        cover = "" if index == 0 else "card__cover--second " if index == 1 else "card__cover--hidden "
        form = "main" if index == 0 else "secondary"
        label = '<span class="category-tag category-tag_op-ed">FEATURE</span>' if index == 2 else ""
        promo = ""
        if index == 0:
            promo = (
                '<div class="promo-buttons"><div class="promo-buttons__item promo-buttons__item--clickable">\n        Latest\n    </div>'
                '<div class="promo-buttons__item ">\n        Top Stories\n    </div></div>'
            )
        picture = picture_html(picture_of(head), head.headline, "media__item media__item_ratio ") if index < 5 else ""
        items.append(
            f'<li data-d-id="{head.number}" class="card-list__item" data-tb-region-item><div class="card"><div class="card__cover {cover}">'
            f'<div class="media  "><div class="media__image "><a href="{head.path}" class="link link_disabled" >{picture}</a></div></div></div>'
            f'<strong class="card__header  card__header_{form}-in-list"><a class="link link_hover" href="{head.path}" ><span>'
            f"                        {text_html(head.headline)}\n                    </span>{label}</a></strong></div>{promo}</li>"
        )
    return (
        f'<div class="{visibility} p-10"><h2 class="heading heading_margin_vertical"><a class="link link_disabled" href="/news/">Top stories</a>'
        f'<span class="top-stories__greenline"></span></h2><ul class="card-list">{"".join(items)}</ul></div>'
    )


def features(heads: tuple[Head, ...], visibility: str) -> str:
    """The "RT Features" block."""
    cells = "".join(
        f'<div class="Section-block Section-is1to1 m-20" data-d-id="{head.number}"><div class="article-card"><div class="article-card__cover">'
        f'<div class="media  "><div class="media__image article-card__cover--14to16"><a href="{head.path}" class="link link_disabled" >'
        f"{picture_html(picture_of(head), head.headline, 'media__item media__item_ratio ')}</a></div></div></div>"
        f'<div class="article-card__title article-card__title--size-18" onclick="window.location.href=\'{head.path}\'" style="cursor:pointer">'
        f'<a href="{head.path}">\n                {text_html(head.headline)}\n            </a>'
        '<span class="category-tag category-tag_op-ed">FEATURE</span></div></div></div>'
        for head in heads
    )
    return (
        f'<div class="Section-root columns--mainpage mt-20 {visibility} p-0x10" data-widgets="mainpage1">'
        '<h2 class="heading heading_margin-bottom_half"><a class="link link_disabled" href="/tags/feature/">RT Features</a></h2>'
        f'<div class="Section-container Section-isRow-isTop-isWrap">{cells}</div></div>'
    )


def card_rows(heads: tuple[Head, ...], current: str) -> str:
    """Cards of other stories since 2019. The `alt` of their pictures is the headline of the CURRENT page."""
    items = "".join(
        f'<li class="card-rows__item static-two_low-one" data-d-id="{head.number}"><div class="card card_static"><div class="card__cover"><div class="media  ">'
        f'<a class="media__image" href="{head.path}"><img class="media__item lazyload" alt="{attr(current)}" data-src="{picture_of(head).replace("/xxl/", "/thumbnail/")}"></a>'
        f'<div class="media__footer"><div class="media__title media__title_footer"><a class="link link_hover-underline" href="{head.path}">'
        f"{text_html(head.headline)}</a></div></div></div></div></div></li>"
        for head in heads
    )
    return f'<div class="news-block"><ul class="card-rows">{items}</ul></div>'


def subscribe() -> str:
    """The newsletter form."""
    return (
        '<div class="subscribe-layout subscribe-layout_sidebar"><div class="subscribe"><form class="subscribe__form js-subscribe-form" method="post">'
        '<div class="subscribe__heading"><div class="subscribe__heading-text1">Subscribe to RT newsletter to get news highlights of the day '
        'right in your mailbox</div></div><div class="subscribe__field"><input class="subscribe__field-text js-subscribe-email" type="email" '
        'value="" placeholder="E-mail" required/></div><div class="subscribe__button"><button class="subscribe__button-submit" type="submit">'
        "Subscribe</button></div></form></div></div>"
    )


@cache
def podcasts() -> str:
    """The podcast box: titles that are no articles, and links to shows."""
    wire = Newswire(77)
    cards = []
    for index in range(4):
        title, number = wire.subheading(), 700_000 + index
        mp3 = f"https://cdnv.russiatoday.com/files/2022.10/6343c1aa85f54047{number:08x}.mp3"
        show = f"{HOST}/shows/harbor-lights/{number}-episode-{index}/"
        cards.append(
            '<div class="main-page-podcasts-white__item"><div class="podcast-xsmall-card js-audio-controller" data-role="root" '
            f'data-title="{attr(title)}" data-key="w_{number}" data-src="{mp3}"><div class="podcast-xsmall-card__link" data-role="audio-link">'
            f'<span>{text_html(title)}</span></div><div class="progress-track__current-time" data-role="current-time">0:00</div>'
            f'<div class="progress-track__duration" data-role="duration">2{index}:19</div><a class="podcast-xsmall-card__share-button" '
            f'href="https://telegram.me/share/url?url={show}" target="_blank"></a></div></div>'
        )
    return (
        '<div class="main-page-podcasts-white"><div class="main-page-podcasts-white__heading"><div class="main-page-podcasts-white__title">Podcasts'
        '</div><div class="main-page-podcasts-white__link"><a href="/podcasts/">All podcasts</a></div></div>'
        f'<div class="main-page-podcasts-white__content">{"".join(cards)}</div></div>'
    )


def taboola() -> str:
    """Empty advertising boxes and the scripts that would fill them."""
    return (
        '<div id="taboola-below-article-thumbnails"></div>\n<div id="taboola-newsroom"></div><script type="text/javascript">\n'
        "        window._taboola = window._taboola || [];\n        _taboola.push({article: 'auto'});\n"
        "        _taboola.push({mode: 'rbox-tracking', container: 'taboola-newsroom', placement: 'Newsroom'});\n    </script>"
        '<div id="unit_92026" class="lazyload"><a href="http://mixi.media/" rel="nofollow" style="display: none;">Mixi.Media News</a></div>'
    )


def footer(year: int) -> str:
    """Languages, projects, the application, copyright and the cookie bar."""
    langs = "".join(f'<a hreflang="{code}" href="//{host}.rt.com/">{name}</a>' for host, code, name in _LANGUAGES)
    projects = "".join(f'<a href="//{path}">{name}</a>' for path, name in _PROJECTS)
    return f"""<div class="clears-mh"></div><div class="layout__footer"><div class="footer"><div class="footer-top"><div class="footer-top-lang">{langs}</div><div class="footer-top-nav">{projects}</div></div>
<ul class="footer__nav"><li class="footer__nav-item"><a href="/legal-disclaimer/" class="footer__nav-link">Legal disclaimer</a></li><li class="footer__nav-item"><a href="/privacy-policy/" class="footer__nav-link">Privacy policy</a></li><li class="footer__nav-item"><a href="mailto:feedback@rttv.ru" class="footer__nav-link">Feedback</a></li><li class="footer__nav-item"><a href="/about-us/" class="footer__nav-link">About us</a></li></ul>
<div class="footer__app"><p>RT News App</p></div>
<div class="footer__copyright">© Autonomous Nonprofit Organization “TV-Novosti”, 2005–{year}. All rights reserved.</div></div></div>
<div class="cookies__banner js-cookies-banner"><div class="cookies__banner-wrapper"><div class="cookies__banner-text">This website uses cookies. Read RT <a href="/privacy-policy/">Privacy policy</a> to find out more.</div><div class="cookies__banner-button"><button class="button button_cookies js-cookies-button" onclick="this.closest('.js-cookies-banner').remove()">Accept cookies</button></div></div></div>
<div class="pwa js-pwa">Add to home screen</div>
{inline_script(9, 14)}"""

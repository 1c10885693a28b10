"""Section listings of all editions: the URLs they name and the URL of what comes after them.

Forms and their sources: docs/extend/site.md#listings. A fragment, as "load more" returns it, has the form of its page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import itemgetter
from types import MappingProxyType

from scrapy.http import TextResponse

from newscrawler.editions import Edition, site_path, tidy_url
from newscrawler.pages.dates import parse_machine_date, parse_visible_date
from newscrawler.pages.html import Element, parse_html, source_of, text_of


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """A URL that a listing, feed or sitemap names, as it names it (absolute)."""

    url: str
    #: When the source says that it was last changed: not before publication, and nothing else follows from it.
    lastmod: datetime | None = None
    #: What else it says of the article, to compare the page with: its title, when it was published, its text as HTML,
    #: and the time as of which it says that.
    title: str = field(default="", compare=False)
    published_at: datetime | None = field(default=None, compare=False)
    html: str = field(default="", compare=False, repr=False)
    as_of: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one listing page or fragment holds. ``form`` is None when no known form was seen.

    Then the entries are whatever on the page leads to an article.
    """

    form: str | None
    entries: tuple[ListingEntry, ...]
    more_url: str | None


#: Where a form's links stand: in the cards of its list. Several editions share a form, and its fragments have it too.
_FORMS = {
    "2022": (".list-card__content--title a[href]", ".article-card__title a[href]"),
    # Also the German pages of 2020.
    "2017": (
        ".card__header a[href]",
        ".main-promobox__item a[href]",
        "li.card-rows__item a.link_hover[href]",
        "a.slider__link-wrapper[href]",
    ),
    "2014": ("dt a[href]",),
    # Spanish since 2020, German since 2021, Serbian.
    "components": ("article.Card-root .Card-title a[href]", ".HeaderNews-root a.Link-isFullCard[href]"),
    "es-2017": ("li.list-element .header a[href]",),
    "ru": (".card__heading a[href]", "li.listing__column a.link_color[href]"),
    "ru-2015": (".stream-news__list a[href]",),
    "fr": (
        ".js-listing__item .card__title a[href]",
        ".main-news__card .card__title a[href]",
        ".main__item a[href]",
        "a.main-opinion__link[href]",
        ".media-rows__item a[href]",
    ),
    "ar": (".list-news_list h2 a[href]", ".element h2 a[href]"),
}
#: The lead article stands above the list, in a card of its own.
_LEAD = (".widgetGrid-widget-item a[href]",)
#: Boxes with cards of a list's form that belong to no list (shows, galleries, programmes, what is popular), and links
#: of a card that do not lead to its article.
_ASIDE = (
    ".card-rows_margin-minus a",
    ".card-rows_decor_light a",
    ".main-viralbox a",
    "[data-tb-region=Galleries] a",
    "[data-widgets=PopularNews] a",
    "[data-listing=Programs] a",
    ".card__trend a",
    ".Card-author a",
)
#: When a card's article was published: of lists and home pages, but for columns that print the hour alone.
_CARD_DATE = ".card__date, .card__footer, .Card-meta time, .card__description time.date"
_MORE_BUTTON = (
    "[data-href], #listingBtn[href], #listingBtn [href], div.button a[href], [onload*='/listing/'], "
    "[data-articleslisting]"
)
#: Other forms of it: their URL is one of a fragment.
_OTHER_BUTTON = "[href*='/listing/'], [action*='/listing/'], [data-url*='/listing/'], [onclick*='/listing/']"
_BUTTON_URLS = ("data-href", "href", "data-articleslisting", "action", "data-url")
#: Labels that stand in a title's link: "FEATURE", "Op-ed", "LIVE".
_LABELS = ".category-tag, .card__informal, .badge, .label"
#: The button of a column beside the list, which counts where there is no other.
_BESIDE = ".listing__button_short-news"
# The components' button is drawn by a script, out of an attribute in its own language.
_LISTING_PATH = re.compile(r"(?:https?:)?/[^\s'\"]*listing/[^\s'\"]*/\d+/\d+/?")
_OF_A_KIND = re.compile(r"/([^/]+)/(?:[^/]+/)?\d+-[^/]+/?$")
# The last two parts of the path: page size and page number, from 0.
_FRAGMENT_PATH = re.compile(r"^(?P<before>.*/listing/.*/\d+/)(?P<page>\d+)(?P<after>/?)$")


def parse_listing(response: TextResponse, *, now: datetime | None = None) -> Listing:
    """Read a listing page or a fragment of one, in HTML or, as the Russian edition has it, in JSON.

    With ``now``, the dates that cards print are read too, where they have a time of day.
    """
    source = source_of(response)
    if source.lstrip()[:1] == "{":
        return _parse_json(response, source)
    root = parse_html(source)
    if root is None:
        return Listing(None, (), None)
    site = site_path(response.url)
    aside = set(_links(root, _ASIDE))
    links = {form: [a for a in _links(root, cards) if a not in aside] for form, cards in _FORMS.items()}
    # Cards of another form may stand in the side column: those of the list are the most.
    form: str | None = max(links, key=lambda name: len(links[name]))
    listed = [*_links(root, _LEAD), *links[form or ""]]
    if site is not None and site[1] == "/":
        # A home page has cards of many forms.
        listed = [*chain.from_iterable(links.values()), *_links_to_articles(response, root)]
    elif not listed:
        form, listed = None, list(_links_to_articles(response, root))
    # The lead article's card has its picture and teaser in the link: only those of the list are titles.
    titles = {_url_of(response, a.attr("href")): _title_of(a) for a in links[form or ""]} if form else {}
    dates = {} if now is None or site is None else _card_dates(response, root, site[0], links.get(form or "", ()), now)
    entries = _entries(response, (a.attr("href") for a in listed), titles, dates)
    if not entries:
        return Listing(None, (), None)
    return Listing(form, entries, _more_url(response, root))


def _links(root: Element, selectors: Iterable[str]) -> list[Element]:
    """The links of all selectors, in the page's order."""
    # Each link looks for a box around it up to the root, which most boxes need not be asked for.
    present = [one for one in selectors if root.select_one(one.rpartition(" ")[0] or one) is not None]
    return root.select(", ".join(present)) if present else []


def _links_to_articles(response: TextResponse, root: Element) -> Iterator[Element]:
    """Links to the edition's articles; on a list of something else, such as galleries, those to that kind too."""
    site = site_path(response.url)
    if site is None:
        return
    edition, own = site
    found = [
        (a, linked[1], edition.article_path(linked[1]) is not None)
        for a in root.select("a[href]")
        if (linked := site_path(_join(response, a.attr("href") or "") or "")) and linked[0] is edition
    ]
    others = [kind[1] for _, path, is_article in found if not is_article and (kind := _OF_A_KIND.match(path))]
    listed = own.strip("/").partition("/")[0]
    if listed and listed not in (*others, *edition.all_sections, *edition.topics):
        # Infographics are listed at /infographics/ and stand at /photolines/.
        listed = max(others, key=others.count, default="")
    for a, path, is_article in found:
        if is_article or (listed and (kind := _OF_A_KIND.match(path)) and kind[1] == listed):
            yield a


def _card_dates(
    response: TextResponse, root: Element, edition: Edition, links: Iterable[Element], now: datetime
) -> dict[str, datetime]:
    """When the articles of cards were published, by URL: of a card that has one link of the list, and one date."""
    named_in: dict[Element, set[str]] = {}
    for link in links:
        url, box = _url_of(response, link.attr("href")), link.parent
        # Around a box that names this article already, or two, all others do so too.
        while isinstance(box, Element) and url not in (named := named_in.setdefault(box, set())) and len(named) < 2:
            named.add(url)
            box = box.parent
    found: dict[str, datetime] = {}
    twice: set[str] = set()
    for printed in root.select(_CARD_DATE):
        card = printed.parent
        while isinstance(card, Element) and card not in named_in:
            card = card.parent
        named = named_in[card] if isinstance(card, Element) else set()
        date = parse_machine_date(printed.attr("datetime") or "", now=now) or parse_visible_date(
            text_of(printed), language=edition.language, zone=edition.zone, now=now
        )
        if len(named) != 1 or date is None:
            continue
        (url,) = named
        if found.setdefault(url, date) != date:
            twice.add(url)
    return {url: date for url, date in found.items() if url not in twice}


def _entries(
    response: TextResponse,
    hrefs: Iterable[str | None],
    titles: Mapping[str, str] = MappingProxyType({}),
    dates: Mapping[str, datetime] = MappingProxyType({}),
) -> tuple[ListingEntry, ...]:
    urls = dict.fromkeys(url for href in hrefs if (url := _url_of(response, href)))
    return tuple(ListingEntry(url, title=titles.get(url, ""), published_at=dates.get(url)) for url in urls)


def _title_of(link: Element) -> str:
    """A link's text without a label at one of its ends."""
    title = text_of(link)
    for label in link.select(_LABELS):
        text = text_of(label)
        title = title.removesuffix(text).removeprefix(text).strip()
    return title


def _url_of(response: TextResponse, href: str | None) -> str:
    # `#href_spot-im` leads to the comments on the same article.
    return (_join(response, href or "") or "").partition("#")[0]


def _parse_json(response: TextResponse, source: str) -> Listing:
    """`{"documents": {id: {"url": …}}}`."""
    try:
        documents = json.loads(source)["documents"]
        rows = documents.values() if isinstance(documents, dict) else documents
        urls = [row["url"] for row in rows if isinstance(row.get("url"), str)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Listing(None, (), None)
    return (
        Listing("json", entries, _next_fragment(response))
        if (entries := _entries(response, urls))
        else Listing(None, (), None)
    )


def _more_url(response: TextResponse, root: Element) -> str | None:
    """The button's URL; of a fragment without a button, the next number of its own."""
    beside = set(root.select(_BESIDE))
    section = "." + tidy_url(response.url).rstrip("/").rpartition("/")[2]
    hrefs = [
        (button in beside, section not in href, href)
        for button in root.select(_MORE_BUTTON)
        if (href := _named_by(button))
    ]
    # The list's own is the first that names its section.
    if hrefs:
        return _join(response, min(hrefs, key=itemgetter(0, 1))[2])
    others = (href for button in root.select(_OTHER_BUTTON) if _LISTING_PATH.fullmatch(href := _named_by(button)))
    other = next(others, None)
    return _next_fragment(response) if other is None else _join(response, other)


def _named_by(button: Element) -> str:
    """The URL of a listing that a button's attribute is, or that a script in it names; "" for none."""
    named = (button.attr(name) or "" for name in _BUTTON_URLS)
    href = next((value for value in named if "/listing/" in value), "")
    script = (button.attr("onload") or button.attr("onclick") or "").replace("\\/", "/")
    return href or (path[0] if (path := _LISTING_PATH.search(script)) else "")


def _next_fragment(response: TextResponse) -> str | None:
    own = _FRAGMENT_PATH.match(response.url)
    return f"{own['before']}{int(own['page']) + 1}{own['after']}" if own else None


def _join(response: TextResponse, href: str) -> str | None:
    try:
        return response.urljoin(tidy_url(href))
    except ValueError:
        return None

"""Section listings: the URLs they name and the URL of what comes after them.

Forms and their sources: docs/extend/site.md#listings. A fragment, as "load more" returns it, has the form of its page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from scrapy.http import TextResponse

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
    """What one listing page or fragment holds. ``form`` is None when no known form was seen."""

    form: str | None
    entries: tuple[ListingEntry, ...]
    more_url: str | None


#: Where a form's links stand: in the cards of its list.
_FORMS = {
    "2022": ".list-card__content--title a[href], .article-card__title a[href]",
    "2017": ".card__header a[href], .main-promobox__item a[href], li.card-rows__item a.link_hover[href]",
    "2014": "dt a[href]",
}
#: The lead article stands above the list, in a card of its own.
_LEAD = ".widgetGrid-widget-item a[href]"
_MORE_BUTTON = "[data-href], #listingBtn[href], #listingBtn [href], div.button a[href]"
# The last two parts of the path: page size and page number, from 0.
_FRAGMENT_PATH = re.compile(r"^(?P<before>.*/listing/.*/\d+/)(?P<page>\d+)(?P<after>/?)$")


def parse_listing(response: TextResponse) -> Listing:
    """Read a listing page or a fragment of one."""
    root = parse_html(source_of(response))
    if root is None:
        return Listing(None, (), None)
    links = {form: root.select(selector) for form, selector in _FORMS.items()}
    # Cards of another form may stand in the side column: those of the list are the most.
    form = max(links, key=lambda name: len(links[name]))
    hrefs = ((a.attr("href") or "").strip() for a in [*root.select(_LEAD), *links[form]])
    urls = dict.fromkeys(url for href in hrefs if (url := _join(response, href)))
    if not urls:
        return Listing(None, (), None)
    # The lead article's card has its picture and teaser in the link: only those of the list are titles.
    titles = {_join(response, (a.attr("href") or "").strip()): text_of(a) for a in links[form]}
    entries = tuple(ListingEntry(url, title=titles.get(url, "")) for url in urls)
    return Listing(form, entries, _more_url(response, root))


def _more_url(response: TextResponse, root: Element) -> str | None:
    """The button's URL; of a fragment without a button, the next number of its own."""
    for button in root.select(_MORE_BUTTON):
        href = button.attr("data-href")
        href = (button.attr("href") or "") if href is None else href
        if "/listing/" in href:
            return _join(response, href)
    own = _FRAGMENT_PATH.match(response.url)
    return f"{own['before']}{int(own['page']) + 1}{own['after']}" if own else None


def _join(response: TextResponse, href: str) -> str | None:
    try:
        return response.urljoin(href)
    except ValueError:
        return None

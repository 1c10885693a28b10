"""Section listings: the addresses they name and the address of what comes after them.

Forms and their sources: SITE.md section 4. A fragment, as "load more" returns it, has the form of its page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from scrapy.http import TextResponse

from newscrawler.pages.document import elements, has_class, xpath


@dataclass(frozen=True, slots=True)
class Entry:
    """An address that a listing, feed or sitemap names, as it names it (absolute)."""

    url: str
    #: When the source says that it was last changed: a hint, never a proof.
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one listing page or fragment holds. ``form`` is None when no known form was seen."""

    form: str | None
    entries: tuple[Entry, ...]
    more_url: str | None


_FORMS = (
    ("2022", xpath(f"//*[{has_class('list-card__content--title')} or {has_class('article-card__title')}]//a[@href]")),
    (
        "2017",
        xpath(
            f"//*[{has_class('card__header')} or {has_class('main-promobox__item')}]//a[@href] | "
            f"//li[{has_class('card-rows__item')}]//a[{has_class('link_hover')} and @href]"
        ),
    ),
    ("2014", xpath("//dt//a[@href]")),
)
# The lead story stands above the list, in a card of its own.
_LEAD = xpath(f"//*[{has_class('widgetGrid-widget-item')}]//a[@href]")
_MORE = xpath(
    "//*[@id='listingBtn']/descendant-or-self::*[@data-href or @href] | //*[@data-href] | "
    f"//div[{has_class('button')}]//a[@href]"
)
# The last two parts of the path: page size and page number, from 0.
_FRAGMENT_PATH = re.compile(r"^(?P<before>.*/listing/.*/\d+/)(?P<page>\d+)(?P<after>/?)$")


def parse_listing(response: TextResponse) -> Listing:
    """Read a listing page or a fragment of one."""
    root = response.selector.root
    if not isinstance(root, etree._Element):
        return Listing(None, (), None)
    # Cards of another form may stand in the side column: those of the list are the most.
    found = {form: _hrefs(links, root) for form, links in _FORMS}
    form = max(found, key=lambda name: len(found[name]))
    urls = dict.fromkeys(url for href in [*_hrefs(_LEAD, root), *found[form]] if (url := _join(response, href)))
    return Listing(form if urls else None, tuple(map(Entry, urls)), _more_url(response, root) if urls else None)


def _hrefs(links: etree.XPath, root: etree._Element) -> list[str]:
    return [str(a.get("href")).strip() for a in elements(links, root)]


def _more_url(response: TextResponse, root: etree._Element) -> str | None:
    """The button's address; of a fragment without a button, the next number of its own."""
    for element in elements(_MORE, root):
        href = element.get("data-href") or element.get("href") or ""
        if "/listing/" in href:
            return _join(response, href)
    own = _FRAGMENT_PATH.match(response.url)
    return f"{own['before']}{int(own['page']) + 1}{own['after']}" if own else None


def _join(response: TextResponse, href: str) -> str | None:
    try:
        return response.urljoin(href)
    except ValueError:
        return None

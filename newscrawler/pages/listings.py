"""Section listings: the addresses they name and the address of what comes after them.

Forms and their sources: SITE.md section 4. A fragment, as "load more" returns it, has the form of its page.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from scrapy.http import TextResponse

from newscrawler.pages.document import classes_of
from newscrawler.pages.html import tree_of, utf8_of


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


#: Forms, and the classes of the cards (or the element) whose links are the list's.
_CARDS = {
    "list-card__content--title": "2022",
    "article-card__title": "2022",
    "card__header": "2017",
    "main-promobox__item": "2017",
}
#: In the list's own column the card's links have a class.
_ROW, _ROW_LINK = "card-rows__item", "link_hover"
# The lead story stands above the list, in a card of its own.
_LEAD = "widgetGrid-widget-item"
_BUTTON_ID, _BUTTON_CLASS = "listingBtn", "button"
# The last two parts of the path: page size and page number, from 0.
_FRAGMENT_PATH = re.compile(r"^(?P<before>.*/listing/.*/\d+/)(?P<page>\d+)(?P<after>/?)$")


def parse_listing(response: TextResponse) -> Listing:
    """Read a listing page or a fragment of one."""
    root = tree_of(utf8_of(response))
    if root is None:
        return Listing(None, (), None)
    links = _Links(root)
    # Cards of another form may stand in the side column: those of the list are the most.
    form = max(links.of_form, key=lambda name: len(links.of_form[name]))
    urls = dict.fromkeys(url for href in [*links.lead, *links.of_form[form]] if (url := _join(response, href)))
    if not urls:
        return Listing(None, (), None)
    return Listing(form, tuple(map(Entry, urls)), _more_url(response, links))


class _Links:
    """A page's links by what they stand in, in one walk: an XPath a form took minutes on cards nested in cards."""

    def __init__(self, root: etree._Element) -> None:
        self.of_form: dict[str, list[str]] = {"2022": [], "2017": [], "2014": []}
        self.lead: list[str] = []
        self.more: list[str] = []
        #: Open elements by what they are to their links: a form, the lead, a row, the button.
        self._inside: Counter[str] = Counter()
        for event, element in etree.iterwalk(root, events=("start", "end")):
            around = _roles_of(element)
            if event == "start":
                # The button may itself be the link; a card is around its links.
                self._inside.update(name for name in around if name == _BUTTON_ID)
                self._take(element)
                self._inside.update(name for name in around if name != _BUTTON_ID)
            else:
                self._inside.subtract(around)

    def _take(self, element: etree._Element) -> None:
        href = element.get("href")
        data_href = element.get("data-href")
        if data_href is not None or (href is not None and self._inside[_BUTTON_ID]):
            self.more.append(data_href or href or "")
        if element.tag != "a" or href is None:
            return
        if self._inside[_BUTTON_CLASS] and data_href is None:
            self.more.append(href)
        href = href.strip()
        if self._inside[_LEAD]:
            self.lead.append(href)
        for form, found in self.of_form.items():
            if self._inside[form] or (form == "2017" and self._inside[_ROW] and _ROW_LINK in classes_of(element)):
                found.append(href)


def _roles_of(element: etree._Element) -> set[str]:
    if element.tag == "dt":
        return {"2014"}
    classes = classes_of(element)
    roles = {_CARDS[name] for name in classes if name in _CARDS}
    if _LEAD in classes:
        roles.add(_LEAD)
    if element.tag == "li" and _ROW in classes:
        roles.add(_ROW)
    if element.tag == "div" and _BUTTON_CLASS in classes:
        roles.add(_BUTTON_CLASS)
    if element.get("id") == _BUTTON_ID:
        roles.add(_BUTTON_ID)
    return roles


def _more_url(response: TextResponse, links: _Links) -> str | None:
    """The button's address; of a fragment without a button, the next number of its own."""
    for href in links.more:
        if "/listing/" in href:
            return _join(response, href)
    own = _FRAGMENT_PATH.match(response.url)
    return f"{own['before']}{int(own['page']) + 1}{own['after']}" if own else None


def _join(response: TextResponse, href: str) -> str | None:
    try:
        return response.urljoin(href)
    except ValueError:
        return None

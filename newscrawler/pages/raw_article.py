"""What a layout read from a page, before it is cleaned into a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newscrawler.items import Image
from newscrawler.pages.body import Body
from newscrawler.pages.doubts import Witness
from newscrawler.pages.html import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArticle:
    """Raw values of one page."""

    layout: str
    headline: str
    subheadline: str
    lead: str
    breadcrumbs: list[str]
    authors: list[str]
    published_at: datetime | None
    modified_at: datetime | None
    image: Image | None
    tags: list[str]
    short_url: str | None
    body: Body
    #: What holds the text; on a page that is cut off in it, nothing comes after it.
    text_box: Element
    #: What other places on the page say.
    witnesses: tuple[Witness, ...]
    #: Names of fields that the page states in a form that proves nothing.
    ambiguous: tuple[str, ...]

"""What a layout read from a page, before it is cleaned into a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from newscrawler.items import Image
from newscrawler.pages.body import Body


@dataclass(slots=True, kw_only=True)
class Reading:
    """Raw values of one page. ``box`` and ``container`` are where the article and its text stand."""

    layout: str
    headline: str
    lead: str
    breadcrumbs: list[str]
    authors: list[str] = field(default_factory=list)
    published: datetime | None
    modified: datetime | None
    image: Image | None
    tags: list[str]
    short_url: str | None = None
    body: Body
    has_byline: bool = False
    box: etree._Element
    container: etree._Element | None
    #: Names of fields that the page states in a form that proves nothing.
    doubts: tuple[str, ...] = ()

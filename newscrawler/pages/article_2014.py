"""The layout of 2014 to early 2015: the skeleton of 2013 with `meta[name=publish-date]`, RFC 822 and +0000.

Source: SITE.md section 1 and appendix A.
"""

from __future__ import annotations

from newscrawler.cleaning import parse_machine_date
from newscrawler.pages import article_2013
from newscrawler.pages.document import Document
from newscrawler.pages.reading import Reading

NAME = "2014-cont-wp-docpage"


def matches(document: Document) -> bool:
    """Whether the page has this layout."""
    return "publish-date" in document.metas and article_2013.has_clock(document)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    published = parse_machine_date(document.metas["publish-date"], now=document.now)
    return article_2013.read(document, NAME, published)

"""The layout of 2014 to early 2015: the skeleton of 2013 with `meta[name=publish-date]`, RFC 822 and +0000.

Source: SITE.md section 1 and appendix A.
"""

from __future__ import annotations

from newscrawler.pages.document import Document
from newscrawler.pages.layouts import article_2013
from newscrawler.pages.layouts.detection import Forms
from newscrawler.pages.raw_article import Reading

NAME = "2014-cont-wp-docpage"
FORMS: Forms = ((article_2013.MACHINE_DATE, article_2013.CLOCK),)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    published = document.date("published_at", document.metas["publish-date"], "meta publish-date")
    return article_2013.read(document, NAME, published)

"""The layout of to early 2019: the date in `time.date_article-header`, one element a time, labelled.

Op-eds have the author's box; their layout name ends with "-opedge". Source: SITE.md section 1.
"""

from __future__ import annotations

from dataclasses import replace

from newscrawler.pages.document import Document
from newscrawler.pages.layouts import article_bem
from newscrawler.pages.layouts.article_bem import (
    DATE_IN_CRUMBS,
    DATE_IN_ITS_BOX,
    DATE_IN_TIME,
    GRID,
    HEADLINE,
    JSON_LD,
    TEXT,
)
from newscrawler.pages.layouts.detection import Forms, without
from newscrawler.pages.raw_article import Reading

NAME = "2015-article-bem"
FORMS: Forms = (
    (HEADLINE, without(DATE_IN_CRUMBS), without(DATE_IN_ITS_BOX), DATE_IN_TIME),
    (
        HEADLINE,
        without(DATE_IN_CRUMBS),
        without(DATE_IN_ITS_BOX),
        without(DATE_IN_TIME),
        TEXT,
        without(GRID),
        without(JSON_LD),
    ),
)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    reading = article_bem.read(document, NAME)
    if reading is not None and reading.has_byline:
        return replace(reading, layout=f"{NAME}-opedge")
    return reading

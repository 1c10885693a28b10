"""The layout of since 2022: a grid, the date inside `div.article__breadcrumbs`.

Op-eds have the author's box; their layout name ends with "-oped". Source: SITE.md section 1.
"""

from __future__ import annotations

from dataclasses import replace

from newscrawler.pages.document import Document
from newscrawler.pages.layouts import article_bem
from newscrawler.pages.layouts.article_bem import DATE_IN_CRUMBS, DATE_IN_ITS_BOX, DATE_IN_TIME, GRID, HEADLINE, TEXT
from newscrawler.pages.layouts.detection import Forms, without
from newscrawler.pages.raw_article import Reading

NAME = "2022-grid"
FORMS: Forms = (
    (HEADLINE, DATE_IN_CRUMBS),
    (HEADLINE, without(DATE_IN_CRUMBS), without(DATE_IN_ITS_BOX), without(DATE_IN_TIME), TEXT, GRID),
)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    reading = article_bem.read(document, NAME)
    if reading is not None and reading.has_byline:
        return replace(reading, layout=f"{NAME}-oped")
    return reading

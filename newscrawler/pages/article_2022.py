"""The layout of since 2022: a grid, the date inside `div.article__breadcrumbs`.

Op-eds have the author's box; their layout name ends with "-oped". Source: SITE.md section 1.
"""

from __future__ import annotations

from dataclasses import replace

from newscrawler.pages import article_bem
from newscrawler.pages.document import Document
from newscrawler.pages.reading import Reading

NAME = "2022-grid"


def matches(document: Document) -> bool:
    """Whether the page has this layout."""
    return article_bem.generation(document) == 2022


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    reading = article_bem.read(document, NAME)
    if reading is not None and reading.has_byline:
        return replace(reading, layout=f"{NAME}-oped")
    return reading

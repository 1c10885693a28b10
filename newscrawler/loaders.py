"""ArticleLoader: how each field of a record is cleaned and joined.

Values go in as the page has them and come out as the record holds them. The loader fills a dict, not the
dataclass: ``ItemLoader(item=Article())`` would let the dataclass's defaults beat what was extracted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from itemloaders import ItemLoader

from newscrawler.editions import tidy_url
from newscrawler.items import FIELD_NAMES, Article
from newscrawler.pages.prose import is_developing
from newscrawler.pages.text import clean_content_hash, clean_text

_MIN_REPEATED_SPACES = 5


def _unique(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _clean(values: list[str]) -> list[str]:
    return [text for value in values if (text := clean_text(value))]


def _urls(values: list[str]) -> list[str]:
    return [url for text in _clean(values) if (url := tidy_url(text)).startswith(("http://", "https://"))]


def _first(values: list[str]) -> str | None:
    return values[0] if values else None


class ArticleLoader(ItemLoader):
    """Cleans single fields; ``load_article`` adds those that are clean and those that follow from others.

    Each field names its processors, plain functions: looking defaults up costs more than the cleaning, and so does what
    MapCompose does around it (docs/extend/speed.md).
    """

    default_item_class = dict

    headline_in, headline_out = _clean, _first
    subheadline_in, subheadline_out = _clean, _first
    lead_in, lead_out = _clean, _first
    short_url_in, short_url_out = _urls, _first
    authors_in, authors_out = _clean, _unique
    breadcrumbs_in, breadcrumbs_out = _clean, list
    tags_in, tags_out = _clean, _unique

    def get_input_processor(self, field_name: str) -> Callable[..., Any]:
        """The field's own, without the question whether it is a method, which takes longer than the cleaning."""
        return getattr(type(self), f"{field_name}_in", None) or super().get_input_processor(field_name)

    def get_output_processor(self, field_name: str) -> Callable[..., Any]:
        """As ``get_input_processor``."""
        return getattr(type(self), f"{field_name}_out", None) or super().get_output_processor(field_name)

    def load_article(self, **clean: Any) -> Article:
        """The record, with text, word count, hash and the developing mark worked out of its words.

        ``clean`` are the fields that arrive clean: pages/body.py, pages/dates.py and the editions made them.
        """
        article = Article(**self.load_item(), **clean)
        if article.lead in article.paragraphs:
            # A template's repetition; a lead of few words may be said again in earnest.
            is_long = article.lead.count(" ") >= _MIN_REPEATED_SPACES
            article.paragraphs = [
                text for at, text in enumerate(article.paragraphs) if text != article.lead or (at and not is_long)
            ]
        prose = [part for part in (article.lead, *article.paragraphs) if part]
        article.text = "\n\n".join(prose) or None
        words = " ".join(prose)
        # Clean text has one space between words.
        article.word_count = words.count(" ") + 1 if words else 0
        article.developing = any(map(is_developing, prose))
        article.content_hash = clean_content_hash(f"{article.headline} {words}".rstrip() if article.headline else words)
        return article


#: Fields that layouts read raw, each by a method of its name, and the loader cleans.
LOADED_FIELDS = tuple(name for name in FIELD_NAMES if hasattr(ArticleLoader, f"{name}_in"))

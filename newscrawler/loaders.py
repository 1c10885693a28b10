"""ArticleLoader: how each field of a record is cleaned and joined.

Values go in as the page has them and come out as the record holds them. The loader fills a dict, not the
dataclass: ``ItemLoader(item=Article())`` would let the dataclass's defaults beat what was extracted.
"""

from __future__ import annotations

from typing import Any

from itemloaders import ItemLoader
from itemloaders.processors import Identity, MapCompose, TakeFirst

from newscrawler.items import Article
from newscrawler.pages.prose import is_developing
from newscrawler.pages.text import clean_text, content_hash


def _unique(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def _non_empty(value: str) -> str | None:
    return value or None


class ArticleLoader(ItemLoader):
    """Cleans single fields; ``load_article`` adds those that are clean and those that follow from others."""

    default_item_class = dict
    default_input_processor = MapCompose(clean_text, _non_empty)
    default_output_processor = TakeFirst()

    authors_out = _unique
    breadcrumbs_out = Identity()
    tags_out = _unique

    def load_article(self, **clean: Any) -> Article:
        """The record, with text, word count, hash and the developing mark worked out of its words.

        ``clean`` are the fields that arrive clean: pages/body.py, pages/dates.py and the editions made them.
        """
        article = Article(**self.load_item(), **clean)
        if article.lead and article.paragraphs and article.paragraphs[0] == article.lead:
            del article.paragraphs[0]
        prose = [part for part in (article.lead, *article.paragraphs) if part]
        article.text = "\n\n".join(prose) or None
        article.word_count = len(article.text.split()) if article.text else 0
        article.developing = any(is_developing(part) for part in prose)
        article.content_hash = content_hash(article.headline, article.lead, article.paragraphs)
        return article

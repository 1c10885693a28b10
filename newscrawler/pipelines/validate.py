"""Judges one record: is it whole and believable? A record that is not is dropped with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Self

from newscrawler.figures import LEAST_WORDS, OP_ED_AUTHORS, OP_ED_SECTION
from newscrawler.items import REQUIRED_FIELDS, Article
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

#: Bounds beyond which a field holds something else than its name says: the longest headline of 14,667 has 180
#: characters, the longest of 1,628 whole texts 30,000.
MAX_HEADLINE = 500
MAX_TEXT = 500_000
_MISSING = tuple((field.name, f"newscrawler/missing/{field.name}") for field in fields(Article))


def problems_of(article: Article) -> Iterator[str]:
    """Short stable names of what is wrong with a record."""
    for name in REQUIRED_FIELDS:
        if not getattr(article, name):
            yield f"missing_{name}"
    if article.headline and len(article.headline) > MAX_HEADLINE:
        yield "headline_too_long"
    if article.text and len(article.text) > MAX_TEXT:
        yield "text_too_long"


class ValidatePipeline:
    """Drops what is no whole record; counts, field by field, what the others lack."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Let the record pass, or drop it."""
        stats = self._crawler.stats
        assert stats is not None
        problems = list(problems_of(item))
        if problems:
            for problem in problems:
                stats.inc_value(f"newscrawler/invalid/{problem}")
            raise DropArticle(Outcome.INVALID, item.url, ", ".join(problems))
        # Looked up once: Scrapy's collector answers each look-up in Python.
        count = stats.inc_value
        for name, counter in _MISSING:
            if getattr(item, name) in (None, []):
                count(counter)
        count("newscrawler/records")
        if item.word_count < LEAST_WORDS:
            count("newscrawler/missing/words")
        if item.section == OP_ED_SECTION:
            count("newscrawler/records/op_eds")
            if not item.authors:
                count(f"newscrawler/missing/{OP_ED_AUTHORS}")
        return item

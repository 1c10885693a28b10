"""What every record goes through: validate, decide, export; one job each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from newscrawler.exceptions import DropArticle
from newscrawler.items import FIELD_NAMES, Article, missing_fields
from newscrawler.monitoring.stats import MIN_WORDS, OP_ED_SECTION, stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run import run_of
from newscrawler.utils import FromCrawler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

#: Bounds beyond which a field holds something else than its name says: the longest headline of 14,667 has 180
#: characters, the longest of 1,628 whole texts 30,000.
MAX_HEADLINE = 500
MAX_TEXT = 500_000


def problems_of(article: Article) -> Iterator[str]:
    """Short stable names of what is wrong with a record."""
    yield from (f"missing_{name}" for name in missing_fields(article))
    if article.headline and len(article.headline) > MAX_HEADLINE:
        yield "headline_too_long"
    if article.text and len(article.text) > MAX_TEXT:
        yield "text_too_long"


class ValidatePipeline(FromCrawler):
    """Drops what is no whole record; counts, field by field, what the others lack."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._stats = stats_of(crawler)

    def process_item(self, item: Article) -> Article:
        """Let the record pass, or drop it with the outcome INVALID."""
        problems = list(problems_of(item))
        if problems:
            for problem in problems:
                self._stats.invalid(problem)
            raise DropArticle(Outcome.INVALID, item.url, ", ".join(problems))
        missing = [name for name in FIELD_NAMES if getattr(item, name) in (None, [])]
        if item.word_count < MIN_WORDS:
            missing.append("words")
        self._stats.record(missing, is_op_ed=item.section == OP_ED_SECTION)
        return item


class DecidePipeline(FromCrawler):
    """Has the run decide what a record is: new, revised, unchanged or a duplicate; the last two are dropped."""

    def process_item(self, item: Article) -> Article:
        run_of(self._crawler).decide(item)
        return item


class ExportPipeline(FromCrawler):
    """Has the run write the record. In a one-off run Scrapy's feed export does that when the pipelines are done."""

    def process_item(self, item: Article) -> Article:
        run_of(self._crawler).write(item)
        return item

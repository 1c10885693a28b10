"""One record an article within a run, by edition and id; in an incremental run also none that says nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from newscrawler.incremental import IncrementalRun
from newscrawler.items import Article
from newscrawler.ledger import LedgerError
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class DeduplicatePipeline:
    """Lets the first record of an article pass and drops the others; then asks the ledger."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = crawler.get_extension(IncrementalRun)
        self._claimed: dict[tuple[str | None, str | None], str | None] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Claim the article, at once and without an await, so that none slips in between."""
        key = (item.edition, item.article_id)
        if key in self._claimed:
            raise DropArticle(Outcome.DUPLICATE, item.url, f"seen as {self._claimed[key]}")
        self._claimed[key] = item.url
        if self._run is None:
            return item
        try:
            decision = self._run.decide(item)
        except LedgerError as error:
            self._run.fail(error)
            raise DropArticle(Outcome.NOT_REACHED, item.url, str(error)) from error
        except Exception:
            del self._claimed[key]
            raise
        if decision.kind == "unchanged":
            raise DropArticle(Outcome.UNCHANGED, item.url, f"as revision {decision.revision}")
        return item

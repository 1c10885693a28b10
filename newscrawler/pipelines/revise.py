"""Several captures of one article: each that says something new is a revision; of stored pages only."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Self

from newscrawler.incremental import IncrementalRun
from newscrawler.items import Article
from newscrawler.ledger import LedgerError, RevisionMemory
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RevisePipeline:
    """Stands where DeduplicatePipeline stands in a live crawl. A one-off run compares with what it read itself."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = crawler.get_extension(IncrementalRun)
        self._memory = RevisionMemory() if self._run is None else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Let the record pass as a revision, or drop it as unchanged."""
        if self._run is not None:
            try:
                decision = self._run.decide(item)
            except LedgerError as error:
                self._run.fail(error)
                raise DropArticle(Outcome.NOT_REACHED, item.url, str(error)) from error
        else:
            assert self._memory is not None
            decision = self._memory.decide(asdict(item))
            item.revision = decision.revision
            item.revision_of_hash = decision.revision_of_hash
            item.revision_reason = decision.reason
        if decision.kind == "unchanged":
            raise DropArticle(Outcome.UNCHANGED, item.url, f"as revision {decision.revision}")
        return item

    def close_spider(self) -> None:
        """Let go of the memory."""
        if self._memory is not None:
            self._memory.close()

"""Writes the records of an incremental run into the dataset, each line with its ledger entry.

Records are held until the run's end, or until NEWSCRAWLER_COMMIT_BATCH of them wait, and then written in order
of publication: near-duplicate marks depend on what is in the dataset already, and so they do not depend on the
order in which pages happened to come in. What a killed run held is fetched again by the next.

With -o or -O beside the dataset each record is written at once: Scrapy's feed export writes it as it leaves the
pipelines, and must not write another mark, or a record that is dropped. Marks then follow the order of arrival.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import NotConfigured

from newscrawler import signals
from newscrawler.incremental import IncrementalRun
from newscrawler.items import Article
from newscrawler.ledger import LedgerError
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle
from newscrawler.pipelines.near_duplicates import NearDuplicateMarker

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class ExportPipeline:
    """Absent in one-off runs, where Scrapy's feed export writes."""

    def __init__(self, crawler: Crawler) -> None:
        run = crawler.get_extension(IncrementalRun)
        if run is None:
            raise NotConfigured
        self._run = run
        self._marker = NearDuplicateMarker.of(crawler.settings, run)
        settings = crawler.settings
        # Without marks the order does not matter. A range is long, and in order of id: what it held when it was
        # killed would be fetched a second time.
        is_range = getattr(crawler.spider, "days", None) is not None
        self._at_once = self._marker is None or bool(settings.getdict("FEEDS")) or is_range
        self._batch = settings.getint("NEWSCRAWLER_COMMIT_BATCH")
        self._held: list[Article] = []
        crawler.signals.connect(self._write_held, signals.write_held)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Write the record, or hold it and write all that are held when they are many."""
        if self._at_once:
            why = self._write(item)
            if why:
                raise DropArticle(Outcome.NEAR_DUPLICATE, item.url, why)
            return item
        self._held.append(item)
        if len(self._held) >= self._batch:
            self._write_held()
        return item

    def close_spider(self) -> None:
        """Write what is left."""
        if not self._run.is_open:
            return
        self._write_held()
        try:
            if self._marker:
                self._marker.forget()
        except LedgerError as error:
            self._run.fail(error)

    def _write_held(self) -> None:
        held = sorted(self._held, key=lambda article: (article.published_at or "", article.article_id or ""))
        self._held.clear()
        for article in held:
            why = self._write(article)
            if why:
                self._run.drop(article, Outcome.NEAR_DUPLICATE, why)

    def _write(self, article: Article) -> str | None:
        """Write a record, or say why it is to be dropped."""
        try:
            signature = self._marker.mark(article) if self._marker else None
            if self._marker and self._marker.drops and article.near_duplicate_of:
                return f"{article.near_duplicate_similarity} like {article.near_duplicate_of}"
            self._run.save(article, signature)
        except LedgerError as error:
            self._run.fail(error)
        return None

"""Stage two of reading archives: rows become a run's captures, as if their pages were parsed now; none is."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import build_from_crawler, load_object

from newscrawler.base_spiders.archive import ArchiveSpider, FaultLog
from newscrawler.editions import article_url, is_transliterated
from newscrawler.exceptions import ArchiveError, ArgumentError, DropArticle
from newscrawler.items import Source, article_of_record
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run import ArticleRef, Scope, run_of

logger = logging.getLogger(__name__)

#: Captures after which others have a turn.
_AT_ONCE = 20


class RowsSpider(Spider):
    """Hands each row to the run and the pipelines, in order of capture and all editions together. Makes no request."""

    name = "archive_commit"
    custom_settings = ArchiveSpider.custom_settings  # type: ignore[assignment]

    def __init__(self, name: str | None = None, *, rows: str) -> None:
        super().__init__(name)
        self._rows = rows
        self._log_fault = FaultLog("rows")
        self.counts: Counter[str] = Counter()

    def scope(self) -> Scope:
        """What the run is about."""
        return Scope(spider=self.name, command=f"{self.name} {self._rows}", reads_archive=True)

    async def start(self) -> AsyncIterator[Request]:
        """Commit all rows; there is nothing to request."""
        # Scrapy imports every command for any of them (docs/extend/speed.md#starting-up).
        from newscrawler.archive.merging import MergedRows  # noqa: PLC0415
        from newscrawler.archive.places import place_of  # noqa: PLC0415

        run, settings = run_of(self.crawler), self.crawler.settings
        pipelines = [
            build_from_crawler(load_object(path), self.crawler)
            for path in build_component_list(settings.getwithbase("ITEM_PIPELINES"))
        ]
        try:
            merged = MergedRows(place_of(self._rows), self._log_fault, max_bytes=settings.getint("DOWNLOAD_MAXSIZE"))
            self.counts = merged.counts
            for number, row in enumerate(merged.captures()):
                if number % _AT_ONCE == 0 or row is None:
                    await asyncio.sleep(0)
                if not run.is_open:
                    break
                if row is not None:
                    self._commit(row, pipelines)
        except (ArchiveError, ArgumentError) as error:
            run.source_failed(Source.WARC, "broken")
            logger.error("%s", error)
        return
        yield  # Scrapy requires an asynchronous generator

    def _commit(self, row: dict[str, Any], pipelines: list[Any]) -> None:
        run, stats = run_of(self.crawler), stats_of(self.crawler)
        found = article_url(row["url"])
        if found is None:
            raise ArchiveError(f"{row['file']}: not the URL of an article: {row['url']}")
        if is_transliterated(row["url"]):
            self.counts["other_script"] += 1
            return
        ref = ArticleRef(found.url, found.key, Source.WARC, captured_at=datetime.fromisoformat(row["at"]))
        stats.link("found")
        if not run.track_capture(ref):
            return
        if row["record"] is None:
            if row["invalid"]:
                stats.invalid(row["invalid"])
            run.finish(ref, Outcome(row["outcome"]), row["reason"])
            return
        for field in row["ambiguous"]:
            stats.ambiguous(field)
        self._process(row, ref, pipelines)

    def _process(self, row: dict[str, Any], ref: ArticleRef, pipelines: list[Any]) -> None:
        run = run_of(self.crawler)
        item = article_of_record(row["record"])
        try:
            for pipeline in pipelines:
                item = pipeline.process_item(item)
        except DropArticle as dropped:
            if run.is_pending(ref):
                run.finish(ref, dropped.outcome, dropped.reason)
        else:
            if run.is_pending(ref):
                run.finish(ref, Outcome.REVISED if item.revision > 1 else Outcome.NEW)

    @staticmethod
    def close(spider: Spider, reason: str) -> None:
        """Called by Scrapy at the end: count what the rows held."""
        assert isinstance(spider, RowsSpider)
        stats_of(spider.crawler).archive_read(spider.counts)

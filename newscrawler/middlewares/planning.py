"""Between the spider and everything else: has the run plan which of the URLs that sources name are fetched now."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from newscrawler.items import Article, Source
from newscrawler.run import ArticleRef, ArticleSource, article_of, run_of, source_of
from newscrawler.run.requests import is_planned

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class PlanningMiddleware(BaseSpiderMiddleware):
    """Stands next to the spider, before anything else sees its requests."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = run_of(crawler)
        crawler.signals.connect(self._spider_idle, scrapy_signals.spider_idle)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in start:
            for planned in self._plan([output], None):
                yield planned

    def process_spider_output(  # type: ignore[override]
        self, response: Response | None, result: Iterable[Any]
    ) -> Iterator[Any]:
        yield from self._plan(list(result), response)

    async def process_spider_output_async(  # type: ignore[override]
        self, response: Response | None, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        for output in self._plan([output async for output in result], response):
            yield output

    def _plan(self, outputs: list[Any], response: Response | None) -> Iterator[Any]:
        """What is to be done with a callback's outputs: all URLs of a source are planned at once."""
        request = response.request if response is not None else None
        named: list[Request] = []
        for output in outputs:
            if not isinstance(output, Request):
                if isinstance(output, Article) and response is not None and (ref := article_of(request)) is not None:
                    self._run.attach(ref, response)
                yield output
            elif article_of(output) is None:
                yield self._run.conditional(output) if source_of(output) is not None else output
            elif is_planned(output):
                yield output  # planned already: a backfill asks the run itself
            else:
                named.append(output)
        yield from self._run.plan(named)
        if response is not None and (source := source_of(request)) is not None:
            refs = [ref for output in named if (ref := article_of(output)) is not None]
            since = self._run.source_read(source, response, refs)
            spider = self.crawler.spider
            if since is not None and isinstance(spider, ArticleSource):
                logger.warning("%s: it no longer reaches back to the last run; reading the sitemaps", response.url)
                for output in spider.read_sitemaps_since(since):
                    yield self._run.conditional(output)

    def _spider_idle(self) -> None:
        """When all that the sources named is done: what else is due."""
        spider = self.crawler.spider
        if not isinstance(spider, ArticleSource):
            return
        assert self.crawler.engine is not None
        plans = self._run.due()
        for plan in plans:
            ref = ArticleRef(plan.url, plan.key, Source(plan.via))
            for request in self._run.schedule(spider.article_request(ref), plan):
                self.crawler.engine.crawl(request)
        if plans:
            raise DontCloseSpider

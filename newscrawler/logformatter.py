"""One line for a dropped record: Scrapy's own prints the whole record after the reason."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from newscrawler.exceptions import DropArticle

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class OneLineLogFormatter(LogFormatter):
    """The run logs drops with their URL; here they are only for debugging."""

    def __init__(self, *, debugging: bool = True) -> None:
        self._debugging = debugging

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        level = logging.getLevelNamesMapping().get(str(crawler.settings["LOG_LEVEL"]).upper(), logging.DEBUG)
        return cls(debugging=level <= logging.DEBUG)

    def crawled(  # type: ignore[override]  # Scrapy's documentation allows None: no line
        self, request: Request, response: Response, spider: Spider
    ) -> LogFormatterResult | None:
        """Called by Scrapy. It filters lines by level only after it has made them, two for every page."""
        return super().crawled(request, response, spider) if self._debugging else None

    def scraped(  # type: ignore[override]
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:
        return super().scraped(item, response, spider) if self._debugging else None

    def dropped(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        if isinstance(exception, DropArticle):
            return {"level": logging.DEBUG, "msg": "Dropped: %(exception)s", "args": {"exception": exception}}
        return super().dropped(item, exception, response, spider)

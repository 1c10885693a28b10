"""One line for a dropped record: Scrapy's own prints the whole record after the reason."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from newscrawler.pipelines.drop import DropArticle


class OneLineLogFormatter(LogFormatter):
    """Drops are logged by the outcomes extension, with their address; here they are only for debugging."""

    def dropped(
        self,
        item: Any,
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,
    ) -> LogFormatterResult:
        """Called by Scrapy."""
        if isinstance(exception, DropArticle):
            return {"level": logging.DEBUG, "msg": "Dropped: %(exception)s", "args": {"exception": exception}}
        return super().dropped(item, exception, response, spider)

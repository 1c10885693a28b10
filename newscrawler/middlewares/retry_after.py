"""Honours Retry-After: a server that says when to come back is not asked before."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


def seconds_to_wait(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, from its seconds or its date form; None when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class RetryAfterMiddleware:
    """Holds all requests to a host back until the time it named, at most NEWSCRAWLER_RETRY_AFTER_MAX seconds.

    A longer wait is not sat out: the answer goes to the spider as it is, which counts it as blocked.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._longest = crawler.settings.getfloat("NEWSCRAWLER_RETRY_AFTER_MAX")
        self._not_before: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until the host may be asked again."""
        if not self._not_before:
            return
        host = urlsplit(request.url).netloc
        while (wait := self._not_before.get(host, 0.0) - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Note the time that the host named."""
        header = response.headers.get("Retry-After")
        if response.status not in (429, 503) or header is None:
            return response
        wait = seconds_to_wait(header.decode("latin-1"), datetime.now(UTC))
        if wait is None:
            return response
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value("newscrawler/retry_after")
        host = urlsplit(request.url).netloc
        if wait > self._longest:
            logger.warning("%s asks to come back in %.0f s: not retried in this run", host, wait)
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True
        else:
            until = asyncio.get_running_loop().time() + wait
            self._not_before[host] = max(until, self._not_before.get(host, 0.0))
        return response

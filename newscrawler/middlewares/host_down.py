"""Leaves a host that is down alone: until it has answered once, only its first failure is worth a retry.

Robots file and three sources, each asked three times, would be a dozen requests an hour to a site in trouble. The
next scheduled run asks again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_RETRIED_FAILURES = 1


class HostDownMiddleware:
    """Keeps retries from hosts that have given this run nothing but failures."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._failures: Counter[str] = Counter()
        self._answered: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """A server error counts as a failure, any other answer shows that the host is there."""
        if response.status >= 500:
            self._failed(request)
        else:
            self._answered.add(urlsplit(request.url).netloc)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """No connection, no answer, or a broken one."""
        self._failed(request)

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host in self._answered:
            return
        self._failures[host] += 1
        if self._failures[host] > _RETRIED_FAILURES:
            assert self._crawler.stats is not None
            self._crawler.stats.inc_value("newscrawler/host_down/not_retried")
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True

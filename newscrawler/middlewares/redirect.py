"""Scrapy's redirects, without a Referer: no request of ours carries one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class NoReferrerRedirectMiddleware(RedirectMiddleware):
    """Does without RefererMiddleware, whose absence Scrapy's own warns of when the engine starts."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def handle_referer(self, request: Request, response: Response) -> None:
        """Called by Scrapy for each redirect."""

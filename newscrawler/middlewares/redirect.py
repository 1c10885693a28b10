"""Scrapy's redirects, but without a Referer, which no request of ours carries, and not to where a site says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response

from newscrawler.pages.blocked import refusal

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

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Called by Scrapy. A redirect to a login or block page is an answer, and is not followed."""
        return response if refusal(response) else super().process_response(request, response)

    def handle_referer(self, request: Request, response: Response) -> None:
        """Called by Scrapy for each redirect."""

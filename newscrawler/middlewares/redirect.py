"""Scrapy's redirects, without a Referer: no request of ours carries one."""

from __future__ import annotations

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response


class NoReferrerRedirectMiddleware(RedirectMiddleware):
    """Does without RefererMiddleware, for which Scrapy's own would ask in a warning."""

    def handle_referer(self, request: Request, response: Response) -> None:
        """Called by Scrapy for each redirect."""

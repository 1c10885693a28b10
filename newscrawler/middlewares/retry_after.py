"""Between the site's refusals and what is asked of it next: ``Refusals`` decides, this tells it and obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.http import Response

from newscrawler.middlewares.robots import ROBOTS_REQUEST
from newscrawler.pages.blocked import refusal
from newscrawler.refusals import Refusals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class RetryAfterMiddleware:
    """Reports every answer that says no, and holds requests back while the site is to be left in peace."""

    def __init__(self, crawler: Crawler) -> None:
        refusals = crawler.get_extension(Refusals)
        assert refusals is not None
        self._refusals = refusals

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until the site may be asked again."""
        await self._refusals.wait()

    async def process_response(self, request: Request, response: Response) -> Response:
        """Report a refusal."""
        kind = refusal(response)
        # That there is no robots file for us says nothing about the pages (RFC 9309, 2.3.1.3).
        if kind is not None and (ROBOTS_REQUEST not in request.meta or kind not in ("forbidden", "login")):
            self._refusals.refused(kind)
        if self._refusals.stopped:
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True
        return response

"""Scrapy's robots middleware, made to hold for requests that are sent while the robots file is on its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.robotstxt import RobotParser

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class OneFetchRobotsTxtMiddleware(RobotsTxtMiddleware):
    """One robots file a host, awaited by all.

    In Scrapy 2.19 all requests but the first wait for one Deferred, whose first waiter consumes the result: the
    others get None, which means "no robots file", and are sent. With three sources asked for at once, the third
    was fetched from a site whose robots file forbids everything.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._fetches: dict[str, asyncio.Future[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host; None when it has no robots file."""
        host = urlsplit(request.url).netloc
        if host not in self._fetches:
            self._fetches[host] = asyncio.ensure_future(super().robot_parser(request))
        # A request that is given up must not take the robots file from the others.
        return await asyncio.shield(self._fetches[host])

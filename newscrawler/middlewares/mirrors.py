"""Fetches from where NEWSCRAWLER_MIRRORS says, shows the site's own URLs, and asks no other host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from newscrawler.editions.mirrors import MirrorMap
from newscrawler.monitoring.stats import stats_of
from newscrawler.utils import FromCrawler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class MirrorsSpiderMiddleware(BaseSpiderMiddleware):
    """Sends the spider's requests to the mapped origins."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts = MirrorMap.parse(crawler.settings.getdict("NEWSCRAWLER_MIRRORS"))

    def get_processed_request(self, request: Request, response: Response | None) -> Request:
        url = self._hosts.fetch_url(request.url)
        return request if url == request.url else request.replace(url=url)


class MirrorsDownloaderMiddleware(FromCrawler):
    """Guards every request, redirects and robots files included, and undoes the mapping on responses."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts = MirrorMap.parse(crawler.settings.getdict("NEWSCRAWLER_MIRRORS"))

    def process_request(self, request: Request) -> Request | None:
        """Map what a redirect named by the site's own host; refuse what is neither the site's nor mapped."""
        if self._hosts.may_fetch(request.url):
            return None
        url = self._hosts.fetch_url(request.url)
        if url != request.url:
            return request.replace(url=url)
        stats_of(self._crawler).offsite_refused()
        raise IgnoreRequest(f"off-site: {request.url}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Show the spider the site's own URL."""
        url = self._hosts.site_url(response.url)
        return response if url == response.url else response.replace(url=url)

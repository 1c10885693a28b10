"""Answers requests for `warc:` addresses from files; see ``archive.Place``."""

from __future__ import annotations

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response

from newscrawler.archive import Place, read_page


class ArchiveDownloadHandler(BaseDownloadHandler):
    """Gives real responses, so that callbacks and pipelines are those of a crawl. ``meta["url"]`` is what was asked
    for when the page was captured.
    """

    lazy = True

    async def download_request(self, request: Request) -> Response:
        """The stored answer. Raises BrokenRecord when it can't be read."""
        limit = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        return read_page(Place.parse(request.url), request.meta["url"], limit)

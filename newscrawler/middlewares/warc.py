"""Stores every response as a WARC record, before anything else sees it; docs/use/archive.md."""

from __future__ import annotations

import logging
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import scrapy
from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import ArchiveError, WarcWriteError
from newscrawler.ledger import new_run_id
from newscrawler.monitoring.stats import stats_of
from newscrawler.run import run_of
from newscrawler.settings_check import warc_folder
from newscrawler.utils import FromCrawler, clock

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawler.archive.writer import ArchiveWriter

logger = logging.getLogger(__name__)

#: Size from which a file is followed by the next: the gigabyte that the WARC guidelines recommend.
MAX_FILE_BYTES = 1_000_000_000


class WarcMiddleware(FromCrawler):
    """Stands nearest the downloader, so that it has bytes and headers as they were received.

    ``request.meta["fetched_at"]`` is set to the record's time, which then is the article's too.
    """

    def __init__(self, crawler: Crawler) -> None:
        folder = warc_folder(crawler.settings)
        if folder is None:
            raise NotConfigured
        super().__init__(crawler)
        self._folder = folder
        self._hosts = MirrorMap.parse(crawler.settings.getdict("NEWSCRAWLER_MIRRORS"))
        self._now = clock()
        self._writer: ArchiveWriter | None = None
        self._failed: str | None = None
        crawler.signals.connect(self._spider_closed, scrapy_signals.spider_closed)

    def process_response(self, request: Request, response: Response) -> Response:
        """Write the response. Raises WarcWriteError, and stops the run, when it can't be written."""
        if not request.url.startswith(("http://", "https://")):
            return response
        if self._failed is not None:
            raise WarcWriteError(self._failed)
        # Most runs store no responses (docs/extend/speed.md#starting-up).
        from newscrawler.archive.writer import Exchange  # noqa: PLC0415

        now = self._now()
        request.meta["fetched_at"] = now
        try:
            if self._writer is None:
                self._writer = self._opened()
            self._writer.write(Exchange(self._hosts.site_url(response.url), now, request, response))
        except ArchiveError as error:
            self._failed = str(error)
            run_of(self._crawler).fail(error)
            raise WarcWriteError(self._failed) from error
        stats_of(self._crawler).warc_response()
        return response

    def _opened(self) -> ArchiveWriter:
        """Only now: the folder may be the run's, which is locked when the spider is opened."""
        from newscrawler.archive.writer import ArchiveWriter  # noqa: PLC0415

        settings = self._crawler.settings
        prefix = run_of(self._crawler).run_id or new_run_id(self._now())
        assert self._crawler.spider is not None
        info = {
            "software": f"{settings['BOT_NAME']} Scrapy/{scrapy.__version__} Python/{platform.python_version()}",
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": f"{self._crawler.spider.name} {prefix}",
            "robots": "obey" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            "http-header-user-agent": str(settings["USER_AGENT"]),
            "http-header-from": str(settings["NEWSCRAWLER_CONTACT"]),
        }
        for host, origin in self._hosts.origins.items():
            info["description"] = f"{host} was fetched from {origin}; the URLs in the records are the site's"
        return ArchiveWriter(Path(self._folder), prefix, max_bytes=MAX_FILE_BYTES, info=info)

    def _spider_closed(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.close()
        except ArchiveError as error:
            run_of(self._crawler).fail(error)

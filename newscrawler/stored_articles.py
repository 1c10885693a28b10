"""From an answer as it was stored to the record that a crawl would have made of it."""

from __future__ import annotations

import zlib
from datetime import datetime

import brotli
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.settings import Settings
from scrapy.statscollectors import DummyStatsCollector

from newscrawler.exceptions import PageError
from newscrawler.items import Article
from newscrawler.pages import parse_article


class StoredArticles:
    """Reads stored answers with the present extractor. ``most_bytes`` is the largest body, decoded."""

    def __init__(self, most_bytes: int) -> None:
        # A crawler of its own: the counts of one that is running are not of these pages.
        crawler = Crawler(Spider, Settings({"DOWNLOAD_MAXSIZE": most_bytes}))
        crawler.stats = DummyStatsCollector(crawler)
        self._middleware = HttpCompressionMiddleware.from_crawler(crawler)

    def read(self, stored: Response, at: datetime) -> Article:
        """The record of an answer that came at that time. Raises PageError when it gives none."""
        if stored.status != 200:
            raise PageError(f"the answer was {stored.status}")
        try:
            response = self._middleware.process_response(Request(stored.url), stored)
        except (OSError, EOFError, ValueError, zlib.error, brotli.error) as error:
            raise PageError(f"its Content-Encoding is not what it says: {error}") from error
        except IgnoreRequest as error:
            raise PageError(str(error)) from error
        if not isinstance(response, TextResponse):
            raise PageError("the answer is no text")
        return parse_article(response, now=at, address=stored.url).article

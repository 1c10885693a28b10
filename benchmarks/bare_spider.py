"""A bare Scrapy spider: fetches the addresses of a file and yields nothing.

    python -m benchmarks.bare_spider FILE STOPWATCH-FILE

It has the project's own settings, so that both crawls are tuned alike, less everything that is ours (pipelines,
middlewares, extensions, output) and less robots.txt. The log formatter stays: it makes fewer lines.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from benchmarks.stopwatch import EXTENSION, FILE_SETTING
from newscrawler import settings as project

#: Loopback needs no politeness; the same for both spiders.
NO_THROTTLE: dict[str, Any] = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "LOG_LEVEL": "ERROR",
}


class BareSpider(Spider):
    """Nothing but fetching."""

    name = "bare"
    addresses: tuple[str, ...] = ()

    async def start(self) -> AsyncIterator[Request]:
        """All addresses, unfiltered: the articles' spider knows its own too."""
        for address in self.addresses:
            yield Request(address, dont_filter=True)

    def parse(self, response: Response) -> None:
        """Take the response and drop it."""


def bare_settings() -> dict[str, Any]:
    """The project's settings without the project."""
    kept: dict[str, Any] = {}
    for name, value in vars(project).items():
        if not name.isupper() or name.startswith("NEWSCRAWLER_"):
            continue
        kept[name] = (
            {key: part for key, part in value.items() if not _is_ours(key) and not _is_ours(part)}
            if isinstance(value, dict)
            else value
        )
    # Ours stands in its place.
    kept["DOWNLOADER_MIDDLEWARES"].pop("scrapy.downloadermiddlewares.redirect.RedirectMiddleware", None)
    for name in ("SPIDER_MODULES", "NEWSPIDER_MODULE", "COMMANDS_MODULE"):
        kept.pop(name, None)
    return {**kept, "ROBOTSTXT_OBEY": False, **NO_THROTTLE}


def _is_ours(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("newscrawler.")


def main() -> None:
    """Crawl the addresses of the file once."""
    source, stopwatch = sys.argv[1:]
    BareSpider.addresses = tuple(json.loads(Path(source).read_text("utf-8")))
    settings = bare_settings()
    settings["EXTENSIONS"] = {**settings.get("EXTENSIONS", {}), EXTENSION: 0}
    settings[FILE_SETTING] = stopwatch
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler)
    process.start()
    assert crawler.stats is not None
    got = crawler.stats.get_value("downloader/response_status_count/200", 0)
    if got != len(BareSpider.addresses):
        sys.exit(f"{got} of {len(BareSpider.addresses)} addresses answered 200")


if __name__ == "__main__":
    main()

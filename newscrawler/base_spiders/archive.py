"""What spiders of stored pages share: captures in order, as requests."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from scrapy import Request, Spider

from newscrawler.base_spiders.article import ArticleSpider
from newscrawler.editions import EDITIONS, Edition, edition_of_code, is_transliterated
from newscrawler.exceptions import ArchiveError, ArgumentError
from newscrawler.items import Source
from newscrawler.run import ArticleRef, Scope, article_request
from newscrawler.settings import ITEM_PIPELINES

if TYPE_CHECKING:
    from newscrawler.archive import Capture

logger = logging.getLogger(__name__)

#: Lines about faults that are logged; further ones are only counted.
_MAX_LINES = 100


class FaultLog:
    """Logs what can't be read of an archive's files or rows."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._lines = 0

    def __call__(self, fault: str) -> None:
        """Log a fault, while there are not too many."""
        self._lines += 1
        if self._lines <= _MAX_LINES:
            logger.warning("%s", fault)
        elif self._lines == _MAX_LINES + 1:
            logger.warning("further faults of the %s are only counted", self._noun)


@dataclass(frozen=True, slots=True)
class ArchiveArguments:
    """The arguments of a crawl of stored pages."""

    #: The files, in the order given.
    warc: tuple[Path, ...]
    #: Section whose articles are wanted; all by default.
    section: str | None = None
    #: Edition whose articles are wanted; all by default.
    edition: Edition | None = None
    #: Archives of forms that are not read, in the folders that were named.
    passed_over: tuple[Path, ...] = ()

    @classmethod
    def parse(cls, given: dict[str, str]) -> ArchiveArguments:
        """Raises ArgumentError for an unknown name, or a file that is missing or no WARC file."""
        for name in given:
            if name not in ("warc", "section", "edition"):
                raise ArgumentError(f"unknown argument -a {name}=…; there are: warc, section, edition")
        if not given.get("warc"):
            raise ArgumentError("say which files: -a warc=FILES")
        # Scrapy imports every spider for any command (docs/extend/speed.md#starting-up).
        from newscrawler.archive import passed_over, warc_files  # noqa: PLC0415

        files, others = tuple(warc_files(given["warc"])), tuple(passed_over(given["warc"]))
        return cls(files, given.get("section"), _edition(given.get("edition")), others)

    def command(self, spider: str) -> str:
        """The name of what is asked for: runs over other files are not compared with this one."""
        files = "\n".join(str(path) for path in self.warc)
        section = "" if self.section is None else f" section={self.section!r}"
        edition = "" if self.edition is None else f" edition={self.edition.code}"
        return f"{spider}{section}{edition} warc={len(self.warc)} files, crc32 {zlib.crc32(files.encode()):08x}"


def _edition(code: str | None) -> Edition | None:
    if code is None:
        return None
    edition = edition_of_code(code)
    if edition is None:
        raise ArgumentError(f"edition={code}: no such edition; there are: {', '.join(e.code for e in EDITIONS)}")
    return edition


class ArchiveSpider(ArticleSpider):
    """Reads captures of articles, of all editions if none is named. No request leaves the machine."""

    custom_settings = MappingProxyType(  # type: ignore[assignment]
        {
            # No handler but the one for files.
            "DOWNLOAD_HANDLERS_BASE": {},
            "DOWNLOAD_HANDLERS": {"warc": "newscrawler.downloadhandlers.ArchiveDownloadHandler"},
            # A file needs no robots file, no pause, no retry, no user agent.
            "DOWNLOADER_MIDDLEWARES_BASE": {
                "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
                "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
            },
            "DOWNLOADER_MIDDLEWARES": {},
            "SPIDER_MIDDLEWARES_BASE": {},
            "SPIDER_MIDDLEWARES": {"newscrawler.middlewares.archive.ArchiveMiddleware": 950},
            # Ours alone: RowsSpider hands a record to each without an await.
            "ITEM_PIPELINES": ITEM_PIPELINES,
            "DOWNLOAD_SLOTS": {"warc": {"concurrency": 1, "delay": 0.0, "jitter": 0.0}},
        }
    )

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name)
        self.arguments = ArchiveArguments.parse(given)
        self._log_fault = FaultLog("files")
        #: What the files hold, by kind.
        self.counts: Counter[str] = Counter()

    def scope(self) -> Scope:
        """What the run is about."""
        return Scope(
            spider=self.name,
            command=self.arguments.command(self.name),
            edition="" if self.arguments.edition is None else self.arguments.edition.code,
            reads_archive=True,
        )

    @staticmethod
    def close(spider: Spider, reason: str) -> None:
        """Called by Scrapy at the end: count what the files held."""
        assert isinstance(spider, ArchiveSpider)
        spider._stats.archive_read(spider.counts)

    @classmethod
    def check_arguments(cls, given: dict[str, str], now: datetime | None = None) -> None:
        """Raise ArgumentError when ``-a`` arguments can't be used; nothing is started."""
        ArchiveArguments.parse(given)

    async def start(self) -> AsyncIterator[Request]:
        """All captures in order of time."""
        from newscrawler.archive import CaptureIndex  # noqa: PLC0415

        with CaptureIndex(self.arguments.warc, self._log_fault) as index:
            self.counts = index.counts
            for path in self.arguments.passed_over:
                self.counts["passed_over"] += 1
                self._log_fault(f"{path}: not read; make a WARC file of it (zstd -d, unzip, warcio recompress)")
            try:
                for _ in index.build():
                    await asyncio.sleep(0)
                for capture in index.captures():
                    if self._is_asked_for(capture):
                        yield self.capture_request(capture)
            except ArchiveError as error:
                self.run.source_failed(Source.WARC, "broken")
                logger.error("%s: no captures: %s", self.arguments.warc[0], error)

    def _is_asked_for(self, capture: Capture) -> bool:
        if self.arguments.edition not in (None, capture.article.edition):
            self.counts["other_edition"] += 1
            return False
        if is_transliterated(capture.url):
            self.counts["other_script"] += 1
            return False
        if self.arguments.section not in (None, capture.article.section):
            self.counts["other_section"] += 1
            return False
        return True

    def capture_request(self, capture: Capture) -> Request:
        """A request for a stored page."""
        ref = ArticleRef(capture.article.url, capture.article.key, Source.WARC, captured_at=capture.at)
        meta = {
            "capture": capture,
            "url": capture.url,
            "fetched_at": capture.at,
            "download_slot": "warc",
            "autothrottle_dont_adjust_delay": True,
        }
        return article_request(ref, self.parse, self.article_failed, url=capture.page.url, meta=meta)

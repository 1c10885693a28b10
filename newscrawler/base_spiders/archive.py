"""What spiders of stored pages share: captures go to the run and the pipelines in order of time. No request is made."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals
from scrapy.exceptions import DropItem
from scrapy.http import Response

from newscrawler.editions import EDITIONS, ArticleUrl, Edition, article_url, edition_of_code, is_transliterated
from newscrawler.exceptions import ArchiveError, ArgumentError, DropArticle
from newscrawler.items import Article, Source, article_of_record
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import ParsedPage
from newscrawler.pages.reading import Reading
from newscrawler.run import ArticleRef, Scope, run_of

if TYPE_CHECKING:
    from newscrawler.archive.captures import Capture

logger = logging.getLogger(__name__)

#: Lines about faults that are logged; further ones are only counted.
_MAX_LINES = 100
#: Captures after which others have a turn.
_AT_ONCE = 20


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
        from newscrawler.archive.reader import passed_over, warc_files  # noqa: PLC0415

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


@dataclass(frozen=True, slots=True)
class Stored:
    """A capture of an article. ``read`` gives what its page says, and the page where that is at hand."""

    article: ArticleUrl
    at: datetime
    read: Callable[[], tuple[Reading, Response | None]]


class StoredSpider(Spider):
    """Hands captures to the run one by one, since an article's next capture is compared with the last one's record.

    A request, a response and a callback for each would take as long as parsing the page.
    """

    custom_settings: Mapping[str, Any] = MappingProxyType(  # type: ignore[assignment]
        {
            "DOWNLOAD_HANDLERS_BASE": {},
            "DOWNLOAD_HANDLERS": {},
            "DOWNLOADER_MIDDLEWARES_BASE": {},
            "DOWNLOADER_MIDDLEWARES": {},
            "SPIDER_MIDDLEWARES_BASE": {},
            "SPIDER_MIDDLEWARES": {},
        }
    )
    #: What is read, for the log.
    noun = "files"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._log_fault = FaultLog(self.noun)
        #: What there was, by kind.
        self.counts: Counter[str] = Counter()

    def stored(self) -> Iterator[Stored | None]:
        """Captures in order of time; None now and then, so that others can have a turn.

        Raises ArchiveError or ArgumentError.
        """
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        """Called by Scrapy: read all captures."""
        run = run_of(self.crawler)
        try:
            for number, stored in enumerate(self.stored()):
                if stored is None or number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
                if not run.is_open:
                    break
                if stored is not None:
                    await self._take(stored)
        except (ArchiveError, ArgumentError) as error:
            run.source_failed(Source.WARC, "broken")
            logger.error("%s", error)
        return
        yield  # Scrapy requires an asynchronous generator

    async def _take(self, stored: Stored) -> None:
        run, stats = run_of(self.crawler), stats_of(self.crawler)
        ref = ArticleRef(stored.article.url, stored.article.key, Source.WARC, captured_at=stored.at)
        stats.link("found")
        if not run.track_capture(ref):
            return
        response = None
        try:
            reading, response = stored.read()
            if reading.invalid:
                stats.invalid(reading.invalid)
            if reading.page is None:
                assert reading.outcome is not None
                run.finish(ref, reading.outcome, reading.reason, response=response)
                return
            for field in reading.page.ambiguous:
                stats.ambiguous(field)
            await self._process(reading.page.article, ref)
        except DropItem as dropped:
            if run.is_pending(ref):
                outcome, reason = Outcome.INVALID, str(dropped)
                if isinstance(dropped, DropArticle):
                    outcome, reason = dropped.outcome, dropped.reason
                run.finish(ref, outcome, reason, response=response)
        except Exception as error:
            logger.error("%s: %s", ref.url, error, exc_info=True)
            stats.internal_error()
            if run.is_pending(ref):
                run.finish(ref, Outcome.FAILED, str(error), response=response)

    async def _process(self, article: Article, ref: ArticleRef) -> None:
        assert self.crawler.engine is not None
        run = run_of(self.crawler)
        article.discovered_via = Source.WARC
        article = await self.crawler.engine.scraper.itemproc.process_item_async(article)
        # Feed exports write what this signal brings.
        self.crawler.signals.send_catch_log(signals.item_scraped, item=article, response=None, spider=self)
        if run.is_pending(ref):
            run.finish(ref, Outcome.REVISED if article.revision > 1 else Outcome.NEW)

    @staticmethod
    def close(spider: Spider, reason: str) -> None:
        """Called by Scrapy at the end: count what there was."""
        assert isinstance(spider, StoredSpider)
        stats_of(spider.crawler).archive_read(spider.counts)


class ArchiveSpider(StoredSpider):
    """Reads captures of articles in WARC files, of all editions if none is named."""

    def __init__(self, name: str | None = None, **given: str) -> None:
        super().__init__(name)
        self.arguments = ArchiveArguments.parse(given)

    def scope(self) -> Scope:
        return Scope(
            spider=self.name,
            command=self.arguments.command(self.name),
            edition="" if self.arguments.edition is None else self.arguments.edition.code,
            reads_archive=True,
        )

    @classmethod
    def check_arguments(cls, given: dict[str, str], now: datetime | None = None) -> None:
        """Raise ArgumentError when ``-a`` arguments can't be used; nothing is started."""
        ArchiveArguments.parse(given)

    def stored(self) -> Iterator[Stored | None]:
        from newscrawler.archive.captures import CaptureIndex  # noqa: PLC0415
        from newscrawler.archive.reader import load  # noqa: PLC0415
        from newscrawler.archive.reextraction import StoredArticles  # noqa: PLC0415

        max_bytes = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        articles = StoredArticles(max_bytes)
        with CaptureIndex(self.arguments.warc, self._log_fault) as index:
            self.counts = index.counts
            for path in self.arguments.passed_over:
                self.counts["passed_over"] += 1
                self._log_fault(f"{path}: not read; make a WARC file of it (unxz, unzip, warcio recompress)")
            for _ in index.build():
                yield None
            for capture in index.captures():
                if self._is_asked_for(capture):
                    page = partial(load, capture.page.path, capture.page.offset, max_bytes)
                    read = partial(articles.reading, page, capture.url, capture.at)
                    yield Stored(capture.article, capture.at, read)

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


class RowsSpider(StoredSpider):
    """Stage two of reading archives: commits the rows of a folder, all editions together, as if their pages were
    parsed now; none is.
    """

    name = "archive_commit"
    noun = "rows"

    def __init__(self, name: str | None = None, *, rows: str) -> None:
        super().__init__(name)
        self._rows = rows

    def scope(self) -> Scope:
        return Scope(spider=self.name, command=f"{self.name} {self._rows}", reads_archive=True)

    def stored(self) -> Iterator[Stored | None]:
        # Scrapy imports every command for any of them (docs/extend/speed.md#starting-up).
        from newscrawler.archive.merging import MergedRows  # noqa: PLC0415
        from newscrawler.archive.stores import store_of  # noqa: PLC0415

        max_bytes = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        merged = MergedRows(store_of(self._rows), self._log_fault, max_bytes=max_bytes)
        self.counts = merged.counts
        for row in merged.captures():
            if row is None:
                yield None
                continue
            article = article_url(row["url"])
            if article is None:
                raise ArchiveError(f"{row['file']}: not the URL of an article: {row['url']}")
            if is_transliterated(row["url"]):
                self.counts["other_script"] += 1
                continue
            yield Stored(article, datetime.fromisoformat(row["at"]), partial(_read_row, row))


def _read_row(row: dict[str, Any]) -> tuple[Reading, Response | None]:
    if row["record"] is None:
        return Reading(outcome=Outcome(row["outcome"]), reason=row["reason"], invalid=row["invalid"]), None
    return Reading(ParsedPage(article_of_record(row["record"]), tuple(row["ambiguous"]))), None

"""Separates an edit from a new extractor's own changes, by the page of the old revision; docs/use/archive.md."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import brotli
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.settings import BaseSettings, Settings
from scrapy.signalmanager import SignalManager
from warcio.utils import Digester

from newscrawler.archive.payloads import StoredResponse, stored_responses
from newscrawler.archive.reader import Page, load, response_of
from newscrawler.editions import article_url
from newscrawler.exceptions import ArchiveError, BrokenRecord, PageError, TooLarge
from newscrawler.items import Article, Status, missing_fields, record_of
from newscrawler.ledger import Decision, Ledger, RevisionRow
from newscrawler.monitoring.stats import RunStats
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import parse_article
from newscrawler.pages.reading import Reading, read_response
from newscrawler.settings_check import WARC_FOLDER, warc_folder
from newscrawler.utils import parse_time

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class StoredRevisions:
    """The pages of known revisions in the run's folder of WARC files, which need not be there."""

    def __init__(self, settings: BaseSettings, stats: RunStats, *, renders: bool) -> None:
        self._stats = stats
        # What is stored is what the site sent; what a browser's scripts made of it would seem an edit.
        self._renders = renders
        self._folder = warc_folder(settings) or Path(settings["NEWSCRAWLER_DATA_DIR"]) / WARC_FOLDER
        self._max_bytes = settings.getint("DOWNLOAD_MAXSIZE")

    def reclassify(self, ledger: Ledger, record: Mapping[str, Any], decision: Decision) -> Decision:
        """Decide again on a record that another extractor version than its revision's made.

        As it was, when there is nothing to compare with. Counts what came of it.
        """
        old = None if self._renders else self._record_of_page(ledger, record)
        self._stats.reextracted(separated=old is not None)
        return decision if old is None else ledger.articles.decide(record, old)

    @cached_property
    def _articles(self) -> StoredArticles:
        return StoredArticles(self._max_bytes)

    def _record_of_page(self, ledger: Ledger, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the present extractor makes of the page of the revision with which a record is compared.

        None when that page was not stored, can't be read, or gives no complete record any more: a damaged one is logged
        in one line. Reads one row of the index and one WARC record.
        """
        line = _made_from_a_page(ledger, record)
        if line is None:
            return None
        if line.fetched_at == parse_time(record["fetched_at"]):
            return record  # an archive is read once more: this is the revision's own page
        try:
            for stored in stored_responses(self._folder, line.key, line.fetched_at):
                article = self._read(stored)
                if article is not None and (article.edition, article.article_id) == line.key:
                    return record_of(article)
        except ArchiveError as error:
            logger.warning("%s; what the new extractor alone makes of the page can't be told", error)
        return None

    def _read(self, stored: StoredResponse) -> Article | None:
        """The stored response's record. Raises ArchiveError when it is damaged."""
        page = load(stored.location.path, stored.location.offset, self._max_bytes)
        digester = Digester("sha1")
        digester.update(page.body)
        if str(digester) != stored.digest:
            raise ArchiveError(f"{stored.location}: not the page that the index says: {stored.url}")
        try:
            article = self._articles.read(response_of(page, stored.url), stored.at)
        except PageError as error:
            logger.info("%s: %s: gives no record now: %s", stored.location, stored.url, error)
            return None
        return None if any(missing_fields(article)) else article


def _made_from_a_page(ledger: Ledger, record: Mapping[str, Any]) -> RevisionRow | None:
    """The line whose page is asked for: of a withdrawn one the line before, whose content it repeats."""
    line = ledger.articles.revision_to_reextract(record)
    if line is None or line.status is not Status.WITHDRAWN:
        return line
    before = [
        other
        for other in ledger.lines.of_article(line.key)
        if other.status is not Status.WITHDRAWN
        and other.content_hash == line.content_hash
        and other.revision < line.revision
    ]
    return before[-1] if before else None


class StoredArticles:
    """Reads stored responses with the present extractor. ``max_bytes`` is the largest body, decoded."""

    def __init__(self, max_bytes: int) -> None:
        # Neither the crawler that runs, whose counts are not of these pages, nor another real one: making it would give
        # the log of the whole process its settings.
        crawler = SimpleNamespace(
            settings=Settings({"DOWNLOAD_MAXSIZE": max_bytes}), stats=None, signals=SignalManager()
        )
        self._middleware = HttpCompressionMiddleware.from_crawler(cast("Crawler", crawler))
        self.max_bytes = max_bytes

    def read(self, stored: Response, at: datetime) -> Article:
        """The record of a response that came at that time. Raises PageError when it gives none."""
        if stored.status != 200:
            raise PageError(f"status {stored.status}")
        response = self.decoded(stored)
        if not isinstance(response, TextResponse):
            raise PageError("the response is not text")
        return parse_article(response, now=at, url=stored.url).article

    def reading(self, load: Callable[[], Page], url: str, at: datetime) -> tuple[Reading, Response | None]:
        """What a capture of an article's URL says; ``load`` gives its page, or raises BrokenRecord."""
        article = article_url(url)
        assert article is not None
        try:
            response = self.decoded(response_of(load(), url))
        except TooLarge as error:
            return Reading(outcome=Outcome.HTTP_ERROR, reason=str(error)), None
        except (BrokenRecord, PageError) as error:
            return Reading(outcome=Outcome.FAILED, reason=str(error)), None
        return read_response(response, article.url, article.key, now=at), response

    def decoded(self, stored: Response) -> Response:
        """The response without its Content-Encoding.

        Raises PageError when that is not what it says it is, TooLarge when the body has more bytes than are read.
        """
        try:
            response = self._middleware.process_response(Request(stored.url), stored)
        except (OSError, EOFError, ValueError, zlib.error, brotli.error) as error:
            raise PageError(f"its Content-Encoding is not what it says: {error}") from error
        except IgnoreRequest as error:
            raise TooLarge(str(error)) from error
        assert isinstance(response, Response)
        return response

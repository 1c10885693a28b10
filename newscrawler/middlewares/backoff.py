"""Backoff from a site that blocks, and the downloader middlewares of blocked, failed and redirected responses.

``BlockBackoff`` counts blocks for all hosts and mirrors together, since they are one site. Middlewares and spiders
report to it, reached by ``backoff_of``. A block delays all requests; too many in a row, or a Retry-After that is longer
than a run waits, end the run, and a cooldown in the ledger keeps the next runs from sending requests.

- ``BackoffMiddleware`` reports blocked responses and delays requests.
- ``HostDownMiddleware`` keeps retries from a host that is down.
- ``NoReferrerRedirectMiddleware`` does not follow a redirect to a login or block page, so that it is reported.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from newscrawler.exceptions import SiteBlocked
from newscrawler.items import Source
from newscrawler.ledger import Cooldown
from newscrawler.middlewares.robots import ROBOTS_REQUEST
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import BlockReason
from newscrawler.pages.blocking import detect_block
from newscrawler.run import CrawlRun, run_of
from newscrawler.utils import FromCrawler, clock, format_time, seconds_to_wait

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Scrapy's finish reason of a run that was blocked; stored in ledgers under this name.
REASON = "refused"
#: Blocks in a row after which a run stops: one or two may concern single pages.
MAX_BLOCKS_IN_ROW = 5
#: The longest Retry-After, in seconds, that a run waits for; a longer one ends it. The service's time to stop
#: (TimeoutStopSec) must be longer than this and DOWNLOAD_TIMEOUT together.
MAX_RETRY_AFTER = 120.0
#: The wait after a 429 without Retry-After, or after the second block in a row, in DOWNLOAD_DELAYs; doubled with
#: each further one.
FIRST_WAIT_DELAYS = 10
#: Statuses with which Retry-After is obeyed.
_RETRY_AFTER_STATUSES = (403, 429, 451, 503)
#: Failures of a host, before its first response, after which nothing from it is retried.
_MAX_FAILURES_OF_HOST = 1


class BlockBackoff(FromCrawler):
    """Counts blocks, delays requests, and ends the run when the site keeps blocking."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        super().__init__(crawler)
        self._stats = stats_of(crawler)
        self._now = clock()
        self._first_wait = FIRST_WAIT_DELAYS * settings.getfloat("DOWNLOAD_DELAY")
        self._cooldown = timedelta(seconds=settings.getfloat("NEWSCRAWLER_BLOCK_COOLDOWN"))
        self._max_cooldown = timedelta(seconds=settings.getfloat("NEWSCRAWLER_BLOCK_COOLDOWN_MAX"))
        self._in_row = 0
        self._answered = False
        self._cooldowns_before = 0
        self._not_before = 0.0
        #: Whether no request may be sent any more.
        self.stopped = False
        self._why_stopped = "the site blocks us"
        connect = crawler.signals.connect
        connect(self._spider_opened, scrapy_signals.spider_opened)
        connect(self._response_downloaded, scrapy_signals.response_downloaded)

    def _spider_opened(self) -> None:
        """End a run that starts during a cooldown. The ledger is open already: RunExtension comes first."""
        if self._run.scope.reads_archive:
            return  # no request is sent: an old block must not stop it
        cooldown = self._run.cooldown()
        if cooldown is None:
            return
        self._cooldowns_before = cooldown.times
        # After a run with a wrong clock, a cooldown must not last for years.
        if not self._now() < cooldown.until <= self._now() + self._max_cooldown:
            return
        if self._crawler.settings.getbool("NEWSCRAWLER_IGNORE_COOLDOWN"):
            until = format_time(cooldown.until)
            logger.warning("Requests are sent in spite of a cooldown until %s: %s", until, cooldown.why)
            return
        self.stopped = True
        why = f"no request was sent: an earlier run was blocked ({cooldown.why})"
        self._stats.stopped_by_site(why, format_time(cooldown.until))
        raise CloseSpider(REASON)

    def _save_cooldown(self, until: datetime, why: str) -> None:
        self._run.save_cooldown(Cooldown(until, self._cooldowns_before + 1, why))

    @property
    def _run(self) -> CrawlRun:
        # Scrapy gives no extension before it has made them all.
        return run_of(self._crawler)

    def blocked(self, kind: BlockReason) -> None:
        """Report that a response was a block. Blocks in an archive say nothing about the site of now: ignored."""
        if self._run.scope.reads_archive:
            return
        self._stats.blocked(kind)
        self._in_row += 1
        if self.stopped:
            return
        if self._in_row >= MAX_BLOCKS_IN_ROW:
            self._stop(f"{self._in_row} blocks in a row, the last one {kind}", self._end_of_cooldown())
            return
        self._delay_requests(self._growing_wait(kind))
        # A run that gets only blocks, and too few to be stopped, leaves a cooldown too.
        if not self._answered and not self._run.scope.by_hand:
            until = self._end_of_cooldown()
            self._stats.next_visit(format_time(until))
            self._save_cooldown(until, f"only blocks, the last one {kind}")

    def _response_downloaded(self, response: Response) -> None:
        """Obey Retry-After at once: when middlewares see the response, the downloader has sent the next request."""
        header = response.headers.get("Retry-After")
        if response.status not in _RETRY_AFTER_STATUSES or header is None:
            return
        wait = seconds_to_wait(header.decode("latin-1"), datetime.now(UTC))
        if wait is None:
            return
        self._stats.retry_after()
        if self.stopped:
            return
        if wait <= MAX_RETRY_AFTER:
            self._delay_requests(wait)
            return
        kind = detect_block(response)
        if kind is None:
            # Blocks are counted when the middleware reports them; this status alone is none.
            kind = BlockReason.UNAVAILABLE
            self._stats.blocked(kind)
        logger.warning("%s: the site asks to come back in %.0f s: the run ends", response.url, wait)
        cooldown = min(timedelta(seconds=min(wait, 1e9)), self._max_cooldown)
        self._stop(f"the site asked to come back in {wait:.0f} s ({kind})", self._now() + cooldown)

    def _delay_requests(self, seconds: float) -> None:
        """Send no request for so many seconds."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)
        engine = self._crawler.engine
        assert engine is not None
        # What waits for its turn in the downloader has passed every middleware. (Without a delay none waits there.)
        for slot in engine.downloader.slots.values():
            slot.lastseen = max(slot.lastseen, monotonic() + seconds)

    async def wait(self) -> None:
        """Return when a request may be sent; raises SiteBlocked when none may in this run."""
        while not self.stopped and (left := self._not_before - asyncio.get_running_loop().time()) > 0:
            # In short steps: the run may be stopped while it waits.
            await asyncio.sleep(min(left, 1.0))
        if self.stopped:
            raise SiteBlocked(f"not requested: {self._why_stopped}")

    def stop_sending(self, why: str) -> int:
        """Send nothing from now on; how many requests were waiting to be sent."""
        if not self.stopped:
            self._why_stopped = why
        self.stopped = True
        return drop_waiting(self._crawler, why)

    def _growing_wait(self, kind: BlockReason) -> float:
        """One page alone may be forbidden; the second in a row, or a 429, is about this crawler."""
        if self._not_before > asyncio.get_running_loop().time():
            return 0.0  # Retry-After gave the time.
        doublings = self._in_row - (1 if kind is BlockReason.TOO_MANY_REQUESTS else 2)
        return min(self._first_wait * 2**doublings, MAX_RETRY_AFTER) if doublings >= 0 else 0.0

    def _end_of_cooldown(self) -> datetime:
        """Doubled with each run in a row that was blocked."""
        cooldown: timedelta = self._cooldown * 2 ** min(self._cooldowns_before, 20)
        return self._now() + min(cooldown, self._max_cooldown)

    def source_empty(self, source: Source, url: str) -> None:
        """Report a source without URLs: a block if it had some before, since some sites block with an empty page."""
        links_before = self._run.named_before(url)
        if links_before:
            logger.error("%s: it names no URL; the last time it named %d", url, links_before)
            self._run.source_emptied(source)
            self.blocked(BlockReason.EMPTY)

    def site_answered(self) -> None:
        """Report a response with the content that was requested: ends the row of blocks and the cooldown."""
        if self._run.scope.reads_archive:
            return
        self._in_row = 0
        if self._answered or self.stopped:
            return
        self._answered = True
        self._stats.next_visit(None)
        self._run.end_cooldown()

    def _stop(self, why: str, until: datetime) -> None:
        self.stopped = True
        self._stats.stopped_by_site(why, format_time(until))
        self._save_cooldown(until, why)
        drop_waiting(self._crawler, "the site blocks us")
        engine = self._crawler.engine
        assert engine is not None
        asyncio.get_running_loop().create_task(engine.close_spider_async(reason=REASON))


def drop_waiting(crawler: Crawler, why: str) -> int:
    """Let go of the requests that wait for their turn in the downloader; how many there were.

    They have passed every middleware, and would still be sent when the engine stops, one a DOWNLOAD_DELAY.
    """
    dropped = 0
    engine = crawler.engine
    for slot in engine.downloader.slots.values() if engine is not None else ():
        while slot.queue:
            slot.queue.popleft()[1].errback(SiteBlocked(f"not requested: {why}"))
            dropped += 1
    return dropped


def backoff_of(crawler: Crawler) -> BlockBackoff:
    """The crawl's backoff, from the moment that Scrapy has made its extensions."""
    backoff = crawler.get_extension(BlockBackoff)
    assert backoff is not None
    return backoff


class BackoffMiddleware(FromCrawler):
    """Reports blocked responses to BlockBackoff and delays requests while it backs off."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._backoff = backoff_of(crawler)

    async def process_request(self, request: Request) -> None:
        await self._backoff.wait()

    async def process_response(self, request: Request, response: Response) -> Response:
        kind = detect_block(response)
        # A robots.txt with 401 or 403 says nothing about the pages (RFC 9309, 2.3.1.3).
        if kind is not None and (
            ROBOTS_REQUEST not in request.meta or kind not in (BlockReason.FORBIDDEN, BlockReason.LOGIN)
        ):
            self._backoff.blocked(kind)
        if self._backoff.stopped:
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True
        return response


class HostDownMiddleware(FromCrawler):
    """Turns retries off for hosts from which this run has got only failures."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._failures: Counter[str] = Counter()
        self._hosts_up: set[str] = set()

    def process_response(self, request: Request, response: Response) -> Response:
        """Called by Scrapy. A server error counts as a failure; any other response shows that the host is up."""
        if response.status >= 500:
            self._failed(request)
        else:
            self._hosts_up.add(urlsplit(request.url).netloc)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Called by Scrapy. No connection, no response, or a broken one."""
        self._failed(request)

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host in self._hosts_up:
            return
        self._failures[host] += 1
        if self._failures[host] > _MAX_FAILURES_OF_HOST:
            stats_of(self._crawler).not_retried()
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True


class NoReferrerRedirectMiddleware(RedirectMiddleware):
    """Redirects without RefererMiddleware, of whose absence Scrapy's own middleware warns at the engine's start."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Called by Scrapy. A redirect to a login or block page is a response, and is not followed."""
        return response if detect_block(response) else super().process_response(request, response)

    def handle_referer(self, request: Request, response: Response) -> None:
        """Called by Scrapy for each redirect."""

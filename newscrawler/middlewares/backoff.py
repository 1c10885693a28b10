"""What happens when the site blocks us: requests wait, the run ends, and later runs stay away for a cooldown.

Middlewares and spiders report to ``BlockBackoff``; all hosts and mirrors count as one site. A block delays all
requests. Too many blocks in a row, or a Retry-After that is longer than a run waits, end the run, and the run keeps
the cooldown for the next ones.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
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
from newscrawler.pages.blocking import detect_block
from newscrawler.run import CrawlRun, run_of
from newscrawler.utils import clock, format_time

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Scrapy's finish reason of a run that the site stopped.
REASON = "refused"
#: Blocks in a row after which a run stops: one or two may be about a single page.
MAX_BLOCKS_IN_ROW = 5
#: The longest Retry-After, in seconds, that a run waits for; a longer one ends it. The service's time to stop
#: (TimeoutStopSec) must be longer than this and DOWNLOAD_TIMEOUT together.
MAX_RETRY_AFTER = 120.0
#: The wait after a 429 without Retry-After, or the second block in a row, in DOWNLOAD_DELAYs; doubled with each
#: further one.
FIRST_WAIT_DELAYS = 10
#: Failures of a host without a response after which its requests are not retried: it is down.
_RETRIED_FAILURES = 1
#: Statuses with which a Retry-After asks us to stay away.
_WITH_WAIT = (403, 429, 451, 503)


def seconds_to_wait(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, from its seconds or its date form; None when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def backoff_of(crawler: Crawler) -> BlockBackoff:
    """The crawl's backoff, from the moment that Scrapy has made its extensions."""
    backoff = crawler.get_extension(BlockBackoff)
    assert backoff is not None
    return backoff


class BlockBackoff:
    """Counts blocks by kind, one a response, and decides what follows from them."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._stats = stats_of(crawler)
        self._now = clock()
        self._first_wait = FIRST_WAIT_DELAYS * settings.getfloat("DOWNLOAD_DELAY")
        self._cooldown = timedelta(seconds=settings.getfloat("NEWSCRAWLER_BLOCK_COOLDOWN"))
        self._max_cooldown = timedelta(seconds=settings.getfloat("NEWSCRAWLER_BLOCK_COOLDOWN_MAX"))
        self._in_row = 0
        self._answered_once = False
        self._earlier = 0
        self._not_before = 0.0
        #: Whether nothing may be asked any more.
        self.stopped = False
        connect = crawler.signals.connect
        connect(self._spider_opened, scrapy_signals.spider_opened)
        connect(self._response_downloaded, scrapy_signals.response_downloaded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    # --- from run to run ---

    def _spider_opened(self) -> None:
        """End a run that comes before its time. The ledger is open: the incremental run's own handler comes first."""
        if self._run.scope.reads_archive:
            return  # no request is sent: an old block must not stop it
        pause = self._run.cooldown()
        if pause is None:
            return
        self._earlier = pause.times
        # A clock that was wrong must not keep the site away for years.
        if not self._now() < pause.until <= self._now() + self._max_cooldown:
            return
        if self._crawler.settings.getbool("NEWSCRAWLER_IGNORE_COOLDOWN"):
            logger.warning("The site is asked in spite of a cooldown until %s: %s", format_time(pause.until), pause.why)
            return
        self.stopped = True
        self._set_stop(f"no request was sent: an earlier run was blocked ({pause.why})", pause.until)
        raise CloseSpider(REASON)

    def _save_cooldown(self, until: datetime, why: str) -> None:
        self._run.save_cooldown(Cooldown(until, self._earlier + 1, why))

    @property
    def _run(self) -> CrawlRun:
        # Extensions can't be had while they are being made.
        return run_of(self._crawler)

    # --- reports ---

    def blocked(self, kind: str) -> None:
        """A response was a block. An archive asks nobody: what is stored in it says nothing about the site of now."""
        if self._run.scope.reads_archive:
            return
        self._stats.blocked(kind)
        self._in_row += 1
        if self.stopped:
            return
        if self._in_row >= MAX_BLOCKS_IN_ROW:
            self._stop(f"{self._in_row} blocks in a row, the last one {kind}", self._cooldown_after_this())
            return
        self._hold(self._growing_wait(kind))
        # A run that gets nothing but blocks, and too few to be stopped, keeps the next ones away too.
        if not self._answered_once and not self._run.scope.by_hand:
            until = self._cooldown_after_this()
            self._stats.next_visit(format_time(until))
            self._save_cooldown(until, f"only blocks, the last one {kind}")

    def _response_downloaded(self, response: Response) -> None:
        """Obey Retry-After at once: when middlewares see the response, the downloader has sent the next request."""
        header = response.headers.get("Retry-After")
        if response.status not in _WITH_WAIT or header is None:
            return
        wait = seconds_to_wait(header.decode("latin-1"), datetime.now(UTC))
        if wait is None:
            return
        self._stats.retry_after()
        if self.stopped:
            return
        if wait <= MAX_RETRY_AFTER:
            self._hold(wait)
            return
        kind = detect_block(response)
        if kind is None:
            # The others are counted when the middleware reports them.
            kind = "unavailable"
            self._stats.blocked(kind)
        logger.warning("%s: the site asks to come back in %.0f s: the run ends", response.url, wait)
        pause = min(timedelta(seconds=min(wait, 1e9)), self._max_cooldown)
        self._stop(f"the site asked to come back in {wait:.0f} s ({kind})", self._now() + pause)

    def _hold(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)
        engine = self._crawler.engine
        assert engine is not None
        # What waits for its turn in the downloader has passed every middleware. (Without a delay none waits there.)
        for slot in engine.downloader.slots.values():
            slot.lastseen = max(slot.lastseen, monotonic() + seconds)

    async def wait(self) -> None:
        """Return when the site may be asked; raises SiteBlocked when it may not in this run."""
        while not self.stopped and (left := self._not_before - asyncio.get_running_loop().time()) > 0:
            # In short steps: the run may be stopped meanwhile.
            await asyncio.sleep(min(left, 1.0))
        if self.stopped:
            raise SiteBlocked("not requested: the site blocks us")

    def _growing_wait(self, kind: str) -> float:
        """One page may be forbidden for itself; the second in a row, or a 429, is about us."""
        if self._not_before > asyncio.get_running_loop().time():
            return 0.0  # The site has said itself how long.
        doublings = self._in_row - (1 if kind == "too_many_requests" else 2)
        return min(self._first_wait * 2**doublings, MAX_RETRY_AFTER) if doublings >= 0 else 0.0

    def _cooldown_after_this(self) -> datetime:
        cooldown: timedelta = self._cooldown * 2 ** min(self._earlier, 20)
        return self._now() + min(cooldown, self._max_cooldown)

    def soft_block_detected(self, kind: str) -> None:
        """A page with status 200 was a guard's or a login."""
        self.blocked(kind)

    def source_empty(self, source: Source, url: str) -> None:
        """A source without URLs is a block if it had some before: an empty page is a cheap way to block."""
        named = self._run.named_before(url)
        if named:
            logger.error("%s: it names no URL; the last time it named %d", url, named)
            self._run.source_emptied(source)
            self.blocked("empty")

    def site_answered(self) -> None:
        """A response held what was asked for: the site lets us read."""
        if self._run.scope.reads_archive:
            return
        self._in_row = 0
        if self._answered_once or self.stopped:
            return
        self._answered_once = True
        self._stats.next_visit(None)
        self._run.end_cooldown()

    # --- the end ---

    def _stop(self, why: str, until: datetime) -> None:
        self.stopped = True
        self._set_stop(why, until)
        self._save_cooldown(until, why)
        engine = self._crawler.engine
        assert engine is not None
        # What waits for its turn in the downloader has passed every middleware; it would still be sent.
        for slot in engine.downloader.slots.values():
            while slot.queue:
                slot.queue.popleft()[1].errback(SiteBlocked("not requested: the site blocks us"))
        asyncio.get_running_loop().create_task(engine.close_spider_async(reason=REASON))

    def _set_stop(self, why: str, until: datetime) -> None:
        self._stats.stopped_by_site(why, format_time(until))


class BackoffMiddleware:
    """Reports blocked responses to BlockBackoff, and delays requests while it backs off."""

    def __init__(self, crawler: Crawler) -> None:
        self._backoff = backoff_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait until the site may be asked again."""
        await self._backoff.wait()

    async def process_response(self, request: Request, response: Response) -> Response:
        """Report a block."""
        kind = detect_block(response)
        # That there is no robots file for us says nothing about the pages (RFC 9309, 2.3.1.3).
        if kind is not None and (ROBOTS_REQUEST not in request.meta or kind not in ("forbidden", "login")):
            self._backoff.blocked(kind)
        if self._backoff.stopped:
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True
        return response


class HostDownMiddleware:
    """Keeps retries from hosts that have given this run nothing but failures."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._failures: Counter[str] = Counter()
        self._answered: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """A server error counts as a failure, any other response shows that the host is there."""
        if response.status >= 500:
            self._failed(request)
        else:
            self._answered.add(urlsplit(request.url).netloc)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """No connection, no response, or a broken one."""
        self._failed(request)

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host in self._answered:
            return
        self._failures[host] += 1
        if self._failures[host] > _RETRIED_FAILURES:
            stats_of(self._crawler).not_retried()
            # RetryMiddleware, which comes after, leaves such requests alone.
            request.meta["dont_retry"] = True


class NoReferrerRedirectMiddleware(RedirectMiddleware):
    """Does without RefererMiddleware, whose absence Scrapy's own warns of when the engine starts."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Called by Scrapy. A redirect to a login or block page is a response, and is not followed."""
        return response if detect_block(response) else super().process_response(request, response)

    def handle_referer(self, request: Request, response: Response) -> None:
        """Called by Scrapy for each redirect."""

"""robots.txt as RFC 9309 has it: a site whose file can't be had is not asked for anything.

Scrapy's middleware takes a file that can't be fetched, or is answered with an error, as one that allows everything,
and lets requests through that are sent while the file is on its way.
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler

from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable, SiteBlocked, plain_error
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import BlockReason
from newscrawler.pages.blocking import detect_block, detect_block_page
from newscrawler.run import run_of
from newscrawler.utils import clock

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Mark in the meta of a request for a robots file.
ROBOTS_REQUEST = "newscrawler_robots"
#: Bytes that are read; the rest is ignored. RFC 9309, 2.5, requires at least this much.
MAX_BYTES = 500 * 1024
#: The longest time between two requests that a run keeps to, in seconds: with a longer one it would read next to
#: nothing in an hour, and the site asks in effect to be left alone.
MAX_CRAWL_DELAY = 300
#: Age up to which a stored copy is used while the file is unreachable. RFC 9309, 2.4, would allow more.
_MAX_COPY_AGE = timedelta(hours=24)


class OneFetchRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Fetches robots.txt once a host; all requests to the host wait for it.

    In Scrapy 2.19 all requests but the first wait for one Deferred, whose first waiter consumes the result: the
    others get None, which means "no robots file", and are sent. With three sources asked for at once, the third
    was fetched from a site whose robots file forbids everything.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = run_of(crawler)
        self._now = clock()
        self._fetches: dict[str, asyncio.Future[RobotParser | str]] = {}
        #: Origins whose file asks for a time between requests.
        self._paced: set[str] = set()

    async def robot_parser(self, request: Request) -> RobotParser:
        """The rules of the request's host. Raises RobotsUnavailable when they are unknown."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._fetches:
            self._fetches[origin] = asyncio.ensure_future(self._rules(origin))
        # A request that is given up must not take the robots file from the others.
        rules = await asyncio.shield(self._fetches[origin])
        if isinstance(rules, str):
            raise RobotsUnavailable(f"{origin}/robots.txt: {rules}; no request is sent without it")
        if origin in self._paced:
            # What the file asks for is not made shorter because the site is fast.
            request.meta["autothrottle_dont_adjust_delay"] = True
        return rules

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Called by Scrapy's part. Raises RobotsForbidden where it raises an error known by its text only."""
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise RobotsForbidden(str(error)) from None

    async def _rules(self, origin: str) -> RobotParser | str:
        """The parsed file, or the reason why its rules are unknown."""
        request = Request(
            f"{origin}/robots.txt",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True, ROBOTS_REQUEST: True},
            callback=NO_CALLBACK,
        )
        self._stats.inc_value("robotstxt/request_count")
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except (asyncio.CancelledError, SiteBlocked):
            return "the site refuses"
        except IgnoreRequest as error:
            return self._unreachable(origin, str(error))
        except Exception as error:  # whatever a network can do
            return self._unreachable(origin, plain_error(error))
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        text = robots_text(response)
        if text is None:
            return self._unreachable(origin, f"answered {response.status}" + _block_kind_text(response))
        self._run.keep_robots(origin, text)
        return self._obeyed(origin, text)

    def _unreachable(self, origin: str, why: str) -> RobotParser | str:
        """The copy that an earlier run kept, if it is young; else the reason for asking nothing."""
        copy = self._run.robots_copy(origin)
        if copy is not None and timedelta(0) <= self._now() - copy[0] <= _MAX_COPY_AGE:
            logger.warning("%s/robots.txt: %s; the copy of %s is obeyed", origin, why, copy[0].isoformat())
            stats_of(self.crawler).robots_copy_used()
            return self._obeyed(origin, copy[1])
        logger.error("%s/robots.txt: %s", origin, why)
        stats_of(self.crawler).robots_unavailable(why)
        return why

    def _obeyed(self, origin: str, text: str) -> RobotParser | str:
        """The rules of a file, whose time between requests is kept from now on; or why nothing may be asked for."""
        agent = self._robotstxt_useragent or self.crawler.settings["USER_AGENT"]
        text = with_own_names(text, agent)
        seconds = seconds_between_requests(text, agent)
        if seconds > MAX_CRAWL_DELAY:
            why = f"it asks for {seconds:.0f} s between requests, more than the {MAX_CRAWL_DELAY} s that a run waits"
            logger.error("%s/robots.txt: %s", origin, why)
            stats_of(self.crawler).robots_unavailable(why)
            return why
        if seconds:
            self._pace(origin, seconds)
        rules: RobotParser = build_from_crawler(self._parserimpl, self.crawler, text.encode())
        return rules

    def _pace(self, origin: str, seconds: float) -> None:
        """Let so much time pass between the starts of two requests to a host, without the usual jitter."""
        assert self.crawler.engine is not None
        downloader, host = self.crawler.engine.downloader, urlsplit(origin).hostname or ""
        slot = downloader.slots.get(host)
        delay = max(seconds, slot.delay if slot else 0.0, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        # A slot that was idle for a minute is made anew from the settings.
        downloader.per_slot_settings = {
            **downloader.per_slot_settings,
            host: {"delay": delay, "concurrency": 1, "jitter": 0.0},
        }
        if slot is not None:
            slot.delay, slot.jitter, slot.concurrency = delay, 0.0, 1
        self._paced.add(origin)
        logger.info("%s/robots.txt asks for %g s between requests", origin, seconds)


def with_own_names(text: str, agent: str) -> str:
    """The file, with what follows our product token in a `User-agent` line left out.

    RFC 9309, 2.2.1, compares product tokens; sites write what they see in their log, such as `newscrawler/1.0`.
    """
    token = re.escape(re.split(r"[/\s]", agent, maxsplit=1)[0])
    return re.sub(rf"(?im)^([ \t]*user-agent[ \t]*:[ \t]*{token})(?![\w-]).*$", r"\1", text)


def seconds_between_requests(text: str, agent: str) -> float:
    """What the agent's group asks for in `Crawl-delay` or `Request-rate`, the longer one; 0 for neither."""
    rules = Protego.parse(text)
    rate = rules.request_rate(agent)
    every = rate.seconds / rate.requests if rate is not None and rate.requests else 0.0
    asked = rules.crawl_delay(agent) or 0.0
    return max(every, 0.0 if math.isnan(asked) else asked)


def robots_text(response: Response) -> str | None:
    """The text of robots.txt; empty if there is none; None if it is unknown.

    429 does not mean that there is no file, as other 4xx do: it is about our request rate, so it is not a permission.
    An HTML page is not a robots file; a challenge or login page means that we are blocked.
    """
    status = response.status
    if 400 <= status < 500 and status != 429:
        return ""
    if status != 200:
        return None
    body = response.body[:MAX_BYTES]
    if len(response.body) > MAX_BYTES:
        # The line that was cut might forbid less than the whole one: "Disallow: /a" of "Disallow: /a$".
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    encoding = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(body[:2], "utf-8-sig")
    text = body.decode(encoding, "replace")
    if text.lstrip().startswith("<"):
        return None if _detect_block_page(response) else ""
    return text


def _detect_block_page(response: Response) -> BlockReason | None:
    """The kind of block page that was sent instead of robots.txt."""
    page = HtmlResponse(response.url, status=200, body=response.body, encoding="utf-8")
    return detect_block_page(page)


def _block_kind_text(response: Response) -> str:
    kind = detect_block(response) or (_detect_block_page(response) if response.status == 200 else None)
    return f" ({kind})" if kind else ""

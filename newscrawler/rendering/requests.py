"""Fulfils every request of a page in the browser. The browser itself can reach no host.

The page is what the crawl has fetched. What its scripts ask for is fetched by the crawl as well, so that delays,
robots.txt, mapped hosts, Retry-After and the user agent hold for it as for anything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route
from playwright.async_api import Request as BrowserRequest
from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable
from newscrawler.monitoring.stats import stats_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Pictures, styles, fonts and films hold nothing of a record; a stream does not end.
_WANTED = ("script", "xhr", "fetch")
#: Challenges of guards are not requested (docs/operate/politeness.md).
_GUARDS = ("/.well-known/", "/cdn-cgi/")
#: Requests of one page at most: a script may send them without end.
_MAX_REQUESTS = 50
#: Seconds for one of them, so that a long poll does not hold up the crawl.
_SECONDS = 10
#: Before other pages: the browser waits for it.
_PRIORITY = 100
_KEPT_SCRIPTS = 100
_KEPT_SCRIPT_BYTES = 2_000_000
HTML = "text/html; charset=utf-8"


class Scripts:
    """The site's scripts, fetched once a run: the browser caches none whose request is fulfilled here."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, asyncio.Task[Response | None]] = OrderedDict()

    async def get(self, url: str, fetch: Callable[[], Coroutine[Any, Any, Response | None]]) -> Response | None:
        """The script, fetched if it was not. Pages that ask for it at the same time share one request."""
        if url not in self._kept:
            self._kept[url] = asyncio.create_task(fetch())
        task = self._kept[url]
        # A page that is given up must not take the script from the others.
        response = await asyncio.shield(task)
        if response is None or response.status != 200 or len(response.body) > _KEPT_SCRIPT_BYTES:
            self._kept.pop(url, None)
        while len(self._kept) > _KEPT_SCRIPTS:
            self._kept.popitem(last=False)
        return response


class PageRequests:
    """The requests of one page. ``html`` is the page as it was fetched, in UTF-8."""

    def __init__(
        self,
        crawler: Crawler,
        hosts: MirrorMap,
        scripts: Scripts,
        url: str,
        html: bytes,
        abort: Callable[[BrowserRequest], Awaitable[bool] | bool] | None = None,
    ) -> None:
        self._crawler = crawler
        self._hosts = hosts
        self._scripts = scripts
        self._url = url
        self._html = html
        self._abort = abort
        self._page: Page | None = None
        self._documents = 0
        self._asked = 0
        #: Requests on their way.
        self.pending = 0
        #: Whether robots.txt forbade one of them.
        self.robots_refused = False

    async def attach(self, page: Page) -> None:
        """Fulfil a page's requests from now on."""
        self._page = page
        await page.route("**", self._answer)
        await page.route_web_socket("**", lambda socket: socket.close())

    async def allows(self, url: str) -> bool:
        """Whether the crawl may ask for a URL: it is the site's, and robots.txt allows it."""
        target = self._hosts.fetch_url(url)
        if not self._hosts.may_fetch(target):
            return False
        robots = self._crawler.get_downloader_middleware(RobotsTxtMiddleware)
        try:
            if robots is not None:
                await robots.process_request(Request(target))
        except IgnoreRequest:
            return False
        return True

    async def _answer(self, route: Route) -> None:
        """Called by Playwright for each request of the page."""
        self.pending += 1
        try:
            await self._answer_one(route)
        except PlaywrightError as error:
            # The page has been closed.
            logger.debug("%s: %s", route.request.url, error)
        finally:
            self.pending -= 1

    async def _answer_one(self, route: Route) -> None:
        request = route.request
        if request.is_navigation_request():
            await self._answer_navigation(route)
            return
        why = self._why_not(request) or await self._aborted(request)
        if why is not None:
            self._refused(why)
            await route.abort("blockedbyclient")
            return
        if request.resource_type == "script":
            response = await self._scripts.get(request.url, lambda: self._fetch(request))
        else:
            response = await self._fetch(request)
        if response is None:
            await route.abort("failed")
            return
        kind = (response.headers.get("Content-Type") or b"text/plain").decode("latin-1")
        await route.fulfill(status=response.status, body=response.body, headers={"content-type": kind})

    async def _answer_navigation(self, route: Route) -> None:
        """The page itself, which may reload itself once (cookie walls do). It may lead nowhere else."""
        request = route.request
        own = self._page is not None and request.frame == self._page.main_frame and request.url == self._url
        if own and request.method == "GET" and self._documents < 2:
            self._documents += 1
            body: bytes | None = self._html if self._documents == 1 else await self._reloaded(request)
            if body is not None:
                await route.fulfill(status=200, body=body, headers={"content-type": HTML})
                return
        self._refused("navigation")
        # "aborted" leaves the page as it is; for any other reason the browser would show its own page instead.
        await route.abort("aborted")

    async def _reloaded(self, request: BrowserRequest) -> bytes | None:
        response = await self._fetch(request)
        return response.body if response is not None and response.status == 200 else None

    def _why_not(self, request: BrowserRequest) -> str | None:
        """Why a request is not sent, in a word; None if it may be."""
        if request.resource_type not in _WANTED:
            return request.resource_type
        if not self._hosts.may_fetch(self._hosts.fetch_url(request.url)):
            return "host"
        if request.method != "GET":
            return "method"
        if any(guard in request.url for guard in _GUARDS):
            return "guard"
        if self._asked >= _MAX_REQUESTS:
            return "too_many"
        return None

    async def _aborted(self, request: BrowserRequest) -> str | None:
        """Whether PLAYWRIGHT_ABORT_REQUEST refuses a request that our own rules allow."""
        if self._abort is None:
            return None
        aborted = self._abort(request)
        return "abort_request" if (await aborted if isawaitable(aborted) else aborted) else None

    async def _fetch(self, request: BrowserRequest) -> Response | None:
        """The site's response to a request of the page, through the crawl's own downloader."""
        self._asked += 1
        stats_of(self._crawler).render("requests")
        headers = {name: value for name, value in request.headers.items() if name in ("accept", "x-requested-with")}
        if cookies := await self._cookies(request.url):
            headers["Cookie"] = cookies
        meta: dict[str, Any] = {
            "download_timeout": _SECONDS,
            "dont_retry": True,
            # A long poll says nothing about how fast the site is.
            "autothrottle_dont_adjust_delay": True,
        }
        assert self._crawler.engine is not None
        try:
            return await self._crawler.engine.download_async(
                Request(request.url, NO_CALLBACK, headers=headers, meta=meta, priority=_PRIORITY, dont_filter=True)
            )
        except (RobotsForbidden, RobotsUnavailable):
            self.robots_refused = True
            self._refused("robots")
        except IgnoreRequest:
            self._refused("crawl")
        except Exception as error:
            # One script's request has failed; the page is rendered without it.
            logger.debug("%s: %s: %s", request.url, type(error).__name__, error)
            stats_of(self._crawler).render("requests_failed")
        return None

    async def _cookies(self, url: str) -> str:
        assert self._page is not None
        cookies = await self._page.context.cookies(url)
        return "; ".join(f"{cookie.get('name')}={cookie.get('value')}" for cookie in cookies)

    def _refused(self, why: str) -> None:
        stats_of(self._crawler).render_refused(why)

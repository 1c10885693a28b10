"""Pages of a browser: scrapy-playwright's, bounded in number, in time and in memory."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as BrowserRequest
from scrapy import Request
from scrapy.http import HtmlResponse
from scrapy.utils.misc import load_object
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # type: ignore[import-untyped]

from newscrawler.pages.listings import parse_listing
from newscrawler.rendering.requests import PageRequests

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Pages open at once; each keeps a core busy.
PAGES_AT_ONCE = 2
#: Pages after which a context, with its cookies and what the browser kept of its pages, is thrown away.
PAGES_A_CONTEXT = 50
#: Keys of scrapy-playwright that are handed on as they are.
_PASSED_ON = ("playwright_page_methods", "playwright_page_event_handlers")
#: Seconds for the browser to start and open a page; the page's own time begins after that.
_STARTING = 60.0
#: Seconds within which a page must close before its context is given up.
_CLOSING = 5.0


class Browser:
    """The browser of a run, started by scrapy-playwright when the first page is opened."""

    def __init__(self, crawler: Crawler) -> None:
        # Not registered as a download handler: pages are fetched by the crawl, and each registered scheme would start
        # a driver and a browser of its own.
        self._handler = ScrapyPlaywrightDownloadHandler.from_crawler(crawler)
        self._free = asyncio.Semaphore(PAGES_AT_ONCE)
        self._context_kwargs = {
            "user_agent": crawler.settings["USER_AGENT"],
            "accept_downloads": False,
            "service_workers": "block",
            "locale": "en-US",
            "timezone_id": "UTC",
        }
        self._opened = 0
        self._in_use: Counter[str] = Counter()
        self._contexts: dict[str, BrowserContext] = {}
        self._current = ""

    @property
    def abort_request(self) -> Callable[[BrowserRequest], Awaitable[bool] | bool] | None:
        """The callable that PLAYWRIGHT_ABORT_REQUEST names."""
        abort: Callable[[BrowserRequest], Awaitable[bool] | bool] | None = self._handler.abort_request
        return abort

    @asynccontextmanager
    async def page(
        self, request: Request, url: str, prepare: Callable[[Page], Awaitable[None]], seconds: float
    ) -> AsyncIterator[_Open]:
        """Open ``url`` in a page whose requests ``prepare`` handles; close it afterwards.

        scrapy-playwright applies the page methods, event handlers and goto arguments in the meta of ``request``. The
        block has ``seconds`` from when the page is opened, and may ask for more.

        Raises:
            TimeoutError: it took longer.
            playwright.async_api.Error: the browser failed.
        """
        async with self._free:
            name = self._context_name()
            self._in_use[name] += 1
            opened: list[Page] = []
            limit = asyncio.timeout(_STARTING)

            async def init(page: Page, opening: Request) -> None:
                limit.reschedule(asyncio.get_running_loop().time() + seconds)
                opened.append(page)
                self._contexts[name] = page.context
                page.on("popup", _close_soon)
                # A page that is closed by now fails when it is to open its URL.
                with suppress(PlaywrightError):
                    await page.add_init_script(QUIET)
                    await prepare(page)
                if (callback := request.meta.get("playwright_page_init_callback")) is not None:
                    await load_object(callback)(page, opening)

            try:
                async with limit:
                    await self._handler.download_request(self._request(request, url, name, init, seconds))
                    yield _Open(opened[0], limit, seconds)
            finally:
                self._in_use[name] -= 1
                await self._close_page(name, opened)

    async def close(self) -> None:
        """Close everything. What does not close in time ends with the driver."""
        try:
            async with asyncio.timeout(2 * _CLOSING):
                await self._handler.close()
        except (TimeoutError, PlaywrightError) as error:
            logger.warning("the browser did not close: %s", error)

    def _context_name(self) -> str:
        if self._opened % PAGES_A_CONTEXT == 0:
            self._current = f"pages-{self._opened}"
        self._opened += 1
        return self._current

    def _request(
        self, asked: Request, url: str, context: str, init: Callable[[Page, Request], Awaitable[None]], seconds: float
    ) -> Request:
        goto = {"timeout": seconds * 1000, **asked.meta.get("playwright_page_goto_kwargs", {})}
        if not asked.meta.get("playwright"):
            # What is looked for may stand there long before everything has been loaded.
            goto["wait_until"] = "domcontentloaded"
        return Request(
            url,
            headers={"User-Agent": self._context_kwargs["user_agent"]},
            meta={
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": context,
                "playwright_context_kwargs": self._context_kwargs,
                "playwright_page_init_callback": init,
                "playwright_page_goto_kwargs": goto,
                **{key: asked.meta[key] for key in _PASSED_ON if key in asked.meta},
            },
        )

    async def _close_page(self, name: str, opened: list[Page]) -> None:
        stuck = not opened
        for page in opened:
            stuck |= not await _closed(page.close())
        if stuck and name == self._current:
            # A page that can't be closed, or was not yet known when its time was up, goes with its context.
            self._opened += -self._opened % PAGES_A_CONTEXT
        if not self._in_use[name] and (name != self._current or self._opened % PAGES_A_CONTEXT == 0):
            del self._in_use[name]
            context = self._contexts.pop(name, None)
            if context is not None:
                await _closed(context.close())


class _Open:
    """An open page, and how long it may take."""

    def __init__(self, page: Page, limit: asyncio.Timeout, seconds: float) -> None:
        self.page = page
        self._limit = limit
        self._seconds = seconds

    def more_time(self, seconds: float = 0.0) -> None:
        """Start its time anew, with so many seconds on top."""
        self._limit.reschedule(asyncio.get_running_loop().time() + self._seconds + seconds)


async def _closed(closing: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(_CLOSING):
            await closing
    except (TimeoutError, PlaywrightError) as error:
        logger.debug("not closed: %s", error)
        return False
    return True


async def _close_soon(popup: Page) -> None:
    await _closed(popup.close())


#: A page is at rest when nothing has changed for this long and nothing is on its way (seconds).
_QUIET = 0.25
_LOOK = 0.05
#: A page that never comes to rest is taken as it is after this long (seconds).
_MAX_WAIT = 5.0
#: What a page asks for at first comes one by one, at the crawl's pace: so many requests are waited for on top.
_TURNS = 5
#: A page that is at rest and holds nothing yet may still have a script that waits (seconds).
_NOTHING_YET = 2.0
#: Boxes about cookies that are accepted at most.
_BOXES = 2

#: Whether a page's source holds what is looked for.
Ready = Callable[[str], bool]


class LivePage:
    """A page that is open in the browser. ``turn`` is how long each of its requests waits for its turn (seconds)."""

    def __init__(self, page: Page, requests: PageRequests, ready: Ready, turn: float) -> None:
        self._page = page
        self._max_wait = _MAX_WAIT + _TURNS * turn
        self._requests = requests
        self._ready = ready

    async def wait_until_stable(self) -> None:
        """Wait until the page holds what is looked for and is at rest, up to a bound; accept cookies."""
        end = _now() + self._max_wait
        await self._rest(end)
        nothing_yet, accepted = _now() + _NOTHING_YET, 0
        while _now() < end:
            # The box may come late, and with it all that stands behind it; it may also stay, whatever is clicked.
            if accepted < _BOXES and await self._ask(ACCEPT_COOKIES):
                accepted += 1
                nothing_yet = _now() + _NOTHING_YET
                await self._rest(end)
                continue
            if _now() >= nothing_yet or self._ready(await self.source()):
                return
            await asyncio.sleep(_LOOK)
            await self._rest(end)

    async def source(self) -> str:
        """The page as it is now."""
        while True:
            try:
                return await self._page.content()
            except PlaywrightError as error:
                if not _is_navigating(error):
                    raise
                await asyncio.sleep(_LOOK)

    async def load_more(self, url: str, clicks: int, pause: Callable[[], Awaitable[None]]) -> int:
        """Click "load more" while it brings more entries and robots.txt allows it; how often it did."""
        entries, more = _listing(url, await self.source())
        for done in range(clicks):
            if not entries or not await self._ask(HAS_MORE):
                return done
            if more is not None and not await self._requests.allows(more):
                return done
            await pause()
            await self._ask(CLICK_MORE)
            before, end = entries, _now() + self._max_wait
            while entries <= before and _now() < end:
                await self._rest(end)
                entries, more = _listing(url, await self.source())
                if self._requests.robots_refused or not await self._ask(HAS_MORE):
                    break
            if entries <= before:
                return done
        return clicks

    async def _rest(self, end: float) -> None:
        size, since = None, _now()
        while (now := _now()) < end:
            seen = await self._ask(SIZE)
            if seen != size or self._requests.pending:
                size, since = seen, now
            elif now - since >= _QUIET:
                return
            await asyncio.sleep(_LOOK)

    async def _ask(self, script: str) -> Any:
        """The script's result; None while the page is being loaded anew."""
        try:
            return await self._page.evaluate(script)
        except PlaywrightError as error:
            if not _is_navigating(error):
                raise
            return None


def _listing(url: str, source: str) -> tuple[int, str | None]:
    listing = parse_listing(HtmlResponse(url, body=source.encode("utf-8", "replace"), encoding="utf-8"))
    return len(listing.entries), listing.more_url


def _is_navigating(error: PlaywrightError) -> bool:
    return "navigat" in error.message


def _now() -> float:
    return asyncio.get_running_loop().time()


#: A number that changes when anything is added, removed or written.
SIZE = "() => document.getElementsByTagName('*').length * 1e6 + (document.body ? document.body.textContent.length : 0)"

#: The button that loads more of a listing (docs/extend/site.md#listings), the one with a URL before others.
_BUTTON = """
    const more = document.querySelector('#listingBtn')
        || document.querySelector('button[data-href*="/listing/"], [data-href*="/listing/"] button')
        || document.querySelector('[data-href*="/listing/"], div.button a[href*="/listing/"]');
"""
HAS_MORE = f"() => {{ {_BUTTON} return more !== null; }}"
CLICK_MORE = f"() => {{ {_BUTTON} if (more) {{ more.click(); }} }}"

#: Accepts the cookies in a box that is about cookies, and hides such boxes that lie over the page.
ACCEPT_COOKIES = """() => {
    const about = /cookie|consent|gdpr/i;
    const yes = /^\\W*(accept|agree|allow|i agree|i accept|got it|ok)\\b/i;
    const boxes = [...document.querySelectorAll('div, section, aside, dialog, form, footer')].filter(
        (box) => about.test(box.id + ' ' + (box.getAttribute('class') || '')));
    const buttons = boxes.flatMap((box) => [...box.querySelectorAll('button, [role="button"], input[type="button"]')]);
    const accept = buttons.find((button) => yes.test(button.textContent || button.value || ''))
        || document.querySelector('.js-cookies-button');
    if (accept) { accept.click(); }
    for (const box of boxes) {
        if (box.isConnected && ['fixed', 'sticky'].includes(getComputedStyle(box).position)) {
            box.style.display = 'none';
        }
    }
    return Boolean(accept);
}"""

#: A page opens no windows; no dialog is accepted.
QUIET = "window.open = () => null;"

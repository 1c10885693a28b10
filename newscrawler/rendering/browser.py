"""Pages of a browser: scrapy-playwright's, bounded in number, in time and in memory."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from playwright.async_api import BrowserContext, Page
from playwright.async_api import Error as PlaywrightError
from scrapy import Request
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # type: ignore[import-untyped]

from newscrawler.rendering.scripts import QUIET

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Pages open at once; each keeps a core busy.
PAGES_AT_ONCE = 2
#: Pages after which a context, with its cookies and what the browser kept of its pages, is thrown away.
PAGES_A_CONTEXT = 50
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

    @asynccontextmanager
    async def page(self, url: str, prepare: Callable[[Page], Awaitable[None]], seconds: float) -> AsyncIterator[_Open]:
        """A page with that address, its requests answered by whatever ``prepare`` sets up; closed on the way out.

        The block has ``seconds`` from when it is the page's turn, and may ask for more.

        Raises:
            TimeoutError: it took longer.
            playwright.async_api.Error: the browser failed.
        """
        async with self._free:
            name = self._context_name()
            self._in_use[name] += 1
            opened: list[Page] = []
            limit = asyncio.timeout(_STARTING)

            async def init(page: Page, _: Request) -> None:
                limit.reschedule(asyncio.get_running_loop().time() + seconds)
                opened.append(page)
                self._contexts[name] = page.context
                page.on("popup", _close_soon)
                # A page that is closed by now fails when it is to go to its address.
                with suppress(PlaywrightError):
                    await page.add_init_script(QUIET)
                    await prepare(page)

            try:
                async with limit:
                    await self._handler.download_request(self._request(url, name, init, seconds))
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
        self, url: str, context: str, init: Callable[[Page, Request], Awaitable[None]], seconds: float
    ) -> Request:
        return Request(
            url,
            headers={"User-Agent": self._context_kwargs["user_agent"]},
            meta={
                "playwright": True,
                "playwright_include_page": True,
                "playwright_context": context,
                "playwright_context_kwargs": self._context_kwargs,
                "playwright_page_init_callback": init,
                "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded", "timeout": seconds * 1000},
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

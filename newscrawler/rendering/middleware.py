"""Shows the spider some pages as a browser shows them.

A page is fetched like any other, so that robots.txt, delays, redirects, retries and refusals are what they always are.
What came is then opened in Chromium, and the spider gets what the scripts have made of it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.async_api import Error as PlaywrightError
from scrapy import Request, signals
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import DownloadFailedError, NotSupported
from scrapy.http import HtmlResponse, Response

from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import PageError
from newscrawler.items import Source
from newscrawler.monitoring.stats import stats_of
from newscrawler.pages import html
from newscrawler.pages.article import parse_article
from newscrawler.pages.blocking import detect_block_page
from newscrawler.pages.listings import parse_listing
from newscrawler.rendering.browser import Browser, LivePage
from newscrawler.rendering.requests import HTML, PageRequests, Scripts
from newscrawler.rendering.setup import MORE_CLICKED
from newscrawler.run import article_of, run_of, source_of
from newscrawler.utils import FromCrawler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Sources whose pages are listings; the others are no HTML.
_LISTINGS = (Source.LISTING, Source.TREND)
#: What a page asks for comes one by one, at the crawl's pace: the page has so many turns more.
_TURNS = 20
#: Keys of scrapy-playwright that would take a page out of its bounds: docs/extend/decisions.md.
_UNSUPPORTED = (
    "playwright_include_page",
    "playwright_page",
    "playwright_context",
    "playwright_context_kwargs",
)
#: Milliseconds that a page has, unless PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT says otherwise.
_PAGE_MS = 30_000.0
_CONDITIONS = ("If-None-Match", "If-Modified-Since")
#: They are of the page as it was fetched; what its scripts load may change without them.
_VALIDATORS = ("ETag", "Last-Modified", "Content-Length")


class RenderMiddleware(FromCrawler):
    """Renders requests with ``meta["playwright"]`` and the pages that ``-a render=`` names; next to the engine."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts = MirrorMap.parse(crawler.settings.getdict("NEWSCRAWLER_MIRRORS"))
        self._seconds = crawler.settings.getfloat("PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT", _PAGE_MS) / 1000
        self._scripts = Scripts()
        self._browser = Browser(crawler)
        crawler.signals.connect(self._spider_closed, signals.spider_closed)

    def process_request(self, request: Request) -> None:
        """A page that is rendered is always fetched whole."""
        if self._kind(request) is not None:
            for name in _CONDITIONS:
                request.headers.pop(name, None)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Render a whole page of HTML; any other response is handed on as it is."""
        kind = self._kind(request)
        if kind is None or response.status != 200 or not isinstance(response, HtmlResponse):
            return response
        # Challenges of guards are not opened in the browser.
        if detect_block_page(response) is not None:
            return response
        body = html.source_of(response).encode()
        # A browser repairs a page that was cut off, which would hide the loss.
        if b"</html" not in body[-2000:].lower() and b"</body" not in body[-2000:].lower():
            return response
        try:
            source = await self._render(request, kind, response.url, body)
        except (TimeoutError, PlaywrightError) as error:
            return self._failed(request, error)
        stats_of(self._crawler).render("pages")
        headers = response.headers.copy()
        for name in _VALIDATORS:
            headers.pop(name, None)
        headers["Content-Type"] = HTML
        return response.replace(
            body=source.encode("utf-8", "replace"),
            encoding="utf-8",
            headers=headers,
            flags=[*response.flags, "playwright"],
        )

    async def _render(self, request: Request, kind: str, url: str, body: bytes) -> str:
        requests = PageRequests(self._crawler, self._hosts, self._scripts, url, body, self._browser.abort_request)
        turn = self._delay(request)
        async with self._browser.page(request, url, requests.attach, self._seconds + _TURNS * turn) as opened:
            if kind == "own":
                # As with scrapy-playwright: the page is loaded and its page methods are done.
                return await opened.page.content()
            ready = _has_entries if kind == "listing" else _is_article
            live = LivePage(opened.page, requests, lambda source: ready(url, source), turn)
            await live.wait_until_stable()
            if kind == "listing":

                async def pause() -> None:
                    delay = self._delay(request)
                    opened.more_time(delay)
                    await asyncio.sleep(delay)

                clicks = await live.load_more(url, self._clicks(), pause)
                request.meta[MORE_CLICKED] = clicks
                stats_of(self._crawler).render("clicks", clicks)
                if requests.robots_refused:
                    stats_of(self._crawler).load_more_refused()
            return await live.source()

    def _failed(self, request: Request, error: Exception) -> Request:
        """Try again, as any other page would be.

        Raises:
            DownloadFailedError: it was tried often enough.
        """
        timed_out = isinstance(error, TimeoutError) or "Timeout" in type(error).__name__
        why = f"not done in {self._seconds:g} s" if timed_out else str(error).partition("\n")[0]
        stats_of(self._crawler).render("timed_out" if timed_out else "failed")
        logger.info("%s: not rendered: %s", request.url, why)
        spider = self._crawler.spider
        assert spider is not None
        again = None
        if not request.meta.get("dont_retry"):
            again = get_retry_request(request, spider=spider, reason="not rendered")
        if again is None:
            raise DownloadFailedError(f"not rendered: {why}")
        return again

    def _kind(self, request: Request) -> str | None:
        """What is rendered: a spider's own request, an article, a listing's first page; None if it is not."""
        if request.meta.get("playwright"):
            if unsupported := [key for key in _UNSUPPORTED if key in request.meta]:
                raise NotSupported(f"{request.url}: {', '.join(unsupported)}: see docs/operate/rendered-pages.md")
            return "own"
        wanted = run_of(self._crawler).scope.render
        kind = None
        if article_of(request) is not None:
            kind = "article"
        # What "load more" did not bring is a fragment: no page, and nothing for a browser.
        elif (source := source_of(request)) is not None and source.source in _LISTINGS and source.page == 1:
            kind = "listing"
        return kind if wanted in (kind, "all") else None

    def _clicks(self) -> int:
        return run_of(self._crawler).scope.max_pages - 1

    def _delay(self, request: Request) -> float:
        """Seconds between requests to the site at present."""
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots.get(
            request.meta.get("download_slot", urlsplit(request.url).netloc)
        )
        return float(slot.delay) if slot is not None else self._crawler.settings.getfloat("DOWNLOAD_DELAY")

    async def _spider_closed(self) -> None:
        await self._browser.close()


def _has_entries(url: str, source: str) -> bool:
    return parse_listing(_response(url, source)).form is not None


def _is_article(url: str, source: str) -> bool:
    try:
        parse_article(_response(url, source), now=datetime.now(UTC), url=url)
    except PageError:
        return False
    return True


def _response(url: str, source: str) -> HtmlResponse:
    return HtmlResponse(url, body=source.encode("utf-8", "replace"), encoding="utf-8")

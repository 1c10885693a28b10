"""Brings a page in the browser to rest: cookies accepted, scripts done, a listing grown as far as it may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from scrapy.http import HtmlResponse

from newscrawler.pages.listing import parse_listing
from newscrawler.rendering import scripts
from newscrawler.rendering.requests import PageRequests

#: A page is at rest when nothing has changed for this long and nothing is on its way (seconds).
_QUIET = 0.25
_LOOK = 0.05
#: A page that never comes to rest is taken as it is after this long (seconds).
_AT_MOST = 5.0
#: What a page asks for at first comes one by one, at the crawl's pace: so many requests are waited for on top.
_TURNS = 5
#: A page that is at rest and holds nothing yet may still have a script that waits (seconds).
_NOTHING_YET = 2.0
#: Boxes about cookies that are answered at most.
_BOXES = 2

#: Whether a page's source holds what is looked for.
Ready = Callable[[str], bool]


class LivePage:
    """A page that is open in the browser. ``turn`` is how long each of its requests waits for its turn (seconds)."""

    def __init__(self, page: Page, requests: PageRequests, ready: Ready, turn: float) -> None:
        self._page = page
        self._at_most = _AT_MOST + _TURNS * turn
        self._requests = requests
        self._ready = ready

    async def settle(self) -> None:
        """Wait until the page holds what is looked for and is at rest, but not for ever; accept cookies."""
        end = _now() + self._at_most
        await self._rest(end)
        nothing_yet, accepted = _now() + _NOTHING_YET, 0
        while _now() < end:
            # The box may come late, and with it all that stands behind it; it may also stay, whatever is clicked.
            if accepted < _BOXES and await self._ask(scripts.ACCEPT_COOKIES):
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

    async def grow(self, url: str, clicks: int, pause: Callable[[], Awaitable[None]]) -> int:
        """Click "load more" while it brings more entries and robots.txt allows it; how often it did."""
        entries, more = _listing(url, await self.source())
        for done in range(clicks):
            if not entries or not await self._ask(scripts.HAS_MORE):
                return done
            if more is not None and not await self._requests.allows(more):
                return done
            await pause()
            await self._ask(scripts.CLICK_MORE)
            before, end = entries, _now() + self._at_most
            while entries <= before and _now() < end:
                await self._rest(end)
                entries, more = _listing(url, await self.source())
                if self._requests.robots_refused or not await self._ask(scripts.HAS_MORE):
                    break
            if entries <= before:
                return done
        return clicks

    async def _rest(self, end: float) -> None:
        size, since = None, _now()
        while (now := _now()) < end:
            seen = await self._ask(scripts.SIZE)
            if seen != size or self._requests.pending:
                size, since = seen, now
            elif now - since >= _QUIET:
                return
            await asyncio.sleep(_LOOK)

    async def _ask(self, script: str) -> Any:
        """The script's answer; None while the page is being loaded anew."""
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

"""What a blocked run does next: waits, or ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.exceptions import SiteBlocked
from newscrawler.ledger import Cooldown
from newscrawler.middlewares.backoff import MAX_BLOCKS_IN_ROW, BackoffMiddleware, BlockBackoff
from newscrawler.outcomes import BlockReason

URL = "https://www.rt.com/news/"
MIDDLEWARE = "newscrawler.middlewares.backoff.BackoffMiddleware"


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that remembers no cooldown."""
    run = SimpleNamespace(
        scope=SimpleNamespace(by_hand=False, reads_archive=False),
        cooldown=lambda: None,
        save_cooldown=lambda cooldown: None,
        end_cooldown=lambda: None,
    )
    monkeypatch.setattr("newscrawler.middlewares.backoff.run_of", lambda crawler: run)


class _Crawl:
    """A crawler with the two parts under test, and an engine that only notes that it is to end."""

    def __init__(self, **settings: Any) -> None:
        self.ended: list[str] = []
        given = {"DOWNLOADER_MIDDLEWARES": {MIDDLEWARE: 560}, "DOWNLOAD_DELAY": 0.005, **settings}
        self.crawler = get_crawler(settings_dict=given)
        self.crawler.spider = Spider("any")
        self.crawler.engine = SimpleNamespace(  # type: ignore[assignment]
            downloader=SimpleNamespace(slots={}), close_spider_async=self._end
        )
        self.backoff = BlockBackoff(self.crawler)
        self.crawler.extensions = SimpleNamespace(middlewares=[self.backoff])  # type: ignore[assignment]
        self.middleware = BackoffMiddleware(self.crawler)

    async def _end(self, reason: str) -> None:
        self.ended.append(reason)

    async def receive(self, status: int = 200, **headers: str) -> Request:
        """A response on its way to the spider. Returns its request."""
        request = Request(URL)
        response = Response(
            URL, status=status, headers={key.replace("_", "-"): value for key, value in headers.items()}
        )
        self.crawler.signals.send_catch_log(signals.response_downloaded, response=response, request=request)
        await self.middleware.process_response(request, response)
        await asyncio.sleep(0)
        return request

    def welcome(self) -> None:
        self.backoff.site_answered()


def _seconds(waiting: Callable[[], Any]) -> float:
    async def measure() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await waiting()
        return loop.time() - start

    return asyncio.run(measure())


async def _next(crawl: _Crawl) -> None:
    await crawl.middleware.process_request(Request(URL))


def test_a_run_ends_after_blocks_in_a_row() -> None:
    async def scene() -> None:
        crawl = _Crawl()
        for _ in range(MAX_BLOCKS_IN_ROW - 1):
            assert not (await crawl.receive(403)).meta.get("dont_retry")
        assert not crawl.ended
        assert (await crawl.receive(403)).meta["dont_retry"]
        assert crawl.ended == ["refused"]
        with pytest.raises(SiteBlocked):
            await _next(crawl)

    asyncio.run(scene())


def test_a_good_response_starts_the_count_anew() -> None:
    async def scene() -> None:
        crawl = _Crawl()
        for _ in range(3):
            for _ in range(MAX_BLOCKS_IN_ROW - 1):
                await crawl.receive(403)
            crawl.welcome()
        assert not crawl.ended

    asyncio.run(scene())


def test_one_forbidden_page_holds_nothing_back() -> None:
    async def scene() -> None:
        crawl = _Crawl(DOWNLOAD_DELAY=10)
        await crawl.receive(403)
        await asyncio.wait_for(_next(crawl), 1)

    asyncio.run(scene())


def test_retry_after_is_waited_for() -> None:
    async def scene() -> None:
        crawl = _Crawl()
        await crawl.receive(429, Retry_After="1")
        await _next(crawl)
        assert not crawl.ended

    assert 0.9 < _seconds(scene) < 3


def test_a_long_retry_after_ends_the_run() -> None:
    async def scene() -> None:
        crawl = _Crawl()
        await crawl.receive(503, Retry_After="3600")
        assert crawl.ended == ["refused"]
        with pytest.raises(SiteBlocked):
            await _next(crawl)

    asyncio.run(scene())


def test_a_missing_robots_file_is_no_block() -> None:
    async def scene() -> None:
        crawl = _Crawl()
        for _ in range(2 * MAX_BLOCKS_IN_ROW):
            request = Request("https://www.rt.com/robots.txt", meta={"newscrawler_robots": True})
            await crawl.middleware.process_response(request, Response(request.url, status=403))
        assert not crawl.ended

    asyncio.run(scene())


def test_an_archive_s_pages_say_nothing_about_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many stored challenges in a row do not end the run, and a stored article ends no cooldown."""
    ended: list[str] = []
    run = SimpleNamespace(
        scope=SimpleNamespace(by_hand=False, reads_archive=True), end_cooldown=lambda: ended.append("cooldown")
    )
    monkeypatch.setattr("newscrawler.middlewares.backoff.run_of", lambda crawler: run)
    crawl = _Crawl()
    for _ in range(MAX_BLOCKS_IN_ROW + 1):
        crawl.backoff.blocked(BlockReason.CHALLENGE)
    crawl.backoff.site_answered()
    assert not crawl.backoff.stopped
    assert (crawl.ended, ended) == ([], [])


@pytest.mark.parametrize(("hours", "stops"), [(1, True), (24, True), (25, False), (24 * 365, False), (-1, False)])
def test_an_earlier_run_s_cooldown_holds_but_never_longer_than_the_longest(
    monkeypatch: pytest.MonkeyPatch, hours: int, stops: bool
) -> None:
    """A run with a wrong clock may have written one of years."""
    now = datetime.now(UTC)
    run = SimpleNamespace(
        scope=SimpleNamespace(reads_archive=False), cooldown=lambda: Cooldown(now + timedelta(hours=hours), 1, "429")
    )
    monkeypatch.setattr("newscrawler.middlewares.backoff.run_of", lambda crawler: run)
    backoff = _Crawl(NEWSCRAWLER_BLOCK_COOLDOWN_MAX=24 * 3600).backoff
    with pytest.raises(CloseSpider) if stops else nullcontext():
        backoff._spider_opened()
    assert backoff.stopped == stops

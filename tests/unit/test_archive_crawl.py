"""Captures of an archive are handed to the crawl one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from scrapy import Request
from scrapy.utils.test import get_crawler

from newscrawler.middlewares.archive import ArchiveMiddleware
from tests.unit.test_run import request


class Run:
    """Wants every capture but those of one URL, and notes the order of what happens."""

    def __init__(self, unwanted: str) -> None:
        self.unwanted = unwanted
        self.events: list[str] = []

    def track_capture(self, ref: Any) -> bool:
        return bool(ref.url != self.unwanted)

    async def wait_until_idle(self) -> None:
        self.events.append("idle")


def test_the_next_capture_waits_for_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [f"https://www.rt.com/news/64000{number}-a-story/" for number in range(3)]
    run = Run(unwanted=urls[1])
    monkeypatch.setattr("newscrawler.middlewares.archive.run_of", lambda crawler: run)

    async def start() -> AsyncIterator[Request]:
        for url in urls:
            yield request(url)

    async def crawl() -> None:
        async for given in ArchiveMiddleware(get_crawler()).process_start(start()):
            run.events.append(given.url)

    asyncio.run(crawl())
    assert run.events == [urls[0], "idle", urls[2], "idle"]

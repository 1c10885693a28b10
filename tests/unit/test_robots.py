"""The robots middleware: one fetch a host, errors by type, no permission out of ignorance."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable
from newscrawler.middlewares.robots import OneFetchRobotsTxtMiddleware

ROBOTS = "https://www.rt.com/robots.txt"
ALLOWED = "https://www.rt.com/news/"
FORBIDDEN = "https://www.rt.com/listing/1"


@pytest.fixture(autouse=True)
def _run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without a stored copy of robots.txt."""
    run = SimpleNamespace(robots_copy=lambda origin: None, keep_robots=lambda origin, text: None)
    monkeypatch.setattr("newscrawler.middlewares.robots.run_of", lambda crawler: run)


class _Engine:
    """Answers each download with the same response or error, after the others have had their turn."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    async def download_async(self, request: Request) -> Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _outcomes(answer: Response | Exception, *urls: str) -> tuple[list[Any], _Engine]:
    """What becomes of requests that are made at the same time: None, or the exception."""
    crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True})
    engine = _Engine(answer)
    crawler.engine = engine  # type: ignore[assignment]
    middleware = OneFetchRobotsTxtMiddleware.from_crawler(crawler)

    async def ask() -> list[Any]:
        requests = [middleware.process_request(Request(url)) for url in urls]
        outcomes: list[Any] = await asyncio.gather(*requests, return_exceptions=True)
        return outcomes

    return asyncio.run(ask()), engine


def test_robots_txt_is_fetched_once_and_holds_for_all_that_wait() -> None:
    file = Response(ROBOTS, body=b"User-agent: *\nDisallow: /listing/")
    outcomes, engine = _outcomes(file, ALLOWED, FORBIDDEN, FORBIDDEN, ALLOWED)
    assert [type(outcome) for outcome in outcomes] == [type(None), RobotsForbidden, RobotsForbidden, type(None)]
    assert [request.url for request in engine.requests] == [ROBOTS]


def test_no_file_allows_everything() -> None:
    assert _outcomes(Response(ROBOTS, status=404), FORBIDDEN)[0] == [None]


@pytest.mark.parametrize("answer", [Response(ROBOTS, status=503), Response(ROBOTS, status=429), OSError("unreachable")])
def test_an_unreachable_file_forbids_everything(answer: Response | Exception) -> None:
    outcomes, engine = _outcomes(answer, ALLOWED, ALLOWED)
    assert [type(outcome) for outcome in outcomes] == [RobotsUnavailable, RobotsUnavailable]
    assert len(engine.requests) == 1

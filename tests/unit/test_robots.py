"""The robots middleware: one fetch a host, errors by type, no permission out of ignorance."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable
from newscrawler.middlewares.robots import MAX_BYTES, OneFetchRobotsTxtMiddleware

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
        slot = SimpleNamespace(delay=1.0, jitter=0.5, concurrency=2)
        self.downloader = SimpleNamespace(slots={"www.rt.com": slot}, per_slot_settings={})
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
    crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "newscrawler"})
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


@pytest.mark.parametrize(
    ("group", "seconds"),
    [
        ("User-agent: newscrawler\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nRequest-rate: 1/9\nCrawl-delay: 3", 9.0),
        # Shorter than the run's own pace, none at all, and another agent's.
        ("User-agent: *\nCrawl-delay: 0.1", 1.0),
        ("User-agent: *\nCrawl-delay: soon", 1.0),
        ("User-agent: *\nCrawl-delay: nan", 1.0),
        ("User-agent: otherbot\nCrawl-delay: 50", 1.0),
        ("User-agent: newscrawler\nDisallow: /x\n\nUser-agent: *\nCrawl-delay: 50", 1.0),
    ],
)
def test_the_time_between_requests_that_the_file_asks_for(group: str, seconds: float) -> None:
    outcomes, engine = _outcomes(Response(ROBOTS, body=group.encode()), ALLOWED, ALLOWED)
    assert outcomes == [None, None]
    slot = engine.downloader.slots["www.rt.com"]
    assert slot.delay == seconds
    later = engine.downloader.per_slot_settings.get("www.rt.com")
    # A slot that was idle is made anew.
    assert (slot.jitter, later) == (0.5, None) or later == {"delay": seconds, "concurrency": 1, "jitter": 0.0}


def test_a_file_that_asks_for_hours_between_requests_asks_to_be_left_alone() -> None:
    outcomes, _ = _outcomes(Response(ROBOTS, body=b"User-agent: *\nCrawl-delay: 86400"), ALLOWED)
    assert isinstance(outcomes[0], RobotsUnavailable)
    assert "86400 s between requests" in str(outcomes[0])


@pytest.mark.parametrize(
    ("agent", "ours"),
    [
        ("newscrawler", True),
        ("NewsCrawler/1.0", True),
        ("newscrawler/2.7 (+https://example.org/who)", True),
        ("newscrawler-images", False),
        ("mynewscrawler/1.0", False),
    ],
)
def test_our_name_with_a_version(agent: str, ours: bool) -> None:
    file = f"User-agent: {agent}\nDisallow: /\n\nUser-agent: *\nAllow: /"
    outcomes, _ = _outcomes(Response(ROBOTS, body=file.encode()), ALLOWED)
    assert isinstance(outcomes[0], RobotsForbidden) == ours


@pytest.mark.parametrize(("hours", "obeyed"), [(1, True), (23, True), (25, False), (-1, False)])
def test_a_copy_stands_in_for_a_day(monkeypatch: pytest.MonkeyPatch, hours: int, obeyed: bool) -> None:
    copy = (datetime.now(UTC) - timedelta(hours=hours), "User-agent: *\nDisallow: /listing/\n")
    run = SimpleNamespace(robots_copy=lambda origin: copy, keep_robots=lambda origin, text: None)
    monkeypatch.setattr("newscrawler.middlewares.robots.run_of", lambda crawler: run)
    allowed, forbidden = _outcomes(OSError("no route"), ALLOWED, FORBIDDEN)[0]
    assert (allowed is None) == obeyed
    assert isinstance(forbidden, RobotsForbidden if obeyed else RobotsUnavailable)


def test_a_long_file_is_read_to_its_bound_and_no_line_by_half() -> None:
    rule = b"Disallow: /listing/\n"
    near = b"User-agent: *\n" + b"# %d bytes\n" % MAX_BYTES * 20_000 + rule
    assert 300_000 < len(near) < MAX_BYTES
    # The bound falls behind "Disallow: /news/", which forbids less than what was cut would say.
    cut = b"User-agent: *\n" + rule + b"#" * (MAX_BYTES - 51) + b"\n" + b"Disallow: /news/only-this$\n"
    assert cut[:MAX_BYTES].endswith(b"Disallow: /news/")
    for body in (near, cut):
        allowed, forbidden = _outcomes(Response(ROBOTS, body=body), ALLOWED, FORBIDDEN)[0]
        assert allowed is None
        assert isinstance(forbidden, RobotsForbidden)

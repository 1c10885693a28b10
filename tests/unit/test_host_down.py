"""A host that has given nothing but failures is not asked again and again."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.middlewares.backoff import HostDownMiddleware

URL = "https://www.rt.com/robots.txt"


def _middleware() -> HostDownMiddleware:
    crawler = get_crawler()
    return HostDownMiddleware.from_crawler(crawler)


def _answer(middleware: HostDownMiddleware, status: int, url: str = URL) -> bool:
    """Whether the answer may be retried."""
    request = Request(url)
    middleware.process_response(request, Response(url, status=status))
    return not request.meta.get("dont_retry")


def test_only_the_first_failure_of_a_silent_host_is_retried() -> None:
    middleware = _middleware()
    assert [_answer(middleware, 503) for _ in range(4)] == [True, False, False, False]
    assert _answer(middleware, 503, "https://www.rtnewsru.com/robots.txt")


def test_no_connection_is_a_failure_too() -> None:
    middleware = _middleware()
    requests = [Request(URL), Request(URL)]
    for request in requests:
        middleware.process_exception(request, OSError())
    assert [bool(request.meta.get("dont_retry")) for request in requests] == [False, True]


def test_a_host_that_has_answered_is_retried_as_usual() -> None:
    middleware = _middleware()
    assert _answer(middleware, 404)
    assert all(_answer(middleware, 503) for _ in range(5))

"""The middlewares of NEWSCRAWLER_MIRRORS: where requests go, and which host is refused."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.middlewares.mirrors import MirrorsDownloaderMiddleware, MirrorsSpiderMiddleware

SITE, REPLICA = "https://www.rt.com", "http://127.0.0.1:8000"
CRAWLER = get_crawler(settings_dict={"NEWSCRAWLER_MIRRORS": {"www.rt.com": REPLICA}})


def test_requests_go_to_the_origin() -> None:
    middleware = MirrorsSpiderMiddleware.from_crawler(CRAWLER)
    request = Request(f"{SITE}/news/", meta={"key": 1}, dont_filter=True)
    sent = middleware.get_processed_request(request, None)
    assert (sent.url, sent.meta["key"], sent.dont_filter) == (f"{REPLICA}/news/", 1, True)


def test_responses_have_the_site_s_url() -> None:
    middleware = MirrorsDownloaderMiddleware.from_crawler(CRAWLER)
    request = Request(f"{REPLICA}/news/")
    assert middleware.process_request(request) is None
    assert middleware.process_response(request, Response(request.url)).url == f"{SITE}/news/"


def test_a_redirect_to_the_site_s_own_host_goes_to_the_origin() -> None:
    sent = MirrorsDownloaderMiddleware.from_crawler(CRAWLER).process_request(Request(f"{SITE}/news/"))
    assert sent is not None
    assert sent.url == f"{REPLICA}/news/"


@pytest.mark.parametrize("url", ["https://example.com/", "http://127.0.0.1:8001/", "file:///etc/hosts"])
def test_other_hosts_are_refused(url: str) -> None:
    with pytest.raises(IgnoreRequest, match="off-site"):
        MirrorsDownloaderMiddleware.from_crawler(CRAWLER).process_request(Request(url))

"""The planning middleware and the pipelines: what they hand to the run, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.exceptions import DropArticle
from newscrawler.items import Article, Source
from newscrawler.middlewares.planning import PlanningMiddleware
from newscrawler.outcomes import Outcome
from newscrawler.pipelines import DecidePipeline, ExportPipeline, ValidatePipeline
from newscrawler.run import SourceRef, article_of, article_ref, article_request, source_request
from newscrawler.run.requests import mark_planned
from tests.unit.test_run import NOW, URL, article, request

OTHER = "https://www.rt.com/news/640009-something-else/"


class Run:
    """Wants every article but one, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.attached: list[str] = []
        self.read: list[tuple[Source, int]] = []
        self.since: Any = None
        self.plans: list[Any] = []

    def plan(self, requests: Iterable[Request]) -> list[Request]:
        named = list(requests)
        self.asked.append([one.url for one in named])
        return [mark_planned(one) for one in named if one.url != OTHER]

    def attach(self, ref: Any, response: Response) -> None:
        self.attached.append(ref.url)

    def conditional(self, request: Request) -> Request:
        return request.replace(headers={"If-None-Match": "1"})

    def source_read(self, ref: SourceRef, response: Response, named: list[Any]) -> Any:
        self.read.append((ref.source, len(named)))
        return self.since

    def due(self) -> list[Any]:
        return self.plans

    def schedule(self, request: Request, plan: Any) -> list[Request]:
        return [request]


class Spider:
    """A spider as far as the middleware needs one."""

    name = "rt_world"

    def article_request(self, ref: Any) -> Request:
        return article_request(ref, print, print)

    def read_sitemaps_since(self, since: Any) -> list[Request]:
        return [source_request(SourceRef(Source.SITEMAP, since=since), "https://www.rt.com/sitemap.xml", print, print)]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    monkeypatch.setattr("newscrawler.middlewares.planning.run_of", lambda crawler: run)
    return run


def middleware() -> PlanningMiddleware:
    crawler = get_crawler()
    crawler.spider = Spider()  # type: ignore[assignment]
    crawler.engine = SimpleNamespace(crawled=[], crawl=lambda one: None)  # type: ignore[assignment]
    return PlanningMiddleware(crawler)


def source_response() -> Response:
    asked = source_request(SourceRef(Source.FEED, section="news"), "https://www.rt.com/rss/news/", print, print)
    return Response(asked.url, request=asked)


def test_all_urls_of_a_source_are_planned_at_once(run: Run) -> None:
    outputs = list(middleware().process_spider_output(source_response(), [request(), request(OTHER)]))
    assert run.asked == [[URL, OTHER]]
    assert [one.url for one in outputs] == [URL]
    assert run.read == [(Source.FEED, 2)]


def test_what_is_planned_already_passes(run: Run) -> None:
    planned = mark_planned(request(OTHER))
    assert list(middleware().process_spider_output(source_response(), [planned])) == [planned]
    assert run.asked == [[]]


def test_sources_are_asked_for_changes_only_and_other_requests_are_left_alone(run: Run) -> None:
    source = source_request(SourceRef(Source.LISTING, 2), "https://www.rt.com/listing/", print, print)
    other = Request("https://www.rt.com/about-us/")
    first, second = middleware().process_spider_output(source_response(), [source, other])
    assert first.headers["If-None-Match"] == b"1"
    assert second is other


def test_a_gap_has_the_sitemaps_read(run: Run) -> None:
    run.since = NOW
    *_, last = middleware().process_spider_output(source_response(), [request()])
    assert last.url == "https://www.rt.com/sitemap.xml"
    assert last.headers["If-None-Match"] == b"1"


def test_a_record_s_page_is_attached(run: Run) -> None:
    asked = request()
    item = article()
    assert list(middleware().process_spider_output(Response(URL, request=asked), [item])) == [item]
    assert run.attached == [URL]


def test_what_is_due_keeps_the_spider_open(run: Run) -> None:
    part = middleware()
    part._spider_idle()
    run.plans = [SimpleNamespace(url=URL, key=("en", "640001"), via="feed")]
    with pytest.raises(DontCloseSpider):
        part._spider_idle()


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"headline": None}, "missing_headline"),
        ({"paragraphs": []}, "missing_paragraphs"),
        ({"headline": "x" * 501}, "headline_too_long"),
        ({"text": "x" * 500_001}, "text_too_long"),
    ],
)
def test_what_is_no_whole_record_is_invalid(broken: dict[str, Any], problem: str) -> None:
    crawler = get_crawler()
    with pytest.raises(DropArticle, match=problem) as raised:
        ValidatePipeline(crawler).process_item(article(**broken))
    assert raised.value.outcome is Outcome.INVALID
    assert crawler.stats is not None
    assert crawler.stats.get_value(f"newscrawler/invalid/{problem}") == 1


def test_pipelines_have_the_run_decide_and_write() -> None:
    said: list[tuple[str, Article]] = []
    run: Any = SimpleNamespace(
        decide=lambda item: said.append(("decide", item)), write=lambda item: said.append(("write", item))
    )
    item = article()
    crawler: Any = SimpleNamespace(get_extension=lambda kind: SimpleNamespace(run=run))
    assert ExportPipeline(crawler).process_item(DecidePipeline(crawler).process_item(item)) is item
    assert said == [("decide", item), ("write", item)]


def test_a_reference_names_the_article_whatever_the_url_s_form() -> None:
    ref = article_ref("http://rt.com/news/640001-a-made-up-headline/?utm_source=x", Source.URL)
    assert (ref.url, ref.key) == (URL, ("en", "640001"))
    assert article_of(request()) == article_ref(URL, Source.LISTING)
    assert article_of(Request(URL)) is None
    with pytest.raises(ValueError, match="about-us"):
        article_ref("https://www.rt.com/about-us/", Source.URL)

"""The crawl run, both kinds: what is planned, what a record is, and one outcome for every URL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.test import get_crawler

from newscrawler import settings as our_settings
from newscrawler import signals
from newscrawler.base_spiders.archive import ArchiveArguments
from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.exceptions import DropArticle, SecondOutcome
from newscrawler.items import Article, RevisionReason, Source
from newscrawler.outcomes import Outcome
from newscrawler.pages.text import content_hash
from newscrawler.run import (
    ArticleRef,
    CrawlRun,
    IncrementalRun,
    OneOffRun,
    Scope,
    SourceRef,
    article_ref,
    article_request,
)
from newscrawler.run.requests import is_planned, source_request
from newscrawler.utils import DateRange

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://www.rt.com/news/640001-a-made-up-headline/"
OTHER = "https://www.rt.com/africa/640002-another-one/"


def request(url: str = URL, source: Source = Source.LISTING, lastmod: datetime | None = None) -> Request:
    return article_request(article_ref(url, source, lastmod), callback=print, errback=print)


def ref(url: str = URL, source: Source = Source.LISTING) -> ArticleRef:
    return article_ref(url, source)


def article(url: str = URL, text: str = "Invented words about an invented dam.", **more: Any) -> Article:
    key = article_ref(url, Source.LISTING).key
    values: dict[str, Any] = {
        "article_id": key[1],
        "edition": key[0],
        "language": "en",
        "url": url,
        "headline": "A made-up headline",
        "published_at": NOW - timedelta(hours=1),
        "paragraphs": [text],
        "text": text,
        "content_hash": content_hash("A made-up headline", None, [text]),
        "fetched_at": NOW,
        "extractor_version": "2",
    }
    return Article(**{**values, **more})


class Crawl:
    """A crawler without an engine, and what its run tells outwards."""

    def __init__(self, kind: type[CrawlRun], folder: Path, scope: Scope, now: datetime = NOW) -> None:
        self.crawler = get_crawler(
            Spider, {**vars_of(our_settings), "NEWSCRAWLER_DATA_DIR": str(folder / "data")}, prevent_warnings=True
        )
        self.crawler.spider = Spider("rt_world")
        self.told: list[tuple[str, Outcome]] = []
        self.crawler.signals.connect(self._tell, signals.outcome_decided)
        self.run = kind(self.crawler)
        self.run.now = lambda: self.now
        self.now = now
        self.run.open(scope)

    def _tell(self, ref: ArticleRef, outcome: Outcome, **_: Any) -> None:
        self.told.append((ref.url, outcome))

    def count(self, name: str) -> int:
        assert self.crawler.stats is not None
        return int(self.crawler.stats.get_value(f"newscrawler/{name}", 0))


def vars_of(module: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if name.startswith("NEWSCRAWLER_")}


SCOPE = Scope("rt_world", "rt_world", edition="en")
Start = Callable[..., Crawl]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Begin a run; all of them share a data folder, and end with the test."""
    crawls: list[Crawl] = []

    def begin(kind: type[CrawlRun] = IncrementalRun, scope: Scope = SCOPE) -> Crawl:
        crawls.append(Crawl(kind, tmp_path, scope))
        return crawls[-1]

    yield begin
    for crawl in crawls:
        crawl.run.close()


BOTH = pytest.mark.parametrize("kind", [OneOffRun, IncrementalRun])


@BOTH
def test_a_url_is_planned_once_and_finished_once(start: Start, kind: type[CrawlRun]) -> None:
    crawl = start(kind)
    [planned] = crawl.run.plan([request(), request(source=Source.FEED)])
    assert is_planned(planned)
    assert crawl.run.plan([request()]) == []
    assert crawl.count("discovery/named_again") == 2
    assert crawl.run.is_pending(ref())
    crawl.run.finish(ref(), Outcome.BLOCKED, "challenge")
    assert not crawl.run.is_pending(ref())
    assert crawl.told == [(URL, Outcome.BLOCKED)]
    with pytest.raises(SecondOutcome, match="640001"):
        crawl.run.finish(ref(), Outcome.FAILED, "again")
    assert crawl.count("outcome_twice") == 1
    assert crawl.told == [(URL, Outcome.BLOCKED)]


@BOTH
def test_what_was_never_scheduled_has_no_outcome(start: Start, kind: type[CrawlRun]) -> None:
    with pytest.raises(SecondOutcome):
        start(kind).run.finish(ref(), Outcome.GONE, "404")


@BOTH
def test_what_is_left_at_the_end_was_not_reached(start: Start, kind: type[CrawlRun]) -> None:
    crawl = start(kind)
    crawl.run.plan([request(), request(OTHER)])
    crawl.run.finish(ref(), Outcome.HTTP_ERROR, "500")
    crawl.run.finish_all()
    assert dict(crawl.told) == {URL: Outcome.HTTP_ERROR, OTHER: Outcome.NOT_REACHED}


@BOTH
def test_the_limit_on_articles_is_an_outcome(start: Start, kind: type[CrawlRun]) -> None:
    crawl = start(kind, Scope("rt_world", "rt_world", edition="en", max_articles=1))
    assert len(crawl.run.plan([request(), request(OTHER)])) == 1
    assert crawl.run.is_enough
    assert crawl.told == [(OTHER, Outcome.NOT_REACHED)]


@BOTH
def test_a_second_record_of_an_article_is_a_duplicate(start: Start, kind: type[CrawlRun]) -> None:
    crawl = start(kind)
    crawl.run.plan([request()])
    crawl.run.decide(article())
    with pytest.raises(DropArticle) as raised:
        crawl.run.decide(article())
    assert raised.value.outcome is Outcome.DUPLICATE


@BOTH
def test_waiting_ends_when_every_url_has_its_outcome(start: Start, kind: type[CrawlRun]) -> None:
    crawl = start(kind)
    crawl.run.plan([request(), request(OTHER)])

    async def wait() -> None:
        waiting = asyncio.create_task(crawl.run.wait_until_idle())
        for url in (URL, OTHER):
            await asyncio.sleep(0)
            assert not waiting.done()
            crawl.run.finish(ref(url), Outcome.BLOCKED, "challenge")
        await asyncio.wait_for(waiting, 5)

    asyncio.run(wait())


def test_an_incremental_run_writes_at_once_and_knows_it_later(start: Start, tmp_path: Path) -> None:
    first = start()
    first.run.plan([request()])
    record = article()
    first.run.decide(record)
    first.run.write(record)
    assert first.told == [(URL, Outcome.NEW)]
    first.run.finish_all()
    first.run.close()
    [file] = finished_files(tmp_path / "data")
    assert len(list(read_lines(file))) == 1

    same = start()
    same.now = NOW + timedelta(minutes=1)
    assert same.run.plan([request()]) == []  # not due yet
    assert same.count("known/not_due") == 1
    [again] = same.run.plan([request(OTHER), request(OTHER, Source.FEED)])
    assert again.url == OTHER
    same.run.close()

    edited = start()
    edited.now = NOW + timedelta(hours=3)
    [planned] = edited.run.plan([request(lastmod=NOW + timedelta(hours=2))])
    assert planned.url == URL
    changed = article(text="Other invented words about the dam.", fetched_at=edited.now)
    edited.run.decide(changed)
    assert (changed.revision, changed.revision_reason) == (2, RevisionReason.CONTENT)
    assert changed.first_seen_at == NOW
    edited.run.write(changed)
    assert edited.told == [(URL, Outcome.REVISED)]


def test_a_record_that_says_nothing_new_is_dropped(start: Start) -> None:
    crawl = start()
    crawl.run.plan([request()])
    record = article()
    crawl.run.decide(record)
    crawl.run.write(record)
    crawl.run.finish_all()
    crawl.run.close()
    later = start()
    later.now = NOW + timedelta(days=1)
    later.run.plan([request()])
    with pytest.raises(DropArticle) as raised:
        later.run.decide(article(fetched_at=later.now))
    assert raised.value.outcome is Outcome.UNCHANGED


def test_a_url_given_by_hand_is_wanted_whenever_it_is_due(start: Start) -> None:
    crawl = start()
    crawl.run.plan([request()])
    record = article()
    crawl.run.decide(record)
    crawl.run.write(record)
    crawl.run.finish_all()
    crawl.run.close()
    by_hand = start(scope=Scope("rt_world", "rt_world", edition="en", by_hand=True))
    assert len(by_hand.run.plan([request(source=Source.URL)])) == 1


def test_the_next_run_has_the_data_folder_to_itself(start: Start) -> None:
    start()
    with pytest.raises(CloseSpider) as raised:
        start()
    assert raised.value.reason == "another_run"


def test_a_source_is_remembered_after_its_urls_only(start: Start) -> None:
    """Validators that were kept before would hide URLs that a kill took."""
    crawl = start()
    source = SourceRef(Source.FEED, section="news")
    page = Response("https://www.rt.com/rss/news/", headers={"ETag": '"1"'})
    crawl.run.source_answered(Source.FEED)
    assert crawl.run.source_read(source, page, []) is None

    def asked(section: str) -> Request:
        about = SourceRef(Source.FEED, section=section)
        return crawl.run.conditional(source_request(about, page.url, NO_CALLBACK, NO_CALLBACK))

    assert not asked("news").headers
    crawl.run.plan([request(source=Source.FEED)])
    assert crawl.run.source_read(source, page, [ref(source=Source.FEED)]) is None
    assert asked("news").headers["If-None-Match"] == b'"1"'
    # "Not modified" would hide what it names of a section that was not asked for then.
    assert not asked("sport").headers


def test_a_feed_that_no_longer_reaches_back_has_the_sitemaps_read(start: Start) -> None:
    def read(numbers: range) -> datetime | None:
        crawl = start()
        crawl.now = NOW + timedelta(days=numbers.start)
        urls = [f"https://www.rt.com/news/{650_000 + number}-x/" for number in numbers]
        crawl.run.source_answered(Source.FEED)
        crawl.run.plan([request(url, Source.FEED) for url in urls])
        since = crawl.run.source_read(
            SourceRef(Source.FEED, section="news"), Response("https://www.rt.com/rss/news/"), [ref(url) for url in urls]
        )
        for url in urls:
            crawl.run.finish(ref(url, Source.FEED), Outcome.HTTP_ERROR, "500")
        crawl.run.finish_all()
        crawl.run.close()
        return since

    assert read(range(0, 20)) is None
    assert read(range(5, 25)) is None
    assert read(range(60, 80)) == NOW + timedelta(days=5 - 2)


def test_no_source_answered_so_nothing_more_is_asked(start: Start) -> None:
    crawl = start()
    assert crawl.run.due() == []
    assert crawl.count("pending/site_down") == 1


def test_a_source_that_is_empty_all_at_once_did_not_answer(start: Start) -> None:
    crawl = start()
    crawl.run.source_answered(Source.FEED)
    crawl.run.source_emptied(Source.FEED)
    crawl.run.source_failed(Source.LISTING, "blocked")
    crawl.run.due()
    assert crawl.count("pending/site_down") == 1
    crawl.run.source_answered(Source.NEWS_SITEMAP, unchanged=True)
    crawl.run.due()
    assert crawl.count("pending/site_down") == 1


def test_a_range_leaves_what_is_known_alone(start: Start) -> None:
    crawl = start()
    crawl.run.plan([request()])
    record = article()
    crawl.run.decide(record)
    crawl.run.write(record)
    crawl.run.finish_all()
    crawl.run.close()
    days = DateRange(date(2026, 4, 1), date(2026, 5, 1))
    later = start(scope=Scope("rt_world", "rt_world since=x", edition="en", days=days))
    later.now = NOW + timedelta(days=3)
    assert later.run.plan([request(source=Source.SITEMAP)]) == []
    assert later.run.date_of(ref().key) == record.published_at


def test_runs_over_other_archives_are_another_command(tmp_path: Path) -> None:
    """Pages of 2013 must not be compared with what pages of 2022 have."""
    one, other = (tmp_path / name for name in ("2013.warc", "2022.warc"))
    names = [ArchiveArguments(files).command("rt_archive") for files in ((one,), (other,), (one, other))]
    assert len(set(names)) == 3
    assert ArchiveArguments((one,)).command("rt_archive") == names[0]
    assert ArchiveArguments((one,), "africa").command("rt_archive") != names[0]

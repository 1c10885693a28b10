"""Hourly runs over the replica without HTTP: its pages and feeds go through the real parse, run, ledger and verdict."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, XmlResponse
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from newscrawler import settings as our_settings
from newscrawler.editions import article_url
from newscrawler.exceptions import DropArticle, PageError
from newscrawler.items import Article, Source, record_of
from newscrawler.monitoring.baseline import PastRun
from newscrawler.monitoring.stats import RunFigures, stats_of
from newscrawler.monitoring.verdict import Thresholds, Verdict, judge
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import parse_article
from newscrawler.pages.feeds import parse_feed, parse_news_sitemap
from newscrawler.pipelines import ValidatePipeline
from newscrawler.run import ArticleRef, IncrementalRun, Scope, article_of, article_request
from newscrawler.run.incremental import HISTORY
from tests.replica.rehearsal import DEFAULT_START, Calendar, ScriptedAnswers, ScriptedSite
from tests.slow.redesigns.changes import Change

HOUR = timedelta(hours=1)
_SCOPE = Scope("rt_world", "rt_world", edition="en")


@dataclass(frozen=True, slots=True)
class Redesign:
    """A change of the template from a moment on, for that share of the pages."""

    change: Change
    share: float
    since: datetime
    seed: int = 1

    def applied(self, page: str, number: int, now: datetime) -> str:
        """The page as the template makes it at that time."""
        is_struck = random.Random(number + 1000 * (self.seed - 1)).random() < self.share
        return self.change(page, number) if is_struck and now >= self.since else page


@dataclass(slots=True)
class Ended:
    """A run at its end."""

    at: datetime
    verdict: Verdict
    figures: RunFigures
    doubted: list[Article] = field(default_factory=list)
    #: Pages of which the change made another record: what is read right needs not be told.
    harmed: int = 0


class Rehearsal:
    """A site, its clock and the runs that read it."""

    def __init__(
        self,
        days: int,
        *,
        corpus: Path | None = None,
        start: datetime = DEFAULT_START,
        seed: int = 1,
        harmless_change: bool = False,
    ) -> None:
        self.moment = start
        self.seed = seed
        self.site = ScriptedSite.rehearse(days, lambda: self.moment, corpus=corpus, start=start, seed=seed)
        if not harmless_change:
            self.site.calendar = replace(self.site.calendar, template_change=self.site.calendar.end)
        self._answers = ScriptedAnswers(self.site)

    @property
    def calendar(self) -> Calendar:
        """What happens to the site as a whole."""
        return self.site.calendar

    def runs(self, folder: Path, first: datetime, last: datetime, redesign: Redesign | None = None) -> Iterator[Ended]:
        """A run an hour, but for the hours in which the site is down."""
        # To copy Scrapy's settings takes a fifth of a run's time.
        crawler = get_crawler(Spider, _settings(folder), prevent_warnings=True)
        crawler.spider = Spider("rt_world")
        # So does reading four weeks of figures.
        history: list[PastRun] | None = None
        moment = first
        while moment < last:
            self.moment = moment
            if not self.calendar.is_down(moment):
                crawler.stats = MemoryStatsCollector(crawler)
                ended, history = self._run(crawler, redesign, history)
                yield ended
            moment += HOUR

    def _run(
        self, crawler: Crawler, redesign: Redesign | None, history: list[PastRun] | None
    ) -> tuple[Ended, list[PastRun]]:
        stats = stats_of(crawler)
        run = IncrementalRun(crawler)
        run.now = lambda: self.moment
        run.open(_SCOPE)
        validate = ValidatePipeline(crawler)
        ended = Ended(self.moment, Verdict(), RunFigures())
        try:
            requests = [*self._read_feed(run, stats), *self._read_sitemap(run, stats)]
            while requests:
                for request in requests:
                    self._read(run, validate, request, redesign, ended)
                requests = [
                    planned
                    for plan in run.due()
                    for planned in run.schedule(_request(ArticleRef(plan.url, plan.key, Source(plan.via))), plan)
                ]
            run.finish_all()
            assert crawler.stats is not None
            crawler.stats.set_value("finish_reason", "finished")
            snapshot = stats.snapshot()
            ended.figures = snapshot.figures
            if history is None:
                history = list(run.history())
            ended.verdict = judge(snapshot, Thresholds(max_seconds=0.0), history, run.started_at)
            code = int(ended.verdict.code)
            run.record_result(code, ended.verdict.why, snapshot.figures)
        finally:
            run.close()
        this = PastRun(self.moment, code, snapshot.figures)
        return ended, [this, *(past for past in history if past.started_at >= self.moment + HOUR - HISTORY)]

    def _read_feed(self, run: IncrementalRun, stats: Any) -> list[Request]:
        url = "https://www.rt.com/rss/news/"
        entries = parse_feed(XmlResponse(url, body=self._answers.answer("/rss/news/").body, encoding="utf-8"))
        return self._plan(run, stats, Source.FEED, entries)

    def _read_sitemap(self, run: IncrementalRun, stats: Any) -> list[Request]:
        url = "https://www.rt.com/newssitemap.xml"
        body = self._answers.answer("/newssitemap.xml").body
        return self._plan(run, stats, Source.NEWS_SITEMAP, parse_news_sitemap(XmlResponse(url, body=body)))

    def _plan(self, run: IncrementalRun, stats: Any, source: Source, entries: Any) -> list[Request]:
        run.source_answered(source)
        requests = []
        for entry in entries:
            stats.link_named(source)
            address = article_url(entry.url)
            if address is not None and address.section == "news":
                stats.link("found")
                run.hear(address.key, source, entry)
                requests.append(_request(ArticleRef(address.url, address.key, source, entry.lastmod)))
        return run.plan(requests)

    def _read(
        self,
        run: IncrementalRun,
        validate: ValidatePipeline,
        request: Request,
        redesign: Redesign | None,
        ended: Ended,
    ) -> None:
        ref = article_of(request)
        assert ref is not None
        url = ref.url
        answer = self._answers.answer(url.removeprefix("https://www.rt.com"))
        if answer.location:
            url = f"https://www.rt.com{answer.location.removeprefix('https://www.rt.com')}"
            answer = self._answers.answer(answer.location.removeprefix("https://www.rt.com"))
        if answer.status == 404:
            run.finish(ref, Outcome.GONE, "404")
            return
        untouched = page = answer.body.decode()
        if redesign is not None:
            page = redesign.applied(page, int(ref.key[1]), self.moment)
        try:
            article = self._parse(page, url)
            if page != untouched:
                ended.harmed += _told_by(article) != _told_by(self._parse(untouched, url))
            article.discovered_via = ref.source
            validate.process_item(article)
            try:
                run.decide(article)
            finally:
                if article.doubts:
                    ended.doubted.append(article)
            run.write(article)
        except DropArticle as dropped:
            if run.is_pending(ref):
                run.finish(ref, dropped.outcome, dropped.reason)
        except PageError as error:
            run.finish(ref, Outcome.UNKNOWN_LAYOUT, str(error))

    def _parse(self, page: str, url: str) -> Article:
        response = HtmlResponse(url, body=page.encode(), encoding="utf-8")
        return parse_article(response, now=self.moment, url=url).article


def _told_by(article: Article) -> dict[str, Any]:
    """What a record says of its article."""
    return {**record_of(article), "doubts": []}


def _request(ref: ArticleRef) -> Request:
    return article_request(ref, callback=print, errback=print)


def _settings(folder: Path) -> dict[str, Any]:
    ours = {name: value for name, value in vars(our_settings).items() if name.startswith("NEWSCRAWLER_")}
    return {**ours, "NEWSCRAWLER_DATA_DIR": str(folder)}


def copied(folder: Path, target: Path) -> Path:
    """A data folder of its own that goes on from another."""
    shutil.copytree(folder, target)
    return target

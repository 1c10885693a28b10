"""Decides which of the addresses that discovery names are fetched in this run, and books them as scheduled.

The spider names addresses; here those that were named before are dropped, the ledger is asked about the others
(an incremental run), limits are kept, and requests are made conditional.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy import signals as scrapy_signals
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from newscrawler import signals
from newscrawler.dates import DateRange
from newscrawler.editions import article_url
from newscrawler.ledger import Entry, LedgerError, Plan, Validators
from newscrawler.monitoring.stats import stats_of
from newscrawler.outcomes import Outcome
from newscrawler.run.incremental import IncrementalRun

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: A gap is read from this much before the source was last seen: a sitemap's times may lag.
_GAP_MARGIN = timedelta(days=2)
_PENDING_AT_ONCE = 100


@dataclass(slots=True)
class _Source:
    """What is to be kept of a source's page; ``name`` and ``ids`` for one by which gaps are found."""

    url: str
    validators: Validators
    name: str = ""
    ids: list[str] = field(default_factory=list)

    def keep(self, run: IncrementalRun) -> None:
        """Remember it. Only when its addresses, and those that it no longer shows, are committed."""
        run.ledger.sources.save_page_validators(self.url, run.run, run.now(), self.validators)
        if self.name:
            run.ledger.sources.remember(self.name, self.ids, run.now())


class _Gaps:
    """Sources that no longer show what they showed when last remembered.

    They are remembered only when the sitemaps have been read: a run that is killed before, or finds no sitemap,
    must leave the gap to be found again by the next one.
    """

    def __init__(self) -> None:
        self.unsettled: list[_Source] = []
        self._since: datetime | None = None

    def since(self, run: IncrementalRun, seen: _Source) -> datetime | None:
        """The time back to which the sitemaps are to be read now, if there is a gap. Else the source is kept."""
        sources = run.ledger.sources
        last = sources.seen_at(seen.name) if seen.name else None
        if last is None or sources.overlaps(seen.name, seen.ids):
            seen.keep(run)
            return None
        self.unsettled.append(seen)
        since = last - _GAP_MARGIN
        if self._since is not None and self._since <= since:
            return None
        self._since = since
        return since

    def settle(self, run: IncrementalRun) -> None:
        """Remember the sources: the sitemaps were read."""
        while self.unsettled:
            self.unsettled.pop().keep(run)


class ScheduleMiddleware(BaseSpiderMiddleware):
    """Stands next to the spider, before anything else sees its requests."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = crawler.get_extension(IncrementalRun)
        self._known: set[str] = set()
        self._scheduled = 0
        self._gaps = _Gaps()
        self._revisits_left = crawler.settings.getint("NEWSCRAWLER_MAX_REVISITS_PER_RUN")
        if self._run is not None:
            crawler.signals.connect(self._spider_idle, scrapy_signals.spider_idle)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Called by Scrapy with the spider's first requests."""
        spider: Any = self.crawler.spider
        if self._run is not None and self._run.is_open and self._days is not None:
            spider.memory = self._run.ledger.dates
        async for output in start:
            for planned in self._planned([output], None):
                yield planned

    def process_spider_output(  # type: ignore[override]
        self, response: Response | None, result: Iterable[Any]
    ) -> Iterator[Any]:
        """Called by Scrapy with what a callback gave for a response."""
        yield from self._planned(list(result), response)

    async def process_spider_output_async(  # type: ignore[override]
        self, response: Response | None, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Called by Scrapy with what an async callback gave for a response."""
        for output in self._planned([output async for output in result], response):
            yield output

    def _planned(self, outputs: list[Any], response: Response | None) -> Iterator[Any]:
        try:
            yield from self._sorted_out(outputs, response)
        except LedgerError as error:
            # Whatever the ledger could not take down must not be fetched as if it had.
            assert self._run is not None
            self._run.fail(error)

    def _sorted_out(self, outputs: list[Any], response: Response | None) -> Iterator[Any]:
        named: list[Request] = []
        try:
            for output in outputs:
                if not isinstance(output, Request):
                    yield self._noted(output, response)
                elif "address" in output.cb_kwargs:
                    named.append(output)
                else:
                    yield self._conditional(output)
            yield from self._chosen(named)
            if response is not None and self._run is not None and self._run.is_open:
                yield from self._after_source(response, named)
        except LedgerError as error:
            # Nothing after it is done: a source's validators would hide addresses that were not committed.
            assert self._run is not None
            self._run.fail(error)

    # --- articles ---

    def _chosen(self, named: list[Request]) -> Iterator[Request]:
        fresh = [request for request in named if self._says_something(request)]
        if self._run is None:
            for request in fresh:
                yield from self._schedule(request)
        elif fresh and self._run.is_open:
            yield from self._asked(fresh, self._run)

    def _says_something(self, request: Request) -> bool:
        """Whether an address is named for the first time, or now with a hint that it has changed.

        Sources answer in any order, and the feed, which names the same addresses, gives no hints: without this the
        sitemap's would count only in those runs in which it happens to be first.
        """
        address = request.cb_kwargs["address"]
        if address not in self._known:
            self._known.add(address)
        elif self._run is None or request.meta.get("changed_at") is None:
            stats_of(self.crawler).link("named_again")
            return False
        return True

    def _asked(self, requests: list[Request], run: IncrementalRun) -> Iterator[Request]:
        days = self._days
        plans = run.plans(_entry(request, days) for request in requests)
        for request, plan in zip(requests, plans, strict=True):
            # Who names an article by hand wants it now, whenever it is due.
            by_hand = request.cb_kwargs["via"] == "url" and plan.action in ("not_due", "settled")
            # A range brings what is missing; looking for changes is for the runs that do it every day.
            left = days is not None and plan.action == "revisit"
            if (plan.wanted and not left) or by_hand:
                yield from self._schedule(_conditional_on(request, plan.validators), plan)
            else:
                stats_of(self.crawler).not_planned(plan.action)

    def _schedule(self, request: Request, plan: Plan | None = None) -> Iterator[Request]:
        address, via = request.cb_kwargs["address"], request.cb_kwargs["via"]
        if self._run is not None and plan is not None:
            self._run.note_plan(plan, address)
            if plan.revisions:
                stats_of(self.crawler).revisit()
        again = plan is not None and plan.action == "retry"
        self._tell(signals.address_scheduled, address=address, via=via, again=again)
        limit = getattr(getattr(self.crawler.spider, "arguments", None), "max_articles", None)
        if limit is not None and self._scheduled >= limit:
            self._tell(signals.address_finished, address=address, outcome=Outcome.NOT_REACHED, reason="max_articles")
            return
        self._scheduled += 1
        yield request

    def _noted(self, item: Any, response: Response | None) -> Any:
        """A record: its page's validators are kept until it is decided on."""
        if self._run is not None and response is not None and response.request is not None:
            address = response.request.cb_kwargs.get("address")
            if address is not None:
                self._run.note_page(address, _validators_of(response))
        return item

    def _spider_idle(self) -> None:
        """When all that the sources named is done: what else is due, retries and re-visits."""
        run, spider = self._run, self.crawler.spider
        request_of = getattr(spider, "article_request", None)
        given = getattr(getattr(spider, "arguments", None), "url", ())
        if run is None or not run.is_open or request_of is None or given or self._days is not None:
            return
        if not stats_of(self.crawler).any_source_answered():
            # The site is down, or wants no visitors: what is due can wait for the next run.
            stats_of(self.crawler).pending_left()
            return
        assert self.crawler.engine is not None
        limit = min(_PENDING_AT_ONCE, self._revisits_left)
        try:
            self._settle_gaps(run)
            if limit <= 0:
                return
            plans = run.pending(spider.edition.code, limit)  # type: ignore[union-attr]
        except LedgerError as error:
            run.fail(error)
            return
        self._revisits_left -= len(plans)
        for plan in plans:
            self._known.add(plan.url)
            request = _conditional_on(request_of(plan.url, plan.via), plan.validators)
            for scheduled in self._schedule(request, plan):
                self.crawler.engine.crawl(scheduled)
        if plans:
            raise DontCloseSpider

    # --- sources ---

    def _conditional(self, request: Request) -> Request:
        if self._run is None or not self._run.is_open or "source" not in request.cb_kwargs or self._days is not None:
            return request
        return _conditional_on(request, self._run.ledger.sources.page_validators(request.url, self._run.run))

    def _after_source(self, response: Response, named: list[Request]) -> Iterator[Request]:
        """A source's addresses are committed: now its validators may be kept, and a gap be looked for."""
        run, request = self._run, response.request
        source = request.cb_kwargs.get("source") if request is not None else None
        if run is None or source is None or response.status != 200 or not named or self._days is not None:
            return  # what a range leaves aside must be named to later runs again
        seen = _Source(response.url, _validators_of(response))
        if request is not None and request.cb_kwargs.get("page") == 1 and source in ("feed", "newssitemap"):
            spider: Any = self.crawler.spider
            section = request.cb_kwargs.get("section") or ",".join(sorted(spider.arguments.section))
            seen.name = f"{spider.name}/{section}/{source}"
            seen.ids = [_entry(article).key[1] for article in named]
        run.ledger.site.save_named(response.url, run.now(), len(named))
        since = self._gaps.since(run, seen)
        if seen in self._gaps.unsettled:
            stats_of(self.crawler).gap(source)
        if since is not None:
            logger.warning("%s: it no longer reaches back to the last run; reading the sitemaps", response.url)
            for output in self.crawler.spider.widen(since):  # type: ignore[union-attr]
                yield self._conditional(output)

    def _settle_gaps(self, run: IncrementalRun) -> None:
        if stats_of(self.crawler).sitemaps_read():
            self._gaps.settle(run)

    @property
    def _days(self) -> DateRange | None:
        """Days of publication that are wanted; None for all."""
        return getattr(self.crawler.spider, "days", None)

    def _tell(self, signal: object, **arguments: object) -> None:
        self.crawler.signals.send_catch_log(signal, spider=self.crawler.spider, **arguments)


def _entry(request: Request, days: DateRange | None = None) -> Entry:
    address = article_url(request.cb_kwargs["address"])
    assert address is not None
    return Entry(address.key, address.url, request.cb_kwargs["via"], request.meta.get("changed_at"), days)


def _conditional_on(request: Request, validators: Validators) -> Request:
    if validators.etag:
        request.headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        request.headers["If-Modified-Since"] = validators.last_modified
    return request


def _validators_of(response: Response) -> Validators:
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    return Validators(etag.decode("latin-1") if etag else None, modified.decode("latin-1") if modified else None)

"""The crawl run: plans what is fetched, decides what a record is, and gives every URL exactly one outcome.

One interface with two implementations: ``OneOffRun`` here (in memory, for ``-o`` and ``-O``) and ``IncrementalRun``
(ledger and dataset). Spiders, middlewares and pipelines get theirs by ``run_of(crawler)`` and never ask which it is.
Every call is synchronous: nothing can come between a line's append and its commit.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from scrapy import Request
from scrapy.http import Response

from newscrawler import signals
from newscrawler.editions import article_url
from newscrawler.exceptions import DropArticle, LedgerError, SecondOutcome
from newscrawler.items import Article, Doubt, Source, record_of
from newscrawler.ledger import Cooldown, Decision, PageNotes, Plan, RevisionMemory, Validators
from newscrawler.monitoring.baseline import PastRun
from newscrawler.monitoring.stats import RunFigures, stats_of
from newscrawler.outcomes import Outcome
from newscrawler.pages.listings import ListingEntry
from newscrawler.run.doubts import Compared, Witnesses
from newscrawler.run.requests import ArticleRef, SourceRef, article_of, mark_planned
from newscrawler.utils import DateRange, clock

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: Ordinary, and many.
_QUIET = (
    Outcome.NEW,
    Outcome.REVISED,
    Outcome.UNCHANGED,
    Outcome.DUPLICATE,
    Outcome.NOT_REACHED,
    Outcome.OUT_OF_RANGE,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run was asked for.

    ``command`` names it for the comparison with earlier runs of the same command. ``by_hand``: URLs were given, and
    are wanted whenever they are due. ``render``: what a browser opens ("listing", "article", "all"), ``max_pages``
    how many pages of a listing are read. ``reads_archive``: no request leaves the machine, and one article may come
    several times.
    """

    spider: str
    command: str
    edition: str = ""
    days: DateRange | None = None
    max_articles: int | None = None
    by_hand: bool = False
    render: str | None = None
    max_pages: int = 1
    reads_archive: bool = False


@runtime_checkable
class Scoped(Protocol):
    """A spider that says what it was asked for."""

    def scope(self) -> Scope:
        """What the run is about."""


@runtime_checkable
class ArticleSource(Protocol):
    """A spider that can be asked for articles which it has not found itself in this run."""

    def article_request(self, ref: ArticleRef) -> Request:
        """A request for an article."""

    def read_sitemaps_since(self, since: datetime) -> Iterable[Request]:
        """Requests for the sitemaps, for what was published since."""


@dataclass(slots=True)
class Tracked:
    """An article that this run fetches, until its outcome is known."""

    ref: ArticleRef
    first_seen_at: datetime
    #: An earlier run tried it and got no record.
    again: bool = False
    validators: Validators = field(default_factory=Validators)
    decision: Decision | None = None
    notes: PageNotes | None = None
    published_at: datetime | None = None


class CrawlRun(ABC):
    """See the module. ``scope`` is set when the spider opens."""

    #: Whether it knows what earlier runs have seen.
    remembers: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stats = stats_of(crawler)
        self.now = clock()
        self.scope = Scope("", "")
        #: The data folder; None for a one-off.
        self.data_dir: Path | None = None
        #: The run's name in the dataset and when it began; None for a one-off, and for a run that could not begin.
        self.run_id: str | None = None
        self.started_at: datetime | None = None
        #: Whether URLs can be planned: from a successful start to the run's end.
        self.is_open = False
        self._seen: set[str] = set()
        self._tracked: dict[str, Tracked] = {}
        self._by_key: dict[tuple[str, str], Tracked] = {}
        self._claimed: dict[tuple[str, str], str] = {}
        self._scheduled = 0
        self._idle = asyncio.Event()
        self._answers: Counter[Source] = Counter()
        self._failed_output = False
        self._witnesses = Witnesses()

    def open(self, scope: Scope) -> None:
        """Begin. Raises CloseSpider for a run that can't."""
        self.scope = scope
        self.is_open = True

    def finish_all(self) -> None:
        """Give every URL that was never reached its outcome, and put the output in place."""
        for tracked in sorted(self._tracked.values(), key=lambda one: one.ref.url):
            self.finish(tracked.ref, Outcome.NOT_REACHED, "the run ended")

    def history(self) -> Sequence[PastRun]:
        """Earlier runs of the same command, newest first."""
        return ()

    def record_result(self, exit_code: int, verdict: str, figures: RunFigures) -> str | None:
        """Write down how the run ended; what went wrong with that in one line, or None."""
        return None

    def alarm_states(self) -> dict[str, dict[str, Any]]:
        """What was last sent to each alarm channel. Raises LedgerError."""
        return {}

    def save_alarm_states(self, states: Mapping[str, Mapping[str, Any]]) -> bool:
        """Store what was sent to each channel; False when there is nowhere to keep it. Raises LedgerError."""
        return False

    def close(self) -> None:
        """Let go of all that is held. Harmless when nothing is."""
        self.is_open = False

    def fail(self, error: Exception) -> None:
        """Stop the run: what can't be kept need not be fetched. It ends with exit code 6."""
        if self._failed_output:
            return
        self._failed_output = True
        self._stats.output_failed(str(error))
        logger.error("%s", error)
        asyncio.get_running_loop().create_task(self._crawler.stop_async())

    def plan(self, requests: Iterable[Request]) -> list[Request]:
        """Of requests for articles those that are to be made now; each of them gets an outcome.

        The URLs are committed before any is fetched. A second naming of a URL says something only if it comes with
        a time of change: sources answer in any order, and the feed, which gives none, may be first.
        """
        if not self.is_open:
            return []
        fresh = [request for request in requests if self._says_something(_ref(request))]
        if not fresh:
            return []
        wanted: list[Request] = []
        try:
            plans = self._plans([_ref(request) for request in fresh])
        except LedgerError as error:
            # What the ledger could not take down must not be fetched as if it had.
            self.fail(error)
            return []
        for request, plan in zip(fresh, plans, strict=True):
            if self._is_wanted(_ref(request), plan):
                wanted += self.schedule(request, plan)
            else:
                self._stats.not_planned(plan.action)
        return wanted

    def _says_something(self, ref: ArticleRef) -> bool:
        if ref.url not in self._seen or ref.captured_at is not None:
            self._seen.add(ref.url)
            return True
        if self.remembers and ref.lastmod is not None:
            return True
        self._stats.link("named_again")
        return False

    def _is_wanted(self, ref: ArticleRef, plan: Plan) -> bool:
        # Who names an article by hand wants it now, whenever it is due.
        if ref.source is Source.URL and plan.action in ("not_due", "final"):
            return True
        # A range brings what is missing; looking for changes is for the runs that do it every day.
        return plan.wanted and not (self.scope.days is not None and plan.action == "revisit")

    @abstractmethod
    def _plans(self, refs: Sequence[ArticleRef]) -> list[Plan]:
        """What to do with each, in their order."""

    def schedule(self, request: Request, plan: Plan) -> list[Request]:
        """Take a planned request into the run: it is to be made, unless the limit on articles is reached."""
        ref = _ref(request)
        self._seen.add(ref.url)
        self._track(Tracked(ref, plan.first_seen_at, again=plan.action == "retry"), revisit=plan.revisions > 0)
        if self.is_enough:
            self.finish(ref, Outcome.NOT_REACHED, "max_articles")
            return []
        self._scheduled += 1
        return [mark_planned(conditional_on(request, plan.validators))]

    def _track(self, tracked: Tracked, *, revisit: bool = False) -> None:
        self._tracked[tracked.ref.url] = tracked
        self._by_key[tracked.ref.key] = tracked
        self._idle.clear()
        self._stats.scheduled(tracked.ref.source, again=tracked.again)
        if revisit:
            self._stats.revisit()

    @property
    def is_enough(self) -> bool:
        """Whether the limit on articles is reached."""
        return self.scope.max_articles is not None and self._scheduled >= self.scope.max_articles

    def due(self) -> list[Plan]:
        """When all that the sources named is done: what else is due, retries and re-visits."""
        return []

    def track_capture(self, ref: ArticleRef) -> bool:
        """Take a capture in an archive into the run; False for an article that was taken down."""
        assert ref.captured_at is not None
        self._track(Tracked(ref, ref.captured_at))
        return True

    async def wait_until_idle(self) -> None:
        """Wait until every URL that was scheduled has its outcome."""
        while self._tracked:
            self._idle.clear()
            await self._idle.wait()

    def conditional(self, request: Request) -> Request:
        """A source's request, asking for changes only where that is possible."""
        return request

    def source_answered(self, source: Source, *, unchanged: bool = False) -> None:
        """A source gave a page, or said that it has not changed."""
        self._answers[source] += 1
        if unchanged:
            self._stats.source_unchanged(source)
        else:
            self._stats.source_page(source)

    def source_failed(self, source: Source, reason: str) -> None:
        """A source gave nothing that can be read."""
        if reason == "blocked":
            self._answers[source] -= 1
        self._stats.source_failed(source, reason)

    def source_emptied(self, source: Source) -> None:
        """A source that answered names no URL, and did before: that was a block."""
        self._answers[source] -= 1
        self._stats.source_emptied(source)

    def source_read(self, ref: SourceRef, response: Response, named: Sequence[ArticleRef]) -> datetime | None:
        """A source's URLs have been planned. The time back to which sitemaps must be read, if it left a gap."""
        return None

    def hear(self, key: tuple[str, str], source: Source, entry: ListingEntry) -> None:
        """Keep what a source says of an article beside its URL: its page is compared with that."""
        self._witnesses.hear(key, source, entry, self.now())

    def cooldown(self) -> Cooldown | None:
        """The end of the cooldown that earlier runs left."""
        return None

    def save_cooldown(self, cooldown: Cooldown) -> None:
        """Keep it for the next runs."""

    def end_cooldown(self) -> None:
        """The site let us read."""

    def named_before(self, url: str) -> int:
        """How many articles a source named when it last named any."""
        return 0

    def robots_copy(self, origin: str) -> tuple[datetime, str] | None:
        """The robots.txt that was last had from an origin, and when."""
        return None

    def keep_robots(self, origin: str, text: str) -> None:
        """Keep an origin's robots.txt."""

    def date_of(self, key: tuple[str, str]) -> datetime | None:
        """When an article was published, if it was read."""
        return None

    def known_dates(self) -> list[tuple[int, datetime]]:
        """Some pairs of id and publication, from all times."""
        return []

    def attach(self, ref: ArticleRef, response: Response) -> None:
        """Keep the validators of an article's page: they count only if its record is accepted."""

    def decide(self, article: Article) -> None:
        """Decide what a record is, and say so in its revision fields.

        Raises DropArticle with the outcome for a second record of one article, or one that says nothing new.
        """
        key = key_of(article)
        if not self.scope.reads_archive:
            # At once and without an await, so that none slips in between.
            if key in self._claimed:
                raise DropArticle(Outcome.DUPLICATE, article.url, f"seen as {self._claimed[key]}")
            self._claimed[key] = article.url or ""
        try:
            decision = self._decide(article)
        except LedgerError as error:
            self.fail(error)
            raise DropArticle(Outcome.NOT_REACHED, article.url, str(error)) from error
        except Exception:
            self._claimed.pop(key, None)
            raise
        if decision is None or decision.outcome is Outcome.NEW:
            self._stats.first_read(article)
        if decision is None:
            return
        article.revision = decision.revision
        article.revision_of_hash = decision.revision_of_hash
        article.revision_reason = decision.reason
        if decision.outcome is Outcome.UNCHANGED:
            raise DropArticle(Outcome.UNCHANGED, article.url, f"as revision {decision.revision}")

    @abstractmethod
    def _decide(self, article: Article) -> Decision | None:
        """New, revised or unchanged; None where there is nothing to compare with.

        What the run doubts is added to the record's doubts, and they are counted.
        """

    def _compare_with_sources(self, article: Article) -> Compared:
        """Compare a page that says something new with what this run's sources say of it, and add what is doubtful."""
        compared = self._witnesses.compare(article, key_of(article), self.now())
        doubt(article, compared.doubts)
        if compared.agrees is not None:
            self._stats.compared(agrees=compared.agrees)
        return compared

    def write(self, article: Article) -> None:
        """Write a record that was decided on. Of a one-off run Scrapy's feed export does."""

    def is_pending(self, ref: ArticleRef) -> bool:
        """Whether an article was scheduled and has no outcome yet."""
        tracked = self._tracked.get(ref.url)
        if tracked is None or ref.captured_at is None:
            return tracked is not None and tracked.ref == ref
        # In an archive the next capture of an article may be under way already, and two files may have the same one.
        return tracked.ref is ref

    def finish(
        self,
        ref: ArticleRef,
        outcome: Outcome,
        reason: str = "",
        *,
        response: Response | None = None,
        published_at: datetime | None = None,
    ) -> None:
        """Give a scheduled article its one outcome; ``published_at`` goes with OUT_OF_RANGE.

        Raises SecondOutcome when it has one, or was never scheduled.
        """
        if not self.is_pending(ref):
            self._stats.finished_twice()
            raise SecondOutcome(f"{ref.url}: a second outcome, {outcome}: {reason}")
        tracked = self._tracked.pop(ref.url)
        if self._by_key.get(ref.key) is tracked:
            del self._by_key[ref.key]
        self._stats.finished(outcome, again=tracked.again)
        if self.is_open:
            tracked.published_at = published_at
            self._record(tracked, outcome, reason, response)
        if outcome not in _QUIET:
            ordinary = outcome in (Outcome.GONE, Outcome.NOT_ARTICLE)
            level = logging.INFO if ordinary else logging.WARNING
            logger.log(level, "%s: %s: %s", ref.url, outcome, " ".join(reason.split()))
        self._crawler.signals.send_catch_log(
            signals.outcome_decided,
            spider=self._crawler.spider,
            ref=ref,
            outcome=outcome,
            reason=reason,
            response=response,
        )
        if not self._tracked:
            self._idle.set()

    def _record(self, tracked: Tracked, outcome: Outcome, reason: str, response: Response | None) -> None:
        """Write down an outcome that is no line."""


class OneOffRun(CrawlRun):
    """A run that writes what it finds now into the files of ``-o`` and ``-O``, and remembers nothing."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._memory: RevisionMemory | None = None

    def open(self, scope: Scope) -> None:
        """Begin; an archive's captures of one article are compared with one another."""
        super().open(scope)
        if scope.reads_archive:
            self._memory = RevisionMemory()

    def _plans(self, refs: Sequence[ArticleRef]) -> list[Plan]:
        now = self.now()
        return [Plan(ref.key, ref.url, ref.source, "fetch", now) for ref in refs]

    def _decide(self, article: Article) -> Decision | None:
        decision = None if self._memory is None else self._memory.decide(record_of(article))
        if decision is None or decision.outcome is not Outcome.UNCHANGED:
            self._compare_with_sources(article)
            self._stats.doubted(article.doubts)
        return decision

    def close(self) -> None:
        """Forget the captures."""
        super().close()
        if self._memory is not None:
            self._memory.close()
            self._memory = None


def _ref(request: Request) -> ArticleRef:
    ref = article_of(request)
    assert ref is not None, request
    return ref


def doubt(article: Article, doubts: Iterable[Doubt]) -> None:
    """Add doubts to a record's."""
    article.doubts = sorted({*article.doubts, *doubts})


def key_of(article: Article) -> tuple[str, str]:
    """Edition and id of a record that has been validated."""
    assert article.edition is not None
    assert article.article_id is not None
    return (article.edition, article.article_id)


def conditional_on(request: Request, validators: Validators) -> Request:
    """The request, for a response only if the page has changed."""
    if validators.etag:
        request.headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        request.headers["If-Modified-Since"] = validators.last_modified
    return request


def validators_of(response: Response) -> Validators:
    """What makes a later request for the same page conditional."""
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
    return Validators(etag.decode("latin-1") if etag else None, modified.decode("latin-1") if modified else None)


def article_ref(url: str, source: Source, lastmod: datetime | None = None) -> ArticleRef:
    """The reference of an article's URL, canonical or not. Raises ValueError for one that is no article's."""
    found = article_url(url)
    if found is None:
        raise ValueError(f"not the URL of an RT article: {url}")
    return ArticleRef(found.url, found.key, source, lastmod)

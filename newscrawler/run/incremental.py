"""The incremental run: the data folder, its lock, the ledger and the file that grows."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from newscrawler.dataset.files import check_written, finished_files, read_record
from newscrawler.dataset.lock import RunActive, RunLock
from newscrawler.dataset.recovery import recover
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import (
    ArgumentError,
    DatasetError,
    LedgerError,
    LedgerMissing,
    NewscrawlerError,
    OutputError,
)
from newscrawler.items import Article, Doubt, RevisionReason, Source, Status, record_of
from newscrawler.ledger import (
    LEDGER_NAME,
    OUTCOMES_WITHOUT_LINE,
    Cooldown,
    Decision,
    DiscoveredLink,
    Key,
    Ledger,
    PageNotes,
    Plan,
    Run,
    Signature,
    Validators,
    new_run_id,
)
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.ledger.signatures import Signatures
from newscrawler.monitoring.baseline import PastRun
from newscrawler.monitoring.stats import WATCHED, RunFigures
from newscrawler.near_duplicates import (
    BAND_VERSION,
    ShingledArticle,
    band_keys,
    best_match,
    pack_shingles,
    shingle_hashes,
    unpack_shingles,
)
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import EXTRACTOR_VERSION
from newscrawler.pages.doubts import mend_bytes
from newscrawler.run.crawl_run import CrawlRun, Scope, Tracked, conditional_on, doubt, key_of, validators_of
from newscrawler.run.doubts import MIN_OTHERS, Compared, has_shrunk, known_again
from newscrawler.run.requests import ArticleRef, SourceRef, source_of
from newscrawler.utils import format_time

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawler.archive.reextraction import StoredRevisions

logger = logging.getLogger(__name__)

#: How far back earlier runs are compared with: four weeks, so that each day of the week counts alike.
HISTORY = timedelta(days=28)
#: Doubts of the last page that hold for one which says the same.
_BY_THE_RUN = frozenset(
    (
        Doubt.DATE_DIFFERS,
        Doubt.DIFFERS_FROM_FEED,
        Doubt.HEADLINE_DIFFERS,
        Doubt.RECURRING_PARAGRAPH,
        Doubt.SHRUNK,
    )
)
#: Retries and re-visits that are taken from the ledger at once.
_MAX_DUE_AT_ONCE = 100
#: Sitemaps are read from this much before the source was last seen: their times may lag.
_MARGIN = timedelta(days=2)


class IncrementalRun(CrawlRun):
    """Opens the data folder with the spider, finishes the run with it."""

    remembers: ClassVar[bool] = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self.data_dir: Path = Path(settings["NEWSCRAWLER_DATA_DIR"])
        self._lock = RunLock(self.data_dir, now=self.now())
        self._revisits_left = settings.getint("NEWSCRAWLER_MAX_REVISITS_PER_RUN")
        self._gaps = Gaps()
        self._open_ledger: Ledger | None = None
        self._open_run: Run | None = None
        self._part: PartFile | None = None
        self._marker: NearDuplicateMarker | None = None
        self._sitemap_failed = False

    @property
    def _ledger(self) -> Ledger:
        assert self._open_ledger is not None
        return self._open_ledger

    @property
    def _run(self) -> Run:
        assert self._open_run is not None
        return self._open_run

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """What goes wrong inside with ledger or dataset stops the run."""
        try:
            yield
        except (OutputError, LedgerError) as error:
            self.fail(error)

    def open(self, scope: Scope) -> None:
        """Lock the data folder, recover what a killed run left, and begin.

        Raises CloseSpider when another run has the folder, or it can't be used.
        """
        self.scope = scope
        try:
            self._begin()
        except RunActive as error:
            self._stats.another_run(str(error))
            self.close()
            raise CloseSpider("another_run") from error
        except NewscrawlerError as error:
            self._stats.output_failed(str(error))
            self.close()
            raise CloseSpider("output_failed") from error
        self.is_open = True

    def _begin(self) -> None:
        settings, now = self._crawler.settings, self.now()
        durability = settings["NEWSCRAWLER_DURABILITY"]
        if durability not in ("run", "line"):
            raise ArgumentError(f"NEWSCRAWLER_DURABILITY={durability}: use run or line")
        self._lock.acquire()
        revisits = parse_table(settings.getdict("NEWSCRAWLER_REVISITS"))
        ledger_file = self.data_dir / LEDGER_NAME
        if not ledger_file.exists() and next(finished_files(self.data_dir), None) is not None:
            # A new ledger would have every article written once more, as revision 1.
            raise LedgerMissing(
                f"{ledger_file}: missing beside a dataset; put it back from a backup, or name another data folder"
            )
        self._open_ledger = ledger = Ledger.open(ledger_file, durability=durability, revisits=revisits)
        recovered = recover(self.data_dir, ledger, now)
        if recovered:
            logger.warning("Recovered from a killed run: %s", recovered)
            self._stats.recovered(str(recovered))
        last = next((run.run_id for run in ledger.runs.last(1)), None)
        self._open_run = ledger.runs.begin(
            new_run_id(now, last), now, extractor_version=EXTRACTOR_VERSION, command=self.scope.command
        )
        self.started_at, self.run_id = now, self._open_run.run_id
        self._part = PartFile(self.data_dir, ledger, self._open_run)
        days = settings.getint("NEWSCRAWLER_NEAR_DUPLICATE_DAYS")
        if days:
            self._marker = NearDuplicateMarker(ledger.signatures, window=timedelta(days=days))

    def finish_all(self) -> None:
        """End what is left, and put the file in its place. The ledger stays open until the run is judged."""
        super().finish_all()
        if self._part is None:
            return
        with self._failing():
            if self._marker is not None:
                self._marker.forget(self.now())
            self._ledger.paragraphs.prune(self.now() - HISTORY)
            self._stats.recurring(self._ledger.paragraphs.recurring(self.scope.edition or None))
            finished = self._part.finish()
            if finished is not None:
                self._stats.output_stored(str(finished))
                check_written(finished, self._part.lines, self._part.committed)
            self._stats.output_lines(self._part.lines, self._part.committed)

    def history(self) -> Sequence[PastRun]:
        if self._open_run is None:
            return ()
        runs: Sequence[Run] = ()
        with self._failing():
            runs = self._ledger.runs.history(self._run, since=self._run.started_at - HISTORY)
        return [
            PastRun(run.started_at, run.exit_code, run.figures, run.extractor_version == EXTRACTOR_VERSION)
            for run in runs
            if run.figures
        ]

    def record_result(self, exit_code: int, verdict: str, figures: RunFigures) -> str | None:
        if self._open_run is None:
            return None
        try:
            self._ledger.runs.end(
                self._run,
                self.now(),
                outcomes=figures.outcomes,
                finish_reason=str(self._stats.finish_reason()),
                exit_code=exit_code,
                verdict=verdict,
                figures=figures,
            )
        except LedgerError as error:
            logger.error("%s", error)
            return str(error)
        return None

    def alarm_states(self) -> dict[str, dict[str, Any]]:
        return {} if self._open_run is None else self._ledger.alarms.states()

    def save_alarm_states(self, states: Mapping[str, Mapping[str, Any]]) -> bool:
        if self._open_run is None:
            return False
        self._ledger.alarms.save(states)
        return True

    def close(self) -> None:
        super().close()
        self._open_run = self._part = None
        if self._open_ledger is not None:
            self._open_ledger.close()
            self._open_ledger = None
        self._lock.release()

    def _plans(self, refs: Sequence[ArticleRef]) -> list[Plan]:
        days = self.scope.days
        entries = [DiscoveredLink(ref.key, ref.url, ref.source, ref.lastmod, days) for ref in refs]
        return self._ledger.urls.discovered(self._run, self.now(), entries)

    def due(self) -> list[Plan]:
        """Retries and re-visits that no source named. They are this run's from then on."""
        if not self.is_open or self.scope.by_hand or self.scope.days is not None:
            return []
        if not any(count > 0 for count in self._answers.values()):
            # The site is down, or wants no visitors: what is due can wait for the next run.
            self._stats.pending_left()
            return []
        plans: list[Plan] = []
        with self._failing():
            if not self._sitemap_failed:
                self._gaps.remember_all(self._remember)
            limit = min(_MAX_DUE_AT_ONCE, self._revisits_left)
            if limit > 0:
                edition = self.scope.edition
                plans = self._ledger.urls.pending(self._run, self.now(), edition=edition, limit=limit)
        self._revisits_left -= len(plans)
        return plans

    def track_capture(self, ref: ArticleRef) -> bool:
        """Take a capture into the run; False for an article that was taken down.

        The ledger hears of its article when there is a record: a live crawl has no use for the others.
        """
        assert ref.captured_at is not None
        if not self.is_open:
            return False
        known = None
        try:
            known = self._ledger.urls.state_of(ref.key)
        except LedgerError as error:
            self.fail(error)
            return False
        if known is not None and known.taken_down:
            self._stats.not_planned("taken_down")
            return False
        self._track(Tracked(ref, ref.captured_at if known is None else known.first_seen_at))
        return True

    def conditional(self, request: Request) -> Request:
        """A source's request, with the validators of its last page; a range reads every source whole."""
        if not self.is_open or self.scope.days is not None:
            return request
        ref = source_of(request)
        assert ref is not None
        return conditional_on(request, self._ledger.sources.page_validators(_page_of(ref, request.url), self._run))

    def source_failed(self, source: Source, reason: str) -> None:
        """A source gave nothing. A year's sitemap in which nothing has changed since is no failure."""
        super().source_failed(source, reason)
        if source is Source.SITEMAP and reason != "empty":
            self._sitemap_failed = True

    def source_read(self, ref: SourceRef, response: Response, named: Sequence[ArticleRef]) -> datetime | None:
        """Keep a source's validators, now that its URLs are committed; look for a gap.

        What a range leaves aside must be named to later runs again: its sources are not remembered.
        """
        if not self.is_open or not named or response.status != 200 or self.scope.days is not None:
            return None
        if self._failed_output:
            return None  # validators would hide URLs that could not be committed
        seen = ReadSource(_page_of(ref, response.url), validators_of(response))
        if ref.page == 1 and ref.source in (Source.FEED, Source.NEWS_SITEMAP):
            seen.name = f"{self.scope.spider}/{ref.section}/{ref.source}"
            seen.ids = [article.key[1] for article in named]
        with self._failing():
            self._ledger.site.save_link_count(response.url, self.now(), len(named))
            sources = self._ledger.sources
            last = sources.seen_at(seen.name) if seen.name else None
            if last is None or sources.overlaps(seen.name, seen.ids):
                self._remember(seen)
                return None
            self._stats.gap(ref.source)
            return self._gaps.found(seen, last)
        return None

    def _remember(self, seen: ReadSource) -> None:
        self._ledger.sources.save_page_validators(seen.page, self._run, self.now(), seen.validators)
        if seen.name:
            self._ledger.sources.remember(seen.name, seen.ids, self.now())

    def cooldown(self) -> Cooldown | None:
        return self._ledger.site.cooldown(self.scope.edition) if self.is_open else None

    def save_cooldown(self, cooldown: Cooldown) -> None:
        if self.is_open:
            with self._failing():
                self._ledger.site.save_cooldown(self.scope.edition, cooldown)

    def end_cooldown(self) -> None:
        if self.is_open:
            with self._failing():
                self._ledger.site.end_cooldown(self.scope.edition)

    def named_before(self, url: str) -> int:
        return self._ledger.site.link_count(url) if self.is_open else 0

    def robots_copy(self, origin: str) -> tuple[datetime, str] | None:
        return self._ledger.site.robots(origin) if self.is_open else None

    def keep_robots(self, origin: str, text: str) -> None:
        if self.is_open:
            with self._failing():
                self._ledger.site.save_robots(origin, self.now(), text)

    def date_of(self, key: Key) -> datetime | None:
        return self._ledger.dates.date_of(key) if self.is_open else None

    def known_dates(self) -> list[tuple[int, datetime]]:
        return self._ledger.dates.sample(self.scope.edition) if self.is_open else []

    def attach(self, ref: ArticleRef, response: Response) -> None:
        tracked = self._tracked.get(ref.url)
        if tracked is not None:
            tracked.validators = validators_of(response)

    @cached_property
    def _reextraction(self) -> StoredRevisions:
        # Only a run with another extractor version needs it, and it loads warcio.
        from newscrawler.archive.reextraction import StoredRevisions  # noqa: PLC0415

        renders = self.scope.render in ("article", "all")
        return StoredRevisions(self._crawler.settings, self._stats, renders=renders)

    def _decide(self, article: Article) -> Decision | None:
        tracked = self._by_key[key_of(article)]
        article.first_seen_at = tracked.first_seen_at.replace(microsecond=0)
        if Doubt.ENCODING_REPAIRED in article.doubts:
            self._mend_bytes(article)
        record = record_of(article)
        decision = self._ledger.articles.decide(record)
        if decision.reason is RevisionReason.EXTRACTOR:
            decision = self._reextraction.reclassify(self._ledger, record, decision)
        compared = Compared() if decision.outcome is Outcome.UNCHANGED else self._compare_with_sources(article)
        tracked.notes = self._compare_with_earlier(article, tracked.ref, decision, compared)
        if decision.outcome is Outcome.UNCHANGED:
            self._record_unchanged(tracked, article, decision)
        tracked.decision = decision
        return decision

    def _compare_with_earlier(
        self, article: Article, ref: ArticleRef, decision: Decision, compared: Compared
    ) -> PageNotes:
        """Add what earlier pages make doubtful, and count what this article's last page had not yet."""
        ledger = self._ledger.paragraphs
        before = ledger.noted(ref.key)
        known = frozenset() if before is None else before.doubts
        unchanged = decision.outcome is Outcome.UNCHANGED
        # Captures come in no order of time: what recurs in them recurs over years.
        paragraphs = [] if unchanged or ref.captured_at is not None else known_again(article)
        others = ledger.count_others(ref.key, paragraphs)
        recurring = [text for text, count in zip(paragraphs, others, strict=True) if count >= MIN_OTHERS]
        if recurring:
            doubt(article, [Doubt.RECURRING_PARAGRAPH])
        if before is not None and decision.outcome is Outcome.REVISED and decision.in_order:
            doubt(article, [Doubt.SHRUNK] if has_shrunk(article.word_count, before.words) else [])
        doubts = frozenset(map(str, article.doubts))
        if unchanged:
            doubts |= known & _BY_THE_RUN  # nothing was compared that could take them back
        fields = frozenset(name for name in WATCHED if getattr(article, name))
        notes = PageNotes(
            article.word_count, doubts, fields, paragraphs, recurring, frozenset(filter(compared.in_feed, recurring))
        )
        self._stats.doubted(sorted(doubts - known))
        if decision.outcome is Outcome.REVISED and (
            decision.reason is RevisionReason.EXTRACTOR
            or known - doubts
            or self._ledger.articles.said_before(record_of(article))
        ):
            self._stats.revision_explained()
        if before is not None and decision.in_order:
            self._stats.fields_changed(lost=before.fields - fields, gained=fields - before.fields)
        if unchanged and before is not None and (before.doubts, before.fields) != (doubts, fields):
            ledger.note(ref.key, notes)
        return notes

    def _mend_bytes(self, article: Article) -> None:
        """Where broken bytes are all that differs from the last line, its words are the article's: no revision."""
        history = self._ledger.lines.of_article(key_of(article))
        if history:
            with suppress(DatasetError):
                mend_bytes(article, read_record(self.data_dir, self._ledger, history[-1]))

    def _record_unchanged(self, tracked: Tracked, article: Article, decision: Decision) -> None:
        key, captured_at = tracked.ref.key, tracked.ref.captured_at
        if captured_at is not None:
            self._ledger.visits.seen_in_archive(self._run, key, captured_at, decision)
        else:
            validators = tracked.validators
            self._ledger.visits.unchanged(
                self._run, key, self.now(), decision=decision, validators=validators, url=article.url
            )

    def write(self, article: Article) -> None:
        """Mark the record if it nearly repeats one in the dataset, write its line, commit it, and finish its URL."""
        tracked = self._by_key[key_of(article)]
        decision = tracked.decision
        assert decision is not None
        with self._failing():
            signature = self._marker.mark(article) if self._marker is not None else None
            self._write_line(record_of(article), decision, tracked.validators, signature, tracked.notes)
            self.finish(tracked.ref, decision.outcome, decision.reason or "")

    def _write_line(
        self,
        record: Mapping[str, Any],
        decision: Decision,
        validators: Validators,
        signature: Signature | None = None,
        notes: PageNotes | None = None,
    ) -> None:
        assert self._part is not None
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        self._part.save(
            line,
            lambda location: self._ledger.articles.save_line(
                self._run,
                record,
                decision,
                location,
                self.now(),
                validators=validators,
                signature=signature,
                notes=notes,
            ),
        )

    def _record(self, tracked: Tracked, outcome: Outcome, reason: str, response: Response | None) -> None:
        key, now = tracked.ref.key, self.now()
        with self._failing():
            if outcome is Outcome.OUT_OF_RANGE and tracked.published_at is not None:
                self._ledger.urls.out_of_range(self._run, key, now, tracked.published_at)
            elif tracked.ref.captured_at is not None:
                self._record_capture(key, outcome, reason, tracked.ref.captured_at)
            elif outcome is Outcome.GONE:
                at = response.meta.get("fetched_at") if response is not None else None
                self._record_gone(key, reason, now, at)
            elif outcome is Outcome.UNCHANGED and reason == "304":
                self._ledger.visits.unchanged(self._run, key, now)
            elif outcome in OUTCOMES_WITHOUT_LINE and outcome is not Outcome.DUPLICATE:
                self._ledger.urls.finished(self._run, key, outcome, now, reason)

    def _record_capture(self, key: Key, outcome: Outcome, reason: str, at: datetime) -> None:
        """Of captures without a record only those count that show a known article gone after it was seen last."""
        known = self._ledger.urls.state_of(key)
        seen_at = None if known is None else known.visited_at
        if outcome is Outcome.GONE and seen_at is not None and at > seen_at:
            self._record_gone(key, reason, at, at)

    def _record_gone(self, key: Key, status: str, now: datetime, fetched_at: datetime | None) -> None:
        """A page is gone. One that is known and stays away gets a line that says so, with its last content."""
        withdrawal = self._ledger.visits.missing(self._run, key, now, detail=status)
        if withdrawal is None:
            return
        decision, line = withdrawal
        record = {
            **read_record(self.data_dir, self._ledger, line),
            "status": Status.WITHDRAWN,
            "revision": decision.revision,
            "revision_of_hash": decision.revision_of_hash,
            "revision_reason": decision.reason,
            "fetched_at": format_time(fetched_at or now),
        }
        self._write_line(record, decision, Validators())
        self._stats.withdrawn()


def _page_of(ref: SourceRef, url: str) -> str:
    """The name of a source's page: where it is of all sections, what was read of it for one of them says nothing of the
    others, and "not modified" would hide theirs.
    """
    return url if ref.source in (Source.LISTING, Source.TREND) or ref.section is None else f"{url}#{ref.section}"


@dataclass(slots=True)
class ReadSource:
    """What is to be remembered of a source's page; ``name`` and ``ids`` for one by which gaps are found."""

    page: str
    validators: Validators
    name: str = ""
    ids: list[str] = field(default_factory=list)


class Gaps:
    """Sources with a gap are remembered only when the sitemaps have been read.

    A run that is killed before, or finds no sitemap, must leave the gap to be found again by the next one.
    """

    def __init__(self) -> None:
        self._open: list[ReadSource] = []
        self._since: datetime | None = None

    def found(self, seen: ReadSource, last_seen: datetime) -> datetime | None:
        """Note a gap. The time back to which the sitemaps are to be read now; None if they are being read already."""
        self._open.append(seen)
        since = last_seen - _MARGIN
        if self._since is not None and self._since <= since:
            return None
        self._since = since
        return since

    def remember_all(self, remember: Callable[[ReadSource], None]) -> None:
        """Remember the sources: the sitemaps were read."""
        while self._open:
            remember(self._open.pop())


class NearDuplicateMarker:
    """Marks a record that nearly repeats an article in the dataset, published within a window of days; see
    docs/use/near-duplicates.md.
    """

    def __init__(self, signatures: Signatures, *, window: timedelta) -> None:
        self._signatures = signatures
        self._window = window
        self._checked = False

    def forget(self, now: datetime) -> None:
        """Let go of signatures that no article of the coming days can match; twice the window, for late finds."""
        self._signatures.prune(now - 2 * self._window)

    def mark(self, article: Article) -> Signature:
        """Set the record's mark, and return the signature by which later ones are compared with it."""
        assert article.article_id is not None
        assert article.edition is not None
        if not self._checked:
            # Keys of another version of the library would find nothing and say nothing.
            self._signatures.ensure_version(BAND_VERSION, lambda packed: band_keys(unpack_shingles(packed)))
            self._checked = True
        shingles = shingle_hashes(article.text or "")
        keys = band_keys(shingles)
        moment = article.published_at or article.fetched_at
        assert moment is not None
        candidates = self._signatures.candidates(article.edition, keys, moment, self._window)
        match = best_match(
            ShingledArticle(article.article_id, moment, shingles),
            (ShingledArticle(c.key[1], c.published_at, unpack_shingles(c.shingles)) for c in candidates),
            window=self._window,
        )
        article.near_duplicate_of = match.article_id if match else None
        article.near_duplicate_similarity = match.similarity if match else None
        return Signature(keys, pack_shingles(shingles))

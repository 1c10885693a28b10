"""One incremental run: the data folder, its lock, the ledger and the file that grows.

Spider middleware and pipelines share it through ``crawler.get_extension(IncrementalRun)``; a one-off run (-o or
-O without NEWSCRAWLER_DATA_DIR on the command line) has none.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from scrapy import signals as scrapy_signals
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.http import Response

from newscrawler import signals
from newscrawler.archive.reextraction import KeptRevisions
from newscrawler.dataset import OutputError, PartFile, check_written, finished_files, read_line, recover
from newscrawler.dataset.lock import RunActive, RunLock
from newscrawler.editions import article_url
from newscrawler.exceptions import ArgumentError, NewscrawlerError
from newscrawler.items import Article, RevisionReason, Status, record_of
from newscrawler.ledger import (
    LEDGER_NAME,
    OUTCOMES_WITHOUT_LINE,
    Decision,
    Entry,
    Key,
    Ledger,
    LedgerError,
    LedgerMissing,
    Plan,
    Run,
    Signature,
    Validators,
    new_run_id,
)
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.monitoring.baseline import PastRun, command_of
from newscrawler.monitoring.stats import RunFigures, stats_of
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import EXTRACTOR_VERSION
from newscrawler.settings_check import is_one_off
from newscrawler.utils import clock, format_time

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

#: How far back what is usual is looked for: four weeks, so that each day of the week counts alike.
HISTORY = timedelta(days=28)


def stop_for_output(crawler: Crawler, error: Exception) -> None:
    """Stop a run whose output can't be written: it ends with exit code 6."""
    if stats_of(crawler).output_failed(str(error)):
        logger.error("%s", error)
        asyncio.get_running_loop().create_task(crawler.stop_async())


@dataclass(slots=True)
class _Page:
    """An address that this run fetches, and what is known of it so far."""

    address: str
    first_seen_at: datetime
    validators: Validators = field(default_factory=Validators)
    decision: Decision | None = None
    #: Of a stored page: when it was captured.
    captured_at: datetime | None = None


class IncrementalRun:
    """Opens the data folder with the spider, finishes the run with it. All calls between are synchronous."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._stats = stats_of(crawler)
        self.data_dir = Path(settings["NEWSCRAWLER_DATA_DIR"])
        if is_one_off(settings):
            logger.info("One-off run: the dataset and ledger in %s are neither read nor written", self.data_dir)
            raise NotConfigured
        self.now = clock()
        self._lock = RunLock(self.data_dir, now=self.now())
        self._kept = KeptRevisions(crawler)
        self._pages: dict[Key, _Page] = {}
        self._ledger: Ledger | None = None
        self._run: Run | None = None
        self._part: PartFile | None = None
        connect = crawler.signals.connect
        connect(self._spider_opened, scrapy_signals.spider_opened)
        connect(self._spider_closed, scrapy_signals.spider_closed)
        connect(self._address_finished, signals.address_finished)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy. Raises NotConfigured for a one-off run."""
        return cls(crawler)

    @property
    def ledger(self) -> Ledger:
        """The open ledger."""
        assert self._ledger is not None
        return self._ledger

    @property
    def run(self) -> Run:
        """This run, as the ledger keeps it."""
        assert self._run is not None
        return self._run

    @property
    def is_open(self) -> bool:
        """Whether there is a ledger to ask; not after a start that failed."""
        return self._run is not None

    # --- the run's beginning and end ---

    def _spider_opened(self) -> None:
        try:
            self._open()
        except RunActive as error:
            self._stats.another_run(str(error))
            self._refuse("another_run")
        except NewscrawlerError as error:
            self._stats.output_failed(str(error))
            self._refuse("output_failed")

    def _open(self) -> None:
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
        self._ledger = Ledger.open(ledger_file, durability=durability, revisits=revisits)
        recovered = recover(self.data_dir, self._ledger, now)
        if recovered:
            logger.warning("Recovered from a killed run: %s", recovered)
            self._stats.recovered(str(recovered))
        self._run = self._ledger.runs.begin(
            new_run_id(now),
            now,
            extractor_version=EXTRACTOR_VERSION,
            command=command_of(self._crawler.spider),
        )
        self._part = PartFile(self.data_dir, self._ledger, self._run)

    def _refuse(self, reason: str) -> NoReturn:
        self.close()
        raise CloseSpider(reason)

    def _spider_closed(self) -> None:
        """Put the file in its place. The ledger stays open: the run is judged when all output is stored."""
        if self._part is None:
            return
        try:
            finished = self._part.finish()
            if finished is not None:
                self._stats.output_stored(finished)
                check_written(finished, self._part.lines, self._part.committed)
            self._stats.output_lines(self._part.lines, self._part.committed)
        except (OutputError, LedgerError) as error:
            self.fail(error)

    def history(self) -> Sequence[PastRun]:
        """Earlier runs of the same command, newest first; none when there is no ledger to ask."""
        if self._run is None:
            return ()
        try:
            runs = self.ledger.runs.history(self._run, since=self._run.started_at - HISTORY)
        except LedgerError as error:
            self.fail(error)
            return ()
        return [PastRun(run.started_at, run.exit_code, run.figures) for run in runs if run.figures]

    def conclude(self, exit_code: int, verdict: str, figures: RunFigures) -> str | None:
        """Write down how the run ended; what went wrong with that in one line, or None."""
        if self._run is None:
            return None
        try:
            self.ledger.runs.end(
                self.run,
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

    def close(self) -> None:
        """Let go of ledger and data folder. Harmless when they are not held."""
        self._run = self._part = None
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
        self._lock.release()

    def fail(self, error: Exception) -> None:
        """Stop the run: what can't be kept need not be fetched."""
        stop_for_output(self._crawler, error)

    # --- discovery ---

    def plans(self, entries: Iterable[Entry]) -> list[Plan]:
        """What to do with each address of a listing; committed before any of them is fetched."""
        return self.ledger.addresses.discovered(self.run, self.now(), entries)

    def pending(self, edition: str, limit: int) -> list[Plan]:
        """Further addresses that are due: retries and re-visits that no listing named."""
        return self.ledger.addresses.pending(self.run, self.now(), edition=edition, limit=limit)

    def note_plan(self, plan: Plan, address: str) -> None:
        """Remember an address that this run fetches until its outcome is known."""
        self._pages[plan.key] = _Page(address, plan.first_seen_at)

    def note_capture(self, key: Key, address: str, at: datetime) -> bool:
        """Remember a capture of a stored page that this run reads; False for an article that was taken down.

        The ledger hears of its article when there is a record: a live crawl has nothing to do with the others.
        """
        standing = self.ledger.addresses.standing(key)
        if standing is not None and standing.taken_down:
            return False
        self._pages[key] = _Page(address, at if standing is None else standing.first_seen_at, captured_at=at)
        return True

    def note_page(self, address: str, validators: Validators) -> None:
        """Remember a page's validators: they count only if its record is accepted."""
        page = self._pages.get(_key_of_address(address))
        if page is not None:
            page.validators = validators

    # --- decisions ---

    def decide(self, article: Article) -> Decision:
        """New, revised or unchanged; an unchanged one is booked at once."""
        key = _key(article)
        page = self._pages[key]
        article.first_seen_at = page.first_seen_at
        record = record_of(article)
        decision = self.ledger.articles.decide(record)
        if decision.reason is RevisionReason.EXTRACTOR:
            decision = self._kept.look_again(self.ledger, record, decision)
        if decision.kind == "unchanged" and page.captured_at is not None:
            self.ledger.visits.seen_in_archive(self.run, key, page.captured_at, decision)
        elif decision.kind == "unchanged":
            self.ledger.visits.unchanged(
                self.run, key, self.now(), decision=decision, validators=page.validators, url=article.url
            )
        article.revision = decision.revision
        article.revision_of_hash = decision.revision_of_hash
        article.revision_reason = decision.reason
        page.decision = decision
        return decision

    def save(self, article: Article, signature: Signature | None) -> None:
        """Write a decided record's line and commit it, then tell the outcome. A failure stops the run."""
        page = self._pages.pop(_key(article))
        assert page.decision is not None
        try:
            self._save_line(record_of(article), page.decision, page.validators, signature)
        except (OutputError, LedgerError) as error:
            self.fail(error)
            return
        outcome = Outcome.NEW if page.decision.kind == "new" else Outcome.REVISED
        self._tell(page.address, outcome, page.decision.reason or "")

    def _save_line(
        self,
        record: Mapping[str, Any],
        decision: Decision,
        validators: Validators,
        signature: Signature | None = None,
    ) -> None:
        assert self._part is not None
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        self._part.save(
            line,
            lambda place: self.ledger.articles.save_line(
                self.run, record, decision, place, self.now(), validators=validators, signature=signature
            ),
        )

    # --- outcomes without a record ---

    def _address_finished(
        self,
        address: str,
        outcome: Outcome,
        reason: str,
        published_at: datetime | None = None,
        response: Response | None = None,
        **_: object,
    ) -> None:
        if self._run is None:
            return
        key = _key_of_address(address)
        page = self._pages.get(key)
        if page is not None and page.address == address:
            del self._pages[key]  # a range may have tens of thousands of them
        try:
            if outcome is Outcome.OUT_OF_RANGE and published_at is not None:
                self.ledger.addresses.out_of_range(self.run, key, self.now(), published_at)
                return
            if page is not None and page.captured_at is not None:
                self._capture_finished(key, outcome, reason, page.captured_at)
            elif outcome is Outcome.GONE:
                at = response.meta.get("fetched_at") if response is not None else None
                self._missing(key, reason, self.now(), at)
            elif outcome is Outcome.UNCHANGED and reason == "304":
                self.ledger.visits.unchanged(self.run, key, self.now())
            elif outcome in OUTCOMES_WITHOUT_LINE and outcome is not Outcome.DUPLICATE:
                self.ledger.addresses.finished(self.run, key, str(outcome), self.now(), reason)
        except (OutputError, LedgerError) as error:
            self.fail(error)

    def _capture_finished(self, key: Key, outcome: Outcome, reason: str, at: datetime) -> None:
        """Of captures without a record only those count that show a known article gone after it was seen last."""
        standing = self.ledger.addresses.standing(key)
        seen_at = None if standing is None else standing.visited_at
        if outcome is Outcome.GONE and seen_at is not None and at > seen_at:
            self._missing(key, reason, at, at)

    def _missing(self, key: Key, status: str, now: datetime, fetched_at: datetime | None) -> None:
        """A page is gone. One that is known and stays away gets a line that says so, with its last content."""
        answer = self.ledger.visits.missing(self.run, key, now, detail=status)
        if not answer.write_withdrawn:
            return
        assert answer.decision is not None
        assert answer.last is not None
        run = self.ledger.runs.get(answer.last.place.run_id)
        last = json.loads(read_line(self.data_dir, run, answer.last))
        article = {
            **last,
            "status": Status.WITHDRAWN.value,
            "revision": answer.decision.revision,
            "revision_of_hash": answer.decision.revision_of_hash,
            "revision_reason": answer.decision.reason,
            "fetched_at": format_time(fetched_at or now),
        }
        self._save_line(article, answer.decision, Validators())
        self._stats.withdrawn()

    def _tell(self, address: str, outcome: Outcome, reason: str) -> None:
        self._crawler.signals.send_catch_log(
            signals.address_finished, spider=self._crawler.spider, address=address, outcome=outcome, reason=reason
        )

    def drop(self, article: Article, outcome: Outcome, reason: str) -> None:
        """Tell the outcome of a record that came as far as the export and is not to be written."""
        self._tell(self._pages[_key(article)].address, outcome, reason)
        self._pages.pop(_key(article), None)


def _key(article: Article) -> Key:
    assert article.edition is not None
    assert article.article_id is not None
    return (article.edition, article.article_id)


def _key_of_address(address: str) -> Key:
    parsed = article_url(address)
    assert parsed is not None, address
    return parsed.key

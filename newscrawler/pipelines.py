"""validate, deduplicate, export: one job each. In one-off runs Scrapy's feed export writes instead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from scrapy.exceptions import DropItem, NotConfigured
from scrapy.settings import BaseSettings

from newscrawler import signals
from newscrawler.exceptions import ArgumentError
from newscrawler.items import REQUIRED_FIELDS, Article, record_of
from newscrawler.ledger import LedgerError, RevisionMemory, Signature
from newscrawler.monitoring.stats import MIN_WORDS, OP_ED_SECTION, stats_of
from newscrawler.near_duplicates import (
    BAND_VERSION,
    Document,
    band_keys,
    best_match,
    pack_shingles,
    shingle_hashes,
    unpack_shingles,
)
from newscrawler.outcomes import Outcome
from newscrawler.run.incremental import IncrementalRun

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from newscrawler.items import Article
    from newscrawler.run.incremental import IncrementalRun


# --- drop ---


class DropArticle(DropItem):
    """Raised by the pipelines when a record is not to be exported. One line: which, and why."""

    def __init__(self, outcome: Outcome, url: str | None, reason: str) -> None:
        level = "INFO" if outcome is Outcome.DUPLICATE else "WARNING"
        super().__init__(f"{outcome}: {url}: {reason}", log_level=level)
        self.outcome = outcome
        self.reason = reason


# --- validate ---

#: Bounds beyond which a field holds something else than its name says: the longest headline of 14,667 has 180
#: characters, the longest of 1,628 whole texts 30,000.
MAX_HEADLINE = 500
MAX_TEXT = 500_000
_FIELDS = tuple(field.name for field in fields(Article))


def problems_of(article: Article) -> Iterator[str]:
    """Short stable names of what is wrong with a record."""
    for name in REQUIRED_FIELDS:
        if not getattr(article, name):
            yield f"missing_{name}"
    if article.headline and len(article.headline) > MAX_HEADLINE:
        yield "headline_too_long"
    if article.text and len(article.text) > MAX_TEXT:
        yield "text_too_long"


class ValidatePipeline:
    """Drops what is no whole record; counts, field by field, what the others lack."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Let the record pass, or drop it."""
        problems = list(problems_of(item))
        if problems:
            for problem in problems:
                stats_of(self._crawler).invalid(problem)
            raise DropArticle(Outcome.INVALID, item.url, ", ".join(problems))
        missing = [name for name in _FIELDS if getattr(item, name) in (None, [])]
        if item.word_count < MIN_WORDS:
            missing.append("words")
        stats_of(self._crawler).record(missing, is_op_ed=item.section == OP_ED_SECTION)
        return item


# --- deduplicate ---


class DeduplicatePipeline:
    """Lets the first record of an article pass and drops the others; then asks the ledger."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = crawler.get_extension(IncrementalRun)
        self._claimed: dict[tuple[str | None, str | None], str | None] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Claim the article, at once and without an await, so that none slips in between."""
        key = (item.edition, item.article_id)
        if key in self._claimed:
            raise DropArticle(Outcome.DUPLICATE, item.url, f"seen as {self._claimed[key]}")
        self._claimed[key] = item.url
        if self._run is None:
            return item
        try:
            decision = self._run.decide(item)
        except LedgerError as error:
            self._run.fail(error)
            raise DropArticle(Outcome.NOT_REACHED, item.url, str(error)) from error
        except Exception:
            del self._claimed[key]
            raise
        if decision.kind == "unchanged":
            raise DropArticle(Outcome.UNCHANGED, item.url, f"as revision {decision.revision}")
        return item


# --- revise ---


class RevisePipeline:
    """Stands where DeduplicatePipeline stands in a live crawl. A one-off run compares with what it read itself."""

    def __init__(self, crawler: Crawler) -> None:
        self._run = crawler.get_extension(IncrementalRun)
        self._memory = RevisionMemory() if self._run is None else None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Let the record pass as a revision, or drop it as unchanged."""
        if self._run is not None:
            try:
                decision = self._run.decide(item)
            except LedgerError as error:
                self._run.fail(error)
                raise DropArticle(Outcome.NOT_REACHED, item.url, str(error)) from error
        else:
            assert self._memory is not None
            decision = self._memory.decide(record_of(item))
            item.revision = decision.revision
            item.revision_of_hash = decision.revision_of_hash
            item.revision_reason = decision.reason
        if decision.kind == "unchanged":
            raise DropArticle(Outcome.UNCHANGED, item.url, f"as revision {decision.revision}")
        return item

    def close_spider(self) -> None:
        """Let go of the memory."""
        if self._memory is not None:
            self._memory.close()


# --- near_duplicates ---


class NearDuplicateMarker:
    """Compares with what the ledger has, within the window; ``drops`` says whether marked records are dropped."""

    def __init__(self, run: IncrementalRun, *, window: timedelta, drops: bool) -> None:
        self._run = run
        self._window = window
        self.drops = drops
        self._checked = False

    @classmethod
    def of(cls, settings: BaseSettings, run: IncrementalRun) -> NearDuplicateMarker | None:
        """As NEWSCRAWLER_NEAR_DUPLICATES says; None for off."""
        mode = settings["NEWSCRAWLER_NEAR_DUPLICATES"]
        if mode not in ("mark", "drop", "off"):
            raise ArgumentError(f"NEWSCRAWLER_NEAR_DUPLICATES={mode}: use mark, drop or off")
        if mode == "off":
            return None
        days = settings.getint("NEWSCRAWLER_NEAR_DUPLICATE_DAYS")
        return cls(run, window=timedelta(days=days), drops=mode == "drop")

    def forget(self) -> None:
        """Let go of signatures that no article of the coming days can match; twice the window, for late finds."""
        self._run.ledger.signatures.prune(self._run.now() - 2 * self._window)

    def mark(self, article: Article) -> Signature:
        """Set the record's mark, and return the signature by which later ones are compared with it."""
        assert article.article_id is not None
        assert article.edition is not None
        if not self._checked:
            # Keys of another version of the library would find nothing and say nothing.
            self._run.ledger.signatures.ensure_version(BAND_VERSION, lambda p: band_keys(unpack_shingles(p)))
            self._checked = True
        shingles = shingle_hashes(article.text or "")
        keys = band_keys(shingles)
        moment = article.published_at or article.fetched_at
        assert moment is not None
        candidates = self._run.ledger.signatures.candidates(article.edition, keys, moment, self._window)
        match = best_match(
            Document(article.article_id, moment, shingles),
            (Document(c.key[1], c.published_at, unpack_shingles(c.shingles)) for c in candidates),
            window=self._window,
        )
        article.near_duplicate_of = match.article_id if match else None
        article.near_duplicate_similarity = match.similarity if match else None
        return Signature(keys, pack_shingles(shingles))


# --- export ---

logger = logging.getLogger(__name__)


_NEVER = datetime.min.replace(tzinfo=UTC)


class ExportPipeline:
    """Absent in one-off runs, where Scrapy's feed export writes."""

    def __init__(self, crawler: Crawler) -> None:
        run = crawler.get_extension(IncrementalRun)
        if run is None:
            raise NotConfigured
        self._run = run
        self._marker = NearDuplicateMarker.of(crawler.settings, run)
        settings = crawler.settings
        # Without marks the order does not matter. A range is long, and in order of id: what it held when it was
        # killed would be fetched a second time.
        is_range = getattr(crawler.spider, "days", None) is not None
        self._at_once = self._marker is None or bool(settings.getdict("FEEDS")) or is_range
        self._batch = settings.getint("NEWSCRAWLER_COMMIT_BATCH")
        self._held: list[Article] = []
        crawler.signals.connect(self._write_held, signals.write_held)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """Write the record, or hold it and write all that are held when they are many."""
        if self._at_once:
            why = self._write(item)
            if why:
                raise DropArticle(Outcome.NEAR_DUPLICATE, item.url, why)
            return item
        self._held.append(item)
        if len(self._held) >= self._batch:
            self._write_held()
        return item

    def close_spider(self) -> None:
        """Write what is left."""
        if not self._run.is_open:
            return
        self._write_held()
        try:
            if self._marker:
                self._marker.forget()
        except LedgerError as error:
            self._run.fail(error)

    def _write_held(self) -> None:
        held = sorted(self._held, key=lambda article: (article.published_at or _NEVER, article.article_id or ""))
        self._held.clear()
        for article in held:
            why = self._write(article)
            if why:
                self._run.drop(article, Outcome.NEAR_DUPLICATE, why)

    def _write(self, article: Article) -> str | None:
        """Write a record, or say why it is to be dropped."""
        try:
            signature = self._marker.mark(article) if self._marker else None
            if self._marker and self._marker.drops and article.near_duplicate_of:
                return f"{article.near_duplicate_similarity} like {article.near_duplicate_of}"
            self._run.save(article, signature)
        except LedgerError as error:
            self._run.fail(error)
        return None

"""The counters of a run: written by named methods, read as one dataclass. No other module knows a counter's name.

``RunStats`` stands over Scrapy's stats collector, so that Scrapy's own dump, its web console and scrapyd show our
counters too. ``RunSnapshot`` is what summary, verdict, progress and metrics read; its ``figures`` are kept in the
ledger, and later runs are compared with them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import MethodType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from newscrawler.outcomes import FAULTS, BlockReason, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import DataclassInstance
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

    from newscrawler.items import Article

#: What became of a link that a source named.
LinkResult = Literal["found", "named_again", "not_article", "other_section"]
RenderEvent = Literal["clicks", "failed", "pages", "requests", "requests_failed", "timed_out"]
BackfillEvent = Literal[
    "beyond",
    "changed_before",
    "considered",
    "in_range",
    "known_in_range",
    "probes",
    "years_out_of_order",
    "years_without_sitemap",
]

#: Fields whose share among the records is watched; "words" is a text of at least MIN_WORDS.
COVERED = ("headline", "lead", "authors", "published_at", "image", "words")
#: Authors on the pages that have one by nature.
OP_ED_AUTHORS = "op_ed_authors"
OP_ED_SECTION = "op-ed"
#: Fields whose share among the articles read for the first time is compared with the usual one, up and down; what
#: ``COVERED`` has besides is judged by thresholds.
WATCHED = ("breadcrumbs", "authors", "modified_at", "tags", "related", "embeds", "short_url")
#: A record of fewer words has no text to speak of: a video page, a gallery, or a layout that was not read.
MIN_WORDS = 50


def length_class(words: int) -> int:
    """Lengths of texts are compared by classes, four to a doubling."""
    return round(4 * math.log2(words + 1))


def stats_of(crawler: Crawler) -> RunStats:
    """The counters of a crawl. Not before the crawler has its stats: a spider's ``from_crawler`` is too early."""
    assert crawler.stats is not None
    return RunStats(crawler.stats)


class RunStats:
    """Counts what happens in a run. A decision is never taken from a counter."""

    __slots__ = ("_collector", "_inc", "_set")

    def __init__(self, collector: StatsCollector) -> None:
        self._collector = collector
        # Past the wrapper that Scrapy 2.19 puts around each of these on look-up, to warn of an old argument: a count
        # costs a third less (6.4 µs and 4.3 µs on a busy machine), and a page has a dozen.
        kind = type(collector)
        self._inc = MethodType(kind.inc_value, collector)
        self._set = MethodType(kind.set_value, collector)

    def snapshot(self) -> RunSnapshot:
        """What the counters say at this moment."""
        return snapshot_of(self._collector.get_stats())

    def scheduled(self, via: str, *, again: bool) -> None:
        """A URL is to be fetched. ``again``: an earlier run tried it and got no record."""
        if again:
            self._inc("newscrawler/scheduled_again")
        self._inc("newscrawler/scheduled")
        self._inc(f"newscrawler/discovered_via/{via}")

    def finished(self, outcome: Outcome, *, again: bool) -> None:
        """A scheduled URL has its outcome."""
        self._inc(f"newscrawler/outcome/{outcome}")
        if again and outcome in FAULTS:
            self._inc("newscrawler/failed_again")
            self._inc(f"newscrawler/failed_again/{outcome}")

    def finished_twice(self) -> None:
        """A URL got a second outcome, which is an error of the program."""
        self._inc("newscrawler/outcome_twice")

    def internal_error(self) -> None:
        """A callback raised an exception."""
        self._inc("newscrawler/internal_errors")

    def invalid(self, problem: str) -> None:
        """A record, or a page, is not an article's for this reason."""
        self._inc(f"newscrawler/invalid/{problem}")

    def ambiguous(self, name: str) -> None:
        """A field of a page is not certain."""
        self._inc(f"newscrawler/pages/unproven/{name}")

    def record(self, missing: Iterable[str], *, is_op_ed: bool) -> None:
        """A valid record, with the fields that it lacks; "words" among them where its text is too short."""
        inc = self._inc
        inc("newscrawler/records")
        for name in missing:
            inc(_MISSING + name)
            if is_op_ed and name == "authors":
                inc(_MISSING + OP_ED_AUTHORS)
        if is_op_ed:
            inc("newscrawler/records/op_eds")

    def doubted(self, doubts: Iterable[str]) -> None:
        """A record, and the doubts that its article had not before."""
        self._inc("newscrawler/examined")
        for doubt in doubts:
            self._inc(_DOUBT + doubt)

    def fields_changed(self, *, lost: Iterable[str], gained: Iterable[str]) -> None:
        """A known article's page lacks fields that it had, or has others."""
        for name in lost:
            self._inc(f"{_CHANGED}{name} lost")
        for name in gained:
            self._inc(f"{_CHANGED}{name} gained")

    def revision_explained(self) -> None:
        """A revision that is no edit: of a new extractor, or one that brings back an earlier text or ends a doubt."""
        self._inc("newscrawler/explained_revisions")

    def compared(self, *, agrees: bool) -> None:
        """A page and a feed tell an article's text, with the same words or not."""
        self._inc("newscrawler/feed_text/compared")
        if agrees:
            self._inc("newscrawler/feed_text/agrees")

    def first_read(self, article: Article) -> None:
        """An article's first record: its length, and the fields that it has."""
        self._inc(f"{_LENGTH}{length_class(article.word_count)}")
        for name in WATCHED:
            if getattr(article, name):
                self._inc(_HAVING + name)

    def recurring(self, paragraphs: Sequence[Recurrence]) -> None:
        """The paragraphs of the last weeks that several articles have."""
        self._set(_RECURRING, tuple(paragraphs))

    def withdrawn(self) -> None:
        """An article in the dataset is gone from the site."""
        self._inc("newscrawler/withdrawn")

    def reextracted(self, *, separated: bool) -> None:
        """Whether a new extractor's work could be separated from an edit."""
        self._inc(f"newscrawler/extractor/{'told' if separated else 'untold'}")

    def failed_page_kept(self) -> None:
        """A page that gave no record was kept."""
        self._inc("newscrawler/kept_pages")

    def unknown_layouts(self, text: str) -> None:
        """Where pages of an unknown layout can be looked at."""
        self._set("newscrawler/unknown_layouts/look_at", text)

    def link_named(self, source: str) -> None:
        """A source named a link, of whatever kind."""
        self._inc(f"newscrawler/discovery/{source}/named")

    def link(self, result: LinkResult) -> None:
        """What a link that was named is."""
        self._inc(f"newscrawler/discovery/{result}")

    def source_page(self, source: str) -> None:
        """A listing, feed or sitemap was read."""
        self._inc(f"{_SOURCE}{source}/pages")

    def source_unchanged(self, source: str) -> None:
        """A source's response was 304."""
        self._inc(f"{_SOURCE}{source}/unchanged")

    def source_failed(self, source: str, reason: str) -> None:
        """A source gave no URLs."""
        self._inc(f"{_SOURCE}{source}/lost")
        self._inc(f"{_SOURCE}{source}/lost/{reason}")

    def source_emptied(self, source: str) -> None:
        """A source that failed as empty had URLs before: it is counted as blocked besides."""
        self._inc(f"{_SOURCE}{source}/lost/blocked")

    def gap(self, source: str) -> None:
        """A source does not reach back to the last run."""
        self._inc(f"newscrawler/gap/{source}")

    def max_pages_reached(self) -> None:
        """The argument max_pages ended a listing that goes on."""
        self._inc("newscrawler/listing/stopped_at_max_pages")

    def listing_repeated(self, source: str) -> None:
        """A page of a listing named only what the pages before it did, and ended it."""
        self._inc(f"newscrawler/listing/repeated/{source}")

    def source_cut(self, source: str, what: str) -> None:
        """A feed or sitemap was read, but a part of it was lost."""
        self._set(f"newscrawler/cut/{source}", what)

    def source_without_articles(self, source: str, named: int) -> None:
        """A feed or sitemap named so many URLs, and none of them is an article's."""
        self._inc(f"newscrawler/without_articles/{source}", named)

    def load_more_refused(self) -> None:
        """robots.txt forbids to load more of a listing."""
        self._inc("newscrawler/listing/more_refused_by_robots")

    def not_planned(self, action: str) -> None:
        """A known article is not fetched in this run; the plan's action says why."""
        self._inc(f"newscrawler/known/{action}")

    def revisit(self) -> None:
        """An article in the dataset is fetched again."""
        self._inc("newscrawler/revisits")

    def pending_left(self) -> None:
        """No source answered, so that retries and re-visits are left to the next run."""
        self._inc("newscrawler/pending/site_down")

    def blocked(self, kind: BlockReason) -> None:
        """A response blocks us."""
        self._inc(f"newscrawler/blocked/{kind}")

    def retry_after(self) -> None:
        """A response had a Retry-After header that was obeyed."""
        self._inc("newscrawler/retry_after")

    def stopped_by_site(self, why: str, until: str) -> None:
        """The run ends, and the site is left alone until then."""
        self._set("newscrawler/refused/why", why)
        self._set("newscrawler/refused/until", until)

    def next_visit(self, until: str | None) -> None:
        """Nothing but refusals came; None once the site has answered."""
        self._set("newscrawler/refused/next", until)

    def robots_unavailable(self, why: str) -> None:
        """robots.txt could not be read, and there is no copy."""
        self._set("newscrawler/robots/unknown", why)

    def robots_copy_used(self) -> None:
        """An earlier run's copy of robots.txt was obeyed."""
        self._inc("newscrawler/robots/copy_used")

    def offsite_refused(self) -> None:
        """A request to another host was not sent."""
        self._inc("newscrawler/hosts/refused")

    def not_retried(self) -> None:
        """A request is not repeated since its host has given nothing but failures."""
        self._inc("newscrawler/host_down/not_retried")

    def render(self, event: RenderEvent, count: int = 1) -> None:
        """What the browser did."""
        self._inc(f"newscrawler/render/{event}", count)

    def render_refused(self, why: str) -> None:
        """A request of the browser's own was not sent."""
        self._inc(f"newscrawler/render/refused/{why}")

    def backfill_range(self, first: date, last: date, days: int) -> None:
        """The run is over a range of days of publication."""
        self._set(f"{_BACKFILL}first", first.isoformat())
        self._set(f"{_BACKFILL}last", last.isoformat())
        self._set(f"{_BACKFILL}days", days)

    def backfill(self, event: BackfillEvent, count: int = 1) -> None:
        """What happens on the way through a range."""
        self._inc(_BACKFILL + event, count)

    def backfill_days_covered(self, days: int) -> None:
        """So many days of the range have articles."""
        self._set(f"{_BACKFILL}covered", days)

    def backfill_complete(self) -> None:
        """The range was read to its end."""
        self._set(f"{_BACKFILL}walked", value=True)

    def warc_response(self) -> None:
        """A response was written."""
        self._inc("newscrawler/warc/responses")

    def archive_read(self, counts: Mapping[str, int]) -> None:
        """What was read of an archive, by kinds."""
        for name, count in counts.items():
            self._inc(f"newscrawler/archive/{name}", count)

    def recovered(self, what: str) -> None:
        """What was recovered of a run that was killed."""
        self._set("newscrawler/recovered", what)

    def another_run(self, why: str) -> None:
        """The data folder is another run's."""
        self._set("newscrawler/another_run", why)

    def output_failed(self, why: str) -> None:
        """The output can't be written. Only the first failure is kept."""
        if self._collector.get_value(_OUTPUT_FAILED) is None:
            self._set(_OUTPUT_FAILED, why)

    def output_stored(self, name: str) -> None:
        """A finished file is in its place."""
        self._append("newscrawler/output/stored", name)

    def output_empty(self, name: str) -> None:
        """The run has no record, and what it would take the place of is not empty, or may not be."""
        self._set("newscrawler/output/would_empty", name)

    def output_part(self, path: Path) -> None:
        """A part file was not put in place."""
        self._append("newscrawler/output/kept_part", str(path))

    def output_lines(self, lines: int, line_bytes: int) -> None:
        """What was written into the dataset, before compression."""
        self._set("newscrawler/output/lines", lines)
        self._set("newscrawler/output/line_bytes", line_bytes)

    def finish_reason(self) -> str | None:
        """Scrapy's reason for the end of the crawl; None before it."""
        reason = self._collector.get_value("finish_reason")
        return None if reason is None else str(reason)

    def stop_signal(self, name: str) -> None:
        """A signal stops the run."""
        self._set("newscrawler/stop_signal", name)

    def log_failed(self, why: str) -> None:
        """The log file lacks lines."""
        self._set("newscrawler/log_failed", why)

    def note(self, name: str, text: str | None) -> None:
        """Something that the summary says; None takes it back."""
        self._set(_NOTE + name, text)

    def metrics_failed(self, why: str) -> None:
        """The metrics file could not be written."""
        self._set("newscrawler/metrics/failed", why)

    def alarms(self, notes: Sequence[str]) -> None:
        """What was delivered on which channel."""
        self._set("newscrawler/alarm/notes", list(notes))

    def _append(self, name: str, value: str) -> None:
        self._set(name, [*self._collector.get_value(name, []), value])


_SOURCE = "newscrawler/source/"
_MISSING = "newscrawler/missing/"
_DOUBT = "newscrawler/doubts/"
_CHANGED = "newscrawler/fields/"
_LENGTH = "newscrawler/first_read/length/"
_HAVING = "newscrawler/first_read/having/"
_RECURRING = "newscrawler/recurring_paragraphs"
_BACKFILL = "newscrawler/backfill/"
_NOTE = "newscrawler/note/"
_OUTPUT_FAILED = "newscrawler/output/failed"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A paragraph that several articles have. ``articles`` have it, of the ``since`` that were written from the run on
    that read it first; ``before`` that run there were so many, counted up to a bound. ``first_at`` is when it began.
    """

    edition: str
    text: str
    articles: int
    since: int
    before: int
    first_at: datetime
    in_feed: bool


_Stats: TypeAlias = Mapping[str, Any]


def _read(read: Callable[[_Stats], Any], **default: Any) -> Any:
    """A field of a snapshot, and how it is read from the counters of Scrapy's collector."""
    return field(metadata={"read": read}, **(default or {"default": None}))


def _count(name: str) -> Any:
    return _read(lambda stats: int(stats.get(name) or 0), default=0)


def _flag(name: str) -> Any:
    return _read(lambda stats: bool(stats.get(name)), default=False)


def _text(name: str) -> Any:
    return _read(lambda stats: None if (found := stats.get(name)) is None else str(found))


def _texts(name: str) -> Any:
    return _read(lambda stats: tuple(stats.get(name, ())), default=())


def _group(prefix: str) -> Any:
    """Counters by what comes after their prefix, sorted by name."""
    return _read(lambda stats: _grouped(stats, prefix), default_factory=dict)


def _grouped(stats: _Stats, prefix: str) -> dict[str, Any]:
    return {key.removeprefix(prefix): stats[key] for key in sorted(stats) if key.startswith(prefix)}


def _values(kind: type[DataclassInstance], stats: _Stats) -> dict[str, Any]:
    return {one.name: one.metadata["read"](stats) for one in fields(kind) if one.metadata}


def _sources(stats: _Stats) -> tuple[set[str], set[str], set[str]]:
    """Sources that gave a page, those that answered only that nothing had changed, and those that gave nothing."""
    sources = {key.removeprefix(_SOURCE).split("/")[0] for key in stats if key.startswith(_SOURCE)}
    read = {source for source in sources if stats.get(f"{_SOURCE}{source}/pages")}
    unchanged = {source for source in sources - read if stats.get(f"{_SOURCE}{source}/unchanged")}
    return read, unchanged, sources - read - unchanged


def _sources_failed(stats: _Stats) -> dict[str, dict[str, int]]:
    failed: dict[str, dict[str, int]] = {}
    for key, times in _grouped(stats, _SOURCE).items():
        source, lost, reason = key.partition("/lost/")
        if lost:
            failed.setdefault(source, {})[reason] = times
    return failed


def _lost(stats: _Stats) -> dict[str, str]:
    failed = _sources_failed(stats)
    return {source: ", ".join(failed.get(source, ())) for source in sorted(_sources(stats)[2])}


def _named(stats: _Stats) -> dict[str, int]:
    return {source: stats.get(f"newscrawler/discovery/{source}/named", 0) for source in sorted(_sources(stats)[0])}


def _fields(stats: _Stats) -> dict[str, int]:
    if not (records := stats.get("newscrawler/records", 0)):
        return {}
    having = {name: records - stats.get(_MISSING + name, 0) for name in COVERED}
    return {
        **having,
        OP_ED_AUTHORS: stats.get("newscrawler/records/op_eds", 0) - stats.get(_MISSING + OP_ED_AUTHORS, 0),
    }


def _output_failed(stats: _Stats) -> str:
    by_scrapy = any(key.startswith("feedexport/failed_count/") for key in stats)
    return str(stats.get(_OUTPUT_FAILED) or ("see the log above" if by_scrapy else ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Counts of one run; times in seconds, sizes in bytes. A field that an older run did not count is 0 or empty.

    ``discovered``: URLs of the section's articles that the sources named, repeats included. ``named``: the
    same of all sections, by source, for sources whose pages were read. ``unchanged``: sources that answered only
    that nothing had changed. ``lost``: sources that gave nothing at all, with the reason. ``scheduled``:
    URLs with an outcome; ``scheduled_again`` of them had failed in an earlier run, and ``failed_again`` did
    so again, ``unknown_again`` for want of a layout. ``records``: valid records, unchanged ones included;
    ``fields``: how many of them had each field; of ``op_eds`` among them the field ``op_ed_authors``.
    ``lines`` and ``line_bytes``: what was decided to be written, before compression. ``doubts``: of the ``examined``
    records those whose article came to have each doubt. ``compared``: articles whose page and feed both tell the
    text, ``agreed`` of them with the same words. ``lengths``: articles read for the first time, by class of length;
    ``having``: how many of them have each field. ``changed_fields``: known articles that lost or gained a field.
    ``explained``: revisions that a new extractor made, that bring back what an earlier one said or end its doubts.
    """

    seconds: float = _read(lambda stats: round(float(stats.get("elapsed_time_seconds") or 0), 3), default=0.0)
    requests: int = _count("downloader/request_count")
    response_bytes: int = _count("downloader/response_bytes")
    discovered: int = _count("newscrawler/discovery/found")
    named: Mapping[str, int] = _read(_named, default_factory=dict)
    unchanged: tuple[str, ...] = _read(lambda stats: tuple(sorted(_sources(stats)[1])), default=())
    lost: Mapping[str, str] = _read(_lost, default_factory=dict)
    scheduled: int = _count("newscrawler/scheduled")
    scheduled_again: int = _count("newscrawler/scheduled_again")
    failed_again: int = _count("newscrawler/failed_again")
    unknown_again: int = _count(f"newscrawler/failed_again/{Outcome.UNKNOWN_LAYOUT}")
    outcomes: Mapping[str, int] = _read(
        lambda stats: {str(outcome): stats.get(f"newscrawler/outcome/{outcome}", 0) for outcome in Outcome},
        default_factory=dict,
    )
    withdrawn: int = _count("newscrawler/withdrawn")
    internal_errors: int = _count("newscrawler/internal_errors")
    records: int = _count("newscrawler/records")
    op_eds: int = _count("newscrawler/records/op_eds")
    fields: Mapping[str, int] = _read(_fields, default_factory=dict)
    lines: int = _count("newscrawler/output/lines")
    line_bytes: int = _count("newscrawler/output/line_bytes")
    examined: int = _count("newscrawler/examined")
    doubts: Mapping[str, int] = _group(_DOUBT)
    compared: int = _count("newscrawler/feed_text/compared")
    agreed: int = _count("newscrawler/feed_text/agrees")
    lengths: Mapping[str, int] = _group(_LENGTH)
    having: Mapping[str, int] = _group(_HAVING)
    changed_fields: Mapping[str, int] = _group(_CHANGED)
    explained: int = _count("newscrawler/explained_revisions")

    def count(self, outcome: Outcome) -> int:
        """How many URLs had an outcome."""
        return self.outcomes.get(str(outcome), 0)

    @property
    def new(self) -> int:
        """Articles that were not in the dataset before."""
        return self.count(Outcome.NEW)

    @property
    def first_read(self) -> int:
        """Articles that had a record for the first time."""
        return sum(self.lengths.values())

    @property
    def reached(self) -> int:
        """Scheduled URLs that no limit and no stop left out."""
        return self.scheduled - self.count(Outcome.NOT_REACHED)

    @property
    def tried(self) -> int:
        """Of those, the ones that had not failed before."""
        return max(0, self.reached - self.scheduled_again)

    @property
    def all_faults(self) -> int:
        """Failures, whether they are new or not."""
        return sum(self.count(outcome) for outcome in FAULTS)

    @property
    def faults(self) -> int:
        """Failures that are new: what failed before and fails again is no news."""
        return self.all_faults - self.failed_again

    @property
    def unknown_layouts(self) -> int:
        """Pages among those that no layout claimed."""
        return self.count(Outcome.UNKNOWN_LAYOUT) - self.unknown_again

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """What ``asdict`` gave, in this version or another, after a trip through JSON."""
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in found.items() if name in known}
        return cls(**{**given, "unchanged": tuple(given.get("unchanged", ()))})


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillFigures:
    """What came of a range of days of publication."""

    first: str = _text(f"{_BACKFILL}first")
    last: str = _text(f"{_BACKFILL}last")
    days: int = _count(f"{_BACKFILL}days")
    covered: int = _count(f"{_BACKFILL}covered")
    found: int = _count(f"{_BACKFILL}in_range")
    known: int = _count(f"{_BACKFILL}known_in_range")
    considered: int = _count(f"{_BACKFILL}considered")
    sitemaps: int = _count(f"{_SOURCE}sitemap/pages")
    sitemaps_failed: int = _count(f"{_SOURCE}sitemap/lost")
    years_without_sitemap: int = _count(f"{_BACKFILL}years_without_sitemap")
    years_out_of_order: int = _count(f"{_BACKFILL}years_out_of_order")
    complete: bool = _flag(f"{_BACKFILL}walked")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSnapshot:
    """What the counters of a run say at one moment. Mappings are sorted by name."""

    figures: RunFigures
    #: Requests that wait in the scheduler.
    queued: int = _read(lambda stats: stats.get("scheduler/enqueued", 0) - stats.get("scheduler/dequeued", 0))
    finish_reason: str | None = _text("finish_reason")
    #: Why the output could not be written; empty if it could.
    output_failed: str = _read(_output_failed)
    #: The output that a run without a record does not replace.
    would_empty: str | None = _text("newscrawler/output/would_empty")
    another_run: str | None = _text("newscrawler/another_run")
    stop_signal: str | None = _text("newscrawler/stop_signal")
    #: Why the site's refusals ended the run, and until when it is left alone.
    refused_why: str | None = _text("newscrawler/refused/why")
    refused_until: str | None = _text("newscrawler/refused/until")
    next_visit: str | None = _text("newscrawler/refused/next")
    robots_unavailable: str | None = _text("newscrawler/robots/unknown")
    robots_copy_used: bool = _flag("newscrawler/robots/copy_used")
    finished_twice: int = _count("newscrawler/outcome_twice")
    #: Whether a response was 304 for a source.
    any_source_unchanged: bool = _read(
        lambda stats: any(key.startswith(_SOURCE) and key.endswith("/unchanged") for key in stats)
    )
    #: By source, then by reason.
    sources_failed: Mapping[str, Mapping[str, int]] = _read(_sources_failed)
    discovered_via: Mapping[str, int] = _group("newscrawler/discovered_via/")
    blocked: Mapping[str, int] = _group("newscrawler/blocked/")
    invalid: Mapping[str, int] = _group("newscrawler/invalid/")
    recurring: tuple[Recurrence, ...] = _texts(_RECURRING)
    ambiguous: Mapping[str, int] = _group("newscrawler/pages/unproven/")
    archive: Mapping[str, int] = _group("newscrawler/archive/")
    #: Known articles that are not fetched, by the plan's action.
    not_planned: Mapping[str, int] = _group("newscrawler/known/")
    gaps: Mapping[str, int] = _group("newscrawler/gap/")
    revisits: int = _count("newscrawler/revisits")
    separated: int = _count("newscrawler/extractor/told")
    not_separated: int = _count("newscrawler/extractor/untold")
    rendered: int = _count("newscrawler/render/pages")
    clicks: int = _count("newscrawler/render/clicks")
    max_pages_reached: bool = _flag("newscrawler/listing/stopped_at_max_pages")
    load_more_refused: bool = _flag("newscrawler/listing/more_refused_by_robots")
    #: Pages of listings that only repeat, by source.
    repeated: Mapping[str, int] = _group("newscrawler/listing/repeated/")
    #: What was lost of feeds and sitemaps that were read, by source.
    cut: Mapping[str, str] = _group("newscrawler/cut/")
    #: URLs of feeds and sitemaps that named no article at all, by source.
    without_articles: Mapping[str, int] = _group("newscrawler/without_articles/")
    offsite_refused: int = _count("newscrawler/hosts/refused")
    backfill: BackfillFigures | None
    recovered: str | None = _text("newscrawler/recovered")
    unknown_layouts: str | None = _text("newscrawler/unknown_layouts/look_at")
    #: What the summary says besides, by kind.
    notes: Mapping[str, str] = _read(
        lambda stats: {name: str(said) for name, said in _grouped(stats, _NOTE).items() if said}
    )
    log_failed: str | None = _text("newscrawler/log_failed")
    metrics_failed: str | None = _text("newscrawler/metrics/failed")
    stored: tuple[str, ...] = _texts("newscrawler/output/stored")
    parts: tuple[str, ...] = _texts("newscrawler/output/kept_part")
    alarms: tuple[str, ...] = _texts("newscrawler/alarm/notes")


def snapshot_of(stats: Mapping[str, Any]) -> RunSnapshot:
    """What these counters of Scrapy's collector say."""
    backfill = BackfillFigures(**_values(BackfillFigures, stats)) if f"{_BACKFILL}days" in stats else None
    figures = RunFigures(**_values(RunFigures, stats))
    return RunSnapshot(figures=figures, backfill=backfill, **_values(RunSnapshot, stats))

"""What goes into the ledger and comes out of it. Times are aware datetimes in UTC, offsets and lengths bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, TypeAlias

from newscrawler.items import RevisionReason, Status
from newscrawler.monitoring.stats import RunFigures
from newscrawler.utils import DateRange

#: Edition and article id: what makes an article one article.
Key: TypeAlias = tuple[str, str]

Action: TypeAlias = Literal["fetch", "retry", "revisit", "scheduled", "not_due", "final", "taken_down"]
#: ``finish_reason`` of a run that never came to its end.
KILLED = "killed"
#: Actions for which the caller makes a request and must finish its URL.
WANTED: frozenset[Action] = frozenset({"fetch", "retry", "revisit"})


class Validators(NamedTuple):
    """What makes a request conditional: sent back as If-None-Match and If-Modified-Since, word for word."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)


class DiscoveredLink(NamedTuple):
    """A URL that discovery found. ``lastmod`` is the time that the feed or sitemap gives for it, ``days`` are
    those of publication to which the run keeps.
    """

    key: Key
    url: str
    via: str
    lastmod: datetime | None = None
    days: DateRange | None = None


class Plan(NamedTuple):
    """What to do with a URL in this run.

    fetch: no response yet; retry: gave no record before; revisit: in the dataset, look for changes;
    scheduled: this run already does; not_due; final: never again; taken_down: not to be fetched.
    ``validators`` is empty unless the request may be conditional. ``revisions`` counts the article's lines.
    """

    key: Key
    url: str
    via: str
    action: Action
    first_seen_at: datetime
    validators: Validators = Validators()
    revisions: int = 0

    @property
    def wanted(self) -> bool:
        """Whether a request is to be made, and an outcome reported."""
        return self.action in WANTED


class MissingUrl(NamedTuple):
    """A URL that gave no record. ``outcome`` and ``detail`` say why; "not_reached" was never asked for, or not lately.

    ``last_attempt`` is None where the outcome is no attempt, ``next_attempt`` where there is none planned.
    """

    key: Key
    url: str
    via: str
    outcome: str
    detail: str | None
    attempts: int
    first_seen_at: datetime
    published_at: datetime | None
    last_attempt: datetime | None
    next_attempt: datetime | None

    @property
    def day(self) -> date:
        """Its day (UTC): of publication where that is known, else the one on which it was found."""
        return (self.published_at or self.first_seen_at).astimezone(UTC).date()


class ArticleState(NamedTuple):
    """What the ledger knows of an article besides its revisions.

    ``visited_at`` is when its page was seen last; None without a record.
    """

    first_seen_at: datetime
    taken_down: bool
    visited_at: datetime | None


class Run(NamedTuple):
    """A run as the ledger keeps it. ``finish_reason`` of one that was killed is "killed", set by recovery.

    ``command`` names what was asked for: only runs of one command are compared. ``verdict`` says in one line why the
    run was good or not, as its summary did; ``figures`` is what it came to: of a killed run only the outcomes
    new and revised, as far as lines were committed. Both are None for runs of versions that did not keep them.
    """

    number: int
    run_id: str
    started_at: datetime
    extractor_version: str
    finished_at: datetime | None = None
    finish_reason: str | None = None
    exit_code: int | None = None
    outcomes: Mapping[str, int] | None = None
    committed: int = 0
    lines: int = 0
    file: str | None = None
    command: str | None = None
    verdict: str | None = None
    figures: RunFigures | None = None

    @property
    def killed(self) -> bool:
        """Whether the run was found dead by a later one."""
        return self.finish_reason == KILLED


class LineLocation(NamedTuple):
    """Where a line is: the run whose file holds it, first byte (of the uncompressed file), bytes with line end."""

    run_id: str
    offset: int
    length: int
    crc32: int


class RevisionRow(NamedTuple):
    """A row of ``revisions``: a committed line of the dataset, with what it must contain."""

    key: Key
    revision: int
    content_hash: str
    extractor_version: str
    published_at: datetime | None
    fetched_at: datetime
    reason: RevisionReason | None
    status: Status
    location: LineLocation


class Signature(NamedTuple):
    """An article's near-duplicate signature: signed 64-bit band keys and the packed shingles, both opaque."""

    band_keys: Sequence[int]
    shingles: bytes


class PageNotes(NamedTuple):
    """What later pages are compared with: the number of words, the names of the doubts and of the fields that the page
    has, and the paragraphs that are long enough to be known again (none in an archive's captures). ``in_feed``: of
    those that recur, what the feed has.
    """

    words: int
    doubts: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    paragraphs: Sequence[str] = ()
    recurring: Sequence[str] = ()
    in_feed: frozenset[str] = frozenset()


class Candidate(NamedTuple):
    """A committed article that shares a band key."""

    key: Key
    published_at: datetime
    shingles: bytes


class Takedown(NamedTuple):
    """A logged removal; ``finished_at`` is None while files still have to be rewritten."""

    number: int
    key: Key
    reason: str
    requested_at: datetime
    finished_at: datetime | None
    files: Sequence[str]
    lines: int

"""The ledger: everything a scheduled crawl remembers, in one SQLite file. All SQL of the project is in here.

    with Ledger.open(data_dir / "ledger.sqlite3") as ledger:
        run = ledger.runs.begin(run_id, now, extractor_version="7")
        plans = ledger.urls.discovered(run, now, links)
        decision = ledger.articles.decide(record)

Synchronous on purpose: a call takes 0.03 to 0.7 milliseconds (`benchmarks/ledger.py`; some 50 when SQLite moves its
write-ahead log, once in a few hundred lines), and nothing can come between the line's append and its commit.
One connection, one thread, one writing process (dataset/lock.py); others may read at the same time.

What survives: with durability "run" (SQLite's synchronous = NORMAL) every committed transaction survives a
killed process, and a power cut may take back the last ones, never half of one. With "line" (FULL) it takes back
none. ``Runs.begin``, ``Runs.mark_complete``, takedowns and revocations are on the disk when they return under both.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from newscrawler.ledger.articles import OUTCOMES_WITHOUT_LINE, Dates, Urls
from newscrawler.ledger.database import Database, Durability
from newscrawler.ledger.models import (
    DiscoveredLink,
    Key,
    LineLocation,
    MissingUrl,
    PageNotes,
    Plan,
    RevisionRow,
    Run,
    Signature,
    Takedown,
    Validators,
)
from newscrawler.ledger.paragraphs import Paragraphs
from newscrawler.ledger.revisions import Articles, Decision, Lines, RevisionMemory
from newscrawler.ledger.revisit_policy import DEFAULT_TABLE, RETRY_GAPS, RevisitTable
from newscrawler.ledger.runs import Alarms, Runs, new_run_id
from newscrawler.ledger.signatures import Signatures
from newscrawler.ledger.sources import Cooldown, SiteNotes, Sources
from newscrawler.ledger.takedowns import Takedowns
from newscrawler.ledger.visits import Visits

LEDGER_NAME = "ledger.sqlite3"


class Ledger:
    """The open ledger; its parts are attributes, one subject each."""

    def __init__(self, database: Database, revisits: RevisitTable) -> None:
        self._database = database
        self.path = database.path
        self.durability: Durability = database.durability
        self.runs = Runs(database)
        self.urls = Urls(database, revisits)
        self.dates = Dates(database)
        self.lines = Lines(database)
        self.signatures = Signatures(database)
        self.paragraphs = Paragraphs(database)
        self.articles = Articles(database, revisits, self.signatures, self.lines, self.paragraphs)
        self.visits = Visits(database, revisits, self.lines)
        self.sources = Sources(database)
        self.site = SiteNotes(database)
        self.takedowns = Takedowns(database, self.signatures)
        self.alarms = Alarms(database)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        durability: Durability = "run",
        revisits: RevisitTable = DEFAULT_TABLE,
        read_only: bool = False,
    ) -> Ledger:
        """Open the ledger, make it if there is none, and migrate it if it is older.

        Raises LedgerError, with one line that names file and remedy, and leaves the file as it was. ``read_only``
        neither makes nor migrates: LedgerMissing when there is none.
        """
        return cls(Database(Path(path), durability=durability, read_only=read_only), revisits)

    def copy_to(self, path: Path) -> None:
        """Make a copy of the ledger as it is now, on the disk, whatever a crawl writes meanwhile."""
        self._database.copy_to(path)

    def close(self) -> None:
        """Close the file. Nothing is lost without it; the next opening takes a little longer."""
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


__all__ = [
    "LEDGER_NAME",
    "OUTCOMES_WITHOUT_LINE",
    "RETRY_GAPS",
    "Cooldown",
    "Decision",
    "DiscoveredLink",
    "Durability",
    "Key",
    "Ledger",
    "LineLocation",
    "MissingUrl",
    "PageNotes",
    "Plan",
    "RevisionMemory",
    "RevisionRow",
    "Run",
    "Signature",
    "Takedown",
    "Validators",
    "new_run_id",
]

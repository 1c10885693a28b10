"""How a command that is no crawl opens a data folder to change it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from scrapy.settings import BaseSettings

from newscrawler.ledger import LEDGER_NAME, Ledger, LedgerMissing
from newscrawler.revisit import parse_table
from newscrawler.run_lock import RunLock


@contextmanager
def open_for_writing(folder: Path, settings: BaseSettings, now: datetime) -> Iterator[Ledger]:
    """The ledger of a data folder, which no other run may use meanwhile.

    Raises LedgerMissing where there is none, rather than making one; RunActive, LockUnavailable or a LedgerError.
    """
    path = folder / LEDGER_NAME
    if not path.exists():
        raise LedgerMissing(f"ledger {path}: there is none; name the data folder of a crawl")
    revisits = parse_table(settings.getdict("NEWSCRAWLER_REVISITS"))
    durability = settings["NEWSCRAWLER_DURABILITY"]
    with RunLock(folder, now=now), Ledger.open(path, durability=durability, revisits=revisits) as ledger:
        yield ledger

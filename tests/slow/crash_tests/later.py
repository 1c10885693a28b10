"""A migration such as a later version of the program may bring."""

from __future__ import annotations

from pathlib import Path

from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.ledger.database import Database
from newscrawler.ledger.revisit_policy import DEFAULT_TABLE
from tests.dataset_driver import LATER

__all__ = ["LATER", "open_later"]


def open_later(data_dir: Path) -> Ledger:
    """The ledger of a data folder, to read it with the later version."""
    database = Database(data_dir / LEDGER_NAME, durability="run", read_only=True, migrations=LATER)
    return Ledger(database, DEFAULT_TABLE)

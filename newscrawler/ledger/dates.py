"""What the ledger knows of dates of publication: for finding a range of days among ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from newscrawler.ledger.database import Database
from newscrawler.ledger.times import moment_of
from newscrawler.ledger.values import Key

#: Pairs that ``sample`` gives, about.
_SAMPLE = 500


class Dates:
    """Dates of the pages that were read, whether they became records or were left aside."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def date_of(self, key: Key) -> datetime | None:
        """When an article was published, if a page of it was read and said so."""
        row = self._db.one("SELECT published_at FROM stories WHERE edition = ? AND article_id = ?", key)
        return None if row is None or row[0] is None else moment_of(row[0])

    def settled(self, edition: str) -> Iterator[str]:
        """Addresses that have an outcome, of whatever sort but not reached."""
        rows = self._db.all(
            "SELECT url FROM stories WHERE edition = ? AND outcome IS NOT NULL AND outcome <> 'not_reached'", (edition,)
        )
        yield from (url for (url,) in rows)

    def sample(self, edition: str) -> list[tuple[int, datetime]]:
        """Some pairs of id and publication, from all times; only ids that are numbers."""
        count = int(self._db.one("SELECT max(id) FROM stories")[0] or 0)
        rows = self._db.all(
            "SELECT article_id, published_at FROM stories"
            " WHERE edition = ? AND id % ? = 0 AND published_at IS NOT NULL",
            (edition, count // _SAMPLE + 1),
        )
        return [(int(number), moment_of(at)) for number, at in rows if number.isdigit()]

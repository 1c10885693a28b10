"""What a run must know of the site from the runs before it: until when it is left in peace, and its robots file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newscrawler.ledger.database import Database
from newscrawler.ledger.times import micros, moment_of


@dataclass(frozen=True, slots=True)
class Pause:
    """The site said no: it is not asked before ``until``. ``times`` counts the runs in a row that it refused."""

    until: datetime
    times: int
    why: str


class SiteNotes:
    """Notes by edition and by origin (scheme and host with port)."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def pause(self, edition: str) -> Pause | None:
        """The last pause, over or not; None when the site has answered since."""
        note = self._get(f"pause/{edition}")
        return None if note is None else Pause(moment_of(note["until"]), int(note["times"]), str(note["why"]))

    def save_pause(self, edition: str, pause: Pause) -> None:
        """Keep a pause, in place of the one before."""
        self._put(f"pause/{edition}", {"until": micros(pause.until), "times": pause.times, "why": pause.why})

    def end_pause(self, edition: str) -> None:
        """Forget the pause and how many there were: the site lets us read."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM notes WHERE name = ?", (f"pause/{edition}",))

    def named(self, url: str) -> int:
        """How many articles a listing, feed or news sitemap named when it last named any; 0 for one never seen."""
        note = self._get(f"named/{url}")
        return 0 if note is None else int(note["count"])

    def save_named(self, url: str, now: datetime, count: int) -> None:
        """Keep how many articles a source named."""
        self._put(f"named/{url}", {"at": micros(now), "count": count})

    def robots(self, origin: str) -> tuple[datetime, str] | None:
        """The last robots file that was had from an origin, and when; None when there is none."""
        note = self._get(f"robots/{origin}")
        return None if note is None else (moment_of(note["at"]), str(note["text"]))

    def save_robots(self, origin: str, now: datetime, text: str) -> None:
        """Keep a robots file; an empty text when the origin has none."""
        self._put(f"robots/{origin}", {"at": micros(now), "text": text})

    def _get(self, name: str) -> dict[str, Any] | None:
        row = self._db.one("SELECT value FROM notes WHERE name = ?", (name,))
        return None if row is None else json.loads(row[0])

    def _put(self, name: str, value: dict[str, Any]) -> None:
        with self._db.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))

"""Listings, feeds and sitemaps: their validators, and whether they still reach back to what was seen last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from newscrawler.ledger.database import Database, micros, moment_of
from newscrawler.ledger.models import Run, Validators

#: Of what a source showed last time the newest so many count for ``overlaps``, and of those ENOUGH must be seen.
NEWEST = 10
ENOUGH = 3
_MAX_IDS = 50


class Sources:
    """Memory of the pages that URLs come from."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page_validators(self, url: str, run: Run) -> Validators:
        """Validators for a listing or feed; none when another extractor version read it last."""
        row = self._db.one(
            "SELECT etag, last_modified FROM pages WHERE url = ? AND extractor = ?",
            (url, run.extractor_version),
        )
        return Validators() if row is None else Validators(*row)

    def save_page_validators(self, url: str, run: Run, now: datetime, validators: Validators) -> None:
        """Keep a listing's or feed's validators. Only after ``Urls.discovered`` has returned for it, or a
        kill in between would hide its URLs behind a 304. Empty ones forget those there were.
        """
        with self._db.transaction() as connection:
            if validators:
                connection.execute(
                    "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)",
                    (url, validators.etag, validators.last_modified, run.extractor_version, micros(now)),
                )
            else:
                connection.execute("DELETE FROM pages WHERE url = ?", (url,))

    def overlaps(self, source: str, article_ids: Sequence[str]) -> bool:
        """Whether a source still shows what it showed when last remembered, so that nothing fell out between.

        Of the NEWEST articles of that time, ENOUGH (or all, if fewer) must be among ``article_ids``; a single
        one might be pinned to the top. True for a source never seen. Ask before ``remember``.
        """
        row = self._db.one("SELECT ids FROM sources WHERE name = ?", (source,))
        if row is None:
            return True
        newest = set(json.loads(row[0])[:NEWEST])
        return len(newest.intersection(article_ids)) >= min(ENOUGH, len(newest))

    def seen_at(self, source: str) -> datetime | None:
        """When a source was last remembered; None for one never seen."""
        row = self._db.one("SELECT seen_at FROM sources WHERE name = ?", (source,))
        return None if row is None else moment_of(row[0])

    def remember(self, source: str, article_ids: Sequence[str], now: datetime) -> None:
        """Keep what a source shows, newest first, for the next run. Only after its URLs are committed.

        An empty source is not remembered: it says nothing about what was missed.
        """
        if not article_ids:
            return
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)",
                (source, json.dumps(list(article_ids[:_MAX_IDS])), micros(now)),
            )


class Cooldown(NamedTuple):
    """The site blocked a run: no requests before ``until``. ``times`` counts the blocked runs in a row."""

    until: datetime
    times: int
    why: str


class SiteNotes:
    """Notes by edition and by origin (scheme and host with port)."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def cooldown(self, edition: str) -> Cooldown | None:
        """The last cooldown, over or not; None when the site has answered since."""
        note = self._get(f"pause/{edition}")
        return None if note is None else Cooldown(moment_of(note["until"]), int(note["times"]), str(note["why"]))

    def save_cooldown(self, edition: str, cooldown: Cooldown) -> None:
        """Keep a cooldown, in place of the one before."""
        self._put(f"pause/{edition}", {"until": micros(cooldown.until), "times": cooldown.times, "why": cooldown.why})

    def end_cooldown(self, edition: str) -> None:
        """Forget the cooldown and how many there were: the site lets us read."""
        with self._db.transaction() as connection:
            connection.execute("DELETE FROM notes WHERE name = ?", (f"pause/{edition}",))

    def link_count(self, url: str) -> int:
        """How many articles a listing, feed or news sitemap named when it last named any; 0 for one never seen."""
        note = self._get(f"named/{url}")
        return 0 if note is None else int(note["count"])

    def save_link_count(self, url: str, now: datetime, count: int) -> None:
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

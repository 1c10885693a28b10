"""Listings, feeds and sitemaps: their validators, and whether they still reach back to what was seen last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from newscrawler.ledger.database import Database
from newscrawler.ledger.times import micros, moment_of
from newscrawler.ledger.values import Run, Validators

#: Of what a source showed last time the newest so many count for ``overlaps``, and of those ENOUGH must be seen.
NEWEST = 10
ENOUGH = 3
_MOST_IDS = 50


class Sources:
    """Memory of the pages that addresses come from."""

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
        """Keep a listing's or feed's validators. Only after ``Addresses.discovered`` has returned for it, or a
        kill in between would hide its addresses behind a 304. Empty ones forget those there were.
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
        """Keep what a source shows, newest first, for the next run. Only after its addresses are committed.

        An empty source is not remembered: it says nothing about what was missed.
        """
        if not article_ids:
            return
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)",
                (source, json.dumps(list(article_ids[:_MOST_IDS])), micros(now)),
            )

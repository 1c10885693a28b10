"""Marks a record that says nearly what an article in the dataset says already; see docs/near-duplicates.md."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from newscrawler.exceptions import ArgumentError
from newscrawler.ledger import Signature
from newscrawler.near_duplicates import (
    BAND_VERSION,
    Document,
    band_keys,
    best_match,
    pack_shingles,
    shingle_hashes,
    unpack_shingles,
)

if TYPE_CHECKING:
    from newscrawler.incremental import IncrementalRun
    from newscrawler.items import Article


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
        moment = datetime.fromisoformat(article.published_at or article.fetched_at or "")
        candidates = self._run.ledger.signatures.candidates(article.edition, keys, moment, self._window)
        match = best_match(
            Document(article.article_id, moment, shingles),
            (Document(c.key[1], c.published_at, unpack_shingles(c.shingles)) for c in candidates),
            window=self._window,
        )
        article.near_duplicate_of = match.article_id if match else None
        article.near_duplicate_similarity = match.similarity if match else None
        return Signature(keys, pack_shingles(shingles))

"""Marks a record that nearly repeats an article in the dataset; see docs/use/near-duplicates.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from newscrawler.items import Article
from newscrawler.ledger import Signature
from newscrawler.ledger.signatures import Signatures
from newscrawler.near_duplicates import (
    BAND_VERSION,
    ShingledArticle,
    band_keys,
    best_match,
    pack_shingles,
    shingle_hashes,
    unpack_shingles,
)


class NearDuplicateMarker:
    """Compares with what the ledger has at the moment, within a window of days between publications."""

    def __init__(self, signatures: Signatures, *, window: timedelta) -> None:
        self._signatures = signatures
        self._window = window
        self._checked = False

    def forget(self, now: datetime) -> None:
        """Let go of signatures that no article of the coming days can match; twice the window, for late finds."""
        self._signatures.prune(now - 2 * self._window)

    def mark(self, article: Article) -> Signature:
        """Set the record's mark, and return the signature by which later ones are compared with it."""
        assert article.article_id is not None
        assert article.edition is not None
        if not self._checked:
            # Keys of another version of the library would find nothing and say nothing.
            self._signatures.ensure_version(BAND_VERSION, lambda packed: band_keys(unpack_shingles(packed)))
            self._checked = True
        shingles = shingle_hashes(article.text or "")
        keys = band_keys(shingles)
        moment = article.published_at or article.fetched_at
        assert moment is not None
        candidates = self._signatures.candidates(article.edition, keys, moment, self._window)
        match = best_match(
            ShingledArticle(article.article_id, moment, shingles),
            (ShingledArticle(c.key[1], c.published_at, unpack_shingles(c.shingles)) for c in candidates),
            window=self._window,
        )
        article.near_duplicate_of = match.article_id if match else None
        article.near_duplicate_similarity = match.similarity if match else None
        return Signature(keys, pack_shingles(shingles))

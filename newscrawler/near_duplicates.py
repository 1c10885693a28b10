"""Near-duplicates: is this article already in the dataset in other words, or nearly the same ones?

Pure functions, no I/O. The ledger keeps, for each article, the packed shingles (the truth) and the band keys
(an index to find candidates with); what it finds by band key is verified here by exact Jaccard similarity.

    shingles = shingle_hashes(article.text)          # pack_shingles(shingles) goes into the ledger
    keys = band_keys(shingles)                       # one row a key: (key, article)
    match = best_match(ShingledArticle(id, published_at, shingles), documents_sharing_a_key, window=...)

The same text gives the same shingles and keys in every run and on every machine: nothing here uses the
built-in `hash()`, the clock or the order of a set. The choices are measured by `benchmarks/near_duplicates.py` and
explained in docs/use/near-duplicates.md.
"""

import re
import sys
import unicodedata
from array import array
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from struct import pack
from typing import Final, TypeAlias

from rensa import RMinHash  # type: ignore[import-untyped]

Shingles: TypeAlias = "array[int]"
"""Sorted, distinct, unsigned 64-bit numbers, one a word shingle. Empty for a text too short to judge."""

SHINGLE_WORDS: Final = 3
"""Words in a shingle. Measured 2 to 5: fewer bring different articles closer (at 2, real ones reach 0.48),
more let a few changed words hide a copy (recall at THRESHOLD falls from 0.991 to 0.982 at 5)."""

MIN_WORDS: Final = 40
"""A shorter text has no shingles, so it is no near-duplicate and has none: from 40 words on, no two real
articles began alike, and two changed words leave at least 0.7 of the similarity."""

THRESHOLD: Final = 0.5
"""Least Jaccard similarity of a near-duplicate: two thirds in common, for texts of equal length. On the
measured curve no pair of different articles reaches it (0.44 at most with a made common tail, 0.40 for real
pairs, and those told different news), and 99 % of the edited copies do."""

BANDS: Final = 42
ROWS: Final = 3
"""42 bands of 3 rows find a pair at THRESHOLD with a chance of 1 - (1 - 0.5**3)**42 = 99.6 %. A missed pair
is lost for good, while a needless candidate costs one exact comparison, some 20 microseconds."""

PERMUTATIONS: Final = BANDS * ROWS

SIMILARITY_DIGITS: Final = 4
"""Decimal digits of a reported similarity. The threshold is compared with the unrounded figure."""

_SEED: Final = 20191229

BAND_VERSION: Final = (
    f"words{SHINGLE_WORDS}-min{MIN_WORDS}-rensa{RMinHash.ALGORITHM_VERSION}-{BANDS}x{ROWS}-seed{_SEED}"
)
"""Names everything band keys depend on. Keep it beside them: keys of another version find nothing, silently,
so a ledger with another version must make them again from the packed shingles. rensa 0.5 changed its
algorithm so; shingles use only the standard library and stay."""

_BAND = f"<{1 + ROWS}I"
_WORD = re.compile(r"[^\W_]+")
_TATWEEL = "\u0640"
_INVISIBLE_CATEGORIES = frozenset({"Mn", "Me", "Cf"})


@dataclass(frozen=True, slots=True, eq=False)
class ShingledArticle:
    """What is compared of one article: its id, when it was published (aware; first seen where the page has no
    date) and the shingles of its text. All documents of one comparison belong to one edition.
    """

    article_id: str
    published_at: datetime
    shingles: Shingles


@dataclass(frozen=True, slots=True)
class Match:
    """The near-duplicate found: the values of `near_duplicate_of` and `near_duplicate_similarity`."""

    article_id: str
    similarity: float


def normalised_words(text: str) -> list[str]:
    """The words of `text` in order, blind to case, punctuation, spacing, ligatures and presentation forms, accents
    written as marks of their own that do not compose (Arabic vowels), the stroke that lengthens Arabic words and
    invisible characters (soft hyphen, zero-width).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isascii():
        invisible = {
            ord(c): None for c in set(folded) if unicodedata.category(c) in _INVISIBLE_CATEGORIES or c == _TATWEEL
        }
        if invisible:
            folded = folded.translate(invisible)
    return _WORD.findall(folded)


def shingle_hashes(text: str, *, words_each: int = SHINGLE_WORDS, min_words: int = MIN_WORDS) -> Shingles:
    """The set of word shingles of `text`, each as a 64-bit number. Empty below `min_words` words.

    Give it the article's `text` (lead and paragraphs) without the headline: an article is often published again
    under another one.
    """
    words = normalised_words(text)
    if len(words) < max(min_words, words_each):
        return array("Q")
    columns = (words[start:] for start in range(words_each))
    texts = map(" ".join, zip(*columns, strict=False))
    digests = sorted({blake2b(shingle.encode(), digest_size=8).digest() for shingle in texts})
    shingles = array("Q", b"".join(digests))
    if sys.byteorder == "little":  # digests are read as big-endian numbers, so that bytes sort as numbers do
        shingles.byteswap()
    return shingles


def pack_shingles(shingles: Shingles) -> bytes:
    """Shingles as bytes for a database: 8 bytes each, little-endian on every machine (some 3 kB an article)."""
    return _little_endian(shingles).tobytes()


def unpack_shingles(packed: bytes) -> Shingles:
    """The reverse of `pack_shingles`. Raises ValueError when the length is no multiple of 8."""
    shingles = array("Q")
    shingles.frombytes(packed)
    return _little_endian(shingles)


def band_keys(shingles: Shingles) -> tuple[int, ...]:
    """BANDS signed 64-bit numbers (they fit SQLite's INTEGER); none for empty shingles.

    Two texts that share at least one key are candidates to be near-duplicates. The number of the band is
    hashed in, so one column with one index serves all bands.
    """
    if not shingles:
        return ()
    packed = pack_shingles(shingles)
    minhash = RMinHash(PERMUTATIONS, _SEED)
    minhash.update([packed[start : start + 8] for start in range(0, len(packed), 8)])
    digest: list[int] = minhash.digest()
    rows = (digest[start : start + ROWS] for start in range(0, PERMUTATIONS, ROWS))
    hashed = (blake2b(pack(_BAND, band, *row), digest_size=8).digest() for band, row in enumerate(rows))
    return tuple(int.from_bytes(value, "little", signed=True) for value in hashed)


def jaccard(a: Iterable[int], b: Shingles) -> float:
    """Exact Jaccard similarity, 0.0 to 1.0: shingles in both over shingles in either. 0.0 if one is empty."""
    first = frozenset(a)
    if not first or not b:
        return 0.0
    common = len(first.intersection(b))
    return common / (len(first) + len(b) - common)


def best_match(
    candidate: ShingledArticle,
    others: Iterable[ShingledArticle],
    threshold: float = THRESHOLD,
    window: timedelta | None = None,
) -> Match | None:
    """Of the `others` that are at least `threshold` similar to `candidate`, the one published first.

    Ties go to the smaller article_id, and of several revisions of one article to the most similar, so the
    order of `others` never matters. Not compared are revisions of the candidate itself and documents
    published more than `window` before or after it.
    """
    own = frozenset(candidate.shingles)
    found: list[tuple[datetime, str, float]] = []
    for other in others:
        if other.article_id == candidate.article_id or not _may_match(candidate, other, threshold, window):
            continue
        similarity = jaccard(own, other.shingles)
        if similarity >= threshold:
            found.append((other.published_at, other.article_id, -similarity))
    if not found:
        return None
    _, article_id, negative = min(found)
    return Match(article_id, round(-negative, SIMILARITY_DIGITS))


class PublicationOrder:
    """Marks the documents of one edition that are given in order of publication, one an article.

    Keeps those that are within ``window`` of the last one: some 19 kB each. Without a window it keeps all.
    """

    def __init__(self, window: timedelta | None = None) -> None:
        self._window = window
        self._kept: deque[tuple[ShingledArticle, tuple[int, ...]]] = deque()
        self._by_key: defaultdict[int, list[ShingledArticle]] = defaultdict(list)

    def match(self, document: ShingledArticle) -> Match | None:
        """The match that a document has among those given before it."""
        self._forget_before(document.published_at)
        keys = band_keys(document.shingles)
        candidates = {other.article_id: other for key in keys for other in self._by_key.get(key, ())}
        match = best_match(document, candidates.values(), window=self._window)
        for key in keys:
            self._by_key[key].append(document)
        self._kept.append((document, keys))
        return match

    def _forget_before(self, moment: datetime) -> None:
        while self._window is not None and self._kept and moment - self._kept[0][0].published_at > self._window:
            _, keys = self._kept.popleft()
            for key in keys:
                documents = self._by_key[key]
                documents.pop(0)  # the oldest one: all were put in in this order
                if not documents:
                    del self._by_key[key]


def _may_match(a: ShingledArticle, b: ShingledArticle, threshold: float, window: timedelta | None) -> bool:
    """Cheap tests first: the similarity is never above the smaller size over the larger."""
    if window is not None and abs(a.published_at - b.published_at) > window:
        return False
    smaller, larger = sorted((len(a.shingles), len(b.shingles)))
    return smaller > 0 and smaller / larger >= threshold


def _little_endian(shingles: Shingles) -> Shingles:
    """The same bytes on every machine; its own reverse."""
    if sys.byteorder == "little":
        return shingles
    swapped = array("Q", shingles)
    swapped.byteswap()
    return swapped

"""Decisions: new, revised, unchanged, and why; signatures, sources and runs."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.verification import verify
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import ArgumentError, LedgerError
from newscrawler.ledger import LEDGER_NAME, Ledger, LineLocation, Signature, Validators, new_run_id
from tests.dataset_driver import START, entry, make_record, save

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEY = entry(0).key


class Book:
    """A ledger and a part file, and records that are saved one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger.open(folder / LEDGER_NAME)
        self.run = self.ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        self.part = PartFile(folder, self.ledger, self.run)

    def save(self, hour: float, version: int = 0, **changes: Any) -> str:
        """Save a capture of that hour; the kind of decision and its reason."""
        fetched_at = START + hour * HOUR
        old_page = changes.pop("old_page_record", None)
        record = make_record(0, version, fetched_at=fetched_at.isoformat(), **changes)
        decision = self.ledger.articles.decide(record, old_page)
        save(self.ledger, self.part, self.run, record, fetched_at, old_page_record=old_page)
        return f"{decision.outcome} {decision.reason}" if decision.reason else decision.outcome

    def lines(self) -> list[tuple[int, float]]:
        return [(line.revision, (line.fetched_at - START) / HOUR) for line in self.ledger.lines.of_article(KEY)]

    def problems(self) -> list[str]:
        self.part.finish()
        return [problem.kind for problem in verify(self.folder, self.ledger, lambda record: [])]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    found = Book(tmp_path)
    yield found
    found.part.close()
    found.ledger.close()


def test_a_b_a_is_three_lines(book: Book) -> None:
    assert [book.save(hour, version) for hour, version in enumerate((0, 0, 1, 1, 0, 0))] == [
        "new",
        "unchanged",
        "revised content",
        "unchanged",
        "revised content",
        "unchanged",
    ]
    assert book.problems() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("published_at", "2026-05-01T11:59:00+00:00"),
        ("authors", ["A. Name"]),
        ("section", "russia"),
        ("developing", True),
    ],
)
def test_changed_metadata_with_the_same_words(book: Book, field: str, value: Any) -> None:
    book.save(0)
    assert book.save(1, **{field: value}) == "revised metadata"
    assert book.save(2, **{field: value}) == "unchanged"
    assert book.save(3, 1, **{field: value}) == "revised content"
    assert book.save(4, 1, headline="Other words") == "revised content"
    assert book.problems() == []


def test_other_changes_are_none(book: Book) -> None:
    book.save(0)
    assert (
        book.save(1, modified_at="2026-05-01T11:59:00+00:00", tags=["x"], url="https://www.rt.com/news/600000-x/")
        == "unchanged"
    )


def test_captures_out_of_order_never_become_the_latest(book: Book) -> None:
    assert book.save(10, 1) == "new"
    assert book.save(20, 2) == "revised content"
    assert book.save(15, 1) == "unchanged"  # as the one before
    assert book.save(16, 2) == "unchanged"  # as the one after
    assert book.save(12, 3) == "revised content"
    assert book.save(5, 1) == "unchanged"
    assert book.save(4, 9) == "revised content"
    assert book.lines() == [(1, 10), (2, 20), (3, 12), (4, 4)]
    assert book.save(21, 2) == "unchanged"
    hashes = {line.revision: line.content_hash for line in book.ledger.lines.of_article(KEY)}
    assert hashes[3] != hashes[1]
    assert book.problems() == []


@pytest.mark.parametrize("order", list(itertools.permutations([(1, 0), (2, 1), (3, 0), (4, 2)])))
def test_captures_fed_in_any_order_come_to_rest(book: Book, order: list[tuple[int, int]]) -> None:
    """A capture that wrote no line may write one when fed again, if others have come before it; then no more."""
    for hour, version in order * 2:
        book.save(hour, version)
    assert all(book.save(hour, version) == "unchanged" for hour, version in order * 2)
    told = sorted((hour, revision) for revision, hour in book.lines())
    hashes = {line.revision: line.content_hash for line in book.ledger.lines.of_article(KEY)}
    stood = [hashes[revision] for _, revision in told]
    assert len(stood) == 4
    assert all(before != after for before, after in itertools.pairwise(stood))
    assert book.problems() == []


def test_a_difference_under_a_new_extractor(book: Book) -> None:
    new: dict[str, Any] = {"extractor_version": "2"}
    book.save(0)
    kept = make_record(0, 1, **new)
    assert book.ledger.articles.revision_to_reextract(make_record(0, 0, **new)) is None
    old = book.ledger.articles.revision_to_reextract(make_record(0, 1, **new))
    assert old is not None
    assert old.revision == 1
    record = make_record(0, 2, **new)
    for old_page, reason in (
        (None, "extractor"),
        (make_record(0, 2, **new), "extractor"),  # the kept page gives the same now
        (kept, "content"),
        (make_record(0, 2, authors=["A. Name"], **new), "metadata"),
    ):
        assert book.ledger.articles.decide(record, old_page).reason == reason
    with pytest.raises(ArgumentError, match="other article or extractor version"):
        book.ledger.articles.decide(record, make_record(0, 1))
    with pytest.raises(ArgumentError, match="other article or extractor version"):
        book.ledger.articles.decide(record, make_record(1, 1, **new))


def test_unchanged_under_a_new_extractor_confirms_it(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.save(0)
    book.run = book.ledger.runs.begin(new_run_id(START + HOUR), START + HOUR, extractor_version="2")
    assert book.save(1, extractor_version="2") == "unchanged"
    assert (
        book.ledger.articles.decide(
            make_record(0, 1, extractor_version="2", fetched_at="2026-05-02T00:00:00+00:00")
        ).reason
        == "content"
    )
    book.ledger.close()


def test_records_that_cannot_be_compared(book: Book) -> None:
    for name in ("edition", "article_id", "fetched_at", "content_hash", "extractor_version"):
        with pytest.raises(ArgumentError, match=name):
            book.ledger.articles.decide({k: v for k, v in make_record(0).items() if k != name})
    with pytest.raises(ArgumentError, match="fetched_at"):
        book.ledger.articles.decide(make_record(0, fetched_at="yesterday"))


def test_decisions_that_have_grown_stale(book: Book) -> None:
    record = make_record(0)
    decision = book.ledger.articles.decide(record)
    location = LineLocation(book.run.run_id, 10, 5, 0)
    with pytest.raises(LedgerError, match="not committed up to byte 10"):
        book.ledger.articles.save_line(book.run, record, decision, location, START)
    book.save(0)
    with pytest.raises(LedgerError, match="has changed since"):
        book.ledger.articles.save_line(book.run, record, decision, location, START)


def test_near_duplicate_candidates(book: Book) -> None:
    def put(number: int, keys: list[int], days: int) -> None:
        record = make_record(number, published_at=(START - days * DAY).isoformat())
        save(book.ledger, book.part, book.run, record, START, signature=Signature(keys, bytes([number])))

    def found(keys: list[int], days: int = 0, window: int = 30) -> list[str]:
        candidates = book.ledger.signatures.candidates("en", keys, START - days * DAY, window * DAY)
        return [candidate.key[1][-1] for candidate in candidates]

    for asked in range(2):  # before and after the buckets are in memory
        assert found([1]) == [] or asked
        put(3 * asked + 0, [1, 2, -(2**63)], 0)
        put(3 * asked + 1, [2, 3, 2**63 - 1], 12)
        put(3 * asked + 2, [3, 4], 40)
        assert found([9]) == []
    assert sorted(found([2])) == ["0", "1", "3", "4"]
    assert sorted(found([3])) == ["1", "4"]
    assert sorted(found([3], days=20)) == ["1", "2", "4", "5"]
    assert sorted(found([-(2**63)])) == ["0", "3"]
    assert sorted(found([2], window=5)) == ["0", "3"]
    assert book.ledger.signatures.candidates("es", [2], START, 30 * DAY) == []
    candidate = book.ledger.signatures.candidates("en", [2], START, 5 * DAY)[0]
    assert (candidate.shingles, candidate.published_at) == (bytes([0]), START)
    revised = make_record(0, 1, fetched_at=(START + HOUR).isoformat(), published_at=START.isoformat())
    save(book.ledger, book.part, book.run, revised, START, signature=Signature([7], b"new"))
    assert found([1]) == ["3"]
    assert found([7]) == ["0"]
    book.ledger.signatures.ensure_version("v2", lambda shingles: [100 + len(shingles)])
    book.ledger.signatures.ensure_version("v2", lambda shingles: [])
    assert found([103]) == ["0"], "keys of the right version were made once more"
    assert sorted(found([101], days=40)) == ["1", "2", "4", "5"]
    book.ledger.signatures.prune(START - 15 * DAY)
    assert found([101], days=20) == ["1", "4", "3"] or sorted(found([101], days=20)) == ["1", "3", "4"]


@pytest.mark.parametrize("most", [0, 5, 1000])
def test_what_is_indexed_in_memory_is_bounded_and_finds_all_the_same(
    book: Book, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """An archive adds to articles of all years."""
    monkeypatch.setattr("newscrawler.ledger.signatures._MAX_INDEXED", most)
    monkeypatch.setattr("newscrawler.ledger.signatures._MIN_INDEXES", 1)
    signatures = book.ledger.signatures
    for number in range(40):
        published_at = START - (number % 8) * 100 * DAY
        for asked in ([number - 8], [10**15 + number % 8]):
            found = signatures.candidates("en", asked, published_at, DAY)
            wanted = [number - 8] if asked[0] < 10**15 else range(number % 8, number, 8)
            assert [candidate.shingles for candidate in found] == [bytes([n]) for n in wanted if n >= 0], number
        record = make_record(number, 0, fetched_at=START.isoformat(), published_at=published_at.isoformat())
        signature = Signature([number, -number - 1, 10**15 + number % 8], bytes([number]))
        save(book.ledger, book.part, book.run, record, START, signature=signature)
        indexes = signatures._indexes
        assert len(indexes) == 1 or sum(map(len, indexes.values())) <= most


def test_sources(book: Book) -> None:
    sources = book.ledger.sources
    ids = [str(number) for number in range(100, 0, -1)]
    assert sources.overlaps("feed", ids)
    sources.remember("feed", ids, START)
    assert sources.overlaps("feed", [str(number) for number in range(197, 97, -1)])
    assert not sources.overlaps("feed", [str(number) for number in range(300, 200, -1)])
    assert not sources.overlaps("feed", ["100", *map(str, range(300, 200, -1))])  # one pinned to the top
    sources.remember("feed", [], START)
    assert not sources.overlaps("feed", [])
    url = "https://www.rt.com/rss/"
    assert not sources.page_validators(url, book.run)
    sources.save_page_validators(url, book.run, START, Validators(etag="x"))
    assert sources.page_validators(url, book.run) == Validators("x", None)
    other = book.ledger.runs.begin(new_run_id(START), START, extractor_version="2")
    assert not sources.page_validators(url, other)
    sources.save_page_validators(url, book.run, START, Validators())
    assert not sources.page_validators(url, book.run)


def test_runs(book: Book) -> None:
    runs = book.ledger.runs
    with pytest.raises(ValueError, match="in the ledger already"):
        runs.begin(book.run.run_id, START, extractor_version="1")
    with pytest.raises(KeyError):
        runs.get("none")
    runs.end(book.run, START + HOUR, outcomes={"new": 3}, finish_reason="finished", exit_code=0)
    last = runs.last(3)[0]
    assert (last.outcomes, last.exit_code, last.finish_reason) == ({"new": 3}, 0, "finished")
    assert last.finished_at == START + HOUR
    assert len({new_run_id(START) for _ in range(20)}) > 15
    assert new_run_id(START) < new_run_id(START + timedelta(seconds=1))
    assert runs.unfinished() == []

"""Stage two's reading: the rows of any number of files, each capture once, in order of time.

Three passes, none of which holds more than a bounded part of the rows: the heads of all go into the index that reading
WARC files uses too; revisits are looked up there, and get the record of the page that they refer to when the rows are
read again; then a sort on disk puts them in order.
"""

from __future__ import annotations

import heapq
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath
from typing import IO, Any

from newscrawler.archive.captures import CaptureIndex, PageReference
from newscrawler.archive.reader import load
from newscrawler.archive.rows import (
    ANY_SUFFIX,
    BROKEN,
    RECORD,
    REDIRECT,
    SUFFIX,
    head_of,
    line_of,
    page_of,
    read_page_row,
)
from newscrawler.archive.stores import Store
from newscrawler.editions import article_url
from newscrawler.exceptions import ArchiveError, ArgumentError

_WIDTH = 20
#: Bytes of lines that are sorted in memory at a time.
PIECE = 64_000_000
#: Files that are merged at a time: well below what a process may have open.
_MERGED_AT_ONCE = 128
_BUFFER = 256 * 1024


class MergedRows:
    """The rows of a folder. ``report`` is called with a line for each thing that is wrong."""

    def __init__(self, store: Store, report: Callable[[str], None], *, max_bytes: int) -> None:
        self._store = store
        self._report = report
        self._max_bytes = max_bytes
        self.counts: Counter[str] = Counter()
        #: Rows files, in the order of their WARC files' names.
        self._names = rows_files(store)

    def captures(self) -> Iterator[dict[str, Any] | None]:
        """Captures in order of time, then of file and place in it; None now and then, so that others can have a turn.

        Raises ArchiveError for a file that is no rows file.
        """
        with CaptureIndex((), self._report) as index:
            for number, head in self._heads():
                if number % 1000 == 0:
                    yield None
                if head["outcome"] == BROKEN:
                    self.counts["broken"] += 1
                    self._report(f"{head['file']}{head['reason']}")
                elif (page := page_of(head)) is not None:
                    self.counts["redirects"] += head["outcome"] == REDIRECT
                    index.add(head["number"], page)
            index.finish()
            for line in sorted_lines(self._keyed(index)):
                self.counts["captures"] += 1
                yield json.loads(line[line.index(b"\t") + 1 :])

    def _heads(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The heads of all rows, numbered by file in the order of the WARC files."""
        firsts: dict[str, str] = {}
        for name in self._names:
            for line in self._lines(name):
                firsts[name] = _head(name, line)["file"]
                break
        self._names = sorted(firsts, key=lambda name: (PurePath(firsts[name]), name))
        self.counts["files"] = len(self._names)
        seen = 0
        for number, name in enumerate(self._names):
            for line in self._lines(name):
                yield seen, {**_head(name, line), "number": number}
                seen += 1

    def _lines(self, name: str) -> Iterator[bytes]:
        try:
            with self._store.open(name) as file:
                yield from file
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveError(
                f"{self._store.url}/{name}: can't be read: {error}; remove it and extract its WARC file again"
            ) from error

    def _keyed(self, index: CaptureIndex) -> Iterator[bytes]:
        """Captures' rows, each behind the key by which it is sorted."""
        for number, name in enumerate(self._names):
            references = index.references_to(number)
            due = next(references, None)
            for line in self._lines(name):
                head = _head(name, line)
                if head["outcome"] == BROKEN:
                    continue
                while due is not None and due.page_offset == head["offset"]:
                    yield _key(due.at, due.file, due.offset) + self._revisited(line, due)
                    due = next(references, None)
                if head["outcome"] != REDIRECT and not head["revisit"]:
                    at = datetime.fromisoformat(head["at"])
                    yield _key(at, number, head["offset"]) + line
        for lost in index.references_to(None):
            self.counts["unresolved"] += 1
            self._report(
                f"{self._names[lost.file]}: {lost.url}: says that it is as before, and what was before is in no rows"
            )

    def _revisited(self, line: bytes, revisit: PageReference) -> bytes:
        """The row of a revisit: what its page says when it is read as the revisit's URL and time."""
        row = json.loads(line)
        found = article_url(revisit.url)
        assert found is not None
        was = article_url(row["url"])
        wanted = {
            **row,
            "at": revisit.at.isoformat(),
            "url": revisit.url,
            "edition": found.edition.code,
            "article_id": found.article_id,
        }
        if was is None or was.url != found.url or not _says_the_same(row, revisit.at):
            path = Path(row["file"])
            # Another URL or time may give another record; the page is asked where it can be.
            if path.is_file():
                page = partial(load, path, row["offset"], self._max_bytes)
                return line_of(read_page_row({**wanted, "record": None}, page, self._max_bytes))
        if row["record"] is not None:
            at = revisit.at.astimezone(UTC).replace(microsecond=0)
            wanted["record"] = {**row["record"], "fetched_at": at.isoformat()}
        elif row["outcome"] == REDIRECT:
            wanted["outcome"] = "http_error"
        return line_of(wanted)


def rows_files(store: Store) -> list[str]:
    """Names of the files of rows. Raises ArgumentError when there are none, or some that another extractor made."""
    names = [name for name in store.names() if name.endswith(ANY_SUFFIX)]
    ours = [name for name in names if name.endswith(SUFFIX)]
    known = {_stem(name) for name in ours}
    others = [name for name in names if _stem(name) not in known]
    if others:
        raise ArgumentError(
            f"{store.url}: {len(others)} files of another version's rows, such as {others[0]}; extract their WARC "
            "files again, or remove them"
        )
    if not ours:
        raise ArgumentError(f"{store.url}: no rows in it; make them with: scrapy archive extract")
    return ours


def _stem(name: str) -> str:
    """The part of a rows file's name that its WARC file makes."""
    return name.removesuffix(ANY_SUFFIX).rpartition(".x")[0]


def _says_the_same(row: dict[str, Any], at: datetime) -> bool:
    """Whether a page's record is the same when it is read at another time: no date of it is in that time's future."""
    record = row["record"]
    if row["outcome"] != RECORD:
        return bool(row["outcome"] != "invalid")
    dates: tuple[str | None, ...] = (record["published_at"], record["modified_at"])
    return record["published_at"] is not None and all(
        date is None or datetime.fromisoformat(date) < at for date in dates
    )


def _head(name: str, line: bytes) -> dict[str, Any]:
    try:
        return head_of(line)
    except ValueError as error:
        raise ArchiveError(f"{name}: {error}; remove it and extract its WARC file again") from error


def _key(at: datetime, file: int, offset: int) -> bytes:
    # Whole lines are compared: the time as text of one width, then the numbers.
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S%f} {file:08d} {offset:0{_WIDTH}d}\t".encode()


def sorted_lines(lines: Iterable[bytes], *, piece: int = PIECE) -> Iterator[bytes]:
    """The lines, each with its line end, sorted as bytes.

    Needs the memory of a piece, and disk for all lines in the folder that TMPDIR names, which is let go of at the end.
    """
    with tempfile.TemporaryDirectory(prefix="newscrawler-sort-") as name, ExitStack() as stack:
        runs = _sorted_pieces(lines, Path(name), piece)
        number = len(runs)
        while len(runs) > _MERGED_AT_ONCE:
            first, runs = runs[:_MERGED_AT_ONCE], runs[_MERGED_AT_ONCE:]
            with ExitStack() as some:
                merged = _write(heapq.merge(*(some.enter_context(_opened(path)) for path in first)), Path(name), number)
            for path in first:
                path.unlink()
            runs.append(merged)
            number += 1
        yield from heapq.merge(*(stack.enter_context(_opened(path)) for path in runs))


def _sorted_pieces(lines: Iterable[bytes], folder: Path, piece: int) -> list[Path]:
    runs: list[Path] = []
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= piece:
            held.sort()
            runs.append(_write(held, folder, len(runs)))
            held, size = [], 0
    held.sort()
    return [*runs, _write(held, folder, len(runs))] if held else runs


def _write(lines: Iterable[bytes], folder: Path, number: int) -> Path:
    path = folder / str(number)
    with path.open("wb", _BUFFER) as file:
        file.writelines(lines)
    return path


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb", _BUFFER)

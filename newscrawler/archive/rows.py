"""Stage one: a WARC file becomes a file of rows, one JSON object a line, in the order of the WARC file.

A row is one capture of an article: its record, or the outcome with the reason why there is none, or, for a revisit
record, what it refers to, which may be in another file. A redirect has a row too, since a revisit may refer to it,
and so has what is damaged: that is said once more when rows are committed. The bytes depend on the WARC file and
the program alone, not on who runs this, where or when.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from newscrawler.archive.captures import RecordKind, StoredPage, kind_of, may_have_page, stored_page
from newscrawler.archive.inputs import Input
from newscrawler.archive.reader import Page, Record, scan
from newscrawler.archive.reextraction import StoredArticles
from newscrawler.archive.stores import Store, store_of
from newscrawler.editions import article_url
from newscrawler.exceptions import ArchiveError, BrokenRecord
from newscrawler.failpoints import failpoint
from newscrawler.items import Source, record_of
from newscrawler.pages.article import EXTRACTOR_VERSION
from newscrawler.utils import gzip_writer

#: Ends the name of a rows file: rows of another extractor are other files.
SUFFIX = f".x{EXTRACTOR_VERSION}.jsonl.gz"
#: Ends the name of a rows file of any extractor.
ANY_SUFFIX = ".jsonl.gz"
#: Not among a capture's outcomes: a row that a revisit may refer to, and one that says what is damaged.
REDIRECT = "redirect"
BROKEN = "broken"
RECORD = "record"
REVISIT = "revisit"
_MAX_REASON = 300
#: Faults of one file that its report names; all of them are in its rows.
_MAX_NAMED = 20
#: Before the record in a line: what stands before it is short, and is all that sorting needs.
_RECORD_KEY = b',"record":'


@dataclass(frozen=True, slots=True)
class Task:
    """One WARC file to be read into a folder of rows. Whoever runs it needs no more than this."""

    source: Input
    #: Folder, or URL of a prefix, of the rows.
    to: str
    #: The largest page that is read, in bytes.
    max_bytes: int

    def as_json(self) -> str:
        """As one line."""
        return json.dumps([self.source.file, self.source.ranges, self.to, self.max_bytes])

    @classmethod
    def of_json(cls, text: str) -> Self:
        """From ``as_json``."""
        file, ranges, to, max_bytes = json.loads(text)
        return cls(Input(file, tuple((offset, length) for offset, length in ranges)), to, max_bytes)


@dataclass(slots=True)
class FileReport:
    """What became of one file: ``failed`` says in one line why it gave no rows."""

    file: str
    #: Rows by outcome; ``done before`` for a file that was not read again.
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    failed: str = ""

    def as_json(self) -> str:
        """As one line."""
        return json.dumps([self.file, self.counts, self.faults, self.failed])

    @classmethod
    def of_json(cls, text: str) -> Self:
        """From ``as_json``."""
        return cls(*json.loads(text))


def rows_name(source: Input) -> str:
    """Name of the rows file of a WARC file: its own and a digest of its whole path, as two may have one name."""
    identity = json.dumps([source.file, source.ranges]) if source.ranges else source.file
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = Path(urlsplit(source.file).path if "://" in source.file else source.file).name
    return f"{name[:180]}.{digest}{SUFFIX}"


def extract_file(task: Task) -> FileReport:
    """Read one WARC file into its rows file, unless that is there. An unreadable file is in the report, not raised."""
    report = FileReport(task.source.file)
    name = rows_name(task.source)
    try:
        store = store_of(task.to)
        if store.has(name):
            report.counts["done before"] = 1
            return report
        failpoint(f"rows_of_{Path(task.source.file).name}")
        counts: Counter[str] = Counter()
        with task.source.local() as local, store.new_file(name) as raw:
            with gzip_writer(raw) as packed:
                for row in _rows(task, local.path, local.offset_of):
                    counts[row["outcome"]] += 1
                    if row["outcome"] == BROKEN and counts[BROKEN] <= _MAX_NAMED:
                        report.faults.append(f"{task.source.file}{row['reason']}")
                    packed.write(line_of(row))
                    failpoint("row_written")
            failpoint("rows_before_rename")
        failpoint("rows_after_rename")
    except ArchiveError as error:
        report.failed = str(error)
    except OSError as error:
        report.failed = f"{task.source.file}: {error.filename or task.to}: {error.strerror or error}"
    else:
        report.counts = dict(sorted(counts.items()))
    return report


def line_of(row: dict[str, Any]) -> bytes:
    """A row as it is in its file: the record last, after a head that can be cut off."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def head_of(line: bytes) -> dict[str, Any]:
    """A row without its record. Raises ValueError for what is no row."""
    head, mark, _ = line.partition(_RECORD_KEY)
    if not mark:
        raise ValueError("no row of an archive")
    found = json.loads(head + b"}")
    assert isinstance(found, dict)
    return found


def page_of(head: dict[str, Any]) -> StoredPage | None:
    """What an index notes of a row; None for one that only says what is damaged."""
    if head["outcome"] == BROKEN:
        return None
    refers_at = head["refers_at"]
    return StoredPage(
        head["offset"],
        head["url"],
        datetime.fromisoformat(head["at"]),
        head["outcome"] != REDIRECT,
        head["revisit"],
        head["digest"],
        head["refers_url"],
        None if refers_at is None else datetime.fromisoformat(refers_at),
    )


def remove_rows(store: Store, key: tuple[str, str]) -> dict[str, int]:
    """Remove an article's rows from all files of a store; how many from each that had some. Doing it again is safe.

    A file keeps its name, so that its WARC file, which still has the pages, is not read again.
    """
    done: dict[str, int] = {}
    for name in store.names():
        if not name.endswith(ANY_SUFFIX):
            continue
        with store.open(name) as file:
            count = sum(_is_of(line, key) for line in file)
        if count:
            with store.open(name) as file, store.new_file(name, replace=True) as raw, gzip_writer(raw) as packed:
                packed.writelines(line for line in file if not _is_of(line, key))
            done[name] = count
    return done


def _is_of(line: bytes, key: tuple[str, str]) -> bool:
    head = head_of(line)
    return (head["edition"], head["article_id"]) == key


def read_page_row(row: dict[str, Any], load: Callable[[], Page], max_bytes: int) -> dict[str, Any]:
    """A row of a capture, filled with what its page says when it is read as the row's URL and time."""
    reading, _ = _articles(max_bytes).reading(load, row["url"], datetime.fromisoformat(row["at"]))
    if reading.page is None:
        assert reading.outcome is not None
        return {**row, "outcome": str(reading.outcome), "reason": _short(reading.reason), "invalid": reading.invalid}
    article = reading.page.article
    article.discovered_via = Source.WARC
    return {**row, "outcome": RECORD, "ambiguous": list(reading.page.ambiguous), "record": record_of(article)}


def _rows(task: Task, path: Path, offset_of: Any) -> Iterator[dict[str, Any]]:
    faults: list[str] = []
    file = task.source.file
    for record in scan(path, faults.append, may_have_page, task.max_bytes):
        yield from _broken(file, path, faults)
        kind = kind_of(record)
        if kind not in (RecordKind.CAPTURES, RecordKind.REDIRECTS):
            continue
        try:
            page = stored_page(record, kind)
        except BrokenRecord as error:
            yield from _broken(file, path, [f"{path}, byte {record.offset}: {error}"])
            continue
        yield _row(file, record, page, offset_of(record.offset), task.max_bytes)
    yield from _broken(file, path, faults)


def _broken(file: str, path: Path, faults: list[str]) -> Iterator[dict[str, Any]]:
    for fault in faults:
        yield {**_EMPTY, "file": file, "outcome": BROKEN, "reason": _short(fault.removeprefix(str(path)))}
    faults.clear()


#: All keys of a row, in their order.
_EMPTY: dict[str, Any] = {
    "file": None,
    "offset": None,
    "at": None,
    "url": None,
    "edition": None,
    "article_id": None,
    "revisit": "",
    "digest": None,
    "refers_url": None,
    "refers_at": None,
    "outcome": None,
    "reason": "",
    "invalid": "",
    "ambiguous": [],
    "record": None,
}


def _row(file: str, record: Record, page: StoredPage, offset: int, max_bytes: int) -> dict[str, Any]:
    found = article_url(page.url)
    assert found is not None
    row = {
        **_EMPTY,
        "file": file,
        "offset": offset,
        "at": page.at.isoformat(),
        "url": page.url,
        "edition": found.edition.code,
        "article_id": found.article_id,
        "revisit": page.revisit,
        "digest": page.digest,
        "refers_url": page.refers_url,
        "refers_at": None if page.refers_at is None else page.refers_at.isoformat(),
        "outcome": REVISIT if page.revisit else REDIRECT,
    }
    if page.revisit or not page.is_capture:
        return row
    return read_page_row(row, lambda: _page(record), max_bytes)


def _page(record: Record) -> Page:
    if isinstance(record.page, Page):
        return record.page
    raise record.page or BrokenRecord("no page in it")


@lru_cache(maxsize=1)
def _articles(max_bytes: int) -> StoredArticles:
    return StoredArticles(max_bytes)


def _short(text: str) -> str:
    return " ".join(text.split())[:_MAX_REASON]

"""Records into a file of another form: JSON Lines, CSV, Parquet or Excel. The file is there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from newscrawler.dataset.files import finished_files, read_lines, read_records
from newscrawler.exceptions import DatasetError, OutputError, require_extra
from newscrawler.near_duplicates import PublicationOrder, ShingledArticle, shingle_hashes
from newscrawler.schema import article_schema
from newscrawler.utils import DateRange, atomic_write, parse_time

#: Writes records into an open file and says how many there were.
Writer: TypeAlias = Callable[[Iterable[dict[str, Any]], IO[bytes]], int]

_ROWS_AT_ONCE = 1000


@contextmanager
def output_file(path: Path) -> Iterator[IO[bytes]]:
    """``atomic_write`` for a file that a user named; of a link, what it leads to is replaced.

    Raises OutputError for a path that is no place for a file, and for any OSError inside.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no regular file; name a file, or - for standard output")
    try:
        with atomic_write(path) as file:
            yield file
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror or error}") from error


def write_jsonl(records: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    """One object a line, keys in the order they came in."""
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        count += 1
    return count


def write_csv(records: Iterable[Mapping[str, Any]], file: IO[bytes], names: Sequence[str] | None = None) -> int:
    """One row a record under a header: the schema's fields or ``names``. Lists and objects are JSON, null is empty."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    names = names or list(article_schema()["properties"])
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(names)
    count = 0
    for record in records:
        rows.writerow([table_cell(record.get(name)) for name in names])
        count += 1
    text.detach()
    return count


def table_cell(value: Any) -> Any:
    """A value of a record as a cell: lists, objects and booleans are JSON, null is empty."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def parquet_writer(names: Sequence[str] | None = None) -> Writer:
    """Typed columns: times are timestamps in UTC, lists and objects nested. Raises ArgumentError without pyarrow."""
    require_extra("parquet", "--format parquet", "pyarrow")
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    schema = article_schema()
    parts = schema["properties"]
    columns = pa.schema([(name, _arrow_type(pa, parts[name])) for name in names or parts])

    def write(records: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
        count = 0
        rows = iter(records)
        with pq.ParquetWriter(file, columns, compression="zstd") as writer:
            while batch := list(islice(rows, _ROWS_AT_ONCE)):
                arrays = [_arrow_array(pa, column, batch) for column in columns]
                writer.write_batch(pa.record_batch(arrays, schema=columns))
                count += len(batch)
        return count

    return write


def _arrow_type(pa: Any, part: dict[str, Any]) -> Any:
    """The column type of a part of the schema. Every column may be null, as the schema may in a later version."""
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    kind = next(name for name in kinds if name != "null")
    if kind == "array":
        return pa.list_(_arrow_type(pa, part["items"]))
    if kind == "object":
        return pa.struct([(name, _arrow_type(pa, inner)) for name, inner in part["properties"].items()])
    if part.get("format") == "date-time":
        return pa.timestamp("ms", tz="UTC")
    return {"string": pa.string(), "boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64()}[kind]


def _arrow_array(pa: Any, column: Any, batch: list[dict[str, Any]]) -> Any:
    values = [record.get(column.name) for record in batch]
    try:
        if pa.types.is_timestamp(column.type):
            return pa.array(values, pa.string()).cast(column.type)
        return pa.array(values, column.type)
    except (pa.lib.ArrowException, TypeError, UnicodeError) as error:
        keys = f"{batch[0].get('article_id')} to {batch[-1].get('article_id')}"
        detail = " ".join(str(error).split())
        raise OutputError(
            f"{column.name} of one of the articles {keys} is no {column.type}: {detail}; run verify"
        ) from error


#: What a cell and a sheet of Excel hold.
_MAX_CELL = 32_767
_MAX_ROWS = 1_048_576


def xlsx_writer(names: Sequence[str] | None = None) -> Writer:
    """One sheet with a header: times are dates in UTC, text is no formula. Raises ArgumentError without openpyxl."""
    require_extra("xlsx", "--format xlsx", "openpyxl")
    openpyxl, cells = import_module("openpyxl"), import_module("openpyxl.cell")
    parts = article_schema()["properties"]
    columns = list(names or parts)
    times = {name for name in columns if parts[name].get("format") == "date-time"}

    def cell(sheet: Any, record: Mapping[str, Any], name: str) -> Any:
        value = table_cell(record.get(name))
        where = f"{record.get('edition')}/{record.get('article_id')}"
        if name in times and value is not None:
            try:  # Excel has no time zones
                return parse_time(value).astimezone(UTC).replace(tzinfo=None)
            except (TypeError, ValueError) as error:
                raise OutputError(f"{where}: {name} is no time ({error}); run verify") from error
        if not isinstance(value, str):
            return value
        # Excel counts UTF-16 units, and cuts a longer object silently.
        if len(value.encode("utf-16-le", "replace")) > 2 * _MAX_CELL:
            raise OutputError(
                f"{where}: {name} is longer than the {_MAX_CELL} characters of a cell;"
                " leave it out with --columns, or write csv or parquet"
            )
        made = cells.WriteOnlyCell(sheet, NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value))
        made.data_type = "s"
        return made

    def write(records: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("articles")
        sheet.append(columns)
        count = 0
        for record in records:
            count += 1
            if count >= _MAX_ROWS:
                raise OutputError(f"more than the {_MAX_ROWS} rows of a sheet; give --since, or write csv or parquet")
            sheet.append([cell(sheet, record, name) for name in columns])
        book.save(file)
        return count

    return write


#: What XML cannot hold, escaped or not.
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _jsonl_writer(names: Sequence[str] | None = None) -> Writer:
    if names is None:
        return write_jsonl
    return lambda records, file: write_jsonl(({name: one.get(name) for name in names} for one in records), file)


#: For each form what makes its writer, of all fields or of those named.
WRITERS: dict[str, Callable[[Sequence[str] | None], Writer]] = {
    "jsonl": _jsonl_writer,
    "csv": lambda names: partial(write_csv, names=names),
    "parquet": parquet_writer,
    "xlsx": xlsx_writer,
}


def latest_lines(data_dir: Path) -> Iterator[bytes]:
    """The line of each article's newest revision, withdrawn ones included, in the order of the files.

    Newest is the greatest ``fetched_at``; of equal ones the later line.
    The first pass keeps a key, a time and a pointer for each article, some 250 bytes; the second reads the
    files that a pointer leads to. Raises DatasetError naming file and line for one that is no record.
    """
    files = list(finished_files(data_dir))
    slots: dict[tuple[str, str], int] = {}
    times = array("d")
    pointers = array("q")  # two for each article: file, offset
    for number, path in enumerate(files):
        for found in read_records(path):
            fetched_at = found.fetched_at.timestamp()
            slot = slots.setdefault(found.key, len(times))
            if slot == len(times):
                times.append(fetched_at)
                pointers.extend((number, found.offset))
            elif fetched_at >= times[slot]:
                times[slot] = fetched_at
                pointers[2 * slot], pointers[2 * slot + 1] = number, found.offset
    del slots, times
    wanted: dict[int, set[int]] = {}
    for at in range(0, len(pointers), 2):
        wanted.setdefault(pointers[at], set()).add(pointers[at + 1])
    for number in sorted(wanted):
        yield from _lines_at(files[number], wanted.pop(number))


def _lines_at(path: Path, offsets: set[int]) -> Iterator[bytes]:
    for offset, line in read_lines(path):
        if offset in offsets:
            offsets.remove(offset)
            yield line
    if offsets:
        raise DatasetError(f"{path}: has changed while it was read; do it again")


def latest_records(
    data_dir: Path,
    *,
    since: date | None = None,
    until: date | None = None,
    edition: str | None = None,
    sections: Collection[str] | None = None,
    tags: Collection[str] | None = None,
    window: timedelta | None = None,
    scratch: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """Each article's newest record, ordered by time of publication, edition and id.

    ``since`` and ``until`` are the first and the last day (UTC) of publication; ``tags`` are compared without case.
    ``window`` is the one of near-duplicates, and without it marks stay as they were written. The lines wait in a
    nameless file in the folder ``scratch``, as large as what comes out; in memory are some 400 bytes an article and 19
    kB for each one that was published within the window. Raises DatasetError naming a file that can't be read, OSError
    when scratch is full.
    """
    # The last day of all has no day after it, at which it would end.
    days = DateRange(since or date.min, min(until or date.max, date.max - timedelta(days=1)))
    start, end = days.start.timestamp(), days.end.timestamp()
    # What was published up to a window before can still be named by a mark.
    earliest = start - window.total_seconds() if window else start
    folded = None if tags is None else {tag.casefold() for tag in tags}
    with tempfile.TemporaryFile(dir=scratch, prefix="newest-") as spool:
        index: list[tuple[float, str, str, int]] = []
        ends = array("q", [0])
        for line in latest_lines(data_dir):
            head = _Head.of(line)
            if edition not in (None, head.edition) or not earliest <= head.published_at < end:
                continue
            spool.write(line)
            index.append((head.published_at, head.edition, head.article_id, len(ends) - 1))
            ends.append(ends[-1] + len(line))
        index.sort()
        orders: dict[str, PublicationOrder] = {}
        for published_at, of, article_id, at in index:
            spool.seek(ends[at])
            record = json.loads(spool.read(ends[at + 1] - ends[at]))
            if window:
                order = orders.setdefault(of, PublicationOrder(window=window))
                _mark(record, order, article_id, published_at)
            if published_at < start or (sections is not None and record.get("section") not in sections):
                continue
            if folded is None or any(str(tag).casefold() in folded for tag in record.get("tags") or ()):
                yield record


@dataclass(frozen=True, slots=True)
class _Head:
    published_at: float
    edition: str
    article_id: str

    @classmethod
    def of(cls, line: bytes) -> _Head:
        """Where a record belongs; one without time of publication goes by the time it was fetched."""
        record = json.loads(line)
        published = record.get("published_at") or record["fetched_at"]
        try:
            moment = parse_time(published).timestamp()
        except (TypeError, ValueError) as error:
            name = f"{record['edition']}/{record['article_id']}"
            raise DatasetError(f"{name}: published_at is no time ({error}); run verify") from error
        return cls(moment, str(record["edition"]), str(record["article_id"]))


def _mark(record: dict[str, Any], order: PublicationOrder, article_id: str, published_at: float) -> None:
    text = record.get("text")
    shingles = shingle_hashes(text if isinstance(text, str) else "")
    match = order.match(ShingledArticle(article_id, datetime.fromtimestamp(published_at, UTC), shingles))
    record["near_duplicate_of"] = match.article_id if match else None
    record["near_duplicate_similarity"] = match.similarity if match else None

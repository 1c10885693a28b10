"""Records into a file of another form: JSON Lines, CSV or Parquet. The file is there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

from newscrawler.dataset.errors import OutputError
from newscrawler.dataset.files import sync_folder
from newscrawler.exceptions import ArgumentError
from newscrawler.record_docs import article_schema

#: Writes records into an open file and says how many there were.
Writer: TypeAlias = Callable[[Iterable[dict[str, Any]], IO[bytes]], int]

READERS_FILE = "requirements-readers.txt"
_ROWS_AT_ONCE = 1000


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes ``path``'s place, synced, when the block ends well, and is removed when it does not.

    Raises OutputError for a path that is no place for a file, and for any OSError inside.
    """
    path = path.resolve()  # of a link, what it leads to is replaced
    part = path.with_name(path.name + ".part")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no regular file; name a file, or - for standard output")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror or error}") from error


def write_jsonl(records: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    """One object a line, keys in the order they came in."""
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        count += 1
    return count


def write_csv(records: Iterable[dict[str, Any]], file: IO[bytes]) -> int:
    """One row a record under a header: the schema's fields. Lists and objects are JSON, null is empty."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    names = list(article_schema()["properties"])
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(names)
    count = 0
    for record in records:
        rows.writerow([_cell(record.get(name)) for name in names])
        count += 1
    text.detach()
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def parquet_writer() -> Writer:
    """Typed columns: times are timestamps in UTC, lists and objects nested. Raises ArgumentError without pyarrow."""
    try:
        pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ArgumentError(f"--format parquet needs pyarrow: pip install -r {READERS_FILE} ({error})") from error
    schema = article_schema()
    columns = pa.schema([(name, _arrow_type(pa, part)) for name, part in schema["properties"].items()])

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


WRITERS: dict[str, Callable[[], Writer]] = {
    "jsonl": lambda: write_jsonl,
    "csv": lambda: write_csv,
    "parquet": parquet_writer,
}

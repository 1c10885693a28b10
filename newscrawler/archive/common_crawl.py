"""Where Common Crawl has captures of the site: rows of its columnar index, or lists of its news files.

One request at a time. What was found in one file of the index is kept beside the manifest until the manifest is whole,
so that a search which broke off goes on where it was.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from newscrawler.archive.fetching import fetch
from newscrawler.editions import EDITIONS, Edition
from newscrawler.exceptions import ArchiveError, require_extra
from newscrawler.utils import atomic_write

DATA = "https://data.commoncrawl.org"
COLLECTIONS = "https://index.commoncrawl.org/collinfo.json"
#: Parts of the index: pages, and what was answered instead of pages. The third is robots files.
_SUBSETS = ("subset=warc/", "subset=crawldiagnostics/")
_NEWS_NAME = re.compile(r"CC-NEWS-(\d{8})\d{6}-")
#: A news file holds what was fetched from its time on, for some hours.
_NEWS_LASTS = timedelta(days=1)
_COLUMNS = "url, fetch_time, fetch_status, warc_filename, warc_record_offset, warc_record_length"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: days of capture (UTC, both included) and editions, on the servers named."""

    since: date
    until: date
    editions: Sequence[Edition] = EDITIONS
    data: str = DATA
    collections: str = COLLECTIONS

    @property
    def hosts(self) -> list[str]:
        """All hosts of the editions, mirrors included."""
        return sorted({host for edition in self.editions for host in edition.all_hosts})


def find_pages(search: Search, manifest: Path, report: Callable[[str], None]) -> int:
    """Write a manifest of captures with file, offset and length; how many there are.

    Raises ArchiveError when a server does not answer in the end; the next call goes on from there.
    """
    connection = _duckdb(search.data)
    parts = manifest.with_name(manifest.name + ".parts")
    asked = json.dumps([str(search.since), str(search.until), search.hosts, search.data])
    if not (parts / "search").exists() or (parts / "search").read_text("utf-8") != asked:
        shutil.rmtree(parts, ignore_errors=True)
    with atomic_write(parts / "search") as file:
        file.write(asked.encode())
    names = [
        name
        for crawl in _crawls(search)
        for name in _listed(f"{search.data}/crawl-data/{crawl}/cc-index-table.paths.gz")
        if any(subset in name for subset in _SUBSETS)
    ]
    for number, name in enumerate(names, 1):
        part = parts / (name.replace("/", "_") + ".jsonl")
        if not part.exists():
            with atomic_write(part) as file:
                for row in _rows(connection, search, name):
                    file.write(json.dumps(row).encode() + b"\n")
        report(f"{number} of {len(names)} files of the index")
    lines = sorted(
        line for name in names for line in (parts / (name.replace("/", "_") + ".jsonl")).read_bytes().splitlines(True)
    )
    with atomic_write(manifest) as file:
        file.writelines(lines)
    shutil.rmtree(parts)
    return len(lines)


def find_news(search: Search, manifest: Path) -> int:
    """Write a manifest of Common Crawl's news files of those days, which are read whole; how many there are."""
    files: list[str] = []
    month = search.since.replace(day=1)
    while month <= search.until:
        for name in _listed(f"{search.data}/crawl-data/CC-NEWS/{month:%Y/%m}/warc.paths.gz"):
            match = _NEWS_NAME.search(name)
            day = None if match is None else datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=UTC).date()
            if day is None or search.since - _NEWS_LASTS <= day <= search.until:
                files.append(f"{search.data}/{name}")
        month = (month + timedelta(days=31)).replace(day=1)
    with atomic_write(manifest) as file:
        file.writelines(json.dumps({"file": name}).encode() + b"\n" for name in files)
    return len(files)


def _duckdb(base: str) -> Any:
    require_extra("index", "a search of Common Crawl's index", "duckdb", "fsspec")
    connection = import_module("duckdb").connect()
    connection.register_filesystem(import_module("newscrawler.archive.remote_parquet").RangeFileSystem(base))
    # One request at a time.
    connection.execute("SET threads = 1")
    return connection


def _crawls(search: Search) -> Iterator[str]:
    """Names of the crawls that have captures of those days."""
    body = io.BytesIO()
    fetch(search.collections, body)
    try:
        for crawl in json.loads(body.getvalue()):
            first, last = (datetime.fromisoformat(crawl[name]).date() for name in ("from", "to"))
            if first <= search.until and last >= search.since:
                yield str(crawl["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveError(f"{search.collections}: not the list of crawls that it was: {error}") from error


def _listed(url: str) -> list[str]:
    body = io.BytesIO()
    fetch(url, body)
    try:
        return gzip.decompress(body.getvalue()).decode().split()
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveError(f"{url}: no list of files: {error}") from error


def _rows(connection: Any, search: Search, name: str) -> Iterator[dict[str, Any]]:
    select = (
        f"SELECT {_COLUMNS} FROM read_parquet(?) WHERE url_host_name IN (SELECT unnest(?))"
        " AND url_host_registered_domain IN (SELECT unnest(?)) AND fetch_time >= ? AND fetch_time < ?"
        " ORDER BY warc_filename, warc_record_offset"
    )
    domains = sorted({".".join(host.split(".")[-2:]) for host in search.hosts})
    try:
        found = connection.execute(
            select, [f"ranges://{name}", search.hosts, domains, search.since, search.until + timedelta(days=1)]
        ).fetchall()
    except ArchiveError:
        raise
    except Exception as error:
        raise ArchiveError(f"{search.data}/{name}: can't be read: {' '.join(str(error).split())}") from error
    for url, at, status, file, offset, length in found:
        yield {
            **{"file": f"{search.data}/{file}", "offset": offset, "length": length},
            **{"url": url, "at": at.isoformat(), "status": status},
        }

"""What a new extractor alone makes of a page is told from an edit by the page that was kept."""

from __future__ import annotations

import gzip
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from newscrawler.archive.payloads import INDEX_NAME, StoredResponse, stored_responses
from newscrawler.archive.reader import load
from newscrawler.archive.writer import ArchiveWriter, Exchange
from newscrawler.pages.article import EXTRACTOR_VERSION as OURS
from newscrawler.utils import TEST_CLOCK
from tests.harness import HOUR, NOW, Data, Run, addresses_until, altered, news, run_scrapy, site_at
from tests.replica import Address, Server

KEEP = {"NEWSCRAWLER_WARC": "true"}
NEWER: dict[str, Any] = {TEST_CLOCK: "tests.crawl.newer_extractor.now"}
Serve = Callable[..., Server]


def crawl(
    data: Data, server: Server, hours: int, settings: Mapping[str, str], version: str = OURS, adds: str = ""
) -> Run:
    extractor: dict[str, Any] = {"EXTRACTOR": version, "EXTRACTOR_ADDS": adds, **(NEWER if version != OURS else {})}
    run = data.crawl(server, at=NOW + hours * HOUR, settings={**settings}, **extractor)
    assert run.code == 0, run.err
    assert "Traceback" not in run.err
    assert data.problems() == []
    return run


def reasons(data: Data, address: Address) -> list[str | None]:
    return [line["revision_reason"] for line in data.of(address)]


def kept_page(data: Data, address: Address) -> StoredResponse:
    """The page of an article's newest line."""
    line = data.of(address)[-1]
    key, at = (line["edition"], line["article_id"]), datetime.fromisoformat(line["fetched_at"])
    [answer] = stored_responses(data.path / "warc", key, at)
    return answer


def test_an_edit_is_told_from_a_new_extractor(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW, 16)
    edited, moved, going, same = news(addresses)[:4]
    assert moved.head is not None
    addresses = altered(addresses, edited.path, edits=(NOW + HOUR,))
    later = altered(addresses, moved.path, published_at=moved.head.published_at - timedelta(minutes=7))
    away = altered(later, going.path, kind="gone")
    crawl(data, served(site_at(NOW, addresses)), 0, KEEP)
    # Both at once: every page is read otherwise, and one was edited, and one has another date.
    run = crawl(data, served(site_at(NOW + HOUR, away)), 3, KEEP, "13", " again")
    assert reasons(data, edited) == [None, "content"]
    assert reasons(data, moved) == [None, "metadata"]
    assert reasons(data, same) == [None, "extractor"]
    counts = Counter(record["revision_reason"] for record in data.records)
    assert (counts["content"], counts["metadata"]) == (1, 1)
    assert f"re-extractions separated from edits {run.outcomes['revised']}" in run.err
    # An edit alone: the third version reads as the second.
    run = crawl(data, served(site_at(NOW, away)), 28, KEEP, "14", " again")
    assert reasons(data, edited) == [None, "content", "content"]
    assert reasons(data, same) == [None, "extractor"]
    assert [line["status"] for line in data.of(going)] == ["published", "withdrawn"]
    # The extractor alone, for all; one is back, too.
    run = crawl(data, served(site_at(NOW, later)), 150, KEEP, "15", " and again")
    assert reasons(data, edited) == [None, "content", "content", "extractor"]
    assert reasons(data, moved) == [None, "metadata", "extractor"]
    assert reasons(data, going) == [None, "metadata", "metadata"]
    assert "not told" not in run.err
    # The kept pages read once more, by a fifth: each is compared with what was made of itself.
    for path in (data.path / "warc").glob(f"{INDEX_NAME}*"):
        path.unlink()
    lines = len(data.records)
    environment = data.environment(NOW + 151 * HOUR, EXTRACTOR="16", EXTRACTOR_ADDS=" five", **NEWER)
    archive = ("rt_archive", "-a", "warc=data/warc")
    done = run_scrapy(data.folder, ("crawl", *archive), env=environment, cold=True)
    assert done.code == 0, done.err
    assert {record["revision_reason"] for record in data.records[lines:]} == {"extractor"}
    assert "not told" not in done.err
    assert data.problems() == []


def test_a_page_that_is_lost_is_no_proof(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW, 24)
    chosen = damaged, swapped, forgotten, cold, packed, repeated = news(addresses)[:6]
    edited = addresses
    for address in chosen:
        edited = altered(edited, address.path, edits=(NOW + HOUR,))
    crawl(data, served(site_at(NOW, edited)), 0, KEEP)
    folder = data.path / "warc"
    pages = {address.path: kept_page(data, address) for address in chosen}
    location = pages[damaged.path].location
    with location.path.open("r+b") as file:
        file.seek(location.offset + 3000)
        file.write(bytes(40))
    with closing(sqlite3.connect(folder / INDEX_NAME)) as index, index:
        for address in (forgotten, packed, repeated):
            index.execute("DELETE FROM answers WHERE url = ?", (pages[address.path].url,))
        # As when files were exchanged under the same name.
        elsewhere = (pages[forgotten.path].location.offset, pages[swapped.path].url)
        index.execute("UPDATE answers SET offset = ? WHERE url = ?", elsewhere)
        index.execute("UPDATE answers SET file = 'moved.warc.gz' WHERE url = ?", (pages[cold.path].url,))
    gzipped = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
    keep_anew(folder, pages[packed.path], "packed", gzip.compress, gzipped)
    # The second time it is a revisit record.
    keep_anew(folder, replace(pages[repeated.path], at=NOW - HOUR), "first", bytes)
    keep_anew(folder, pages[repeated.path], "second", bytes)
    # A killed run leaves its file so, and this run keeps no pages itself.
    location.path.rename(f"{location.path}.open")
    run = crawl(data, served(site_at(NOW + HOUR, edited)), 3, {}, "13")
    for address in (packed, repeated):
        assert reasons(data, address) == [None, "content"]
    for address in (damaged, swapped, forgotten, cold):
        assert reasons(data, address) == [None, "extractor"]
    assert "re-extractions separated from edits 2, re-extractions not separated from edits 4" in run.err
    assert f"{location.path.name}.open, byte {location.offset}: can't be read" in run.err
    assert "moved.warc.gz" not in run.err
    assert "not the page that the index says" in run.err


@pytest.mark.slow
def test_a_rendered_page_is_not_compared_with_its_source(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW, 6)
    edited = news(addresses)[0]
    addresses = altered(addresses, edited.path, edits=(NOW + HOUR,))
    crawl(data, served(site_at(NOW, addresses)), 0, KEEP)
    server = served(site_at(NOW + HOUR, addresses))
    run = data.crawl(server, "-a", "render=article", at=NOW + 3 * HOUR, settings=KEEP, EXTRACTOR="13", **NEWER)
    assert run.code == 0, run.err
    assert reasons(data, edited) == [None, "extractor"]
    assert "re-extractions not separated from edits 1" in run.err


def keep_anew(
    folder: Path,
    answer: StoredResponse,
    prefix: str,
    encode: Callable[[bytes], bytes],
    headers: Mapping[str, str] = MappingProxyType({"Content-Type": "text/html; charset=utf-8"}),
) -> None:
    """Keep a page once more, as another run would have."""
    page = load(answer.location.path, answer.location.offset, 5_000_000)
    response = Response(answer.url, headers=headers, body=encode(page.body))
    writer = ArchiveWriter(folder, prefix, max_bytes=1_000_000, info={})
    writer.write(Exchange(answer.url, answer.at, Request(answer.url), response))
    writer.close()

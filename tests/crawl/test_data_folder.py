"""A data folder that is in use, can't be written or can't be read: one line, an exit code, nothing damaged."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from newscrawler.ledger import LEDGER_NAME
from tests.harness import NOW, Data, addresses_until, article_requests, news, site_at, wait_until
from tests.replica import Server

Serve = Callable[..., Server]


def test_a_second_run_at_once(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    slow, other = served(site_at(NOW, addresses), latency=0.2), served(site_at(NOW, addresses))
    with data.start(slow) as first:
        wait_until(lambda: slow.requests)
        first.send_signal(signal.SIGSTOP)  # on a busy machine it might end before the second has begun
        try:
            second = data.crawl(other, at=NOW + timedelta(minutes=1))
        finally:
            first.send_signal(signal.SIGCONT)
        first.communicate(timeout=120)
    assert second.code == 5, second.err
    assert "Traceback" not in second.err
    line = second.err.splitlines()[-1]
    assert line.startswith(f"   verdict  another run (exit code 5): data is in use by process {first.pid}, ")
    assert "started 2026-05-01T12:00:0" in line
    assert other.requests == []
    assert first.returncode == 0
    data.check_whole(news(addresses))


def test_the_lock_of_a_dead_process_does_not_block(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    slow = served(site_at(NOW, addresses), latency=0.2)
    with data.start(slow) as first:
        wait_until(lambda: len(slow.requests) >= 6)
        first.send_signal(signal.SIGKILL)
    second = data.crawl(served(site_at(NOW, addresses)), at=NOW + timedelta(minutes=1))
    assert second.code == 0, second.err
    # With lines that it wrote, its file is put in place; without, it is only marked.
    assert "recovered from a run that was killed: " in second.err
    data.check_whole(news(addresses))


@pytest.mark.parametrize("most", [20_000, 130_000, 220_000])
def test_a_disk_that_fills_up(data: Data, served: Serve, most: int) -> None:
    addresses = addresses_until(NOW, articles=60)
    server = served(site_at(NOW, addresses), latency=0.02)
    full = data.crawl(server, file_size=most)
    assert full.code == 6, full.err
    assert "Traceback" not in full.err, full.err
    assert "output (exit code 6): the output could not be written: " in full.err.splitlines()[-1]
    assert len(article_requests(server)) < len(news(addresses)), "the run went on"
    kept = data.records if data.path.exists() else []
    good = data.crawl(server, at=NOW + timedelta(minutes=1))
    assert good.code == 0, good.err
    data.check_whole(news(addresses))
    assert data.records[: len(kept)] == kept


def refused(data: Data, server: Server, *args: str, settings: dict[str, str] | None = None) -> str:
    """The last line of a run that can't use its data folder."""
    done = data.crawl(server, *args, settings=settings)
    assert done.code == 6, done.err
    assert "Traceback" not in done.err
    assert article_requests(server) == []
    return done.err.splitlines()[-1]


def test_a_folder_that_cannot_be_made(data: Data, served: Serve) -> None:
    (data.folder / "file").write_text("")
    server = served(site_at(NOW, addresses_until(NOW)))
    line = refused(data, server, settings={"NEWSCRAWLER_DATA_DIR": "file/below"})
    assert "file/below/lock can't be locked" in line


def test_a_ledger_of_a_newer_version(data: Data, served: Serve) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    assert data.crawl(server).code == 0
    with closing(sqlite3.connect(data.path / LEDGER_NAME)) as connection:
        connection.execute("PRAGMA user_version = 1000")
    before = (data.path / LEDGER_NAME).read_bytes()
    del server.requests[:]
    assert "made by a newer version of newscrawler" in refused(data, server)
    assert (data.path / LEDGER_NAME).read_bytes() == before


@pytest.mark.parametrize("content", [b"no ledger at all", b"SQLite format 3\x00" + bytes(range(256)) * 32])
def test_a_ledger_that_is_none(data: Data, served: Serve, content: bytes) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    data.path.mkdir()
    (data.path / LEDGER_NAME).write_bytes(content)
    assert "put a backup in its place" in refused(data, server)
    assert (data.path / LEDGER_NAME).read_bytes() == content


def test_a_ledger_that_is_gone(data: Data, served: Serve) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    assert data.crawl(server).code == 0
    [file] = data.files
    before = file.read_bytes()
    (data.path / LEDGER_NAME).rename(data.folder / "backup.sqlite3")
    del server.requests[:]
    assert "missing beside a dataset" in refused(data, server)
    assert [path.read_bytes() for path in data.files] == [before]
    assert not (data.path / LEDGER_NAME).exists()
    # And the other way round: with nothing to fetch again it would be a good run.
    (data.folder / "backup.sqlite3").rename(data.path / LEDGER_NAME)
    (data.path / "articles").rename(data.folder / "elsewhere")
    assert "articles: missing beside a ledger with lines; put it back from a backup" in refused(data, server)
    (data.folder / "elsewhere").rename(data.path / "articles")
    assert data.crawl(server).code == 0

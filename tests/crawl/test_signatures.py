"""What the ledger remembers for near-duplicates, and what it lets go."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from newscrawler.ledger import LEDGER_NAME
from tests.harness import NOW, Data, addresses_until, site_at
from tests.replica import Server

Serve = Callable[..., Server]


def signatures(data: Data) -> int:
    with closing(sqlite3.connect(data.path / LEDGER_NAME)) as connection:
        return int(connection.execute("SELECT count(*) FROM shingles").fetchone()[0])


def test_signatures_go_when_nothing_can_match_them(tmp_path: Path, served: Serve) -> None:
    data = Data(tmp_path)
    server = served(site_at(NOW, addresses_until(NOW)))
    assert data.crawl(server).code == 0
    kept = signatures(data)
    assert kept > 0
    assert data.crawl(server, at=NOW + timedelta(days=30)).code == 0
    assert signatures(data) == kept
    assert data.crawl(server, at=NOW + timedelta(days=120)).code == 0
    assert signatures(data) == 0

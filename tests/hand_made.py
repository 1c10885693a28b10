"""Dataset folders written by hand, without a crawl or a ledger, and whole records to put into them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from newscrawler.items import Article, record_of
from tests.dataset_driver import make_record


def whole_record(number: int, version: int = 0, **changes: Any) -> dict[str, Any]:
    """A record that keeps to the schema; ``version`` changes its words."""
    record = make_record(number, version, **changes)
    more = {"language": "en", "layout": "2022-grid", "discovered_via": "feed", "first_seen_at": record["fetched_at"]}
    return record_of(Article()) | more | {"word_count": len(record["text"].split())} | record


def write_file(data_dir: Path, started_at: datetime, records: Iterable[dict[str, Any]], *, gz: bool = False) -> Path:
    """A finished file of a run that began then."""
    folder = data_dir / "articles" / f"{started_at:%Y/%m/%d}"
    folder.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    path = folder / f"{started_at:%Y%m%dT%H%M%SZ}-aaaa.jsonl{'.gz' if gz else ''}"
    path.write_bytes(gzip.compress(data) if gz else data)
    return path

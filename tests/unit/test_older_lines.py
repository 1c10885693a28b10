"""Lines that versions before this one wrote are whole to `dataset verify`."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest

from newscrawler.dataset.files import finished_files
from newscrawler.dataset.recovery import compress_before
from newscrawler.dataset.verification import verify
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.schema import SchemaCheck
from tests.dataset_driver import START, save
from tests.hand_made import whole_record

#: A line of version 1.0.0, word for word: keys, their order and their form are those of its crawls.
LINE = (
    '{"schema_version": "1.0.0", "article_id": "600001", "edition": "en", "language": "en",'
    ' "url": "https://www.rt.com/news/600001-slug/", "short_url": null, "section": "news",'
    ' "breadcrumbs": ["World News"],'
    ' "headline": "Bridge opens", "lead": "It is long", "authors": [], "published_at": "2026-05-01T11:59:00+00:00",'
    ' "modified_at": null, "image": {"url": "https://mf.b37mrtl.ru/a.jpg", "caption": null, "credit": "A / B"},'
    ' "tags": [],'
    ' "paragraphs": ["Cars cross it."], "text": "It is long\\n\\nCars cross it.",'
    ' "related": [{"title": "More", "url": null}], "embeds": [{"type": "tweet", "url": "https://twitter.com/a/status/1"}],'
    ' "developing": false, "word_count": 6, "content_hash": "%s", "revision": 1, "revision_of_hash": null,'
    ' "near_duplicate_of": null, "near_duplicate_similarity": null, "first_seen_at": "2026-05-01T12:00:00+00:00",'
    ' "fetched_at": "2026-05-01T12:00:00+00:00", "discovered_via": "%s", "layout": "2022-grid",'
    ' "extractor_version": "1",'
    ' "revision_reason": null, "status": "published"}\n'
)


@pytest.mark.parametrize("via", ["listing", "feed", "newssitemap", "sitemap", "url", "file", "trend", "warc"])
def test_a_line_of_the_first_version(via: str) -> None:
    assert SchemaCheck()(json.loads(LINE % ("0" * 64, via))) == []


@pytest.mark.parametrize("packed", [False, True])
def test_a_dataset_of_crawls_with_trend_and_of_archives(tmp_path: Path, packed: bool) -> None:
    """Also one whose files NEWSCRAWLER_GZIP compressed as their runs ended."""
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        for number, via in enumerate(("trend", "warc")):
            now = START + timedelta(hours=number)
            run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
            part = PartFile(tmp_path, ledger, run)
            save(ledger, part, run, whole_record(number, discovered_via=via, fetched_at=now.isoformat()), now)
            part.finish()
        if packed:
            compress_before(tmp_path, ledger, (START + timedelta(days=1)).date())
        assert list(verify(tmp_path, ledger, SchemaCheck())) == []
    files = list(finished_files(tmp_path))
    assert {path.suffix for path in files} == {".gz" if packed else ".jsonl"}
    lines = [gzip.decompress(path.read_bytes()) if packed else path.read_bytes() for path in files]
    assert [json.loads(line)["discovered_via"] for line in lines] == ["trend", "warc"]

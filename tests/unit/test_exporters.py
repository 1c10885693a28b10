"""The exporter writes what Scrapy's own would."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.exporters import CsvItemExporter, JsonLinesItemExporter, XmlItemExporter

from newscrawler.feedexport import RecordLinesExporter
from newscrawler.items import Article, Embed, Image, Related, Source, record_of

ARTICLE = Article(
    article_id="1",
    headline="“Å” – \u2028 line",
    image=Image(url="https://www.rt.com/a.jpg", credit="Reuters / Ä"),
    related=[Related(title="More", url=None)],
    embeds=[Embed(type="tweet", url="https://x.com/1")],
    paragraphs=["one", "two"],
    published_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
    discovered_via=Source.TREND,
)


def _written(kind: type[JsonLinesItemExporter], item: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    kind(file, **options).export_item(item)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "utf-8"},
        {"encoding": "utf-16"},
        {"encoding": None},
        {"encoding": "utf-8", "fields_to_export": ["headline", "image"]},
    ],
)
@pytest.mark.parametrize("item", [ARTICLE, Article(), {"url": "x"}])
def test_lines_are_those_of_scrapys_exporter(item: Any, options: dict[str, Any]) -> None:
    assert _written(RecordLinesExporter, item, **options) == _written(JsonLinesItemExporter, item, **options)


def test_line_is_the_whole_record() -> None:
    line = _written(RecordLinesExporter, ARTICLE, encoding="utf-8")
    assert json.loads(line) == record_of(ARTICLE)
    assert list(json.loads(line)) == list(record_of(ARTICLE))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1


@pytest.mark.parametrize("kind", [CsvItemExporter, XmlItemExporter])
def test_times_and_enums_are_text_in_every_format(kind: type[Any]) -> None:
    file = io.BytesIO()
    exporter = kind(file, fields_to_export=["published_at", "modified_at", "discovered_via", "status"])
    exporter.start_exporting()
    exporter.export_item(ARTICLE)
    exporter.finish_exporting()
    text = file.getvalue().decode()
    assert "2026-05-01T12:00:00+00:00" in text
    assert "trend" in text
    assert "published" in text
    assert "Source" not in text

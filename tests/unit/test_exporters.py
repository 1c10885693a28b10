"""The exporter writes what Scrapy's own would."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from typing import Any

import pytest
from scrapy.exporters import JsonLinesItemExporter

from newscrawler.feedexport import RecordLinesExporter
from newscrawler.items import Article, Embed, Image, Related

ARTICLE = Article(
    article_id="1",
    headline="“Å” – \u2028 line",
    image=Image(url="https://www.rt.com/a.jpg", credit="Reuters / Ä"),
    related=[Related(title="More", url=None)],
    embeds=[Embed(type="tweet", url="https://x.com/1")],
    paragraphs=["one", "two"],
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
    assert json.loads(line) == asdict(ARTICLE)
    assert list(json.loads(line)) == list(asdict(ARTICLE))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1

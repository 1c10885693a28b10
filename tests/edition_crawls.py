"""The replica's six other editions, and what a crawl of one must give: records right in every field, undoubted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.harness import Run
from tests.oracle import schema_problems
from tests.replica import Server
from tests.replica.editions import EditionSite, serve_edition

CODES = ("ar", "de", "es", "fr", "ru", "sr")


def truths(site: EditionSite, *sections: str) -> dict[str, Mapping[str, Any]]:
    """What records must say, by URL: of sections, or of all that there is."""
    return {story.url: story.truth() for story in site.stories if not sections or story.section in sections}


def world(site: EditionSite) -> list[str]:
    """The sections that are world news."""
    return list(site.edition.sections)[: site.edition.world]


@contextmanager
def edition(code: str, **options: Any) -> Iterator[tuple[Server, EditionSite, dict[str, str]]]:
    """A served edition, and the settings that lead a spider to it."""
    with serve_edition(code, **{"articles": 120, "robots": "open", **options}) as server:
        assert isinstance(server.site, EditionSite)
        host = urlsplit(server.site.host).hostname
        yield server, server.site, {"NEWSCRAWLER_MIRRORS": json.dumps({host: server.url})}


def check(
    done: Run, records: Sequence[Mapping[str, Any]], site: EditionSite, expected: Mapping[str, Mapping[str, Any]]
) -> None:
    """Exactly these articles, right in every field and without doubts."""
    assert done.code == 0, done.err
    assert " WARNING: " not in done.err
    assert sorted(record["url"] for record in records) == sorted(expected)
    for record in records:
        truth = expected[record["url"]]
        assert {name: record[name] for name in truth} == truth
        assert record["language"] == site.language
        assert record["doubts"] == [], record["url"]
        assert record["text"] == "\n\n".join(filter(None, [truth["lead"], *truth["paragraphs"]]))
        assert record["word_count"] == len(record["text"].split())
        assert schema_problems(record) == []
    designs = {site.edition.generations[head.layout].layout for head in site.heads}
    assert {record["layout"] for record in records} == designs

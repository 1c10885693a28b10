"""Each edition of the replica, crawled by its spider: every record right in every field, and none of them doubted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from newscrawler.schema import article_schema
from tests.harness import Run
from tests.oracle import Expected, Truth, damage, problems
from tests.replica.editions import EDITIONS, EditionSite, serve_edition

CODES = ("ar", "de", "es", "fr", "ru", "sr")
FORMS = [(code, form) for code in CODES for form in EDITIONS[code].listings]


def truths(site: EditionSite) -> dict[str, Mapping[str, Any]]:
    """What records must say, by URL, of the world news that one crawl can find."""
    sections = list(site.edition.sections)[: site.edition.world]
    return {story.url: story.truth() for story in site.stories if story.section in sections}


def settings(site: EditionSite, url: str) -> dict[str, str]:
    return {"NEWSCRAWLER_MIRRORS": json.dumps({urlsplit(site.host).hostname: url})}


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_every_field_of_every_record(run: Callable[..., Run], code: str, form: str) -> None:
    with serve_edition(code, articles=120, robots="open", listing_form=form) as server:
        site = server.site
        assert isinstance(site, EditionSite)
        done = run(
            "crawl",
            f"rt_world_{code}",
            "-O",
            "articles.jsonl",
            "-a",
            "max_pages=100",
            settings=settings(site, server.url),
        )
        designs = {site.edition.generations[head.layout].layout for head in site.heads}
    assert done.code == 0, done.err
    assert " WARNING: " not in done.err
    expected = truths(site)
    records = {record["url"]: record for record in done.records}
    assert sorted(records) == sorted(expected)
    assert len(records) == len(done.records)
    validator = jsonschema.Draft202012Validator(article_schema())
    for url, truth in expected.items():
        record = records[url]
        assert {name: record[name] for name in truth} == truth
        assert record["language"] == site.language
        assert record["doubts"] == [], url
        validator.validate(record)
    assert {record["layout"] for record in done.records} == designs


@pytest.mark.parametrize("code", CODES)
def test_into_a_data_folder(run: Callable[..., Run], code: str, tmp_path: Any) -> None:
    with serve_edition(code, articles=40, robots="open") as server:
        site = server.site
        assert isinstance(site, EditionSite)
        for _ in range(2):
            done = run("crawl", f"rt_world_{code}", "-a", "max_pages=20", settings=settings(site, server.url))
            assert done.code == 0, done.err
    articles = {str(truth["article_id"]): Expected((truth,), 0) for truth in truths(site).values()}
    assert problems(tmp_path / "data", Truth(articles=articles)) == []
    assert list(damage(tmp_path / "data")) == []

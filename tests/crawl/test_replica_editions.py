"""Each edition of the replica, crawled by its spider: every record right in every field, and none of them doubted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from newscrawler.schema import article_schema
from tests.harness import Run
from tests.oracle import Expected, Truth, problems
from tests.replica.editions import EDITIONS, EditionSite, serve_edition

CODES = ("ar", "de", "es", "fr", "ru", "sr")
FORMS = [(code, form) for code in CODES for form in EDITIONS[code].listings]


def truths(site: EditionSite, *sections: str) -> dict[str, Mapping[str, Any]]:
    """What records must say, by URL: of sections, or of all that there is."""
    return {story.url: story.truth() for story in site.stories if not sections or story.section in sections}


def world(site: EditionSite) -> list[str]:
    return list(site.edition.sections)[: site.edition.world]


@contextmanager
def edition(code: str, **options: Any) -> Iterator[tuple[EditionSite, dict[str, str]]]:
    """A served edition, and the settings that lead a spider to it."""
    with serve_edition(code, **{"articles": 120, "robots": "open", **options}) as server:
        assert isinstance(server.site, EditionSite)
        host = urlsplit(server.site.host).hostname
        yield server.site, {"NEWSCRAWLER_MIRRORS": json.dumps({host: server.url})}


def check(done: Run, site: EditionSite, expected: Mapping[str, Mapping[str, Any]]) -> None:
    """Exactly these articles, right in every field and without doubts."""
    assert done.code == 0, done.err
    assert " WARNING: " not in done.err
    assert sorted(record["url"] for record in done.records) == sorted(expected)
    validator = jsonschema.Draft202012Validator(article_schema())
    for record in done.records:
        truth = expected[record["url"]]
        assert {name: record[name] for name in truth} == truth
        assert record["language"] == site.language
        assert record["doubts"] == [], record["url"]
        assert record["text"] == "\n\n".join(filter(None, [truth["lead"], *truth["paragraphs"]]))
        assert record["word_count"] == len(record["text"].split())
        validator.validate(record)
    designs = {site.edition.generations[head.layout].layout for head in site.heads}
    assert {record["layout"] for record in done.records} == designs


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_world_news_by_its_listing(run: Callable[..., Run], code: str, form: str) -> None:
    with edition(code, listing_form=form) as (site, settings):
        arguments = ("-a", "max_pages=100", "-a", "sources=listing")
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", *arguments, settings=settings)
    check(done, site, truths(site, *world(site)))


@pytest.mark.parametrize("code", [code for code in CODES if EDITIONS[code].feed])
def test_world_news_by_its_feed(run: Callable[..., Run], code: str) -> None:
    with edition(code, robots="rt") as (site, settings):
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", "-a", "sources=feed", settings=settings)
    known = truths(site, *world(site))
    in_feed = [entry.url for entry in site.newest(site.options.feed_length)]
    check(done, site, {url: known[url] for url in in_feed if url in known})


@pytest.mark.parametrize("code", CODES)
def test_all_articles_of_the_archive(run: Callable[..., Run], code: str, tmp_path: Path) -> None:
    with edition(code) as (site, settings):
        urls = list(truths(site))
        if code == "sr":
            urls[::2] = [url.replace("//rt.rs/", "//lat.rt.rs/") for url in urls[::2]]
        (tmp_path / "urls.txt").write_text("\n".join(urls), "utf-8")
        arguments = ("-O", "articles.jsonl", "-a", "url=urls.txt")
        done = run("crawl", f"rt_world_{code}", *arguments, settings=settings)
    check(done, site, truths(site))


@pytest.mark.parametrize("code", CODES)
def test_into_a_data_folder(run: Callable[..., Run], code: str, tmp_path: Path) -> None:
    with edition(code, articles=40) as (site, settings):
        for outcomes in ({"new"}, set[str]()):
            done = run("crawl", f"rt_world_{code}", "-a", "max_pages=20", settings=settings)
            assert done.code == 0, done.err
            assert set(done.outcomes) == outcomes
    articles = {str(truth["article_id"]): Expected((truth,), 0) for truth in truths(site, *world(site)).values()}
    assert problems(tmp_path / "data", Truth(articles=articles)) == []


@pytest.mark.parametrize("code", CODES)
def test_a_range_of_days(run: Callable[..., Run], code: str) -> None:
    """A backfill over pages of all the edition's designs: what was published on these days, and nothing else."""
    with edition(code) as (site, settings):
        known = truths(site, *world(site))
        days = sorted(str(truth["published_at"])[:10] for truth in known.values())
        since, until = days[0], days[len(days) // 2]
        assert until < days[-1]
        arguments = ("-a", f"since={since}", "-a", f"until={until}")
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", *arguments, settings=settings)
    check(done, site, {url: truth for url, truth in known.items() if str(truth["published_at"])[:10] <= until})

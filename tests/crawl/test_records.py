"""The records of a crawl against what the replica knows to be true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from newscrawler.schema import article_schema
from tests.harness import Run
from tests.replica import Server, Site

CRAWL = ("crawl", "rt_world", "-O", "articles.jsonl")
# What the replica's kinds of address must come to. A readable one is `new`, or `duplicate` for a second address.
OUTCOMES = {
    "article": "new",
    "redirect_chain": "new",
    "flaky": "new",
    "slow": "new",
    "windows_1252": "new",
    "second_section": "new",
    "second_slug": "new",
    "gone": "gone",
    "withdrawn": "gone",
    "forbidden": "blocked",
    "challenge": "blocked",
    "server_error": "http_error",
    "offsite_redirect": "http_error",
    "too_many_redirects": "http_error",
    "unknown_layout": "unknown_layout",
    "empty": "unknown_layout",
    "no_date": "invalid",
    "no_body": "invalid",
    "truncated": "invalid",
    "foreign_page": "invalid",
    "huge": "failed",
}


def check_truth(records: list[dict[str, Any]], site: Site) -> None:
    """Every field that the replica knows, of every record."""
    validator = jsonschema.Draft202012Validator(article_schema())
    for record in records:
        story = site.story(record["url"])
        assert story is not None, record["url"]
        truth = story.truth()
        assert {name: record[name] for name in truth} == truth
        assert record["layout"] == story.layout
        assert record["text"] == "\n\n".join(filter(None, [truth["lead"], *truth["paragraphs"]]))
        assert record["word_count"] == len(record["text"].split())
        assert list(record) == list(article_schema()["properties"])
        validator.validate(record)


@pytest.mark.parametrize(
    "listing_form",
    ["2022", pytest.param("2017", marks=pytest.mark.slow), pytest.param("2014", marks=pytest.mark.slow)],
)
def test_every_field_of_every_record(
    replica: Callable[..., Server], run: Callable[..., Run], listing_form: str
) -> None:
    server = replica(articles=400, robots="open", listing_form=listing_form)
    done = run(*CRAWL, "-a", "max_pages=100", server=server)
    assert done.code == 0, done.err
    assert " WARNING: " not in done.err
    expected = {url for url in server.site.reachable("news", load_more=True) if "/news/" in url}
    assert {record["url"] for record in done.records} == expected
    assert len(done.records) == len(expected)
    assert {record["layout"] for record in done.records} >= {
        "2013-cont-wp",
        "2014-cont-wp-docpage",
        "2015-article-bem",
        "2019-article-bem-jsonld",
        "2022-grid",
        "2022-grid-oped",
    }
    check_truth(done.records, server.site)


def test_outcomes_add_up_with_every_fault_on(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=200, faults="all")
    done = run(*CRAWL, server=server, settings={"NEWSCRAWLER_VERDICT": '{"max_fault_share": 0.9}'})
    assert done.code == 0, done.err
    reachable = {
        u: kind for u, kind in server.site.reachable("news").items() if u.startswith("https://www.rt.com/news/")
    }
    expected: dict[str, int] = {}
    articles: set[str] = set()
    for url, kind in reachable.items():
        outcome = OUTCOMES[kind]
        if outcome == "new":
            story = server.site.story(url)
            assert story is not None
            article_id = story.truth()["article_id"]
            if article_id in articles:
                outcome = "duplicate"
            articles.add(article_id)
        expected[outcome] = expected.get(outcome, 0) + 1
    assert done.outcomes == expected
    assert sum(done.outcomes.values()) == done.scheduled == len(reachable)
    assert {record["article_id"] for record in done.records} == articles
    assert len(done.records) == len(articles)
    check_truth(done.records, server.site)


def test_the_page_that_the_project_started_from(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica()
    story = server.site.seed_story
    done = run(*CRAWL, "-a", f"url={story.url}", server=server)
    assert done.code == 0, done.err
    [record] = done.records
    assert record["breadcrumbs"] == ["World News"]
    assert " / " in record["image"]["credit"]
    assert record["lead"]
    assert len(record["paragraphs"]) == 6
    assert record["paragraphs"][-1] == "DETAILS TO FOLLOW"
    assert record["developing"] is True
    [related] = record["related"]
    assert not any(related["title"] in paragraph for paragraph in record["paragraphs"])
    everything = " ".join([record["headline"], record["text"]])
    for boilerplate in (
        "icon",
        "Podcasts",
        "RT News App",
        "All rights reserved",
        "cookies",
        "Get short URL",
        "Also on",
    ):
        assert boilerplate not in everything
    check_truth(done.records, server.site)


def test_robots_file_of_rt_is_obeyed(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=300)
    done = run(*CRAWL, server=server)
    assert done.code == 0, done.err
    asked = [request.path for request in server.requests]
    assert not [path for path in asked if "?" in path or path.startswith("/listing/")]
    assert "/robots.txt" in asked
    found = {record["url"] for record in done.records}
    assert found == {url for url in server.site.reachable("news") if "/news/" in url}
    assert "robots.txt forbids loading more" in done.err
    agents = {request.headers["User-Agent"] for request in server.requests}
    assert len(agents) == 1
    assert "newscrawler" in agents.pop()


def test_robots_that_forbids_all_is_no_good_run(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(robots="deny")
    done = run(*CRAWL, server=server)
    assert done.code == 3
    assert {request.path for request in server.requests} == {"/robots.txt"}

"""Each edition of the replica by each form of its listing, by its feed alone, and all of its archive.

The newest listings and the feed together, with every design of a page, are in tests/crawl/test_editions.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edition_crawls import CODES, check, edition, truths, world
from tests.harness import Run
from tests.replica.editions import EDITIONS

FORMS = [(code, form) for code in CODES for form in EDITIONS[code].listings]


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_world_news_by_its_listing(run: Callable[..., Run], code: str, form: str) -> None:
    with edition(code, listing_form=form) as (_, site, settings):
        arguments = ("-a", "max_pages=100", "-a", "sources=listing")
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", *arguments, settings=settings)
    check(done, done.records, site, truths(site, *world(site)))


@pytest.mark.parametrize("code", [code for code in CODES if EDITIONS[code].feed])
def test_world_news_by_its_feed(run: Callable[..., Run], code: str) -> None:
    with edition(code, robots="rt") as (_, site, settings):
        done = run("crawl", f"rt_world_{code}", "-O", "articles.jsonl", "-a", "sources=feed", settings=settings)
    known = truths(site, *world(site))
    in_feed = [entry.url for entry in site.newest(site.options.feed_length)]
    check(done, done.records, site, {url: known[url] for url in in_feed if url in known})


@pytest.mark.parametrize("code", CODES)
def test_all_articles_of_the_archive(run: Callable[..., Run], code: str, tmp_path: Path) -> None:
    with edition(code) as (_, site, settings):
        urls = list(truths(site))
        if code == "sr":
            urls[::2] = [url.replace("//rt.rs/", "//lat.rt.rs/") for url in urls[::2]]
        (tmp_path / "urls.txt").write_text("\n".join(urls), "utf-8")
        arguments = ("-O", "articles.jsonl", "-a", "url=urls.txt")
        done = run("crawl", f"rt_world_{code}", *arguments, settings=settings)
    check(done, done.records, site, truths(site))

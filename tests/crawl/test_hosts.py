"""The crawl asks the site, its mirrors and mapped origins, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

from tests.harness import Run
from tests.replica import Server

CRAWL = ("crawl", "rt_world", "-O", "articles.jsonl")


def test_off_site_redirects_are_not_followed(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=20, faults="offsite_redirect,redirect_chain")
    done = run(*CRAWL, server=server)
    assert done.code == 0, done.err
    assert "off-site: " in done.err
    assert done.outcomes["http_error"] == 2
    assert "2 request(s) to other hosts refused" in done.err


def test_records_keep_canonical_addresses(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    done = run(*CRAWL, server=replica(articles=30))
    assert done.records
    for record in done.records:
        assert record["url"].startswith("https://www.rt.com/")
        assert "127.0.0.1" not in str(record)


def test_every_source_blocked_is_said(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=5, faults="forbidden")
    done = run(*CRAWL, "-a", f"url={_of_kind(server, 'forbidden')}", server=server)
    assert done.code == 4
    assert done.outcomes == {"blocked": 1}


def _of_kind(server: Server, kind: str) -> str:
    return next(address.url for address in server.site.addresses.values() if address.kind == kind)

"""Crawls through a real Chromium. Where there is none they fail: `.ci/run` installs Debian's."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.crawl.test_records import CRAWL, OUTCOMES, check_truth
from tests.harness import Run
from tests.replica import LAYOUTS, Address, Server
from tests.replica.scripted import SHELL_SCRIPT

#: Debian's Chromium, without a look for Playwright's own.
SYSTEM = {"PLAYWRIGHT_LAUNCH_OPTIONS": json.dumps({"executable_path": shutil.which("chromium")})}


def one_of_each_layout(server: Server) -> list[Address]:
    """A news article of each layout, and the seed story."""
    found: dict[str, Address] = {}
    for address in server.site.addresses.values():
        if address.kind == "article" and address.head:
            story = server.site.story_of(address.head)
            found.setdefault(story.layout, address)
    assert set(found) == set(LAYOUTS)
    return list(found.values())


def named(folder: Path, addresses: Iterable[Address]) -> str:
    """The argument that asks for these addresses."""
    (folder / "urls.txt").write_text("\n".join(address.url for address in addresses))
    return "url=urls.txt"


def apart_from_its_time(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {record["url"]: {**record, "fetched_at": None, "discovered_via": None} for record in records}


def paths(server: Server) -> list[str]:
    return [request.path for request in server.requests]


def test_articles_are_as_by_plain_http(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    """Of every layout: pages that need no browser, and the same that do."""
    bare = replica(articles=100)
    given = named(tmp_path, one_of_each_layout(bare))
    plain = run(*CRAWL, "-a", given, server=bare)
    assert len(plain.records) == len(LAYOUTS)
    rendered = run(*CRAWL, "-a", given, "-a", "render=article", server=bare, settings=SYSTEM)
    assert rendered.code == 0, rendered.err
    assert f"rendered  {len(plain.records)} pages" in rendered.err
    assert " WARNING: " not in rendered.err
    assert apart_from_its_time(rendered.records) == apart_from_its_time(plain.records)
    server = replica(articles=100, scripted={"shell", "wall", "boilerplate"})
    without = run(*CRAWL, "-a", given, server=server)
    assert without.outcomes == {"unknown_layout": len(plain.records)}
    server.requests.clear()
    rendered = run(*CRAWL, "-a", given, "-a", "render=all", server=server, settings=SYSTEM)
    assert rendered.code == 0, rendered.err
    assert apart_from_its_time(rendered.records) == apart_from_its_time(plain.records)
    # The site's script once for all pages; no picture, font, style, frame or beacon, nothing that robots.txt forbids.
    asked = paths(server)
    assert sorted(asked) == sorted(
        ["/robots.txt", SHELL_SCRIPT, *(record["url"].removeprefix("https://www.rt.com") for record in plain.records)]
    )
    assert {request.method for request in server.requests} == {"GET"}
    agents = {request.headers["User-Agent"] for request in server.requests}
    assert len(agents) == 1
    assert "newscrawler/1.0 (+http" in agents.pop()
    assert not [name for request in server.requests for name in request.headers if name.lower().startswith("sec-")]


def test_pages_that_never_settle(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    server = replica(articles=40, scripted={"endless"})
    addresses = one_of_each_layout(server)[-2:]
    given = named(tmp_path, addresses)
    done = run(*CRAWL, "-a", given, "-a", "render=article", server=server, settings=SYSTEM)
    assert done.code == 0, done.err
    assert len(done.records) == len(addresses)
    check_truth(done.records, server.site)
    # It asks for as long as it is looked at, up to a number.
    assert 1 < len([path for path in paths(server) if "poll" in path]) <= 50 * len(addresses)


def test_a_script_that_never_returns(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    server = replica(articles=40, scripted={"loop"})
    given = named(tmp_path, one_of_each_layout(server)[-2:])
    settings = {**SYSTEM, "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": "2000"}
    start = time.monotonic()
    done = run(*CRAWL, "-a", given, "-a", "render=article", server=server, settings=settings)
    assert done.code == 3
    assert done.outcomes == {"failed": 2}
    assert "DownloadFailedError: not rendered: not done in 2 s" in done.err
    assert "Traceback" not in done.err
    # Three tries each, as of any page that fails.
    assert len([path for path in paths(server) if path != "/robots.txt"]) == 6
    assert time.monotonic() - start < 60


def test_outcomes_are_as_by_plain_http(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    kinds = "gone,forbidden,flaky,redirect_chain,offsite_redirect,too_many_redirects,challenge,truncated,empty"
    server = replica(articles=20, faults=f"{kinds},windows_1252,foreign_page,unknown_layout")
    chosen = {address.kind: address for address in server.site.addresses.values() if address.kind in OUTCOMES}
    given = named(tmp_path, chosen.values())
    tolerant = {**SYSTEM, "NEWSCRAWLER_VERDICT": '{"max_fault_share": 1, "max_unknown_layout_share": 1}'}
    plain = run(*CRAWL, "-a", given, server=server, settings=tolerant)
    server.answers._asked.clear()
    server.requests.clear()
    done = run(*CRAWL, "-a", given, "-a", "render=all", server=server, settings=tolerant)
    assert done.code == 0, done.err
    assert len(chosen) > 11
    assert done.outcomes == plain.outcomes
    # A browser hands on text, no bytes: what had to be repaired in them is not seen.
    for record in plain.records:
        record["doubts"] = [doubt for doubt in record["doubts"] if doubt != "encoding_repaired"]
    assert apart_from_its_time(done.records) == apart_from_its_time(plain.records)
    assert not [path for path in paths(server) if "ddos-guard" in path]


@pytest.mark.parametrize("refusal", ["too_many_requests", "challenge_200"])
def test_a_no_is_taken_as_by_plain_http(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path, refusal: str
) -> None:
    """No browser is asked to pass a guard, and the run ends as soon."""
    server = replica(articles=40, refusal=refusal)
    given = named(tmp_path, one_of_each_layout(server))
    one = {**SYSTEM, "CONCURRENT_REQUESTS_PER_DOMAIN": "1", "DOWNLOAD_DELAY": "0.02"}
    done = run(*CRAWL, "-a", given, "-a", "render=article", server=server, settings=one)
    assert done.code == 4, done.err
    # As docs/operate/blocked.md has it; one may be under way when the last of those comes that it takes to be sure.
    assert done.outcomes["blocked"] in ((1,) if refusal == "too_many_requests" else (5, 6))
    assert sum(done.outcomes.values()) == done.scheduled == len(LAYOUTS)
    assert len(server.requests) - 1 == done.outcomes["blocked"]
    assert "  rendered  " not in done.err


def test_no_browser_is_said_before_anything_is_asked(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica(articles=5)
    settings = {"PLAYWRIGHT_LAUNCH_OPTIONS": '{"executable_path": "/no/such/browser"}'}
    done = run(*CRAWL, "-a", "render=all", server=server, settings=settings)
    assert done.code == 2
    [line] = done.err.splitlines()
    assert "PLAYWRIGHT_LAUNCH_OPTIONS: executable_path /no/such/browser" in line
    assert "apt-get install chromium" in line
    assert "playwright install chromium" in line
    assert not server.requests


def test_without_the_argument_no_browser_is_needed(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    for package in ("playwright", "scrapy_playwright"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('a browser was asked for')")
    # The folder in which a command is started comes first among those that modules are looked for in.
    done = run(*CRAWL, "-a", "max_articles=2", server=replica(articles=10))
    assert done.code == 0, done.err
    assert len(done.records) == 2
    refused = run(*CRAWL, "-a", "render=all", server=replica(articles=10), settings=SYSTEM)
    assert refused.code != 0
    assert "a browser was asked for" in refused.err

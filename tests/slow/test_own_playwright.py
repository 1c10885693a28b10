"""A spider of the user's own, with scrapy-playwright's meta, renders with one setting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.harness import ROOT
from tests.replica import Server
from tests.replica.scripted import SHELL_SCRIPT
from tests.slow.test_rendered import one_of_each_layout, paths

_SPIDER = """
import json
from pathlib import Path

from scrapy import Request, Spider
from scrapy_playwright.page import PageMethod


def no_scripts(request):
    return request.resource_type == "script"


class OwnSpider(Spider):
    name = "own"
    custom_settings = {"ADDONS": {"newscrawler.rendering.PlaywrightAddon": 100}, "ITEM_PIPELINES": {}}

    async def start(self):
        title = PageMethod("evaluate", "() => document.documentElement.outerHTML.length")
        wait = [PageMethod("wait_for_selector", "p", state="attached")] if WAIT else []
        meta = {"playwright": True, "playwright_page_methods": [*wait, title], **MORE}
        yield Request(URL, meta=meta, errback=self.failed)

    def parse(self, response):
        method = response.meta["playwright_page_methods"][-1]
        seen = {"flags": response.flags, "length": len(response.text), "result": method.result, "url": response.url}
        seen["paragraphs"] = len(response.css("p"))
        Path("seen.json").write_text(json.dumps(seen))

    def failed(self, failure):
        Path("seen.json").write_text(json.dumps({"error": type(failure.value).__name__}))
"""


def _run(server: Server, folder: Path, url: str, more: str = "{}", *options: str) -> dict[str, Any]:
    (folder / "own.py").write_text(f"URL, MORE, WAIT = {url!r}, {more}, {not options}\n{_SPIDER}")
    settings = {
        "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": server.url}),
        "DOWNLOAD_DELAY": "0",
        "AUTOTHROTTLE_ENABLED": "False",
    }
    arguments = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    command = [sys.executable, "-m", "scrapy", "runspider", "own.py", "-O", "out.jsonl", *arguments, *options]
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": f"{ROOT}:{folder}"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (folder / "seen.json").is_file(), done.stderr
    seen: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return seen


def test_page_methods_see_the_rendered_page(replica: Callable[..., Server], tmp_path: Path) -> None:
    server = replica(articles=40, scripted={"shell"})
    url = one_of_each_layout(server)[-1].url
    seen = _run(server, tmp_path, url)
    assert seen["flags"] == ["playwright"]
    assert seen["url"] == url
    assert seen["result"] > 0
    assert seen["paragraphs"] > 0
    # Everything by the crawl's own downloader: robots.txt first, the page once.
    asked = paths(server)
    assert asked[0] == "/robots.txt"
    assert sorted(asked[1:]) == sorted([url.removeprefix("https://www.rt.com"), SHELL_SCRIPT])


def test_abort_request_is_asked(replica: Callable[..., Server], tmp_path: Path) -> None:
    server = replica(articles=40, scripted={"shell"})
    url = one_of_each_layout(server)[-1].url
    seen = _run(server, tmp_path, url, "{}", "-s", "PLAYWRIGHT_ABORT_REQUEST=own.no_scripts")
    assert seen["flags"] == ["playwright"]
    assert SHELL_SCRIPT not in paths(server)


def test_keys_that_would_break_the_bounds_are_refused(replica: Callable[..., Server], tmp_path: Path) -> None:
    server = replica(articles=40)
    url = one_of_each_layout(server)[-1].url
    assert _run(server, tmp_path, url, "{'playwright_include_page': True}") == {"error": "NotSupported"}


def test_robots_txt_holds(replica: Callable[..., Server], tmp_path: Path) -> None:
    server = replica(articles=40)
    seen = _run(server, tmp_path, "https://www.rt.com/listing/type.News.category.news/prepare/x/10/1")
    assert seen == {"error": "RobotsForbidden"}

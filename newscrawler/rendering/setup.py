"""What a run that renders needs: a browser, and settings. Nothing here imports Playwright or starts a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scrapy.settings import BaseSettings

from newscrawler.exceptions import ArgumentError, require_extra

#: Values of ``-a render=``: which pages go through the browser.
KINDS = ("listing", "article", "all")
#: meta of a listing's request: how often "load more" was clicked on it.
MORE_CLICKED = "newscrawler_more_clicked"
MIDDLEWARE = "newscrawler.rendering.middleware.RenderMiddleware"
#: Between the spider and everything else: it is asked last about a response, when redirects, retries, refusals and
#: the mapping of hosts are done with.
_PLACE = 40
#: Responses wait in memory until the browser has time for them.
_CONCURRENT_REQUESTS = 4
_SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: The browser itself reaches no host at all: the crawl fetches what a page asks for. The other flags keep
#: it from trying to reach its maker's.
FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
_TRY = """
import sys
from playwright.sync_api import Error, sync_playwright
with sync_playwright() as playwright:
    try:
        playwright.chromium.launch(args=sys.argv[1:]).close()
    except Error:
        sys.exit(1)
"""
_INSTALL = "install one with `apt-get install chromium` or `playwright install chromium`"


def launch_options(settings: BaseSettings) -> dict[str, object]:
    """PLAYWRIGHT_LAUNCH_OPTIONS with a browser that exists and with the flags that keep it off the network.

    Without an ``executable_path`` it is Playwright's own Chromium if that starts, else the system's.

    Raises:
        ArgumentError: there is none, or Playwright itself is missing.
    """
    require_extra("render", "rendering", "scrapy_playwright", "playwright")
    given = settings.getdict("PLAYWRIGHT_LAUNCH_OPTIONS")
    args = given.get("args", [])
    if set(FLAGS) <= set(args):
        return given  # The crawl command has completed them before the spider was made.
    options = {"headless": True, **given, "args": [*args, *FLAGS]}
    path = given.get("executable_path")
    if path is not None:
        if not (Path(path).is_file() and os.access(path, os.X_OK)):
            raise ArgumentError(f"PLAYWRIGHT_LAUNCH_OPTIONS: executable_path {path}: no such program; {_INSTALL}")
    elif not _playwright_has_one():
        found = next(filter(None, map(shutil.which, _SYSTEM_NAMES)), None)
        if found is None:
            named = "or name one as executable_path in PLAYWRIGHT_LAUNCH_OPTIONS"
            raise ArgumentError(f"rendering: no Chromium found; {_INSTALL}, {named}")
        options["executable_path"] = found
    return options


def _playwright_has_one() -> bool:
    """Whether Playwright's own Chromium starts. Asked in another process: it brings an event loop of its own."""
    command = [sys.executable, "-c", _TRY, *FLAGS]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own constant text
    return done.returncode == 0


def enable(settings: BaseSettings) -> None:
    """Make a run able to render, before its settings are frozen.

    Raises:
        ArgumentError: no browser can be found.
    """
    settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", launch_options(settings), "cmdline")
    settings.set("CONCURRENT_REQUESTS", _CONCURRENT_REQUESTS, "spider")
    middlewares = {**settings.getdict("DOWNLOADER_MIDDLEWARES"), MIDDLEWARE: _PLACE}
    settings.set("DOWNLOADER_MIDDLEWARES", middlewares, settings.getpriority("DOWNLOADER_MIDDLEWARES") or 0)

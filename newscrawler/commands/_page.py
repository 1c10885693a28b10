"""What `scrapy explain` and `scrapy capture` share: options, and one page from a file, the failed pages or a fetch."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import BaseSettings, Settings
from twisted.python.failure import Failure

from newscrawler.commands._options import DataCommand, end, refuse, user_agent
from newscrawler.dataset.files import failed_page_path
from newscrawler.editions import ArticleUrl, article_url
from newscrawler.exceptions import RobotsForbidden, RobotsUnavailable
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.pages.blocking import detect_block
from newscrawler.pages.html import saved_html
from newscrawler.utils import escape_control_chars


class PageCommand(DataCommand):
    """Mixin of the commands about one page."""

    SYNTAX = "[options] PATH|URL"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="URL of a saved page that does not state its own")
        parser.add_argument("--fetch", action="store_true", help="fetch also a page that is stored in DIR/kept")

    def load_page(self, args: list[str], opts: argparse.Namespace) -> LoadedPage:
        """The page that the command line names; ends the command with one line if it can't be loaded."""
        assert self.settings is not None
        if len(args) != 1:
            refuse("name one page: a file, - for standard input, or the URL of an RT article")
        [named] = args
        if opts.url and article_url(opts.url) is None:
            refuse(f"--url {opts.url}: not the URL of an RT article")
        if "://" not in named:
            return _saved(named, opts.url)
        url = article_url(named)
        if url is None:
            refuse(f"{named}: not the URL of an RT article")
        if opts.url:
            refuse("--url goes with a saved page")
        kept = failed_page_path(Path(opts.data or self.settings["NEWSCRAWLER_DATA_DIR"]), url)
        if kept.is_file() and not opts.fetch:
            print(f"newscrawler: read from {escape_control_chars(str(kept))}; --fetch fetches it", file=sys.stderr)
            return _saved(str(kept), url.url)
        return LoadedPage(url.url, _fetched(url, self.settings), url.url)


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """A page, where it was read from, and the URL that was given for it, if any."""

    source: str
    response: TextResponse
    asked: str | None


def saved_page(name: str) -> HtmlResponse:
    """A saved page; of `-` standard input. Raises OSError."""
    path = Path("/dev/stdin" if name == "-" else name)
    body = sys.stdin.buffer.read() if name == "-" else path.read_bytes()
    return HtmlResponse(path.absolute().as_uri(), body=saved_html(body))


def _saved(name: str, asked: str | None) -> LoadedPage:
    try:
        return LoadedPage(name, saved_page(name), asked)
    except OSError as error:
        refuse(f"{name}: {error.strerror or error}")


def _fetched(article: ArticleUrl, settings: BaseSettings) -> TextResponse:
    """Fetch one page as a crawl does: with robots.txt, user agent, mirrors, time-outs and retries."""
    found: list[Response | Failure] = []
    process = AsyncCrawlerProcess(without_dataset(settings))
    process.crawl(_PageSpider, url=article.url, found=found)
    process.start()
    if not found:
        end(ExitCode.INTERRUPTED, f"{article.url}: not fetched; interrupted")
    [response] = found
    if isinstance(response, Failure):
        message = " ".join(response.getErrorMessage().split())
        forbidden = isinstance(response.value, RobotsForbidden | RobotsUnavailable)
        end(ExitCode.BLOCKED if forbidden else ExitCode.BAD_VERDICT, f"{article.url}: not fetched: {message}")
    if response.status != 200 or not isinstance(response, TextResponse):
        kind = detect_block(response)
        what = f"the site answers {response.status}" if response.status != 200 else "the response is not text"
        end(ExitCode.BLOCKED if kind else ExitCode.BAD_VERDICT, f"{article.url}: not fetched: {what}")
    return response


def without_dataset(settings: BaseSettings) -> Settings:
    """The crawl's settings without planning and output: for commands that fetch a few pages to look at."""
    ours = Settings()
    ours.update(settings)
    planning = "newscrawler.middlewares.planning.PlanningMiddleware"
    for name, value in {
        # The run is asked by robots and backoff; of a one-off run nothing is stored.
        "EXTENSIONS": {"newscrawler.run.RunExtension": 0, "newscrawler.middlewares.backoff.BlockBackoff": 15},
        "NEWSCRAWLER_MODE": "one-off",
        "ITEM_PIPELINES": {},
        "FEEDS": {},
        "SPIDER_MIDDLEWARES": {**settings.getdict("SPIDER_MIDDLEWARES"), planning: None},
        "USER_AGENT": user_agent(settings),
    }.items():
        ours.set(name, value, priority="cmdline")
    return ours


class _PageSpider(Spider):
    name = "page"
    url: str
    found: list[Response | Failure]

    async def start(self) -> AsyncIterator[Any]:
        yield Request(self.url, self.parse, errback=self.found.append, dont_filter=True)

    def parse(self, response: Response) -> None:
        self.found.append(response)

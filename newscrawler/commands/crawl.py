"""`scrapy crawl`, whose exit code says whether the run was good."""

from __future__ import annotations

import argparse
import sys

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from newscrawler.exceptions import ArgumentError
from newscrawler.hosts import HostMap
from newscrawler.summary import summary
from newscrawler.verdict import ExitCode, judge


class Command(ScrapyCrawl):
    """Scrapy's own command, with arguments checked first, a summary and an exit code last."""

    def __init__(self) -> None:
        super().__init__()
        self._started: Crawler | None = None

    def short_desc(self) -> str:
        """Called by Scrapy."""
        return "Run a spider; exits 0 only if the run was good"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check, crawl, sum up."""
        assert self.crawler_process is not None
        assert self.settings is not None
        if len(args) == 1:
            self._check(args[0], opts.spargs)
        super().run(args, opts)
        crawler = self._started
        if self.exitcode or crawler is None or crawler.stats is None or crawler.spider is None:
            self.exitcode = self.exitcode or ExitCode.INTERNAL_ERROR
            return
        stats = crawler.stats.get_stats()
        verdict = judge(stats, max_fault_share=self.settings.getfloat("NEWSCRAWLER_MAX_FAULT_SHARE"))
        print(summary(crawler.spider.name, stats, verdict), file=sys.stderr)
        self.exitcode = int(verdict.code)

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        self._started = super()._create_crawler(spidercls)
        return self._started

    def _check(self, name: str, given: dict[str, str]) -> None:
        assert self.crawler_process is not None
        assert self.settings is not None
        try:
            spider = self.crawler_process.spider_loader.load(name)
        except KeyError:
            names = ", ".join(self.crawler_process.spider_loader.list())
            raise UsageError(f"no spider {name}; there are: {names}", print_help=False) from None
        try:
            check = getattr(spider, "check_arguments", None)
            if check is not None:
                check(given)
            HostMap.parse(self.settings.getdict("NEWSCRAWLER_HOSTS"))
        except ArgumentError as error:
            raise UsageError(str(error), print_help=False) from None
        except ValueError as error:
            raise UsageError(f"NEWSCRAWLER_HOSTS: not a JSON object: {error}", print_help=False) from None
        contact = self.settings["NEWSCRAWLER_CONTACT"]
        agent = self.settings["USER_AGENT"]
        if "+http" not in agent:
            self.settings.set("USER_AGENT", f"{agent} (+{contact})", priority="cmdline")

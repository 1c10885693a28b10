"""`scrapy doctor`: whether the site can be crawled from here today, with at most six requests."""

from __future__ import annotations

import argparse
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import TextResponse
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from newscrawler.commands._options import ProjectCommand, end, one_line_errors, refuse
from newscrawler.commands._page import without_dataset
from newscrawler.dataset.export import output_file
from newscrawler.editions import Edition
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.settings_check import contact_warning
from newscrawler.utils import escape_control_chars

if TYPE_CHECKING:
    from newscrawler.base_spiders.doctor import Check, Visit


class Command(ProjectCommand, ScrapyCommand):
    """Asks for robots.txt, listing, feed, news sitemap, sitemap index and one article, and says how each is."""

    SYNTAX = "[options] [SPIDER]"
    SHORT = "Check with six requests whether the site can be crawled from here"
    LONG = (
        "SPIDER is rt_world unless another is named. One line each for robots.txt, listing, feed, news sitemap, "
        "sitemap index and one article, for the agreement of page and feed, the time zone and the clock, with what "
        "to do where something is wrong. No dataset is opened. Exit code 0: all is well; 4: the site blocks this "
        "machine; 3: something else is wrong."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--bundle", metavar="FILE.zip", help="for a bug report: findings and pages, words invented")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Visit the site and print what was found."""
        from newscrawler.base_spiders.doctor import DoctorSpider, State, Visit, checks  # noqa: PLC0415 - only here

        assert self.settings is not None
        visit = Visit(_edition(args, self.settings))
        if warning := contact_warning(self.settings):
            print(warning, file=sys.stderr)
        process = AsyncCrawlerProcess(without_dataset(self.settings))
        process.crawl(DoctorSpider, edition=visit.edition, visit=visit)
        process.start()
        if not visit.fetches:
            end(ExitCode.INTERRUPTED, "interrupted")
        found = list(checks(visit))
        lines = list(_lines(found))
        with one_line_errors():
            print("\n".join(lines))
            if opts.bundle:
                _write_bundle(Path(opts.bundle), lines, visit)
        codes = {State.BLOCKED: ExitCode.BLOCKED, State.BAD: ExitCode.BAD_VERDICT}
        states = {one.state for one in found}
        self.exitcode = int(next((code for state, code in codes.items() if state in states), ExitCode.GOOD))


def _edition(args: list[str], settings: BaseSettings) -> Edition:
    """The edition of the spider that is named."""
    from newscrawler.base_spiders.discovery import DiscoverySpider  # noqa: PLC0415 - for this command only

    if len(args) > 1:
        refuse("name one spider")
    name = args[0] if args else "rt_world"
    loader = get_spider_loader(settings)
    spiders = {name: found for name in loader.list() if issubclass(found := loader.load(name), DiscoverySpider)}
    if name not in spiders:
        refuse(f"{name}: no spider of the live site; there are: {', '.join(sorted(spiders))}")
    return spiders[name].edition


def _lines(found: Sequence[Check]) -> Iterator[str]:
    for one in found:
        yield f"{one.what:>13}  {one.state:<7}  {escape_control_chars(one.text)}"
        if one.remedy:
            yield f"{'':>13}  {'':<7}  -> {escape_control_chars(one.remedy)}"


def _write_bundle(path: Path, lines: Sequence[str], visit: Visit) -> None:
    from newscrawler.testing.anonymize import anonymize_html, anonymize_url  # noqa: PLC0415 - for this option only

    said = re.sub(r"https?://[^\s,;)]+", lambda url: anonymize_url(url[0]), "\n".join([*lines, ""]))
    with output_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("doctor.txt", said)
        if isinstance(visit.robots, TextResponse):
            bundle.writestr("robots.txt", re.sub(r"#.*", "", visit.robots.text))
        for fetch in visit.fetches:
            if isinstance(fetch.response, TextResponse):
                bundle.writestr(f"{fetch.what.replace(' ', '-')}.txt", anonymize_html(fetch.response.text))
    print(
        f"newscrawler: {escape_control_chars(str(path))}: attach it to a bug report; its words are invented",
        file=sys.stderr,
    )

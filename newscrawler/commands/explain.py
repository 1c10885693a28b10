"""`scrapy explain`: for one page, which layout it has, where each field came from, what was left out."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import one_line_errors
from newscrawler.commands._page import PageCommand
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.pages.explanation import explain, lines_of


class Command(PageCommand, ScrapyCommand):
    """Parses one page with a trace and prints it."""

    SHORT = "Show which layout a page has and where each field came from"
    LONG = (
        "PATH is a saved page or - for standard input. URL is that of an RT article: a page of it that a "
        "run has stored is read, else it is fetched as a crawl would. Exit code 3: the page gives no record."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="everything as one JSON object, nothing clipped")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        page = self.load_page(args, opts)
        explanation = explain(page.source, page.response, now=datetime.now(UTC), asked=page.asked)
        with one_line_errors():
            if opts.json:
                # Escaped: it may go to a terminal.
                print(json.dumps(explanation.as_data(), indent=2))
            else:
                for line in lines_of(explanation):
                    print(line)
        if explanation.article is None:
            self.exitcode = int(ExitCode.BAD_VERDICT)

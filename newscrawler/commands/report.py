"""`scrapy report`: one HTML file about the dataset and its runs."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import DataCommand, one_line_errors, refuse
from newscrawler.dataset.export import output_file
from newscrawler.exceptions import ArgumentError, LedgerMissing, require_extra
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.utils import clock

FILE_NAME = "report.html"
_MAX_DAYS = 90


class Command(DataCommand, ScrapyCommand):
    """Reads the dataset and the ledger; changes neither, and may run beside a crawl."""

    SYNTAX = "[options]"
    SHORT = "Write a page to look at: verdicts, articles, revisions, coverage"
    LONG = (
        "Writes one HTML file about the dataset and its runs. It needs no network and no other file. A crawl may "
        "be under way: what counts are the finished files."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help=f"default: {FILE_NAME} in the data folder")
        parser.add_argument("--days", metavar="N", default="30", help="days in the charts by day, 2 to 90 (default 30)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args:
            refuse(f"{args[0]}: the report takes no arguments; -o FILE says where it goes")
        folder = self.data_folder(opts)
        output = Path(opts.output) if opts.output else folder / FILE_NAME
        now = clock()()
        with one_line_errors():
            days = _days(opts.days)
            # Scrapy imports every command for each; only this one needs pygal and jinja2.
            require_extra("report", "the report", "pygal", "jinja2")
            report = import_module("newscrawler.report.page")
            figures = import_module("newscrawler.report.figures").read_figures(folder, now)
            try:
                with Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
                    found = report.read_ledger(folder, ledger, figures)
            except LedgerMissing:
                found = report.FromLedger()
            html = report.page(figures, found, folder=str(folder.resolve()), days=days)
            with output_file(output) as file:
                file.write(html.encode("utf-8", "replace"))
            noun = "article" if figures.articles == 1 else "articles"
            print(f"{figures.articles} {noun} in {output}", file=sys.stderr)


def _days(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= _MAX_DAYS:
        raise ArgumentError(f"--days {text}: give a number from 2 to {_MAX_DAYS}")
    return int(text)

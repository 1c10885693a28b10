"""`scrapy capture`: a page as a test fixture, its words replaced by invented ones."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import end, one_line_errors, refuse
from newscrawler.commands._page import PageCommand
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.utils import escape_control_chars


class Command(PageCommand, ScrapyCommand):
    """Writes FOLDER/<layout>/<case>/page.html and expected.json."""

    SHORT = "Make a test case of a page, with invented words"
    LONG = (
        "PATH and URL are as for `scrapy explain`. Words are replaced, always the same for the same word; tags, "
        "classes, dates and digits stay. Exit code 3: the case is written, but with other words the page's "
        "structure is read otherwise."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--folder", default="tests/pages", metavar="DIR", help="default: %(default)s")
        parser.add_argument("--case", metavar="NAME", help="name of the case (default: that of the article)")
        parser.add_argument("--keep-text", action="store_true", help="keep the page's words; never commit such a case")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from newscrawler.testing.fixtures import folder_for, make_fixture  # noqa: PLC0415 - for this command only

        if opts.case is not None and not re.fullmatch(r"[\w-]+", opts.case):
            refuse(f"--case {opts.case}: give a name of letters, digits and hyphens")
        page = self.load_page(args, opts)
        fixture = make_fixture(page.response, now=datetime.now(UTC), asked=page.asked, keep_text=opts.keep_text)
        pages = Path(opts.folder)
        name = opts.case or fixture.expected.get("article_id") or re.sub(r"[^\w-]+", "-", Path(page.source).stem)
        folder = pages / folder_for(fixture.layout, pages) / str(name)
        with one_line_errors():
            try:
                fixture.write(folder)
            except FileExistsError:
                refuse(f"{folder}: there is a case of that name; give another with --case")
            print(escape_control_chars(str(folder)))
        if opts.keep_text:
            print("newscrawler: the page's own words are in it; do not commit it", file=sys.stderr)
        if fixture.changed:
            end(ExitCode.BAD_VERDICT, f"{folder}: with other words it is read otherwise: {'; '.join(fixture.changed)}")

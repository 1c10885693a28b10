"""`scrapy revisions`: what an article said over time, and what changed from one revision to the next."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import DataCommand, end, one_line_errors, refuse
from newscrawler.dataset.changes import diff_lines
from newscrawler.dataset.files import read_record
from newscrawler.editions import article_key
from newscrawler.ledger import LEDGER_NAME, Key, Ledger, RevisionRow
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.utils import escape_control_chars, format_time


class Command(DataCommand, ScrapyCommand):
    """Reads the ledger and the dataset; changes nothing, and may run beside a crawl."""

    SYNTAX = "[options] ARTICLE"
    SHORT = "Show the revisions of an article and what changed between them"
    LONG = (
        "ARTICLE is an id, edition/id or URL. One line a revision, in order of the time it was fetched, and "
        "under it what differs from the one before: [-removed-] {+added+}. Exit code 3: there is no such article."
    )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            refuse("name one article: its id, edition/id or URL")
        folder = self.data_folder(opts)
        with one_line_errors():
            key = article_key(args[0])
            with Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
                history = ledger.lines.by_time(key)
                if not history:
                    why = "was taken down" if ledger.takedowns.includes(key) else f"is not in the dataset in {folder}"
                    end(ExitCode.BAD_VERDICT, f"{'/'.join(key)} {why}")
                for line in _report(folder, ledger, key, history):
                    print(line)


def _report(folder: Path, ledger: Ledger, key: Key, history: list[RevisionRow]) -> Iterator[str]:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    before: dict[str, Any] | None = None
    for row in history:
        record = read_record(folder, ledger, row)
        if before is None:
            yield f"{'/'.join(key)}  {escape_control_chars(str(record.get('url')))}"
        reason = row.reason or "first"
        yield (
            f"revision {row.revision}  {format_time(row.fetched_at)}"
            f"  {reason:<9}  {row.status:<9}  {row.content_hash[:12]}"
        )
        if before is not None:
            changes = list(diff_lines(before, record, colour=colour))
            yield from (f"    {change}" for change in changes or ["no difference that is looked at"])
        before = record

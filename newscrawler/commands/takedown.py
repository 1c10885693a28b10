"""`scrapy takedown`: removes an article from the dataset and the ledger, for good."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import DataCommand, end, one_line_errors, refuse
from newscrawler.dataset.recovery import open_for_writing, recover
from newscrawler.dataset.takedown import takedown
from newscrawler.editions import article_key
from newscrawler.ledger import LEDGER_NAME, Key, Ledger
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.settings_check import WARC_FOLDER
from newscrawler.utils import clock


class Command(DataCommand, ScrapyCommand):
    """Asks first, unless --yes is given."""

    SYNTAX = "[options] ARTICLE --reason TEXT"
    SHORT = "Remove an article from the dataset for good"
    LONG = (
        "ARTICLE is an id, edition/id or URL. Its lines are removed from every file of the dataset and from "
        "the ledger, and it is not fetched again; the ledger keeps its id, the reason and the time."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--reason", metavar="TEXT", help="why; kept in the ledger's log (required)")
        parser.add_argument(
            "--rows", metavar="ROWS", action="append", default=[], help="also from this folder of rows; may be repeated"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Ask, remove, say what was done."""
        if len(args) != 1:
            refuse("name one article: its id, edition/id or URL")
        if not (opts.reason or "").strip():
            refuse("say why: --reason TEXT")
        folder = self.data_folder(opts)
        assert self.settings is not None
        with one_line_errors():
            key = article_key(args[0])
            for rows in opts.rows:
                _check_rows(rows)
            if not opts.yes:
                _ask(folder, key)
            now = clock()()
            with open_for_writing(folder, self.settings, now) as ledger:
                print(_removed(folder, ledger, key, now, opts.reason.strip()))
            for rows in opts.rows:
                _clean_rows(rows, key)


def _ask(folder: Path, key: Key) -> None:
    """Go on only after a yes."""
    if not sys.stdin.isatty():
        refuse("there is no terminal to ask on; give --yes to remove without being asked")
    with Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
        lines = len(ledger.lines.of_article(key))
    what = f"its {lines} line(s)" if lines else "it is not in the dataset: bar it from being fetched"
    print(f"Remove {'/'.join(key)} from {folder} for good ({what})? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        end(ExitCode.INTERRUPTED, "nothing was removed")


def _removed(folder: Path, ledger: Ledger, key: Key, now: datetime, reason: str) -> str:
    recover(folder, ledger, now)  # a takedown must find no part files
    entry = takedown(folder, ledger, key, now, reason=reason)
    return (
        f"{'/'.join(key)} taken down: {entry.lines} line(s) removed from {len(entry.files)} file(s); "
        f"it is not fetched again (log entry {entry.number}){_kept_pages(folder / WARC_FOLDER, key)}"
    )


def _check_rows(where: str) -> None:
    """Refuse a name that is no folder before anything is removed: a wrong one would leave the article's rows."""
    if "://" not in where and not Path(where).is_dir():
        refuse(f"--rows {where}: no such folder; nothing was removed")


def _clean_rows(where: str, key: Key) -> None:
    """Remove an article's rows from a folder of rows, or say that they can't be."""
    from newscrawler.archive.rows import remove_rows  # noqa: PLC0415
    from newscrawler.archive.stores import store_of  # noqa: PLC0415 - it is for archives alone

    done = remove_rows(store_of(where), key)
    print(f"{where}: {sum(done.values())} row(s) removed from {len(done)} file(s)")


def _kept_pages(folder: Path, key: Key) -> str:
    """Say where its pages still are: WARC files are never changed."""
    if not any(folder.glob("*.warc.gz*")):
        return ""
    from newscrawler.archive.payloads import INDEX_NAME, PayloadIndex  # noqa: PLC0415 - it loads warcio

    if not (folder / INDEX_NAME).exists():
        return f"\nWARC files are not changed, and {folder} has no index: they may hold its pages"
    index = PayloadIndex(folder)
    files = index.files_with(key)
    index.close()
    return f"\nWARC files are not changed; its pages are in: {', '.join(files)} (in {folder})" if files else ""

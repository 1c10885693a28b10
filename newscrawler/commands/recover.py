"""`scrapy recover`: brings a data folder into order after a kill or a power cut, without a crawl."""

from __future__ import annotations

import argparse

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import DataCommand, one_line_errors, refuse
from newscrawler.dataset.recovery import open_for_writing, recover
from newscrawler.utils import clock, escape_control_chars


class Command(DataCommand, ScrapyCommand):
    """Does what each crawl does before it begins."""

    SHORT = "Finish what a killed run left in the data folder"
    LONG = (
        "Cuts the file of a killed run back to what is committed and puts it among the finished ones. A crawl does "
        "the same when it begins. Exit code 5: a run is active; 6: ledger or files can't be written."
    )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Recover, and say in one line what was done."""
        if args:
            refuse(f"{args[0]}: recover takes no argument; name the data folder with --data DIR")
        folder = self.data_folder(opts)
        assert self.settings is not None
        now = clock()()
        with one_line_errors(), open_for_writing(folder, self.settings, now) as ledger:
            report = recover(folder, ledger, now)
            print(escape_control_chars(f"{folder}: {report}" if report else f"{folder}: nothing to recover"))

"""`scrapy archive`: years of WARC files, read by many workers and committed by one."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.crawler import AsyncCrawlerProcess

from newscrawler.base_spiders.archive import RowsSpider
from newscrawler.commands._options import ProjectCommand, days_of, one_line_errors, refuse
from newscrawler.commands.crawl import Command as CrawlCommand
from newscrawler.commands.crawl import hide_lists
from newscrawler.editions import EDITIONS, Edition, edition_of_code
from newscrawler.exceptions import ArgumentError
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.utils import escape_control_chars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newscrawler.archive.rows import FileReport, Task

_ACTIONS = ("find", "extract", "commit")


class Command(ProjectCommand, ScrapyCommand):
    """Stage one (extract) is for as many machines as one likes, stage two (commit) for one."""

    SYNTAX = (
        "extract WARC... --to ROWS [--workers N | --cluster URL] [--shard I/N], or: commit ROWS [--data DIR], "
        "or: find --since DAY --until DAY --manifest FILE"
    )
    SHORT = "Read WARC files into rows on many machines, and commit rows into a dataset"
    LONG = (
        "find: where Common Crawl has captures of the site, as a manifest. extract: each WARC file (path, folder, "
        "glob, URL, or a manifest that lists them) into a file of rows in the folder ROWS; one that is there is "
        "not read again. A file that can't be read is named, the others are read, and the exit code is 3. "
        "commit: all rows of the folder into the dataset, in order of capture, as `scrapy crawl rt_archive` would "
        "have put them there; what is there already adds nothing. See docs/operate/scale.md."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--to", metavar="ROWS", help="extract: folder, or URL in an object store, of the rows")
        parser.add_argument("--workers", type=int, metavar="N", help="extract: workers on this machine (needs Dask)")
        parser.add_argument("--cluster", metavar="URL", help="extract: a running Dask cluster, as tcp://HOST:8786")
        parser.add_argument("--data", metavar="DIR", help="commit: data folder (default: NEWSCRAWLER_DATA_DIR)")
        parser.add_argument(
            "--requests", type=int, default=4, metavar="N", help="extract: requests to web servers at once (default: 4)"
        )
        parser.add_argument("--since", metavar="DAY", help="find: first day of capture (UTC)")
        parser.add_argument("--until", metavar="DAY", help="find: last day of capture (UTC)")
        parser.add_argument("--edition", metavar="CODE", help="find: one edition (default: all)")
        parser.add_argument("--news", action="store_true", help="find: Common Crawl's news files, to be read whole")
        parser.add_argument("--manifest", metavar="FILE", help="find: where to write what extract reads")
        parser.add_argument("--mirror", metavar="URL", help="find: where Common Crawl's files are, if elsewhere")
        parser.add_argument("--shard", metavar="I/N", help="extract: of N shards the files of this one")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args or args[0] not in _ACTIONS:
            refuse(f"scrapy archive: say what to do: {', '.join(_ACTIONS)}")
        with one_line_errors():
            action = {"find": self._find, "extract": self._extract, "commit": self._commit}[args[0]]
            self.exitcode = int(action(args[1:], opts))

    def _find(self, args: list[str], opts: argparse.Namespace) -> int:
        from newscrawler.archive import common_crawl  # noqa: PLC0415

        since, until = days_of(opts)
        if args or since is None or until is None or not opts.manifest:
            raise ArgumentError("say which days, and where the manifest goes: --since DAY --until DAY --manifest FILE")
        editions: Sequence[Edition] = EDITIONS
        if opts.edition is not None:
            edition = edition_of_code(opts.edition)
            if edition is None:
                raise ArgumentError(
                    f"--edition {opts.edition}: no such edition; there are: {', '.join(e.code for e in EDITIONS)}"
                )
            editions = (edition,)
        search = common_crawl.Search(since, until, editions)
        if opts.mirror is not None:
            base = opts.mirror.rstrip("/")
            search = common_crawl.Search(since, until, editions, base, f"{base}/collinfo.json")
        manifest = Path(opts.manifest)
        if opts.news:
            print(f"{common_crawl.find_news(search, manifest)} files in {manifest}")
        else:
            count = common_crawl.find_pages(search, manifest, lambda line: print(line, file=sys.stderr))
            print(f"{count} captures in {manifest}")
        return ExitCode.GOOD

    def _commit(self, args: list[str], opts: argparse.Namespace) -> int:
        from newscrawler.archive.merging import rows_files  # noqa: PLC0415
        from newscrawler.archive.stores import store_of  # noqa: PLC0415

        if len(args) != 1:
            raise ArgumentError("name one folder of rows: commit ROWS")
        assert self.settings is not None
        store = store_of(args[0])
        rows_files(store)
        if opts.data is not None:
            self.settings.set("NEWSCRAWLER_DATA_DIR", opts.data, priority="cmdline")
        self.settings.set("LOG_ENABLED", True, priority="command")
        hide_lists(opts)
        # A crawl of rows: begun, judged and summed up as any other.
        commit = CrawlCommand()
        commit.settings = self.settings
        commit.crawler_process = AsyncCrawlerProcess(self.settings)
        opts.spargs, opts.result = {"rows": store.url}, None
        commit.run([RowsSpider], opts)
        return commit.exitcode

    def _extract(self, files: list[str], opts: argparse.Namespace) -> ExitCode:
        # Scrapy imports every command for any of them (docs/extend/speed.md#starting-up).
        from newscrawler.archive.inputs import inputs_of, shard_of  # noqa: PLC0415
        from newscrawler.archive.reader import passed_over  # noqa: PLC0415
        from newscrawler.archive.rows import Task, rows_name  # noqa: PLC0415
        from newscrawler.archive.stores import store_of  # noqa: PLC0415

        _check_extract(files, opts)
        assert self.settings is not None
        inputs = inputs_of(files)
        others = [other for file in files for other in passed_over(file)]
        for other in others:
            print(escape_control_chars(f"{other}: not read in this form"), file=sys.stderr)
        if opts.shard is not None:
            inputs = shard_of(inputs, opts.shard)
        store = store_of(opts.to)
        store.sweep()
        finished = set(store.names())
        to, max_bytes = store.url, self.settings.getint("DOWNLOAD_MAXSIZE")
        tasks = [Task(one, to, max_bytes) for one in inputs if rows_name(one) not in finished]
        total: Counter[str] = Counter()
        failed = 0
        for report in _reports(tasks, opts):
            for fault in report.faults:
                print(escape_control_chars(fault), file=sys.stderr)
            if report.failed:
                failed += 1
                print(escape_control_chars(report.failed), file=sys.stderr)
            total.update(report.counts)
        before = len(inputs) - len(tasks) + total.pop("done before", 0)
        by_outcome = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(total.items()))
        print(
            f"{len(inputs)} files: {len(inputs) - before - failed} read, {before} done before, {failed} failed; "
            f"{total.total()} rows{': ' if by_outcome else ''}{by_outcome}"
        )
        return ExitCode.BAD_VERDICT if failed or others or total["broken"] else ExitCode.GOOD


def _check_extract(files: list[str], opts: argparse.Namespace) -> None:
    if not files:
        raise ArgumentError("name WARC files, folders, URLs or manifests to read")
    if not opts.to:
        raise ArgumentError("say where the rows go: --to ROWS")
    if opts.workers is not None and opts.workers < 1:
        raise ArgumentError(f"--workers {opts.workers}: give a whole number from 1")
    if opts.requests < 1:
        raise ArgumentError(f"--requests {opts.requests}: give a whole number from 1")
    if opts.workers is not None and opts.cluster is not None:
        raise ArgumentError("--workers and --cluster can't go together: a cluster has workers of its own")


def _reports(tasks: list[Task], opts: argparse.Namespace) -> Iterator[FileReport]:
    from newscrawler.archive.engines import extract_in_loop, extract_on_dask  # noqa: PLC0415

    if not tasks or (opts.cluster is None and opts.workers in (None, 1)):
        return extract_in_loop(tasks)
    # A task asks for one thing at a time.
    at_once = opts.requests if any(task.source.file.startswith(("http://", "https://")) for task in tasks) else None
    return extract_on_dask(tasks, workers=opts.workers, cluster=opts.cluster, at_once=at_once)

"""`scrapy dataset`: the newest revision of each article as one file, a check of everything, and its upkeep."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings

from newscrawler.commands._options import add_data_option, data_folder, one_line_errors, refuse
from newscrawler.dataset.backup import back_up
from newscrawler.dataset.doubts import read_doubts
from newscrawler.dataset.export import WRITERS, latest_lines, latest_records, output_file
from newscrawler.dataset.files import ARTICLES, finished_files
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.missing import read_missing
from newscrawler.dataset.publishing import publish
from newscrawler.dataset.recovery import compress_before, open_for_writing, recover
from newscrawler.dataset.verification import verify
from newscrawler.editions import EDITIONS
from newscrawler.exceptions import ArgumentError
from newscrawler.ledger import LEDGER_NAME, Ledger, LedgerMissing
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.schema import SchemaCheck
from newscrawler.utils import clock, parse_day, printable

#: What can be done, with the options that each takes beside --data.
ACTIONS = {
    "latest": ("output", "format", "since", "edition"),
    "doubts": ("since", "until"),
    "missing": ("since", "until", "format"),
    "verify": (),
    "compress": ("before",),
    "backup": (),
    "publish": ("latest",),
}
#: Actions that take one argument, and what it is.
TARGETS = {"backup": "the backup's folder: backup DIR", "publish": "the URL to publish at: publish s3://BUCKET/PREFIX"}


class Command(ScrapyCommand):
    """Actions on a dataset folder; none changes what it says."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Called by Scrapy."""
        return "latest|doubts|missing|verify|compress|backup DIR|publish URL [options]"

    def short_desc(self) -> str:
        """Called by Scrapy."""
        return "Write the newest revision of each article (latest); doubts, missing, verify, compress or backup"

    def long_desc(self) -> str:
        """Called by Scrapy."""
        return (
            "latest writes the newest revision of each article to FILE in order of publication, with near-duplicate "
            "marks made anew; it needs no ledger. doubts counts the articles whose newest line has doubts, by "
            "kind, layout and day, with examples. missing lists URLs without a record, with the reason, days without "
            "articles and gaps in runs. verify reads every line again and prints one line for each problem: "
            "kind, file:line, detail; exit code 3 if there is any. compress makes .jsonl.gz of the plain files of old "
            "days. backup copies ledger and files to DIR, also while a crawl goes on. publish copies the files to an "
            "object store, removes there what was taken down here, and writes a listing last."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Called by Scrapy."""
        super().add_options(parser)
        add_data_option(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="latest: file to write; - for standard output")
        parser.add_argument(
            "--format", choices=sorted(WRITERS), help="latest: by default FILE's ending, else jsonl; missing: jsonl"
        )
        parser.add_argument(
            "--since",
            metavar="DAY",
            help="latest, missing: published, doubts: fetched on that day (UTC) or later, YYYY-MM-DD",
        )
        parser.add_argument("--until", metavar="DAY", help="doubts: fetched, missing: published on that day or earlier")
        parser.add_argument("--edition", choices=[edition.code for edition in EDITIONS], help="latest: of one edition")
        parser.add_argument("--latest", action="store_true", help="publish: also the newest line of each article")
        parser.add_argument("--before", metavar="DAY", help="compress: files of days (UTC) before that one")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Do the action."""
        if not args or args[0] not in ACTIONS:
            refuse(f"say what to do: {', '.join(ACTIONS)}")
        action = args[0]
        if len(args) != (2 if action in TARGETS else 1):
            refuse(f"name {TARGETS[action]}" if action in TARGETS else f"{action} takes options only")
        for option in ("output", "format", "since", "until", "edition", "before", "latest"):
            if getattr(opts, option) and option not in ACTIONS[action]:
                refuse(f"{action} does not take --{option}")
        folder = data_folder(self.settings, opts)
        assert self.settings is not None
        with one_line_errors():
            if action == "latest":
                _latest(folder, self.settings, opts)
                return
            if action in _READERS:
                _READERS[action](folder, opts)
                return
            now = clock()()
            if action == "verify":
                self.exitcode = int(_verify(folder, now))
            elif action == "compress":
                self.exitcode = int(_compress(folder, self.settings, opts.before, now))
            elif action == "publish":
                _publish(folder, args[1], now, with_latest=opts.latest)
            else:
                self.exitcode = int(_back_up(folder, Path(args[1]), now))


def _latest(folder: Path, settings: BaseSettings, opts: argparse.Namespace) -> None:
    if not opts.output:
        raise ArgumentError("name the file to write: -o FILE, or -o - for standard output")
    output = opts.output
    if output.endswith((".gz", ".zst", ".bz2", ".xz")):
        raise ArgumentError(
            f"-o {output}: the file is not compressed; write it without that ending, or to - and a pipe"
        )
    form = opts.format or {".csv": "csv", ".parquet": "parquet"}.get(Path(output).suffix, "jsonl")
    if output == "-" and form != "jsonl":
        raise ArgumentError(f"--format {form} needs a file: -o FILE")
    since = None if opts.since is None else _day("--since", opts.since)
    if not (folder / ARTICLES).is_dir() and not (folder / LEDGER_NAME).exists():
        raise ArgumentError(f"{folder}: no dataset; it has neither {ARTICLES}/ nor a ledger")
    write = WRITERS[form]()
    window = None
    if settings.getint("NEWSCRAWLER_NEAR_DUPLICATE_DAYS"):
        window = timedelta(days=settings.getint("NEWSCRAWLER_NEAR_DUPLICATE_DAYS"))
    records = partial(latest_records, folder, since=since, only=opts.edition, window=window)
    if output == "-":
        write(records(), sys.stdout.buffer)
        return
    with output_file(Path(output)) as file:
        scratch = Path(file.name).parent
        count = write(records(scratch=scratch), file)
    print(f"{count} articles in {output}", file=sys.stderr)


def _doubts(folder: Path, opts: argparse.Namespace) -> None:
    if not (folder / ARTICLES).is_dir():
        raise ArgumentError(f"{folder}: no dataset; it has no {ARTICLES}/")
    since = None if opts.since is None else _day("--since", opts.since).date()
    until = None if opts.until is None else _day("--until", opts.until).date()
    found = read_doubts(folder, since=since, until=until)
    for kind, counts in found.kinds.items():
        print(printable(f"{kind}: {counts.articles} of {found.articles} articles"))
        print(printable("  layouts  " + ", ".join(f"{name} {count}" for name, count in counts.layouts.most_common())))
        print("  days     " + ", ".join(f"{day} {count}" for day, count in sorted(counts.days.items())))
        for url in counts.examples:
            print(printable(f"  {url}"))
    if not found.kinds:
        print(f"no doubts in {found.articles} articles")


def _missing(folder: Path, opts: argparse.Namespace) -> None:
    now = clock()()
    if opts.format not in (None, "jsonl"):
        raise ArgumentError(f"--format {opts.format}: missing prints a table, or jsonl")
    since = None if opts.since is None else _day("--since", opts.since).date()
    until = None if opts.until is None else _day("--until", opts.until).date()
    if since and until and since > until:
        raise ArgumentError(f"--since {since} is later than --until {until}")
    found = read_missing(folder, now, since=since, until=until)
    if opts.format == "jsonl":
        for kind, rows in (("url", found.urls), ("empty_days", found.empty_days), ("run_gap", found.gaps)):
            for row in rows:
                print(json.dumps({"kind": kind, **asdict(row)}, default=_plain))
        return
    for line in _table(
        ("outcome", "last attempt", "next attempt", "URL", "reason"),
        [
            (
                url.outcome,
                f"{url.last_attempt:%Y-%m-%d %H:%M}" if url.last_attempt else "none",
                "none" if not url.next_attempt
                else "next run" if url.next_attempt <= now
                else f"{url.next_attempt:%Y-%m-%d %H:%M}",
                url.url,
                url.detail or "",
            )
            for url in found.urls
        ],
    ) + _table(
        ("no articles from", "to", "days", "edition"),
        [(str(empty.first), str(empty.last), str(empty.days), empty.edition) for empty in found.empty_days],
    ) + _table(
        ("no good run from", "to", "usual interval", "command"),
        [
            (f"{gap.start:%Y-%m-%d %H:%M}", f"{gap.end:%Y-%m-%d %H:%M}", str(gap.usual).split(".")[0], gap.command)
            for gap in found.gaps
        ],
    ):  # fmt: skip
        print(printable(line))
    days = sum(empty.days for empty in found.empty_days)
    print(f"URLs without a record: {len(found.urls)}, days without articles: {days}, gaps in runs: {len(found.gaps)}")


_READERS = {"doubts": _doubts, "missing": _missing}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)] + [""]


def _plain(value: Any) -> str | float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value.isoformat())


def _day(option: str, text: str) -> datetime:
    try:
        return datetime.combine(parse_day(text), time(), UTC)
    except ValueError:
        raise ArgumentError(f"{option} {text}: give a day, such as 2026-05-01") from None


def _compress(folder: Path, settings: BaseSettings, before: str | None, now: datetime) -> ExitCode:
    if before is None:
        raise ArgumentError("say which files to compress: --before DAY")
    day = _day("--before", before).date()
    with open_for_writing(folder, settings, now) as ledger:
        recover(folder, ledger, now)
        done = compress_before(folder, ledger, day)
    for path in done.left:
        print(printable(f"{path}: left as it is: not what the ledger has of it; run verify"))
    print(f"{done.files} files compressed, {done.before / 1e6:.1f} MB to {done.after / 1e6:.1f} MB")
    return ExitCode.BAD_VERDICT if done.left else ExitCode.GOOD


def _back_up(folder: Path, target: Path, now: datetime) -> ExitCode:
    done = back_up(folder, target, now)
    for problem in done.damaged:
        print(printable(f"{problem}; run verify"))
    print(printable(f"{target}: {done.files} files and the ledger, {done.copied} of them copied now"))
    return ExitCode.BAD_VERDICT if done.damaged else ExitCode.GOOD


def _publish(folder: Path, url: str, now: datetime, *, with_latest: bool) -> None:
    from newscrawler.archive.places import ObjectStore  # noqa: PLC0415 - most commands need no store

    if "://" not in url:
        raise ArgumentError(f"{url}: give a URL, such as s3://bucket/prefix; for a folder there is: dataset backup")
    # A takedown or a run that ends meanwhile would be published in part.
    with RunLock(folder, now=now):
        done = publish(folder, ObjectStore(url), (lambda: latest_lines(folder)) if with_latest else None)
    print(printable(f"{url}: {done.files} files, {done.copied} copied now, {done.removed} removed"))


def _verify(folder: Path, now: datetime) -> ExitCode:
    if not (folder / LEDGER_NAME).exists():  # before the lock, which would leave its file in any folder
        raise LedgerMissing(f"ledger {folder / LEDGER_NAME}: there is none; name the data folder of a crawl")
    check = SchemaCheck()
    kinds: Counter[str] = Counter()
    # A run that commits lines meanwhile would look like damage.
    with RunLock(folder, now=now), Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
        for problem in verify(folder, ledger, check):
            kinds[problem.kind] += 1
            place = f"{problem.file}:{problem.line}" if problem.line else problem.file
            print(printable(f"{problem.kind}  {place}  {problem.detail}"))
    files = sum(1 for _ in finished_files(folder))
    by_kind = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    found = f"{kinds.total()} problems: {by_kind}" if kinds else "no problems"
    print(f"{files} files, {check.checked} records; {found}")
    return ExitCode.BAD_VERDICT if kinds else ExitCode.GOOD

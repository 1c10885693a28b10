"""`scrapy dataset`: the newest revision of each article as one file, a check of everything, and its upkeep."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.settings import BaseSettings

from newscrawler.commands._options import (
    DataCommand,
    day_of,
    days_of,
    one_line_errors,
    refuse,
)
from newscrawler.dataset.backup import back_up
from newscrawler.dataset.card import dataset_card
from newscrawler.dataset.changes import COLUMNS as CHANGE_COLUMNS
from newscrawler.dataset.changes import read_changes
from newscrawler.dataset.doubts import read_doubts
from newscrawler.dataset.export import (
    WRITERS,
    Writer,
    latest_lines,
    latest_records,
    output_file,
    write_csv,
    write_jsonl,
)
from newscrawler.dataset.files import ARTICLES, finished_files
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.missing import read_missing
from newscrawler.dataset.publishing import publish
from newscrawler.dataset.recovery import compress_before, open_for_writing, recover
from newscrawler.dataset.verification import verify
from newscrawler.editions import EDITIONS
from newscrawler.exceptions import ArgumentError, LedgerMissing
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.schema import SchemaCheck, article_schema
from newscrawler.utils import clock, escape_control_chars

#: What can be done: what it does, and the options that it takes beside --data.
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "latest": (
        "the newest revision of each article, in order of publication, with near-duplicate marks made anew",
        ("output", "format", "since", "until", "edition", "section", "tag", "columns"),
    ),
    "changes": ("what headlines and texts were and became, one table", ("output", "format", "since", "until")),
    "card": ("a dataset card (README.md as Hugging Face has it)", ("output",)),
    "doubts": ("articles whose newest line has doubts, by kind, layout and day", ("since", "until")),
    "missing": ("URLs without a record and why, days without articles, gaps in runs", ("since", "until", "format")),
    "verify": ("read every line again; one line a problem (kind, file:line, detail), exit code 3 if there is any", ()),
    "compress": ("make .jsonl.gz of the plain files of old days", ("before",)),
    "backup": ("copy ledger and files, also while a crawl goes on: backup DIR", ()),
    "publish": (
        "copy the files to an object store, and remove there what was taken down here: publish URL",
        ("latest",),
    ),
}
#: Options as argparse takes them; an option that several actions take is shown with the first.
OPTIONS: dict[str, dict[str, Any]] = {
    "output": {"metavar": "FILE", "help": "file to write; - for standard output"},
    "format": {"choices": sorted(WRITERS), "help": "by default FILE's ending, else jsonl"},
    "since": {"metavar": "DAY", "help": "published (latest) or fetched on that day (UTC) or later, YYYY-MM-DD"},
    "until": {"metavar": "DAY", "help": "published (latest) or fetched on that day (UTC) or earlier"},
    "edition": {"choices": [edition.code for edition in EDITIONS], "help": "of one edition"},
    "section": {"metavar": "NAMES", "help": "of these sections, with commas"},
    "tag": {"metavar": "NAMES", "help": "with one of these tags, with commas"},
    "columns": {"metavar": "FIELDS", "help": "only these fields, in this order, with commas"},
    "before": {"metavar": "DAY", "help": "files of days (UTC) before that one"},
    "latest": {"action": "store_true", "help": "also the newest line of each article"},
}
#: Actions that take one argument, and what it is.
TARGETS = {"backup": "the backup's folder: backup DIR", "publish": "the URL to publish at: publish s3://BUCKET/PREFIX"}


class Command(DataCommand, ScrapyCommand):
    """Actions on a dataset folder; none changes what it says."""

    SYNTAX = f"{'|'.join(ACTIONS)} [options]"
    SHORT = "Export, describe, check and keep the dataset: latest, changes, card, doubts, missing, verify and others"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        takers = {name: [action for action, (_, names) in ACTIONS.items() if name in names] for name in OPTIONS}
        for action, (purpose, names) in ACTIONS.items():
            own = [name for name in names if takers[name][0] == action]
            others = [f"--{name}" for name in names if name not in own]
            also = f"; takes {', '.join(others)} too" if others else ""
            group = parser.add_argument_group(action, f"{purpose}{also}")
            for name in own:
                flags = ["-o", "--output"] if name == "output" else [f"--{name}"]
                group.add_argument(*flags, **OPTIONS[name])

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not args or args[0] not in ACTIONS:
            refuse(f"say what to do: {', '.join(ACTIONS)}")
        action = args[0]
        if len(args) != (2 if action in TARGETS else 1):
            refuse(f"name {TARGETS[action]}" if action in TARGETS else f"{action} takes options only")
        for option in OPTIONS:
            if getattr(opts, option) not in (None, False) and option not in ACTIONS[action][1]:
                refuse(f"{action} does not take --{option}")
        folder = self.data_folder(opts)
        assert self.settings is not None
        with one_line_errors():
            now, settings = clock()(), self.settings
            deeds: dict[str, Callable[[], ExitCode | None]] = {
                "latest": lambda: _latest(folder, settings, opts),
                "changes": lambda: _changes(folder, opts),
                "card": lambda: _card(folder, opts),
                "doubts": lambda: _doubts(folder, opts),
                "missing": lambda: _missing(folder, opts, now),
                "verify": lambda: _verify(folder, now),
                "compress": lambda: _compress(folder, settings, opts.before, now),
                "backup": lambda: _back_up(folder, Path(args[1]), now),
                "publish": lambda: _publish(folder, args[1], now, with_latest=opts.latest),
            }
            self.exitcode = int(deeds[action]() or ExitCode.GOOD)


def _latest(folder: Path, settings: BaseSettings, opts: argparse.Namespace) -> None:
    if not opts.output:
        raise ArgumentError("name the file to write: -o FILE, or -o - for standard output")
    output = opts.output
    if output.endswith((".gz", ".zst", ".bz2", ".xz")):
        raise ArgumentError(
            f"-o {output}: the file is not compressed; write it without that ending, or to - and a pipe"
        )
    form = _form(opts)
    if output == "-" and form != "jsonl":
        raise ArgumentError(f"--format {form} needs a file: -o FILE")
    since, until = days_of(opts)
    columns = None if opts.columns is None else _columns(opts.columns)
    if not (folder / ARTICLES).is_dir() and not (folder / LEDGER_NAME).exists():
        raise ArgumentError(f"{folder}: no dataset; it has neither {ARTICLES}/ nor a ledger")
    write = WRITERS[form](columns)
    window = timedelta(days=settings.getint("NEWSCRAWLER_NEAR_DUPLICATE_DAYS"))
    records = partial(
        latest_records,
        folder,
        since=since,
        until=until,
        edition=opts.edition,
        sections=None if opts.section is None else _names("--section", opts.section),
        tags=None if opts.tag is None else _names("--tag", opts.tag),
        window=window,
    )
    if output == "-":
        write(records(), sys.stdout.buffer)
        return
    with output_file(Path(output)) as file:
        scratch = Path(file.name).parent
        count = write(records(scratch=scratch), file)
    print(f"{count} articles in {output}", file=sys.stderr)


def _form(opts: argparse.Namespace) -> str:
    if opts.format:
        return str(opts.format)
    return next((form for form in WRITERS if opts.output.endswith(f".{form}")), "jsonl")


def _names(option: str, text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ArgumentError(f"{option} {text}: give at least one name")
    return names


def _columns(text: str) -> list[str]:
    names, known = _names("--columns", text), list(article_schema()["properties"])
    for name in names:
        if name not in known:
            raise ArgumentError(f"--columns {text}: no field {name}; there are: {', '.join(known)}")
    return names


def _check_dataset(folder: Path) -> None:
    if not (folder / ARTICLES).is_dir():
        raise ArgumentError(f"{folder}: no dataset; it has no {ARTICLES}/")


def _changes(folder: Path, opts: argparse.Namespace) -> None:
    if not opts.output:
        raise ArgumentError("name the file to write: -o FILE, or -o - for standard output")
    form = _form(opts)
    if form not in ("csv", "jsonl"):
        raise ArgumentError(f"--format {form}: changes are written as csv or jsonl")
    _check_dataset(folder)
    since, until = days_of(opts)
    rows = read_changes(folder, since=since, until=until)
    write: Writer = write_jsonl if form == "jsonl" else partial(write_csv, names=CHANGE_COLUMNS)
    if opts.output == "-":
        write(rows, sys.stdout.buffer)
        return
    with output_file(Path(opts.output)) as file:
        count = write(rows, file)
    print(f"{count} changes in {opts.output}", file=sys.stderr)


def _card(folder: Path, opts: argparse.Namespace) -> None:
    _check_dataset(folder)
    text = dataset_card(folder)
    if opts.output in (None, "-"):
        print(text, end="")
        return
    with output_file(Path(opts.output)) as file:
        file.write(text.encode("utf-8", "replace"))


def _doubts(folder: Path, opts: argparse.Namespace) -> None:
    _check_dataset(folder)
    since, until = days_of(opts)
    found = read_doubts(folder, since=since, until=until)
    for kind, counts in found.kinds.items():
        print(escape_control_chars(f"{kind}: {counts.articles} of {found.articles} articles"))
        print(
            escape_control_chars(
                "  layouts  " + ", ".join(f"{name} {count}" for name, count in counts.layouts.most_common())
            )
        )
        print("  days     " + ", ".join(f"{day} {count}" for day, count in sorted(counts.days.items())))
        for url in counts.examples:
            print(escape_control_chars(f"  {url}"))
    if not found.kinds:
        print(f"no doubts in {found.articles} articles")


def _missing(folder: Path, opts: argparse.Namespace, now: datetime) -> None:
    if opts.format not in (None, "jsonl"):
        raise ArgumentError(f"--format {opts.format}: missing prints a table, or jsonl")
    since, until = days_of(opts)
    found = read_missing(folder, now, since=since, until=until)
    if opts.format == "jsonl":
        for kind, rows in (("url", found.urls), ("empty_days", found.empty_days), ("run_gap", found.gaps)):
            for row in rows:
                print(json.dumps({"kind": kind, **row._asdict()}, default=_plain))
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
        print(escape_control_chars(line))
    days = sum(empty.days for empty in found.empty_days)
    print(f"URLs without a record: {len(found.urls)}, days without articles: {days}, gaps in runs: {len(found.gaps)}")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows)] + [""]


def _plain(value: Any) -> str | float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value.isoformat())


def _compress(folder: Path, settings: BaseSettings, before: str | None, now: datetime) -> ExitCode:
    if before is None:
        raise ArgumentError("say which files to compress: --before DAY")
    day = day_of("--before", before)
    with open_for_writing(folder, settings, now) as ledger:
        recover(folder, ledger, now)
        done = compress_before(folder, ledger, day)
    for path in done.left:
        print(escape_control_chars(f"{path}: left as it is: not what the ledger has of it; run verify"))
    print(f"{done.files} files compressed, {done.before / 1e6:.1f} MB to {done.after / 1e6:.1f} MB")
    return ExitCode.BAD_VERDICT if done.left else ExitCode.GOOD


def _back_up(folder: Path, target: Path, now: datetime) -> ExitCode:
    done = back_up(folder, target, now)
    for problem in done.damaged:
        print(escape_control_chars(f"{problem}; run verify"))
    print(escape_control_chars(f"{target}: {done.files} files and the ledger, {done.copied} of them copied now"))
    return ExitCode.BAD_VERDICT if done.damaged else ExitCode.GOOD


def _publish(folder: Path, url: str, now: datetime, *, with_latest: bool) -> None:
    from newscrawler.archive.stores import ObjectStore  # noqa: PLC0415 - most commands need no store

    if "://" not in url:
        raise ArgumentError(f"{url}: give a URL, such as s3://bucket/prefix; for a folder there is: dataset backup")
    # A takedown or a run that ends at the same time would be published in part.
    with RunLock(folder, now=now):
        done = publish(folder, ObjectStore(url), (lambda: latest_lines(folder)) if with_latest else None)
    print(escape_control_chars(f"{url}: {done.files} files, {done.copied} copied now, {done.removed} removed"))


def _verify(folder: Path, now: datetime) -> ExitCode:
    if not (folder / LEDGER_NAME).exists():  # before the lock, which would leave its file in any folder
        raise LedgerMissing(f"ledger {folder / LEDGER_NAME}: there is none; name the data folder of a crawl")
    check = SchemaCheck()
    kinds: Counter[str] = Counter()
    # Lines that a run commits at the same time would look like damage.
    with RunLock(folder, now=now), Ledger.open(folder / LEDGER_NAME, read_only=True) as ledger:
        for problem in verify(folder, ledger, check):
            kinds[problem.kind] += 1
            place = f"{problem.file}:{problem.line}" if problem.line else problem.file
            print(escape_control_chars(f"{problem.kind}  {place}  {problem.detail}"))
    files = sum(1 for _ in finished_files(folder))
    by_kind = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    found = f"{kinds.total()} problems: {by_kind}" if kinds else "no problems"
    print(f"{files} files, {check.checked} records; {found}")
    return ExitCode.BAD_VERDICT if kinds else ExitCode.GOOD

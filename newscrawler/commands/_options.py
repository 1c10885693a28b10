"""What our commands share: how they refuse wrong arguments, and how they end when something fails."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from scrapy.settings import BaseSettings, Settings

from newscrawler.dataset.lock import RunActive
from newscrawler.exceptions import ArgumentError, NewscrawlerError
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.settings_check import check_settings
from newscrawler.utils import escape_control_chars, parse_day


def refuse(message: object) -> NoReturn:
    """Say what is wrong on standard error and end with exit code 2. Scrapy's UsageError adds a page of usage."""
    end(ExitCode.USAGE, f"error: {message}")


def end(code: ExitCode, message: object) -> NoReturn:
    """Say why on standard error, in one line, and end."""
    say(f"newscrawler: {escape_control_chars(str(message))}")
    raise SystemExit(int(code))


def say(text: str) -> None:
    """Print on standard error. Where that is closed or full nobody can be told, and the exit code is as it would be."""
    if sys.stderr is None:
        return  # print would take standard output
    try:
        print(text, file=sys.stderr)
    except OSError:  # what Python would flush at exit is discarded: it would make the exit code 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def check_options(args: Sequence[str]) -> None:
    """Refuse an option that there is not: Scrapy takes it for an argument."""
    if unknown := next((arg for arg in args if arg.startswith("-") and arg != "-"), None):
        refuse(f"no option {unknown}; see --help")


@contextmanager
def refused_files() -> Iterator[None]:
    """Scrapy's own options name files, too: `--pidfile`, `--logfile`."""
    try:
        yield
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror or error}")


def user_agent(settings: BaseSettings) -> str:
    """The user agent with the contact in it, unless it has one."""
    agent = str(settings["USER_AGENT"])
    return agent if "+http" in agent else f"{agent} (+{settings['NEWSCRAWLER_CONTACT']})"


class CheckedCommand:
    """Mixin: a setting of ours that can't be used is one line and exit code 2.

    Not a ScrapyCommand, and neither are the others here: Scrapy lists each of those as a command.
    """

    settings: Settings | None

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        check_options(args)
        with refused_files():
            super().process_options(args, opts)  # type: ignore[misc]
        assert self.settings is not None
        try:
            check_settings(self.settings)
        except ArgumentError as error:
            refuse(error)
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            # What was begun is put in order: no end at once, as while the program is imported (newscrawler.__main__).
            signal.signal(signal.SIGINT, signal.default_int_handler)


class ProjectCommand(CheckedCommand):
    """Mixin of our own commands, which say what they are in class attributes."""

    SYNTAX: ClassVar[str] = ""
    SHORT: ClassVar[str]
    LONG: ClassVar[str] = ""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return self.SYNTAX

    def short_desc(self) -> str:
        return self.SHORT

    def long_desc(self) -> str:
        return self.LONG or self.SHORT


class DataCommand(ProjectCommand):
    """Mixin of the commands that work on a data folder."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)  # type: ignore[misc]
        parser.add_argument("--data", metavar="DIR", help="data folder (default: the setting NEWSCRAWLER_DATA_DIR)")

    def data_folder(self, opts: argparse.Namespace) -> Path:
        """The folder that the command works on; ends with code 2 if there is none."""
        assert self.settings is not None
        folder = Path(self.settings["NEWSCRAWLER_DATA_DIR"] if opts.data is None else opts.data)
        if not folder.is_dir():
            refuse(f"{folder}: no such data folder; name one with --data DIR or -s NEWSCRAWLER_DATA_DIR=DIR")
        return folder


class OneOff(CheckedCommand):
    """Mixin of Scrapy's own commands that fetch: they look at a page, and no dataset is opened, locked or written."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        self.settings.set("NEWSCRAWLER_MODE", "one-off", priority="cmdline")
        self.settings.set("USER_AGENT", user_agent(self.settings), priority="cmdline")


def day_of(option: str, text: str) -> date:
    """The day that an option names. Raises ArgumentError."""
    try:
        return parse_day(text)
    except ValueError:
        raise ArgumentError(f"{option} {text}: give a day, such as 2026-05-01") from None


def days_of(opts: argparse.Namespace) -> tuple[date | None, date | None]:
    """The days of `--since` and `--until`, None for one that is not given. Raises ArgumentError."""
    since = None if opts.since is None else day_of("--since", opts.since)
    until = None if opts.until is None else day_of("--until", opts.until)
    if since and until and since > until:
        raise ArgumentError(f"--since {since} is after --until {until}: give the earlier day as --since")
    return since, until


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End with the exit code that docs/operate/exit-codes.md gives for what goes wrong inside, and one line.

    What a terminal's charset lacks is printed as an escape.
    """
    if sys.stdout is None:
        end(ExitCode.OUTPUT, "error: standard output is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
        sys.stdout.flush()
    except RunActive as error:
        end(ExitCode.ANOTHER_RUN, f"error: {error}")
    except ArgumentError as error:
        refuse(error)
    except NewscrawlerError as error:
        end(ExitCode.OUTPUT, f"error: {error}")
    except BrokenPipeError:
        # The reader has closed the pipe, which needs no message. What Python would flush at exit is discarded.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(ExitCode.OUTPUT)) from None
    except OSError as error:
        end(ExitCode.OUTPUT, f"error: {error.filename or 'standard output'}: {error.strerror or error}")
    except KeyboardInterrupt:
        end(ExitCode.INTERRUPTED, "interrupted")

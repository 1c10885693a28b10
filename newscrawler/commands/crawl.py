"""`scrapy crawl`, whose exit code says whether the run was good."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from scrapy import Spider, signals
from scrapy.commands import ScrapyHelpFormatter
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings, Settings
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.log import configure_logging

from newscrawler.base_spiders.arguments import Arguments
from newscrawler.commands._options import check_options, end, refuse, refused_files, say, user_agent
from newscrawler.exceptions import ArgumentError, NewscrawlerError, OutputError
from newscrawler.extensions.progress import Progress
from newscrawler.extensions.verdict import RunVerdict, alarm_failed_start
from newscrawler.monitoring.stats import stats_of
from newscrawler.monitoring.summary import summary
from newscrawler.monitoring.verdict import ExitCode, Verdict
from newscrawler.rendering.setup import launch_options
from newscrawler.settings_check import check_settings, contact_warning
from newscrawler.utils import atomic_write, clock

logger = logging.getLogger(__name__)

#: What scrapyd passes on to every spider: the job's id, and the egg's version if one was asked for.
SCRAPYD_S_ARGUMENTS = ("_job", "_version")
#: They list what is enabled and dump all counters, most of a small run's log; who names a level sees them.
_LISTS = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.statscollectors", "scrapy.utils.log")


class _HelpFormatter(ScrapyHelpFormatter):
    """Keeps the lines of a description."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(super(_HelpFormatter, self)._fill_text(line, width, indent) for line in text.splitlines())


class Command(ScrapyCrawl):
    """Scrapy's own command, with arguments checked first, a summary and an exit code last."""

    def __init__(self) -> None:
        super().__init__()
        self._started: Crawler | None = None
        self._without_log = ""

    def short_desc(self) -> str:
        return "Run a spider; exits 0 only if the run was good"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--result", metavar="FILE", help="write exit code, verdict, counts and outputs as JSON")
        lines = "\n".join(f"-a {name}=…  {meaning}" for name, meaning in Arguments.meanings().items())
        parser.formatter_class = _HelpFormatter
        parser.add_argument_group("spider arguments", f"{lines}\nrt_archive has others: docs/use/archive.md")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything that was said, before anything is started."""
        check_options(args)
        repeated = _repeated(opts.spargs)
        try:
            assert self.settings is not None
            _check_formats([*(opts.output or []), *(opts.overwrite_output or [])], self.settings)
            with refused_files():
                super().process_options(args, opts)
        except (UsageError, TypeError) as error:  # in one line, without the page of usage
            feeds = [given for given in opts.set if given.startswith("FEEDS=")]
            # What is no JSON is a wrong -s for Scrapy, and what is no object a TypeError.
            no_object = isinstance(error, TypeError) or (
                "-s value" in str(error) and all("=" in given for given in opts.set)
            )
            refuse(f"{feeds[-1]}: give a JSON object" if feeds and no_object else error)
        assert self.settings is not None
        hide_lists(opts)
        for name in SCRAPYD_S_ARGUMENTS:
            opts.spargs.pop(name, None)
        if problem := _what_is_wrong_with_log(self.settings["LOG_FILE"]):
            # Articles are worth more than the log of them.
            self._without_log = f"{problem}; the log is on standard error"
            say(self._without_log)
            self.settings.set("LOG_FILE", None, priority="cmdline")
        # On a disk that becomes full, each lost line would be reported by forty lines on standard error.
        logging.raiseExceptions = not self.settings["LOG_FILE"]
        try:
            if repeated:
                raise ArgumentError(f"-a {repeated}=… is given twice; give it once")
            _check(args, opts, self.settings)
        except ArgumentError as error:
            _refuse(error, self.settings)
        except OutputError as error:
            _refuse(error, self.settings, ExitCode.OUTPUT)
        # Reading stored pages sends no request.
        if "warc" not in opts.spargs and (warning := contact_warning(self.settings)):
            say(warning)
        self.settings.set("USER_AGENT", user_agent(self.settings), priority="cmdline")

    def run(self, args: Sequence[Any], opts: argparse.Namespace) -> None:
        """Crawl, sum up, and end with the verdict's code. The spider is named, or is a class."""
        try:
            self._run(args, opts)
        except KeyboardInterrupt:
            # Outside of the reactor, which has handlers of its own: the process would die of the signal itself.
            say("newscrawler: interrupted")
            # Not by sys.exit: caught in source that a dataclass makes, it would kill the process all the same.
            os._exit(int(ExitCode.INTERRUPTED))
        # The exit code is the run's, also when a signal comes while the interpreter ends.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _run(self, args: Sequence[Any], opts: argparse.Namespace) -> None:
        # When this is imported, Scrapy looks up each frame of the stack in all modules (inspect.stack): here the
        # stack is half as high as in the engine (docs/extend/speed.md).
        import scrapy.core.downloader.contextfactory  # noqa: F401, PLC0415

        assert self.settings is not None
        super().run(list(args), opts)
        crawler = self._started
        if self.exitcode or crawler is None or crawler.stats is None or crawler.spider is None:
            self.exitcode = self.exitcode or ExitCode.INTERNAL_ERROR
            for note in alarm_failed_start(self.settings, getattr(args[0], "name", args[0])):
                say(f"{'alarm':>10}  {note}")
            return
        # A run that was stopped twice has sent its extensions no spider_closed.
        if (progress := crawler.get_extension(Progress)) is not None:
            progress.close()
        run_verdict = crawler.get_extension(RunVerdict)
        assert run_verdict is not None
        verdict = run_verdict.verdict
        if problem := _what_is_wrong_with_log(self.settings["LOG_FILE"]):
            self._without_log = f"{problem}; lines are missing in it"
        if self._without_log:
            stats_of(crawler).log_failed(self._without_log)
        text = summary(crawler.spider.name, stats_of(crawler).snapshot(), verdict)
        say(text)
        if self.settings["LOG_FILE"]:
            # Under scrapyd the job's log is shown, standard error is not.
            logger.log(logging.INFO if verdict.good else logging.ERROR, "The run's summary:\n%s", text)
        self.exitcode = int(verdict.code)
        if opts.result:
            _write_result(Path(opts.result), crawler, verdict)

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        self._started = super()._create_crawler(spidercls)
        self._started.signals.connect(_leave_out_start, signals.engine_started)
        return self._started


def hide_lists(opts: argparse.Namespace) -> None:
    """Keep out of the log what Scrapy lists, unless a level is named."""
    if not opts.loglevel and not any(given.startswith("LOG_LEVEL=") for given in opts.set):
        for name in _LISTS:
            # Scrapy's own set-up of logging sets their levels anew.
            logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)


def _leave_out_start() -> None:
    """What starting up made lives as long as the process: the garbage collector need not look through it.

    Once in 200 pages it did, for 60 ms (docs/extend/speed.md). Here, since a command is one crawl a process.
    """
    gc.freeze()


def _write_result(path: Path, crawler: Crawler, verdict: Verdict) -> None:
    """How the run went, for programs. A file that can't be written is named; the exit code stays the run's."""
    assert crawler.spider is not None
    snapshot = stats_of(crawler).snapshot()
    result = {
        "spider": crawler.spider.name,
        "exit_code": int(verdict.code),
        "verdict": verdict.word,
        "why": verdict.why,
        "reasons": [{"kind": reason.kind, "text": reason.text} for reason in verdict.reasons],
        "figures": asdict(snapshot.figures),
        "output": [str(path) for path in snapshot.stored],
    }
    try:
        with atomic_write(path) as file:
            file.write(json.dumps(result, ensure_ascii=False, default=str).encode() + b"\n")
    except OSError as error:
        say(f"newscrawler: --result {path}: can't be written: {error.strerror or error}")


def _check(args: list[str], opts: argparse.Namespace, settings: Settings) -> None:
    """Raise ArgumentError or OutputError for what can be known to fail before a request is sent."""
    check_settings(settings)
    if len(args) == 1:
        _check_spider(args[0], opts.spargs, settings)
    # Scrapy imports every command for any of them (docs/extend/speed.md#starting-up).
    from newscrawler.feedexport import check_outputs  # noqa: PLC0415

    check_outputs(settings, opts.result)
    if "render" in opts.spargs:
        # Looked for now, and not again when the spider asks.
        settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", launch_options(settings), priority="cmdline")


def _check_formats(outputs: list[str], settings: BaseSettings) -> None:
    """Raise UsageError for an output without a format; Scrapy's own error does not name it."""
    formats = sorted(name for name, path in settings.getwithbase("FEED_EXPORTERS").items() if path is not None)
    for given in outputs:
        if Path(given).suffix[1:] not in formats and given.rpartition(":")[2] not in formats:
            known = ", ".join(formats)
            raise UsageError(f"{given}: no format; give one as the name's ending or as FILE:jsonl; there are: {known}")


def _repeated(given: list[str]) -> str:
    """The first name that is given twice among `-a name=value`; empty for none. Scrapy would take the last one."""
    names = [text.partition("=")[0] for text in given]
    return next((name for number, name in enumerate(names) if name in names[:number]), "")


def _refuse(error: NewscrawlerError, settings: Settings, code: ExitCode = ExitCode.USAGE) -> NoReturn:
    """Refuse, in the log file too if there is one: scrapyd shows nothing else of a job."""
    if settings["LOG_FILE"]:
        with contextlib.suppress(OSError):  # the line on standard error remains
            configure_logging(settings)
            logger.error("%s", error)
    end(code, f"error: {error}")


def _what_is_wrong_with_log(name: str | None) -> str:
    """Why nothing can be written to the log file, in one line; empty when all is well."""
    if not name:
        return ""
    path = Path(name)
    try:
        if not path.exists() or path.is_file():
            with path.open("ab"):
                full = not shutil.disk_usage(path).free
        else:
            full = False  # a device or a pipe has no free space to check
    except OSError as error:
        return f"log file {name}: {error.strerror or error}"
    return f"log file {name}: the disk is full" if full else ""


def _check_spider(name: str, given: dict[str, str], settings: BaseSettings) -> None:
    """Raise ArgumentError for a spider that there is not, or arguments that it does not take."""
    loader = get_spider_loader(settings)
    if name not in loader.list():
        raise ArgumentError(f"no spider {name}; there are: {', '.join(loader.list())}")
    check = getattr(loader.load(name), "check_arguments", None)
    if check is not None:
        check(given, now=clock()())

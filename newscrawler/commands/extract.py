"""`scrapy extract`: saved pages to JSON Lines, through the parser that the crawl uses. No network."""

from __future__ import annotations

import argparse
import glob
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from scrapy.commands import ScrapyCommand

from newscrawler.commands._options import ProjectCommand, one_line_errors, refuse
from newscrawler.commands._page import saved_page
from newscrawler.editions import article_url
from newscrawler.exceptions import ArchiveError, PageError
from newscrawler.items import Article, Source, record_of
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.pages.article import parse_article
from newscrawler.pipelines import problems_of
from newscrawler.utils import escape_control_chars

if TYPE_CHECKING:
    from newscrawler.archive.captures import Capture
    from newscrawler.archive.reextraction import StoredArticles

#: Where a page is, and what gives its record.
_Page: TypeAlias = tuple[str, Callable[[], Article]]


class Command(ProjectCommand, ScrapyCommand):
    """Reads pages from files, folders, globs or standard input and writes a record a line."""

    SYNTAX = "[options] PATH [PATH ...]"
    SHORT = "Turn saved article pages into JSON Lines on standard output"
    LONG = (
        "PATH is a file, a folder (its .html and .htm files at any depth), a glob, or - for standard input; a "
        ".warc or .warc.gz file gives a record for each page of an article in it. "
        "Each record has its file's name in the extra key 'source'. A page that gives no record is named with "
        "the reason on standard error, and the exit code is then 3."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="URL of the page, if it does not state its own (one page only)")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Extract every page; one that fails does not keep the others."""
        if not args:
            refuse("name at least one file, folder or glob, or - for standard input")
        if opts.url and article_url(opts.url) is None:
            refuse(f"--url {opts.url}: not the URL of an RT article")
        # Scrapy imports every command for any of them; warcio takes its time (docs/extend/speed.md#starting-up).
        from newscrawler.archive.reader import is_warc_name  # noqa: PLC0415

        sources = [source for arg in args for source in _sources(arg)]
        stored = [Path(source) for source in sources if is_warc_name(source)]
        if opts.url and (len(sources) != 1 or stored):
            refuse(f"--url goes with one page; there are {'WARC files' if stored else len(sources)}")
        faults: list[str] = []
        pages: list[_Page] = [
            (source, partial(_extract, source, opts.url)) for source in sources if not is_warc_name(source)
        ]
        with one_line_errors():
            results = Counter(_write(*page) for page in chain(pages, self._captures(stored, faults)))
        if faults:
            print(f"{len(faults)} record(s) of the WARC files could not be read", file=sys.stderr)
        if not results and not faults:
            print(escape_control_chars(f"{' '.join(args)}: no page of an article in it"), file=sys.stderr)
        elif results[False]:
            print(f"{results[False]} of {results.total()} pages gave no record", file=sys.stderr)
        if results[False] or not results or faults:
            self.exitcode = int(ExitCode.BAD_VERDICT)

    def _captures(self, files: list[Path], faults: list[str]) -> Iterator[_Page]:
        """Captures of articles in WARC files, in order of time, and how to read each. ``faults`` gets what is wrong."""
        if not files:
            return
        from newscrawler.archive.captures import CaptureIndex  # noqa: PLC0415
        from newscrawler.archive.reextraction import StoredArticles  # noqa: PLC0415

        assert self.settings is not None
        articles = StoredArticles(self.settings.getint("DOWNLOAD_MAXSIZE"))

        def report(fault: str) -> None:
            faults.append(fault)
            print(escape_control_chars(fault), file=sys.stderr)

        try:
            with CaptureIndex(files, report) as index:
                for _ in index.build():
                    pass
                for capture in index.captures():
                    yield f"{capture.location} {capture.url}", partial(_extract_capture, capture, articles)
        except ArchiveError as error:
            refuse(error)


def _write(source: str, extract: Callable[[], Article]) -> bool:
    try:
        article = extract()
    except (PageError, ArchiveError, OSError) as error:
        print(escape_control_chars(f"{source}: {' '.join(str(error).split())}"), file=sys.stderr)
        return False
    line = json.dumps({**record_of(article), "source": source}, ensure_ascii=False)
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    return True


_SAVED = (".html", ".htm", ".mhtml", ".mht")


def _sources(argument: str) -> Iterator[str]:
    path = Path(argument)
    if argument == "-" or path.is_file():
        yield argument
    elif path.is_dir():
        yield from sorted(str(p) for p in path.rglob("*") if p.suffix.lower() in _SAVED and p.is_file())
    else:
        found = sorted(name for name in glob.glob(argument, recursive=True) if Path(name).is_file())
        if not found:
            refuse(f"{argument}: no such file, folder or match")
        yield from found


def _extract(source: str, url: str | None) -> Article:
    """Read one page.

    Raises:
        PageError: it gives no record, or one that validation would drop.
        OSError: it can't be read.
    """
    article = _whole(parse_article(saved_page(source), now=datetime.now(UTC), url=url).article)
    # When a saved page was fetched is not known.
    article.fetched_at = None
    article.discovered_via = Source.FILE
    return article


def _extract_capture(capture: Capture, articles: StoredArticles) -> Article:
    """Read one stored page; PageError or ArchiveError when it gives no record."""
    from newscrawler.archive.reader import load, response_of  # noqa: PLC0415

    page = load(capture.page.path, capture.page.offset, articles.max_bytes)
    article = _whole(articles.read(response_of(page, capture.url), capture.at))
    article.discovered_via = Source.WARC
    return article


def _whole(article: Article) -> Article:
    problems = ", ".join(problems_of(article))
    if problems:
        raise PageError(f"the record is not whole: {problems}")
    return article

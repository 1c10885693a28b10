"""For scripts and notebooks: crawl, read a page, open a dataset.

    from newscrawler.api import crawl, extract, open_dataset

A crawl runs in a process of its own, as Scrapy's reactor can be started once a process: so it works beside an event
loop that runs already, beside an AsyncCrawlerProcess, and more than once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse

from newscrawler.dataset.changes import read_changes
from newscrawler.dataset.export import latest_records
from newscrawler.dataset.files import finished_files, read_lines, read_record
from newscrawler.dataset.missing import Missing, read_missing
from newscrawler.editions import article_key
from newscrawler.exceptions import ArgumentError, DatasetError, NewscrawlerError
from newscrawler.items import Article, Source
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.pages.article import parse_article
from newscrawler.pages.html import saved_html
from newscrawler.utils import clock


@dataclass(frozen=True, slots=True)
class Result:
    """How a crawl ended; `exit_code` and `why` are those of the command line (docs/operate/exit-codes.md)."""

    spider: str
    exit_code: int
    verdict: str
    why: str
    #: Counts of the run by the names of `monitoring.stats.RunFigures`; `outcomes` has one count an outcome.
    figures: Mapping[str, Any]
    #: Files that were put in place; of a run that was not good there are none.
    output: tuple[Path, ...]

    @property
    def good(self) -> bool:
        """Whether the run was good."""
        return self.exit_code == ExitCode.GOOD


def crawl(
    spider: str = "rt_world",
    *,
    output: str | Path | None = None,
    data_dir: str | Path | None = None,
    contact: str | None = None,
    settings: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> Result:
    """Crawl, and tell how it went. The log and the summary go to standard error, as on the command line.

    With ``output`` this is a one-off run into that file, else an incremental one into ``data_dir``. ``contact`` is
    the URL where the site's operators can reach you. ``arguments`` are the spider's (`since`, `section`, …): dates,
    numbers, text, or lists of text.

    Raises:
        ArgumentError: the spider, an argument or a setting can't be used; the message is the command line's.
        KeyboardInterrupt: the crawl was interrupted, after it has ended in order.
    """
    given = {name: value for name, value in (settings or {}).items() if value is not None}
    if data_dir is not None:
        given["NEWSCRAWLER_DATA_DIR"] = data_dir
    if contact is not None:
        given["NEWSCRAWLER_CONTACT"] = contact
    with tempfile.TemporaryDirectory(prefix="newscrawler-") as folder:
        told = Path(folder) / "result.json"
        command = [sys.executable, "-m", "newscrawler", "crawl", spider, "--result", str(told)]
        if output is not None:
            command += ["-O", str(output)]
        for name, value in arguments.items():
            command += ["-a", f"{name}={_argument(value)}"]
        for name, value in given.items():
            command += ["-s", f"{name}={value if isinstance(value, str | Path) else json.dumps(value)}"]
        code, last = _run(command)
        if code == ExitCode.USAGE or not told.exists():
            error = ArgumentError if code == ExitCode.USAGE else NewscrawlerError
            raise error(last.removeprefix("newscrawler: error: ") or f"the crawl ended with exit code {code}")
        found = json.loads(told.read_text("utf-8"))
    return Result(
        spider=spider,
        exit_code=int(found["exit_code"]),
        verdict=found["verdict"],
        why=found["why"],
        figures=found["figures"],
        output=tuple(Path(path) for path in found["output"]),
    )


def extract(source: str | Path | bytes, *, url: str | None = None, fetched_at: datetime | None = None) -> Article:
    """The record of one page: a file, its bytes, or its HTML as text. No network.

    ``url`` is the page's, where it does not state its own; ``fetched_at`` (aware) is kept in the record.

    Raises:
        PageError: the page gives no record.
        OSError: the file can't be read.
    """
    location, encoding = "memory:page", ""
    if isinstance(source, bytes):
        body = source
    elif isinstance(source, str) and "<" in source:
        body, encoding = source.encode(), "utf-8"
    else:
        body, location = Path(source).read_bytes(), Path(source).absolute().as_uri()
    response = HtmlResponse(location, body=saved_html(body), encoding=encoding or None)
    article = parse_article(response, now=fetched_at or datetime.now(UTC), url=url).article
    article.fetched_at = fetched_at
    article.discovered_via = Source.FILE
    return article


class Dataset:
    """A data folder, read. Nothing here locks or changes it, and a crawl may go on meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every line of the finished files, in their order: each article's revisions and all articles."""
        for path in finished_files(self.folder):
            for _, line in read_lines(path):
                yield json.loads(line)

    def latest(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        edition: str | None = None,
        section: str | None = None,
        tag: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Each article's newest record in order of publication.

        ``since`` and ``until`` are the first and the last day (UTC) of publication; a tag is compared without case.
        """
        sections, tags = (None if one is None else (one,) for one in (section, tag))
        return latest_records(self.folder, since=since, until=until, edition=edition, sections=sections, tags=tags)

    def changes(self, *, since: date | None = None, until: date | None = None) -> Iterator[dict[str, Any]]:
        """What headlines and texts were and became, of what was fetched on these days (UTC, both counted)."""
        return read_changes(self.folder, since=since, until=until)

    def revisions(self, article: str) -> list[dict[str, Any]]:
        """All records of an article, in order of fetching. ``article`` is an id, edition/id or URL."""
        key = article_key(article)
        with Ledger.open(self.folder / LEDGER_NAME, read_only=True) as ledger:
            return [read_record(self.folder, ledger, line) for line in ledger.lines.by_time(key)]

    def missing(self, *, since: date | None = None, until: date | None = None) -> Missing:
        """What is not in the dataset and why, of these days (UTC): URLs, days without articles, gaps in runs."""
        return read_missing(self.folder, clock()(), since=since, until=until)


def open_dataset(folder: str | Path) -> Dataset:
    """The dataset in a data folder. Raises DatasetError where there is none."""
    path = Path(folder)
    if not (path / "articles").is_dir() and not (path / LEDGER_NAME).exists():
        raise DatasetError(f"{path}: no dataset; name the data folder of a crawl")
    return Dataset(path)


def _argument(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).date()
    if isinstance(value, str) or not isinstance(value, Sequence):
        return str(value)
    return ",".join(map(str, value))


def _run(command: Sequence[str]) -> tuple[int, str]:
    """Run a crawl, show what it says on standard error, and return its exit code and last line.

    A notebook shows only what its own process writes, so the lines are passed on.
    """
    last = ""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(  # noqa: S603 - our own program, without a shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment,
        text=True, encoding="utf-8", errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                last = line.strip() or last
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            for line in process.stderr:
                sys.stderr.write(line)
            raise
    return process.returncode, last

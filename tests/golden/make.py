"""Golden records of a checkout: its commands are run, and what they give is written in an order that does not vary."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from tests.golden.tree import Done, Tree

#: What the one-off crawls ask for; the replica's options, the crawl's arguments.
CRAWLS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "faults": (("--faults", "all", "--articles", "300"), {}),
    "listing": (
        ("--faults", "none", "--articles", "300", "--robots", "open"),
        {"section": "news,russia,op-ed,op-edge", "sources": "listing", "max_pages": "20"},
    ),
    "range": (("--faults", "all", "--articles", "300"), {"since": "2013-01-01", "until": "2022-12-31"}),
    "trend": (("--faults", "all", "--articles", "300"), {"trend": "trade-war-files,tags/analysis"}),
}
#: The time at which the replica's site stands by default.
CRAWL_NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
#: After every page of the corpus.
EXTRACT_NOW = datetime(2030, 1, 1, tzinfo=UTC)
#: The corpus has no hole after this day (replica of the rehearsal).
WEEK_START = datetime(2025, 10, 8, tzinfo=UTC)
ARCHIVE_NOW = datetime(2026, 5, 2, tzinfo=UTC)

#: What varies by nature: a pattern, and what is written instead.
_VARYING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d+(?:\.\d+)? s\b"), "N s"),
    (re.compile(r"\b\d+(?:\.\d+)? MB\b"), "N MB"),
    # One of several pages, whichever came first.
    (re.compile(r"(scrapy explain )\S+"), r"\1ONE"),
    (re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{4}\b"), r"\1-ID"),
)
_CANONICAL = re.compile(rb'<link rel="canonical" href="(https://[^/"]+/[\w-]+/(\d{6})-[^/"]+/)"')


@dataclass(frozen=True)
class Options:
    """What is made; two folders can be compared only when they were made with the same options."""

    corpus: Path | None
    days: int = 7
    every_hours: int = 3

    def as_json(self) -> dict[str, Any]:
        """For golden.json."""
        return {"corpus": self.corpus is not None, "days": self.days, "every_hours": self.every_hours}


@dataclass
class Maker:
    """Makes one folder of golden records."""

    tree: Tree
    folder: Path
    options: Options
    #: Checkout whose replica serves, and folder of golden records whose WARC files are read: by default its own.
    replica: Tree
    warc_from: Path
    _runs: list[dict[str, Any]] = field(default_factory=list)
    _figures: dict[str, Any] = field(default_factory=dict)

    def make(self) -> dict[str, Any]:
        """Everything. Returns the figures that golden.json has."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise FileExistsError(f"{self.folder}: it is not empty")
        (self.folder / "work").mkdir()
        for name, part in (
            ("extract", self._extract),
            ("crawls", self._crawls),
            ("week", self._week),
            ("archive", self._archive),
        ):
            began = time.monotonic()
            part()
            self._figures[f"{name}_seconds"] = round(time.monotonic() - began, 1)
        lines = [json.dumps(run, ensure_ascii=False) for run in self._runs]
        self._write("runs", lines, sort=False)
        found = {"commit": self.tree.commit, "options": self.options.as_json(), "figures": self._figures}
        (self.folder / "golden.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        return found

    def _extract(self) -> None:
        """`scrapy extract` over the corpus: records, and the reason for each page that gives none."""
        if self.options.corpus is None:
            return
        pages = self.options.corpus.resolve() / "pages"
        done = self.tree.scrapy("extract", str(pages), now=EXTRACT_NOW)
        self._write("extract", done.out.decode("utf-8").replace(f"{pages}/", "").splitlines())
        self._runs.append({"run": "extract", "exit_code": done.code, "said": self._said(done, f"{pages}/")})

    def _crawls(self) -> None:
        """One-off crawls of the replica."""
        for name, (site, arguments) in CRAWLS.items():
            output = self.folder / "work" / f"{name}.jsonl"
            with self.replica.serve(*site) as url:
                done = self.tree.scrapy(
                    *_crawl("rt_world", arguments),
                    *("-O", str(output)),
                    now=CRAWL_NOW,
                    site=url,
                    settings={"NEWSCRAWLER_WARC": self.folder / "warc" / name},
                )
            self._crawl_records(f"crawl-{name}", done, output)

    def _week(self) -> None:
        """Scheduled runs into one data folder, on a clock that is set; then the commands over the dataset."""
        data = self.folder / "work" / "week"
        rhythm = timedelta(hours=self.options.every_hours)
        count = timedelta(days=self.options.days) // rhythm
        # Every third hour from one o'clock on meets the site while it is down, from 10 to 12 on one day.
        first = WEEK_START + timedelta(hours=1)
        settings = {"NEWSCRAWLER_DATA_DIR": data, "NEWSCRAWLER_WARC": self.folder / "warc" / "week"}
        with self.replica.serve_week(WEEK_START, self.options.days, self.options.corpus) as server:
            for number in range(count):
                moment = first + number * rhythm + timedelta(seconds=number * 37 % 60)
                server.set_clock(moment)
                done = self.tree.scrapy("crawl", "rt_world", now=moment, site=server.url, settings=settings)
                self._crawl_run(f"week {moment:%Y-%m-%dT%H:%M:%S}", done)
        self._dataset("week", data, moment)

    def _archive(self) -> None:
        """WARC files that crawls have kept, read into one-off files and into a data folder."""
        warc, data = self.warc_from.resolve() / "warc", self.folder / "work" / "archive"
        for name in ("faults", "week"):
            output = self.folder / "work" / f"archive-{name}.jsonl"
            arguments = _crawl("rt_archive", {"warc": str(warc / name)})
            done = self.tree.scrapy(*arguments, "-O", str(output), now=ARCHIVE_NOW)
            self._crawl_records(f"archive-{name}", done, output)
        if self.warc_from == self.folder:
            write_twins(warc / "faults", warc / "twins")
        # The second reading of the week finds nothing new.
        for number, name in enumerate(("faults", "week", "week", "twins")):
            moment = ARCHIVE_NOW + timedelta(hours=number)
            arguments = _crawl("rt_archive", {"warc": str(warc / name)})
            done = self.tree.scrapy(*arguments, now=moment, settings={"NEWSCRAWLER_DATA_DIR": data})
            self._crawl_run(f"archive dataset {number + 1}: {name}", done)
        self._dataset("archive-dataset", data, moment)

    def _dataset(self, name: str, data: Path, now: datetime) -> None:
        """Every line of a dataset, its latest view, and what `verify` says."""
        self._write(name, _lines_of(data))
        latest = self.folder / "work" / f"{name}-latest.jsonl"
        for action, more in (("latest", ["-o", str(latest)]), ("verify", [])):
            done = self.tree.scrapy("dataset", action, "--data", str(data), *more, now=now)
            said = self._said(done) + self._lines(done.out.decode("utf-8", "replace"))
            self._runs.append({"run": f"{name}: {action}", "exit_code": done.code, "said": said})
        # In the order in which the command writes them.
        self._write(f"{name}-latest", latest.read_text("utf-8").splitlines(), sort=False)

    def _crawl_records(self, name: str, done: Done, output: Path) -> None:
        """Of a run that was not good, the part file is what there is."""
        self._crawl_run(name, done)
        found = next((path for path in (output, Path(f"{output}.part")) if path.exists()), None)
        self._write(name, found.read_text("utf-8").splitlines() if found else [])

    def _crawl_run(self, name: str, done: Done) -> None:
        """Exit code, verdict and outcomes, and everything else that the run said."""
        said = self._said(done)
        labelled = {label: rest for label, _, rest in (line.partition("  ") for line in said)}
        pairs = (pair.rsplit(" ", 1) for pair in labelled.get("outcomes", "").split(", "))
        self._runs.append(
            {
                "run": name,
                "exit_code": done.code,
                "verdict": labelled.get("verdict"),
                "outcomes": {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2},
                "said": [line for line in said if not line.startswith(("outcomes  ", "verdict  "))],
            }
        )

    def _said(self, done: Done, *names: str) -> list[str]:
        text = done.err
        for name in names:
            text = text.replace(name, "")
        return self._lines(text)

    def _lines(self, text: str) -> list[str]:
        return [line.strip() for line in self._normal(text).splitlines() if line.strip()]

    def _normal(self, text: str) -> str:
        for folder in {str(self.folder.resolve()), str(self.warc_from.resolve())}:
            text = text.replace(folder, "DIR")
        for pattern, instead in _VARYING:
            text = pattern.sub(instead, text)
        return text

    def _write(self, name: str, lines: Iterable[str], *, sort: bool = True) -> None:
        found = [self._normal(line) if "127.0.0.1" in line else line for line in lines]
        if sort:
            found.sort(key=lambda line: (_order(json.loads(line)), line))
        (self.folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in found), "utf-8")
        self._figures[name] = len(found)
        print(f"{name:<24} {len(found):>6} lines", flush=True)


def _crawl(spider: str, arguments: dict[str, str]) -> list[str]:
    return ["crawl", spider, *(part for name, value in arguments.items() for part in ("-a", f"{name}={value}"))]


def write_twins(folder: Path, to: Path) -> None:
    """Articles of the WARC files once more, under other ids and with a few words changed: near-duplicates.

    The replica has none of its own. A page that several URLs gave stands in the files once, under the first of them;
    its twin has its canonical URL, so that it does not matter which was first.
    """
    to.mkdir(parents=True)
    with (to / "twins.warc.gz").open("wb") as output:
        writer = WARCWriter(output, gzip=True)
        for path in sorted(folder.glob("*.warc.gz")):
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream):
                    body = record.raw_stream.read()
                    match = _CANONICAL.search(body)
                    if record.rec_type != "response" or match is None:
                        continue
                    # Of the same length, so that the response's headers stay true.
                    number, other = match[2], b"9" + match[2][1:]
                    twin = writer.create_warc_record(
                        match[1].replace(number, other).decode(),
                        "response",
                        payload=io.BytesIO(body.replace(number, other).replace(b" the ", b" our ", 3)),
                        http_headers=record.http_headers,
                        warc_headers_dict={"WARC-Date": record.rec_headers.get_header("WARC-Date")},
                    )
                    writer.write_record(twin)


def _order(record: dict[str, Any]) -> tuple[str, str, str, int]:
    """Concurrency, and names of files, must not decide which line comes first."""
    return (
        str(record.get("source", "")),
        str(record.get("edition")),
        str(record.get("article_id")),
        int(record.get("revision") or 0),
    )


def _lines_of(data: Path) -> Iterator[str]:
    """All lines of a data folder's finished files."""
    for path in sorted((data / "articles").rglob("*.jsonl*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from (str(line).rstrip("\n") for line in lines)

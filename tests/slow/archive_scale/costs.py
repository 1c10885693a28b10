"""What reading and committing cost: figures of one machine, not promises."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.archive.captures import RecordKind, kind_of, may_have_page
from newscrawler.archive.reader import load, response_of, scan
from newscrawler.archive.rows import SUFFIX, line_of
from newscrawler.editions import article_url
from newscrawler.pages.reading import read_response
from newscrawler.pages.text import content_hash
from tests.archive_maker import rows_of
from tests.slow.archive_scale.agreement import Scale
from tests.slow.archive_scale.processes import Usage, commit, dask_cluster, extract, measured
from tests.warc_files import write_warc

_MAX_PAGE = 5_000_000
#: Rows of one WARC file, as a big one has them.
_ROWS_A_FILE = 20_000
#: Captures of one article, of which the first says something new.
_CAPTURES_EACH = 10
_LEAD = "What is said first."
_TEXT = " ".join(["A short text that says little."] * 10)
_FIRST = datetime(2016, 1, 1, tzinfo=UTC)


def bare_parser(scale: Scale, most: int = 2000) -> str:
    """Pages that are in memory already, read one after the other."""
    pages = []
    for path in scale.made.files:
        for record in scan(path, lambda _: None, may_have_page):
            if kind_of(record) is RecordKind.CAPTURES and record.type == "response" and record.status == 200:
                url = article_url(record.url)
                assert url is not None
                pages.append((response_of(load(path, record.offset, _MAX_PAGE), record.url), url, record.at))
            if len(pages) == most:
                break
    began, cpu = time.perf_counter(), time.process_time()
    for response, url, at in pages:
        assert at is not None
        read_response(response, url.url, url.key, now=at)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return f"{len(pages) / seconds:.0f} pages/s, {cpu / len(pages) * 1000:.2f} ms CPU a page"


def one_dask_worker(scale: Scale) -> Usage:
    """Dask with one worker: what the engine itself costs."""
    with dask_cluster(scale.folder, 1) as cluster:
        done = extract(scale.folder, "one-worker", "--cluster", cluster.url)
    scale.is_same("one-worker")
    return done


def starting(scale: Scale) -> str:
    """Seconds until a file without a page is done."""
    folder = scale.folder
    write_warc(folder / "nothing" / "nothing.warc.gz", [])
    loop = extract(folder, "nothing-loop", warc="nothing")
    dask = extract(folder, "nothing-dask", "--workers", "2", warc="nothing")
    return f"loop {loop.seconds:.1f} s ({loop.cpu:.1f} s CPU), two workers {dask.seconds:.1f} s ({dask.cpu:.1f} s CPU)"


def figure_of_commit(scale: Scale, count: int) -> str:
    """What a commit of so many rows takes."""
    done = commit_of_many(scale, count)
    return (
        f"{count / done.seconds:.0f} rows/s, {done.cpu / count * 1000:.2f} ms CPU a row, "
        f"{done.seconds:.0f} s, peak {done.peak_mb:.0f} MB"
    )


def commit_of_many(scale: Scale, count: int) -> Usage:
    """A commit of so many rows that were made of one: short texts, a tenth of them new."""
    rows = f"rows-{count}"
    _make_rows(scale, scale.folder / rows, count)
    done = commit(scale.folder, rows, f"data-{count}")
    assert done.code == 0, done.log
    verified = measured(scale.folder, "dataset", "verify", "--data", f"data-{count}")
    assert verified.code == 0, verified.log
    return done


def _make_rows(scale: Scale, folder: Path, count: int) -> None:
    """Captures over ten years, in files that are each in no order of time."""
    folder.mkdir()
    sample = next(row for row in rows_of(scale.folder / "rows") if row["outcome"] == "record")
    made = _synthetic(sample, count)
    for number in range(0, count, _ROWS_A_FILE):
        path = folder / f"many-{number:09d}.warc.gz.0{SUFFIX}"
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) as file:
            for _ in range(min(_ROWS_A_FILE, count - number)):
                row = next(made)
                file.write(line_of({**row, "file": f"/warc/many-{number:09d}.warc.gz"}))


def _synthetic(sample: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    step = timedelta(days=3650) / count
    articles = max(1, count // _CAPTURES_EACH)
    record = {**sample["record"], "lead": _LEAD, "paragraphs": [_TEXT]}
    record |= {"text": f"{_LEAD}\n\n{_TEXT}", "word_count": len(f"{_LEAD} {_TEXT}".split())}
    text = json.dumps({**sample, "record": record})
    for number in range(count):
        # Neighbours in a file are years apart.
        at = _FIRST + step * (number * 7919 % count)
        article = number * 7919 % articles
        row = json.loads(text)
        key = str(700_000 + article)
        url = f"https://www.rt.com/news/{key}-made-of-one/"
        row |= {"offset": number, "at": at.isoformat(), "url": url, "edition": "en", "article_id": key}
        row["record"] |= {
            **{"edition": "en", "article_id": key, "url": url, "fetched_at": at.isoformat(timespec="seconds")},
            **{"published_at": "2015-12-31T12:00:00+00:00", "modified_at": None, "headline": f"Number {article}"},
            "content_hash": content_hash(f"Number {article}", _LEAD, [_TEXT]),
        }
        yield row

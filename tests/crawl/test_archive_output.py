"""Pages that a crawl keeps as WARC, and the dataset made again from them."""

from __future__ import annotations

import gzip
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastwarc.warc import ArchiveIterator

from newscrawler.archive.reader import scan, warc_files
from newscrawler.dataset.files import finished_files, read_lines
from tests.constants import with_constants
from tests.harness import (
    HOUR,
    NOW,
    Data,
    Run,
    addresses_until,
    altered,
    arguments_of,
    article_requests,
    news,
    run_scrapy,
    site_at,
    wait_until,
)
from tests.replica import Address, Server, Site

#: How a record was found; all else must be the same.
FOUND = ("discovered_via", "first_seen_at")
KEEP = {"NEWSCRAWLER_WARC": "true", "NEWSCRAWLER_VERDICT": '{"max_fault_share": 1}'}
Serve = Callable[..., Server]


def archive_crawl(folder: Path, *args: str) -> Run:
    """A crawl of stored pages with the settings as they are: pauses, throttle and robots file are not for it."""
    return run_scrapy(folder, ("crawl", "rt_archive", *args))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """All lines of a dataset, without how they were found."""
    records = [json.loads(line) for path in finished_files(folder) for _, line in read_lines(path)]
    return sorted(
        ({name: value for name, value in record.items() if name not in FOUND} for record in records),
        key=lambda record: (record["article_id"], record["revision"]),
    )


def faulty_addresses() -> tuple[list[Address], Address, Address]:
    """A site with every fault, and of its articles one that will be edited and one that will go."""
    addresses = list(Site.build(articles=40, faults="all", now=NOW).addresses.values())
    edited, going = news(addresses)[1:3]
    return altered(addresses, edited.path, edits=(NOW + HOUR,)), edited, going


@pytest.mark.slow
def test_the_dataset_is_made_again_from_its_pages(data: Data, served: Serve) -> None:
    addresses, edited, going = faulty_addresses()
    away = altered(addresses, going.path, kind="withdrawn")
    small = with_constants(**{"newscrawler.middlewares.warc.MAX_FILE_BYTES": 400_000})
    settings = {**KEEP, **small, "DOWNLOAD_MAXSIZE": "1000000"}
    options = {"slow_seconds": 0.1, "huge_bytes": 1_500_000}
    for hours, state in ((0, addresses), (3, away), (30, away)):
        moment = NOW + hours * HOUR
        server = served(site_at(moment, state, **options), validators=True)
        run = data.crawl(server, at=moment, settings=settings)
        assert run.code == 0, run.err
    assert {record["revision"] for record in data.of(edited)} == {1, 2}
    assert [record["status"] for record in data.of(going)] == ["published", "withdrawn"]
    files = warc_files(str(data.path / "warc"))
    assert len(files) > 3
    assert all(path.name.endswith(".warc.gz") and path.stat().st_size < 700_000 for path in files)
    check_by_others(files)

    again = archive_crawl(data.folder, "-a", "warc=data/warc", "-s", "NEWSCRAWLER_DATA_DIR=again")
    assert "Traceback" not in again.err
    assert lines_of(data.folder / "again") == lines_of(data.path)
    assert len(list(finished_files(data.folder / "again"))) == 1
    assert Data(data.folder).problems() == []
    assert "unresolved" not in again.err.split("archive  ")[1].splitlines()[0]
    assert sum(again.outcomes.values()) == again.scheduled

    log = data.folder / "run.log"
    once_more = archive_crawl(
        data.folder, "-a", "warc=data/warc", "-s", "NEWSCRAWLER_DATA_DIR=again", "-L", "WARNING", "--logfile", str(log)
    )
    # A second Crawler in the process once gave the log its own settings: all of it, on standard error.
    assert "] WARNING: https://" in log.read_text("utf-8")
    assert not re.search(r"\] (DEBUG|INFO): ", once_more.err + log.read_text("utf-8"))
    assert not {"new", "revised"} & set(once_more.outcomes), once_more.err
    assert lines_of(data.folder / "again") == lines_of(data.path)


def check_by_others(files: list[Path]) -> None:
    """What warcio and fastwarc say of the files."""
    command = [sys.executable, "-m", "warcio.cli", "check", *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    kinds: Counter[str] = Counter()
    revisits, answered, hosts = set(), set(), set()
    for path in files:
        with path.open("rb") as file:
            for record in ArchiveIterator(file, verify_digests=True):
                said = dict(record.headers)
                kind = said["WARC-Type"]
                kinds[kind] += 1
                hosts.add(urlsplit(said.get("WARC-Target-URI", "")).netloc)
                if kind == "revisit":
                    revisits.add(said["WARC-Profile"].rsplit("/", 1)[1])
                    assert (said["WARC-Refers-To-Target-URI"], said["WARC-Refers-To-Date"]) in answered
                elif kind == "response":
                    answered.add((said["WARC-Target-URI"], said["WARC-Date"]))
    assert revisits == {"identical-payload-digest", "server-not-modified"}
    assert hosts == {"www.rt.com", ""}
    assert kinds["warcinfo"] == len(files)
    assert kinds["request"] == kinds["response"] + kinds["revisit"]
    assert {url for url, _ in answered} >= {
        f"https://www.rt.com{path}" for path in ("/robots.txt", "/news/", "/rss/news/", "/newssitemap.xml")
    }


def test_a_killed_run_s_pages(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW)
    server = served(site_at(NOW, addresses), latency=0.15)
    with data.start(server, settings=KEEP) as first:
        wait_until(lambda: len(article_requests(server)) >= 12)
        first.send_signal(signal.SIGKILL)
    [left] = (data.path / "warc").glob("*.warc.gz.open")
    whole = left.read_bytes()
    # As if the kill had come in the middle of a write.
    left.write_bytes(whole + gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n")[:-12])
    second = data.crawl(served(site_at(NOW, addresses)), at=NOW + timedelta(minutes=1), settings=KEEP)
    assert second.code == 0, second.err
    data.check_whole(news(addresses))
    final = left.with_name(left.name.removesuffix(".open"))
    assert final.read_bytes() == whole
    assert not list((data.path / "warc").glob("*.open"))
    faults: list[str] = []
    records = [record for path in warc_files(str(data.path / "warc")) for record in scan(path, faults.append)]
    assert faults == []
    assert {one.url for one in news(addresses)} <= {record.url for record in records if record.status == 200}


def is_unfinished(problem: str) -> bool:
    """Whether it is what any run leaves that could not write its end into the ledger."""
    return problem.endswith(("is unfinished", "is running")) or problem.startswith("parts is not empty: ")


def test_a_disk_that_fills_up_with_pages(data: Data, served: Serve) -> None:
    addresses = addresses_until(NOW, articles=60)
    server = served(site_at(NOW, addresses), latency=0.02)
    assert data.crawl(server, "-a", "max_articles=3", settings=KEEP).code == 0
    before = data.records
    asked = len(article_requests(server))
    full = data.crawl(server, file_size=130_000, at=NOW + timedelta(minutes=1), settings=KEEP)
    assert full.code == 6, full.err
    assert "Traceback" not in full.err
    assert "could not be written: " in full.err.splitlines()[-1]
    assert len(article_requests(server)) - asked < len(news(addresses)) - 3, "the run went on"
    assert data.records[:3] == before
    # The limit stops the ledger's own log too: at worst the run is unfinished, which the next one mends.
    assert [problem for problem in data.problems() if not is_unfinished(problem)] == []
    good = data.crawl(server, at=NOW + timedelta(minutes=2), settings=KEEP)
    assert good.code == 0, good.err
    assert data.problems() == []
    data.check_whole(news(addresses))
    files = warc_files(str(data.path / "warc"))
    kept = {record.url for path in files for record in scan(path, pytest.fail) if record.status == 200}
    assert {record["url"] for record in data.records} <= kept


def test_a_one_off_run_names_the_folder(data: Data, served: Serve) -> None:
    server = served(site_at(NOW, addresses_until(NOW)))
    once = ("crawl", "rt_world", "-O", "articles.jsonl", "-a", "max_articles=2")
    results = []
    for value in ("true", "pages"):
        done = run_scrapy(data.folder, arguments_of(*once, url=server.url, settings={"NEWSCRAWLER_WARC": value}))
        results.append((done.code, done.err))
    assert results[0][0] == 2
    assert "-s NEWSCRAWLER_WARC=FOLDER" in results[0][1]
    assert results[1][0] == 0, results[1][1]
    [path] = warc_files(str(data.folder / "pages"))
    assert not data.path.exists()
    assert sum(record.status == 200 for record in scan(path, pytest.fail)) > 2

"""Stage one on every engine and store, and the dataset that comes of it; the engines want a cold process each."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from newscrawler.archive.index import may_have_page
from newscrawler.archive.inputs import inputs_of
from newscrawler.archive.places import ObjectStore
from newscrawler.archive.reader import scan
from newscrawler.archive.rows import Task
from newscrawler.archive.spark import extract_on_spark
from newscrawler.failpoints import KILL_AT
from tests.archive_maker import make_archive
from tests.command_runs import scrapy
from tests.common_crawl import CRAWL, common_crawl, write_collections, write_listing
from tests.crawl.test_archive_rows import hash_of, lines_of
from tests.harness import ROOT, Run, environment

FILES = 6


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scale")
    make_archive(folder / "warc", captures=400, files=FILES, articles=30, seed=3)
    extract(folder, "rows")
    return folder


def extract(folder: Path, to: str, *more: str, **options: Any) -> Run:
    # Dask starts its workers anew: a cold process, and no warning of theirs is ours.
    return scrapy(folder, "archive", "extract", "warc", "--to", to, *more, **options)


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "archive", *args],
        cwd=folder,
        env={**os.environ, **environment()},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(folder: Path, *args: str) -> tuple[int, str]:
    process = start(folder, *args)
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def test_dask_gives_the_same_bytes(archive: Path) -> None:
    code, log = finish(archive, "extract", "warc", "--to", "dask", "--workers", "2")
    assert code in (0, 3), log
    assert f"{FILES} read" in log
    assert hash_of(archive / "dask") == hash_of(archive / "rows")


def test_a_worker_or_the_driver_is_killed(archive: Path) -> None:
    draw = random.Random(5)
    for number, whom in enumerate(("worker", "driver", "worker")):
        to = f"killed-{number}"
        process = start(archive, "extract", "warc", "--to", to, "--workers", "2")
        time.sleep(draw.uniform(2.5, 5))
        if whom == "driver":
            process.kill()
        else:
            for pid in children_of(process.pid)[:2]:
                os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=120)
        log = finish(archive, "extract", "warc", "--to", to)[1]
        assert "0 failed" in log
        assert hash_of(archive / to) == hash_of(archive / "rows")


def children_of(pid: int) -> list[int]:
    """All descendants that run Python."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid:
            child = int(entry.parent.name)
            found += [child, *children_of(child)]
    return found


def test_spark_gives_the_same_bytes(archive: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("needs a Java runtime: apt-get install openjdk-17-jre-headless")
    session = import_module("pyspark.sql").SparkSession.builder.master("local-cluster[2,1,1024]")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(ROOT)
    spark = session.config("spark.ui.enabled", "false").config("spark.executorEnv.PYTHONPATH", str(ROOT)).getOrCreate()
    try:
        tasks = [Task(one, str(archive / "spark"), 5_000_000) for one in inputs_of([str(archive / "warc")])]
        reports = extract_on_spark(spark.sparkContext, tasks)
    finally:
        spark.stop()
    assert [report.failed for report in reports] == [""] * FILES
    assert hash_of(archive / "spark") == hash_of(archive / "rows")


def test_an_independent_query_finds_the_same(archive: Path) -> None:
    done = scrapy(archive, "archive", "commit", "rows", "--data", "asked")
    # The archive has damaged members, and what they held is lost.
    assert done.code == 3, done.err
    found = (
        import_module("duckdb")
        .sql(f"""
        WITH own AS (
            SELECT edition, article_id, CAST("at" AS TIMESTAMPTZ) AS seen, url, file, "offset" AS place, outcome,
                   record->>'content_hash' AS hash,
                   concat_ws('|', record->>'published_at', record->>'section', record->>'developing',
                             record->>'authors') AS other
            FROM read_json('{archive}/rows/*.jsonl.gz', columns={{
                edition: 'VARCHAR', article_id: 'VARCHAR', "at": 'VARCHAR', url: 'VARCHAR', file: 'VARCHAR',
                "offset": 'BIGINT', outcome: 'VARCHAR', record: 'JSON'}})
        ), pages AS (
            SELECT edition, article_id, seen, file, place, hash, other FROM own WHERE outcome = 'record'
        ), versions AS (
            SELECT *, lag(hash) OVER captures AS before, lag(other) OVER captures AS other_before
            FROM pages WINDOW captures AS (PARTITION BY edition, article_id ORDER BY seen, file, place)
        )
        SELECT edition, article_id,
               row_number() OVER (PARTITION BY edition, article_id ORDER BY seen, file, place), hash
        FROM versions WHERE before IS NULL OR before <> hash OR other <> other_before
    """)
        .fetchall()
    )
    lines = [json.loads(line) for line in lines_of(archive / "asked")]
    content = [line for line in lines if line["status"] == "published"]
    # What a revisit says stands in another row: here only articles without any are compared.
    revisited = {line["article_id"] for line in rows_with(archive / "rows", "revisit")}
    withdrawn = {line["article_id"] for line in lines if line["status"] == "withdrawn"}
    expected = {
        (line["edition"], line["article_id"], line["revision"], line["content_hash"])
        for line in content
        if line["article_id"] not in revisited | withdrawn
    }
    assert expected
    assert expected == {row for row in found if row[1] not in revisited | withdrawn}


def rows_with(rows: Path, outcome: str) -> Iterator[dict[str, Any]]:
    for path in rows.iterdir():
        with gzip.open(path) as file:
            yield from (row for row in map(json.loads, file) if row["outcome"] == outcome)


def test_an_object_store(archive: Path) -> None:
    server = import_module("moto.server").ThreadedMotoServer(port=0)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        **{"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"},
        **{"AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"},
    }
    try:
        urlopen(Request(f"{url}/bucket", method="PUT")).close()
        done = extract(archive, "s3://bucket/rows", env=env)
        assert f"{FILES} read" in done.out, done.log
        again = extract(archive, "s3://bucket/rows", env=env)
        assert f"0 read, {FILES} done before" in again.out, again.log
        committed = scrapy(archive, "archive", "commit", "s3://bucket/rows", "--data", "from-s3", env=env)
        assert committed.code == 3, committed.err  # damaged members
        scrapy(archive, "archive", "commit", "rows", "--data", "from-disk")
        assert lines_of(archive / "from-s3") == lines_of(archive / "from-disk")
        check_publishing(archive, env)
    finally:
        server.stop()


def check_publishing(archive: Path, env: dict[str, str]) -> None:
    """Killed before its listing, done again, repeated, and after a takedown: the store has what the folder has."""
    publish = ("dataset", "publish", "s3://bucket/data", "--latest", "--data", "from-s3")
    killed = scrapy(archive, *publish, env={**env, KILL_AT: "before_listing"})
    assert killed.code == -9
    first = scrapy(archive, *publish, env=env)
    assert first.code == 0, first.err
    again = scrapy(archive, *publish, env=env)
    assert "2 files, 0 copied now, 0 removed" in again.out
    line = json.loads(lines_of(archive / "from-s3")[0])
    key = f"{line['edition']}/{line['article_id']}"
    down = scrapy(archive, "takedown", key, "--reason", "asked to", "--yes", "--data", "from-s3")
    assert down.code == 0, down.err
    after = scrapy(archive, *publish, env=env)
    assert "2 files, 1 copied now, 0 removed" in after.out
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        store = ObjectStore("s3://bucket/data")
        listing = json.loads(store.open("listing.json").read())
        for entry in listing["files"]:
            data = store.open(entry["name"]).read()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
            assert f'"article_id": "{line["article_id"]}"'.encode() not in data
        assert {entry["name"] for entry in listing["files"]} == set(store.names()) - {"listing.json"}


@pytest.fixture
def crawled(archive: Path, tmp_path: Path) -> Path:
    """The archive as Common Crawl would have it, with its index in two Parquet files."""
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    folder = tmp_path / "served"
    write_collections(folder := _made(folder))
    rows: list[dict[str, Any]] = []
    for path in sorted((archive / "warc").rglob("*.warc.gz")):
        name = f"crawl-data/{CRAWL}/{path.parent.name}.warc.gz"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
        records = list(scan(path, lambda _: None, may_have_page))
        ends = [record.offset for record in records[1:]] + [path.stat().st_size]
        for record, end in zip(records, ends, strict=True):
            host = urlsplit(record.url).hostname or ""
            rows.append(
                {
                    **{"url": record.url, "url_host_name": host, "fetch_status": record.status},
                    "url_host_registered_domain": ".".join(host.split(".")[-2:]),
                    "fetch_time": (record.at or datetime.now(UTC)).replace(tzinfo=None),
                    **{"warc_filename": name, "warc_record_offset": record.offset},
                    "warc_record_length": end - record.offset,
                }
            )
    names = []
    for number, half in enumerate((rows[::2], rows[1::2])):
        name = f"cc-index/table/cc-main/warc/crawl={CRAWL}/subset=warc/part-{number}.parquet"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(half), folder / name)
        names.append(name)
    write_listing(folder, f"crawl-data/{CRAWL}/cc-index-table.paths.gz", [*names, "x/subset=robotstxt/part-0.parquet"])
    news = [f"crawl-data/CC-NEWS/2026/05/CC-NEWS-202605{day:02d}010203-00001.warc.gz" for day in (1, 5, 30)]
    write_listing(folder, "crawl-data/CC-NEWS/2026/05/warc.paths.gz", news)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_common_crawl(archive: Path, crawled: Path, tmp_path: Path) -> None:
    days = ("--since", "2026-05-01", "--until", "2030-01-01")
    with common_crawl(crawled) as server:
        server.busy = [503, 403, 503]
        find = ("archive", "find", *days, "--mirror", server.url, "--manifest", "found.jsonl")
        done = scrapy(tmp_path, *find)
        assert done.code == 0, done.err
        manifest = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
        assert {line["file"].rpartition("/")[0] for line in manifest} == {f"{server.url}/crawl-data/{CRAWL}"}
        server.busy, server.breaks = [503] * 3, 3
        args = ("extract", "found.jsonl", "--to", "rows", "--workers", "2", "--requests", "2")
        server.most_at_once = 0
        log = finish(tmp_path, *args)[1]
        assert "0 failed" in log, log
        assert 0 < server.most_at_once <= 2
        news = scrapy(
            tmp_path,
            *("archive", "find", "--since", "2026-05-05", "--until", "2026-05-20"),
            *("--news", "--mirror", server.url, "--manifest", "news.jsonl"),
        )
        assert news.out == "1 files in news.jsonl\n"
        # A file that is not there any more is named, and the others are read.
        gone = json.loads((tmp_path / "news.jsonl").read_text())["file"]
        (tmp_path / "list.txt").write_text(f"{gone}\n{manifest[0]['file']}\n")
        one = scrapy(tmp_path, "archive", "extract", "list.txt", "--to", "whole")
        assert one.code == 3
        assert "1 read, 0 done before, 1 failed" in one.out
        assert "status 404" in one.err
    by_range = {(row["at"], row["url"], json.dumps(row["record"])) for row in rows_with(tmp_path / "rows", "record")}
    whole = {(row["at"], row["url"], json.dumps(row["record"])) for row in rows_with(archive / "rows", "record")}
    assert by_range == whole
    scrapy(tmp_path, "archive", "commit", "rows", "--data", "ranges")
    scrapy(archive, "archive", "commit", "rows", "--data", "files")
    assert len(lines_of(tmp_path / "ranges")) == len(lines_of(archive / "files"))

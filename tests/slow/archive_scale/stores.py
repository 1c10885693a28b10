"""Files of Common Crawl by range requests, and everything in an object store; both servers are on loopback."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newscrawler.archive.captures import may_have_page
from newscrawler.archive.reader import scan
from newscrawler.failpoints import KILL_AT
from tests.archive_maker import lines_of, rows_of
from tests.common_crawl import CRAWL, CommonCrawl, common_crawl, write_collections, write_listing
from tests.oracle import records_of
from tests.slow.archive_scale.agreement import FILES, Scale
from tests.slow.archive_scale.processes import commit, extract, measured

_DAYS = ("--since", "2026-05-01", "--until", "2060-01-01")
_REQUESTS = 2
_DIES_AFTER = 50


def check_common_crawl(scale: Scale) -> str:
    """Bodies by ranges are those of whole files, with a server that is busy, breaks off and dies on the way."""
    folder = scale.folder / "by-range"
    served = folder / "served"
    served.mkdir(parents=True)
    _serve_archive(scale, served)
    with common_crawl(served) as server:
        server.busy = [503, 403, 503]
        find = ("archive", "find", *_DAYS, "--mirror", server.url, "--manifest", "found.jsonl")
        done = measured(folder, *find)
        assert done.code == 0, done.log
        manifest = [json.loads(line) for line in (folder / "found.jsonl").read_text().splitlines()]
        assert {line["file"].rpartition("/")[0] for line in manifest} == {f"{server.url}/crawl-data/{CRAWL}"}
        _check_extract(folder, server)
        _check_lists(folder, server, manifest[0]["file"])
    by_range, whole = (
        {(row["at"], row["url"], json.dumps(row["record"])) for row in rows_of(rows) if row["outcome"] == "record"}
        for rows in (folder / "rows", scale.folder / "rows")
    )
    assert by_range == whole, "other bodies by range requests than of whole files"
    commit(folder, "rows", "data")
    if not (scale.folder / "plain").exists():
        commit(scale.folder, "rows", "plain")
    assert len(lines_of(folder / "data")) == len(lines_of(scale.folder / "plain"))
    return f"{len(by_range)} bodies by range; {server.requests.total()} requests, at once at most {server.most_at_once}"


def _check_extract(folder: Path, server: CommonCrawl) -> None:
    """It ends well though the server is busy, breaks off, and is dead for a while; it is not asked too much at once."""
    server.busy, server.breaks = [503] * 3, 3
    server.most_at_once = 0
    server.dies_after = _DIES_AFTER
    given = ("found.jsonl", "--to", "rows", "--workers", "2", "--requests", str(_REQUESTS))
    done = measured(folder, "archive", "extract", *given)
    assert server.dies_after < 0, "it did not die while it was asked"
    assert f"{FILES} read, 0 done before, 0 failed" in done.log, done.log
    assert 0 < server.most_at_once <= _REQUESTS


def _check_lists(folder: Path, server: CommonCrawl, file: str) -> None:
    """Lists of news files; one that is not there any more is named, and the others are read."""
    days = ("--since", "2026-05-05", "--until", "2026-05-20")
    news = measured(folder, "archive", "find", *days, "--news", "--mirror", server.url, "--manifest", "news.jsonl")
    assert news.log == "1 files in news.jsonl\n"
    gone = json.loads((folder / "news.jsonl").read_text())["file"]
    (folder / "list.txt").write_text(f"{gone}\n{file}\n")
    one = extract(folder, "whole", warc="list.txt")
    assert one.code == 3
    assert "1 read, 0 done before, 1 failed" in one.log
    assert "status 404" in one.log


def _serve_archive(scale: Scale, folder: Path) -> None:
    """The archive as Common Crawl would have it, with its index in two Parquet files."""
    pa, pq = import_module("pyarrow"), import_module("pyarrow.parquet")
    write_collections(folder)
    rows: list[dict[str, Any]] = []
    for path in scale.made.files:
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


@contextmanager
def _object_store() -> Iterator[tuple[str, dict[str, str]]]:
    """moto's server, and the environment that leads to it."""
    server = import_module("moto.server").ThreadedMotoServer(port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        url = f"http://127.0.0.1:{port}"
        yield (
            url,
            {
                **{"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"},
                **{"AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"},
            },
        )
    finally:
        server.stop()


def check_object_store(scale: Scale) -> str:
    """WARC files, rows, commit, takedown and publishing, all of it in a bucket, give what a disk gives."""
    folder = scale.folder
    with _object_store() as (url, env):
        bucket = _Bucket(url)
        for path in scale.made.files:
            bucket.write(str(path.relative_to(folder)), path.read_bytes())
        first = extract(folder, "s3://bucket/rows", "--workers", "2", warc="s3://bucket/warc", env=env)
        assert f"{FILES} read, 0 done before, 0 failed" in first.log, first.log
        for shard in ("0/2", "1/2"):
            again = extract(folder, "s3://bucket/rows", "--shard", shard, warc="s3://bucket/warc", env=env)
            assert f"0 read, {FILES // 2} done before" in again.log, again.log
        done = commit(folder, "s3://bucket/rows", "from-s3", env=env)
        assert done.code in (0, 3), done.log
        if not (folder / "plain").exists():
            commit(folder, "rows", "plain")
        assert lines_of(folder / "from-s3") == lines_of(folder / "plain"), "other lines by way of the bucket"
        _check_publishing(folder, env, bucket)
        return f"{FILES} files, {len(lines_of(folder / 'plain'))} lines, published, taken down"


class _Bucket:
    """The bucket, made, filled and looked at without the package."""

    def __init__(self, url: str) -> None:
        self._client = import_module("boto3").client(
            "s3", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y", region_name="us-east-1"
        )
        self._client.create_bucket(Bucket="bucket")

    def write(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket="bucket", Key=key, Body=data)

    def names(self, prefix: str) -> set[str]:
        found = self._client.list_objects_v2(Bucket="bucket", Prefix=prefix)["Contents"]
        return {entry["Key"].removeprefix(prefix) for entry in found}

    def read(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket="bucket", Key=key)["Body"].read()
        return data


def _check_publishing(folder: Path, env: dict[str, str], bucket: _Bucket) -> None:
    """Killed before its listing, done again, repeated, and after a takedown: the store has what the folder has."""
    publish = ("dataset", "publish", "s3://bucket/data", "--latest", "--data", "from-s3")
    assert measured(folder, *publish, env={**env, KILL_AT: "before_listing"}).code == -9
    first = measured(folder, *publish, env=env)
    assert first.code == 0, first.log
    again = measured(folder, *publish, env=env)
    assert "2 files, 0 copied now, 0 removed" in again.log, again.log
    record = records_of(folder / "from-s3")[0]
    name = f"{record['edition']}/{record['article_id']}"
    down = ("takedown", name, "--reason", "asked to", "--yes", "--data", "from-s3", "--rows", "s3://bucket/rows")
    done = measured(folder, *down, env=env)
    assert done.code == 0, done.log
    assert "row(s) removed from" in done.log
    after = measured(folder, *publish, env=env)
    assert "2 files, 1 copied now, 0 removed" in after.log, after.log
    listing = json.loads(bucket.read("data/listing.json"))
    assert {entry["name"] for entry in listing["files"]} == bucket.names("data/") - {"listing.json"}
    for entry in listing["files"]:
        data = bucket.read(f"data/{entry['name']}")
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
        assert f'"article_id": "{record["article_id"]}"'.encode() not in data
    again = extract(folder, "s3://bucket/rows", warc="s3://bucket/warc", env=env)
    assert f"0 read, {FILES} done before" in again.log, "a cleaned rows file is made again"

"""`scrapy archive extract` and `commit`: what they make of files that others left, and of ones that can't be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from newscrawler.failpoints import KILL_AT
from tests.archive_maker import hash_of, lines_of, make_archive, rows_of
from tests.command_runs import scrapy
from tests.harness import Run
from tests.warc_files import Stored, damaged, record_bytes, write_warc


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of several crawlers in `warc` and their rows in `rows`."""
    folder = tmp_path_factory.mktemp("archive")
    made = make_archive(folder / "warc", captures=160, files=3, articles=20, seed=7)
    assert made.captures == 160
    done = scrapy(folder, "archive", "extract", "warc", "--to", "rows")
    assert done.code == (3 if made.damaged else 0), done.log
    assert "3 read, 0 done before" in done.out
    return folder


def commit(folder: Path, rows: str, data: str) -> Run:
    return scrapy(folder, "archive", "commit", rows, "--data", data)


def test_rows_are_the_same_bytes_whoever_makes_them(archive: Path) -> None:
    for shard in ("0/2", "1/2"):
        scrapy(archive, "archive", "extract", "warc", "--to", "shards", "--shard", shard)
    assert hash_of(archive / "rows") == hash_of(archive / "shards")
    kept = {path.name: path.stat().st_mtime_ns for path in (archive / "rows").iterdir()}
    assert len(kept) == 3, "the files have one name in two folders"
    once_more = scrapy(archive, "archive", "extract", "warc", "--to", "rows")
    assert "0 read, 3 done before, 0 failed; 0 rows" in once_more.out
    assert kept == {path.name: path.stat().st_mtime_ns for path in (archive / "rows").iterdir()}


def test_extract_and_commit_give_what_rt_archive_gives(archive: Path) -> None:
    direct = scrapy(archive, "crawl", "rt_archive", "-a", "warc=warc", "-s", "NEWSCRAWLER_DATA_DIR=direct")
    committed = commit(archive, "rows", "committed")
    assert committed.code == direct.code == 0, committed.err
    assert lines_of(archive / "committed") == lines_of(archive / "direct")
    assert committed.outcomes == direct.outcomes
    assert "revisit" in {row["outcome"] for row in rows_of(archive / "rows")}
    assert [json.loads(line)["status"] for line in lines_of(archive / "committed")].count("withdrawn")
    before = lines_of(archive / "committed")
    again = commit(archive, "rows", "committed")
    assert again.code == 0, again.err
    assert not {"new", "revised"} & set(again.outcomes)
    assert lines_of(archive / "committed") == before
    verified = scrapy(archive, "dataset", "verify", "--data", "committed")
    assert verified.code == 0, verified.out


@pytest.mark.parametrize("at", ["after_write:3", "before_commit:9", "after_commit:20", "before_rename", "before_filed"])
def test_a_commit_that_is_killed_is_taken_up_again(archive: Path, at: str) -> None:
    data = f"killed-{at.replace(':', '-')}"
    killed = scrapy(archive, "archive", "commit", "rows", "--data", data, env={KILL_AT: at})
    assert killed.code == -9, killed.err
    assert commit(archive, "rows", data).code == 0
    if not (archive / "whole").exists():
        assert commit(archive, "rows", "whole").code == 0
    assert lines_of(archive / data) == lines_of(archive / "whole")


def test_files_that_cannot_be_read_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    page = Stored("https://www.rt.com/news/123456-a-story/", b"<html></html>")
    for name in ("one", "poison", "two"):
        write_warc(tmp_path / "warc" / f"{name}.warc.gz", [page, damaged(record_bytes(page)), page])
    (tmp_path / "warc" / "page.warc.gz").write_text("<html></html>")
    (tmp_path / "warc" / "old.arc.gz").write_text("of a form that is not read")
    env = {KILL_AT: "rows_of_poison.warc.gz"}
    done = scrapy(tmp_path, "archive", "extract", "warc", "--to", "rows", env=env)
    assert done.code == 3
    assert "4 files: 2 read, 0 done before, 2 failed" in done.out
    assert "poison.warc.gz: reading it ended its process: SIGKILL" in done.err
    assert "page.warc.gz: no WARC file" in done.err
    assert "old.arc.gz: not read in this form" in done.err
    assert done.err.count("passed over") == 2, "damaged members are named"
    assert "broken 2" in done.out
    left = scrapy(tmp_path, "archive", "extract", "warc/one.warc.gz", "warc/poison.warc.gz", "--to", "rows")
    assert "1 read, 1 done before" in left.out
    assert hash_of(tmp_path / "rows")


@pytest.mark.slow
@pytest.mark.parametrize("at", ["row_written:2", "rows_before_rename", "rows_after_rename"])
def test_what_a_killed_reader_leaves_is_swept(archive: Path, at: str) -> None:
    rows, one = archive / f"swept-{at.replace(':', '-')}", str(min((archive / "warc").rglob("*.warc.gz")))
    killed = scrapy(archive, "archive", "extract", one, "--to", rows.name, env={KILL_AT: at})
    assert killed.code == 3
    done = scrapy(archive, "archive", "extract", one, "--to", rows.name)
    assert "0 failed" in done.out
    [made] = rows.iterdir()
    assert made.read_bytes() == (archive / "rows" / made.name).read_bytes()


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    one = str(write_warc(tmp_path / "one.warc.gz", [Stored("https://www.rt.com/news/123456-x/")]))
    (tmp_path / "empty").mkdir()
    manifest = tmp_path / "list.txt"
    manifest.write_text('{"file": "x.warc.gz", "offset": 1}\n')
    for given in (
        (),
        ("nothing",),
        ("extract", "--to", "rows"),
        ("extract", one),
        ("extract", "none.warc.gz", "--to", "rows"),
        ("extract", one, "--to", "rows", "--shard", "3/2"),
        ("extract", one, "--to", "rows", "--workers", "0"),
        ("extract", str(manifest), "--to", "rows"),
        ("commit",),
        ("commit", "empty"),
        ("commit", "missing"),
    ):
        done = scrapy(tmp_path, "archive", *given)
        assert done.code == 2, (given, done.log)
        assert done.only_line.startswith("newscrawler: error: ")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "one.warc.gz.0123.x0.jsonl.gz").write_bytes(b"")
    assert "another version" in scrapy(tmp_path, "archive", "commit", "old").only_line


def test_a_takedown_reaches_rows(archive: Path) -> None:
    shutil.copytree(archive / "rows", archive / "taken")
    assert commit(archive, "rows", "with-takedown").code == 0
    down = next(row for row in rows_of(archive / "rows") if row["outcome"] == "record")
    name = f"{down['edition']}/{down['article_id']}"
    given = ("takedown", name, "--reason", "asked to", "--yes", "--data", "with-takedown", "--rows", "taken")
    done = scrapy(archive, *given)
    assert done.code == 0, done.err
    assert "row(s) removed from" in done.out
    assert len(list((archive / "taken").iterdir())) == 3
    assert down["article_id"] not in {row["article_id"] for row in rows_of(archive / "taken")}
    # Rows that were not cleaned bring nothing back.
    before = lines_of(archive / "with-takedown")
    assert commit(archive, "rows", "with-takedown").code == 0
    assert lines_of(archive / "with-takedown") == before

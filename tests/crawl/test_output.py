"""Where the records go: a good run's file is there whole, and any other run leaves the last good one alone."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import Run, arguments_of, run_scrapy, start_scrapy, wait_until
from tests.replica import Server

CRAWL = ("crawl", "rt_world", "-O", "articles.jsonl")


def test_one_off_twice_gives_the_same(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    server = replica()
    first, second = run(*CRAWL, server=server), run(*CRAWL, server=server)
    assert first.code == second.code == 0
    # Not the 140 lines of which most are Scrapy's lists and counters.
    assert len(first.err.splitlines()) < 25

    def without_times(done: Run) -> dict[str, object]:
        return {r["article_id"]: {**r, "fetched_at": None, "discovered_via": None} for r in done.records}

    assert without_times(first) == without_times(second)
    assert len(first.records) == len(second.records) == len(without_times(first))


def test_append_keeps_what_was_there(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    server = replica()
    (tmp_path / "articles.jsonl").write_text('{"article_id": "before"}\n')
    done = run("crawl", "rt_world", "-o", "articles.jsonl", "-a", "max_articles=3", server=server)
    assert done.code == 0, done.err
    assert next(record["article_id"] for record in done.records) == "before"
    assert len(done.records) == 4
    assert not (tmp_path / "articles.jsonl.part").exists()


def test_text_is_utf8_and_unescaped(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    run(*CRAWL, server=replica())
    text = (tmp_path / "articles.jsonl").read_text("utf-8")
    assert "“" in text
    assert "\\u" not in text


def test_a_site_that_is_down_leaves_the_last_file(run: Callable[..., Run], tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl").write_text('{"article_id": "before"}\n')
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        hosts = json.dumps({"www.rt.com": f"http://127.0.0.1:{taken.getsockname()[1]}"})
        done = run(*CRAWL, settings={"NEWSCRAWLER_MIRRORS": hosts, "RETRY_TIMES": "0"})
    assert done.code == 3
    assert [record["article_id"] for record in done.records] == ["before"]
    assert "articles.jsonl.part (not put in place" in done.err
    assert "no article's URL was found in any source" in done.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_stopped_run_leaves_the_last_file(
    replica: Callable[..., Server], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    server = replica(articles=300, latency=0.05)
    output = tmp_path / "articles.jsonl"
    output.write_text('{"article_id": "before"}\n')
    with start_scrapy(tmp_path, arguments_of(*CRAWL, url=server.url)) as process:
        part = tmp_path / "articles.jsonl.part"
        wait_until(lambda: part.exists() and len(server.requests) > 15)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code, err.decode()
    assert output.read_text() == '{"article_id": "before"}\n'
    assert (tmp_path / "articles.jsonl.part").exists()
    if number != signal.SIGKILL:
        summary = err.decode()
        assert "not_reached" in summary
        assert "articles.jsonl.part (not put in place" in summary


def test_an_output_that_cannot_be_written(
    replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    done = run("crawl", "rt_world", "-O", "folder:jsonlines", "-a", "max_articles=2", server=replica(articles=5))
    assert done.code == 6, done.err
    assert "folder is a folder; name a file" in done.err.splitlines()[-1]


def test_a_disk_that_fills_up(replica: Callable[..., Server], tmp_path: Path) -> None:
    output = tmp_path / "articles.jsonl"
    output.write_text('{"article_id": "before"}\n')
    server = replica(articles=300)
    done = run_scrapy(tmp_path, arguments_of(*CRAWL, url=server.url), file_size=100_000)
    assert done.code == 6, done.err
    assert "File too large" in done.err.splitlines()[-1]
    assert output.read_text() == '{"article_id": "before"}\n'
    assert len(server.requests) < 90


def test_standard_output(replica: Callable[..., Server], run: Callable[..., Run]) -> None:
    done = run("crawl", "rt_world", "-O", "-:jsonlines", "-a", "max_articles=2", server=replica(articles=5))
    assert done.code == 0, done.err
    assert len([json.loads(line) for line in done.out.splitlines()]) == 2

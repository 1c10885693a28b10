"""recover, dataset, revisions and takedown as a user runs them, on datasets that a crawl or a hand has made."""

from __future__ import annotations

import json
import os
import pty
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.files import finished_files
from newscrawler.dataset.lock import RunLock
from newscrawler.dataset.writer import PartFile
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.utils import TEST_CLOCK
from tests.clock import VARIABLE
from tests.command_runs import DAY, make_dataset, records_of, scrapy
from tests.dataset_driver import START, save
from tests.hand_made import whole_record, write_file
from tests.harness import FAST, Run, environment
from tests.replica import DEFAULT_NOW, Server, Site, serve


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["article_id"] for record in records]


class Newsroom:
    """A replica whose clock is set by the test, and crawls at that time."""

    def __init__(self, folder: Path, server: Server, clock: list[Any]) -> None:
        self.folder = folder
        self.server = server
        self._clock = clock

    def crawl(self, at: Any, *args: str, code: int = 0) -> Run:
        self._clock[0] = at
        hosts = json.dumps({"www.rt.com": self.server.url})
        settings = {**FAST, "NEWSCRAWLER_MIRRORS": hosts}
        options = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        env = {VARIABLE: at.isoformat(), TEST_CLOCK: "tests.clock.standing"}
        done = scrapy(self.folder, "crawl", "rt_world", *options, *args, env=env)
        assert done.code == code, done.err
        return done


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Newsroom, str]]:
    """Two runs, the first before and the second after an edit of a story; the story's id."""
    clock: list[Any] = [DEFAULT_NOW]
    site = Site.build(articles=60, faults="none", now=lambda: clock[0], until=DEFAULT_NOW)
    heads = [address.head for address in site.entries("news") if address.head and address.head.edits]
    head = next(head for head in heads if head.edits[-1] < DEFAULT_NOW)
    with serve(site) as server:
        newsroom = Newsroom(tmp_path_factory.mktemp("crawled"), server, clock)
        newsroom.crawl(head.published_at + (head.edits[0] - head.published_at) / 2)
        newsroom.crawl(
            head.edits[-1] + timedelta(hours=3),
        )
        yield newsroom, head.id


def test_revisions_of_an_edited_story(crawled: tuple[Newsroom, str]) -> None:
    newsroom, article = crawled
    done = scrapy(newsroom.folder, "revisions", f"en/{article}")
    assert done.code == 0, done.err
    first, *lines = done.out.splitlines()
    assert first.startswith(f"en/{article}  https://www.rt.com/news/")
    revisions = [line.split() for line in lines if line.startswith("revision ")]
    assert [(words[1], words[3], words[4]) for words in revisions] == [
        ("1", "first", "published"),
        ("2", "content", "published"),
    ]
    changes = [line for line in lines if line.startswith("    ")]
    assert any("{+" in change or "[-" in change for change in changes)
    assert "\x1b" not in done.out
    for form in (article, first.split()[1], first.split()[1].replace("https://www.", "") + "?utm=1"):
        assert scrapy(newsroom.folder, "revisions", form).out == done.out


def test_a_crawled_dataset_is_sound_and_its_latest_is_every_story_once(crawled: tuple[Newsroom, str]) -> None:
    newsroom, article = crawled
    done = scrapy(newsroom.folder, "dataset", "verify")
    assert (done.code, done.err) == (0, ""), done.out
    assert done.out.endswith("; no problems\n")
    assert scrapy(newsroom.folder, "dataset", "latest", "-o", "all.jsonl").code == 0
    records = records_of(newsroom.folder / "all.jsonl")
    assert len(set(ids(records))) == len(records) > 15
    assert [r["published_at"] for r in records] == sorted(r["published_at"] for r in records)
    assert {r["revision"] for r in records if r["article_id"] == article} == {2}


def test_a_story_taken_down_is_not_fetched_again(crawled: tuple[Newsroom, str], tmp_path: Path) -> None:
    newsroom, article = crawled
    shutil.copytree(newsroom.folder / "data", tmp_path / "data")
    kept = tmp_path / "data" / "kept" / f"en-{article}.html"
    kept.parent.mkdir()
    kept.write_text("a page that gave no record")
    done = scrapy(tmp_path, "takedown", article, "--reason", "asked to", "--yes")
    assert done.code == 0, done.err
    assert done.out == (
        f"en/{article} taken down: 2 line(s) removed from 2 file(s); it is not fetched again (log entry 1)\n"
    )
    assert not kept.exists()
    assert scrapy(tmp_path, "dataset", "verify").code == 0
    asked = len(newsroom.server.requests)
    there = Newsroom(tmp_path, newsroom.server, newsroom._clock)
    there.crawl(DEFAULT_NOW)
    # Nothing else was asked for, and a run that reads nothing is no good one.
    there.crawl(DEFAULT_NOW + DAY, "-a", f"url=https://www.rt.com/news/{article}-any/", code=3)
    assert len(newsroom.server.requests) > asked
    assert not [request for request in newsroom.server.requests[asked:] if article in request.path]
    assert scrapy(tmp_path, "dataset", "latest", "-o", "all.jsonl").code == 0
    assert article not in ids(records_of(tmp_path / "all.jsonl"))
    gone = scrapy(tmp_path, "revisions", article)
    assert (gone.code, gone.only_line) == (3, f"newscrawler: en/{article} was taken down")


def test_latest_of_words_that_come_back(tmp_path: Path) -> None:
    for day, version in enumerate((0, 1, 0)):
        moment = START + day * DAY
        record = whole_record(1, version, fetched_at=moment.isoformat(), revision=day + 1)
        write_file(tmp_path / "data", moment, [record], gz=day == 1)
    assert scrapy(tmp_path, "dataset", "latest", "-o", "out.jsonl").code == 0
    assert [record["revision"] for record in records_of(tmp_path / "out.jsonl")] == [3]


def test_latest_takes_the_greatest_time_and_not_the_last_line(tmp_path: Path) -> None:
    write_file(tmp_path / "data", START, [whole_record(1), whole_record(2)])
    old = whole_record(1, 1, fetched_at=(START - 300 * DAY).isoformat(), revision=2)
    write_file(tmp_path / "data", START + DAY, [old])
    done = scrapy(tmp_path, "dataset", "latest", "-o", "-")
    assert {(r["article_id"], r["revision"]) for r in map(json.loads, done.out.splitlines())} == {
        ("600001", 1),
        ("600002", 1),
    }


def story(number: int, published: Any, words: str) -> dict[str, Any]:
    record = whole_record(number, published_at=published.isoformat(), fetched_at=START.isoformat())
    return record | {"lead": None, "paragraphs": [words], "text": words}


def test_latest_makes_marks_anew_in_order_of_publication(tmp_path: Path) -> None:
    same, far = " ".join(f"word{n}" for n in range(60)), " ".join(f"other{n}" for n in range(60))
    later = story(1, START - 2 * DAY, same)
    first = story(2, START - 5 * DAY, same) | {"near_duplicate_of": "600001", "near_duplicate_similarity": 0.9}
    write_file(tmp_path / "data", START, [later, first, story(3, START - DAY, far), story(4, START - 80 * DAY, same)])
    assert scrapy(tmp_path, "dataset", "latest", "-o", "out.jsonl").code == 0
    marks = {r["article_id"]: r["near_duplicate_of"] for r in records_of(tmp_path / "out.jsonl")}
    assert marks == {"600001": "600002", "600002": None, "600003": None, "600004": None}
    since = scrapy(tmp_path, "dataset", "latest", "--since", f"{START - 2 * DAY:%Y-%m-%d}", "-o", "-")
    assert [(r["article_id"], r["near_duplicate_of"]) for r in map(json.loads, since.out.splitlines())] == [
        ("600001", "600002"),
        ("600003", None),
    ]
    off = scrapy(tmp_path, "dataset", "latest", "-o", "-", "-s", "NEWSCRAWLER_NEAR_DUPLICATE_DAYS=0")
    assert json.loads(off.out.splitlines()[1])["near_duplicate_of"] == "600001"


def test_latest_leaves_the_old_file_when_it_fails(tmp_path: Path) -> None:
    path = write_file(tmp_path / "data", START, [whole_record(1), whole_record(2)])
    path.write_bytes(path.read_bytes()[:-40])
    (tmp_path / "out.jsonl").write_text("before\n")
    done = scrapy(tmp_path, "dataset", "latest", "-o", "out.jsonl")
    assert done.code == 6
    assert "no record at byte" in done.only_line
    assert (tmp_path / "out.jsonl").read_text() == "before\n"
    assert not (tmp_path / "out.jsonl.tmp").exists()


def test_latest_of_a_dataset_without_articles(tmp_path: Path) -> None:
    (tmp_path / "data" / "articles").mkdir(parents=True)
    assert scrapy(tmp_path, "dataset", "latest", "-o", "new/out.csv").code == 0
    assert len((tmp_path / "new" / "out.csv").read_text().splitlines()) == 1


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path) -> None:
    write_file(tmp_path / "data", START, [whole_record(1)])
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / "sitecustomize.py").write_text("import sys; sys.modules['pyarrow'] = None")
    path = f"{tmp_path / 'stubs'}{os.pathsep}{environment()['PYTHONPATH']}"
    done = scrapy(tmp_path, "dataset", "latest", "-o", "x.parquet", env={"PYTHONPATH": path})
    assert done.code == 2
    assert done.only_line.endswith("--format parquet needs pyarrow: pip install 'newscrawler[parquet]'")
    assert not (tmp_path / "x.parquet").exists()


def test_verify_recover_and_takedown_wait_for_a_run(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    with RunLock(data, now=START):
        for args in (("dataset", "verify"), ("recover",), ("takedown", "600001", "--reason", "x", "--yes")):
            done = scrapy(tmp_path, *args)
            assert done.code == 5
            assert f"in use by process {os.getpid()}" in done.only_line
        assert scrapy(tmp_path, "revisions", "600001").code == 0
        assert scrapy(tmp_path, "dataset", "latest", "-o", "x").code == 0


def test_recover_finishes_a_killed_run(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    now = START + 2 * DAY
    with Ledger.open(data / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        part = PartFile(data, ledger, run)
        save(ledger, part, run, whole_record(7, fetched_at=now.isoformat()), now)
        part.append(b'{"half": "a line"}\n')
        part.close()
    done = scrapy(tmp_path, "recover")
    assert done.code == 0, done.err
    (line,) = done.out.splitlines()
    assert run.run_id in line
    assert "19 bytes" in line
    assert scrapy(tmp_path, "dataset", "verify").code == 0
    assert scrapy(tmp_path, "recover").out == "data: nothing to recover\n"


def test_revisions_in_order_of_the_time_they_were_fetched(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    now = START + 2 * DAY
    with RunLock(data, now=now), Ledger.open(data / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(now), now, extractor_version="1")
        part = PartFile(data, ledger, run)
        old = whole_record(1, 5, fetched_at=(START - DAY).isoformat(), headline="Evil \x1b[31mold\u202e headline")
        save(ledger, part, run, old, now)
        part.finish()
        ledger.runs.end(run, now, outcomes={}, finish_reason="finished", exit_code=0)
    done = scrapy(tmp_path, "revisions", "600001")
    lines = done.out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("revision ")] == ["3", "1", "2"]
    assert "    headline: [-Evil \\x1b[31mold\\u202e headline-] {+Story 1+}" in lines
    assert "    paragraph 1: Paragraph 0 of story 1, telling [-“0”.-] {+“1”.+}" in lines
    assert "\x1b" not in done.out


@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\n", 0, 4), (b"n\n", 130, 5), (b"\n", 130, 5)])
def test_takedown_asks_on_a_terminal(tmp_path: Path, answer: bytes, code: int, left: int) -> None:
    data = make_dataset(tmp_path)
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        terminal = {0: os.ttyname(theirs)}
        done = scrapy(tmp_path, "takedown", "https://rt.com/news/600001-x/", "--reason", "asked to", streams=terminal)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.code == code, done.err
    assert "Remove en/600001 from data for good (its 2 line(s))? [y/N]" in done.err
    found = {r["article_id"] for path in finished_files(data) for r in records_of(path)}
    assert len(found) == left
    with Ledger.open(data / LEDGER_NAME, read_only=True) as ledger:
        assert [entry_of_log.reason for entry_of_log in ledger.takedowns.all()] == ["asked to"] * (code == 0)


def test_takedown_of_an_article_that_nobody_knows_bars_it(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    done = scrapy(tmp_path, "takedown", "news/777777-slug", "--reason", "a court's order", "--yes", "--data", str(data))
    assert done.code == 0, done.err
    assert "en/777777 taken down: 0 line(s)" in done.out
    with Ledger.open(data / LEDGER_NAME, read_only=True) as ledger:
        assert ledger.takedowns.includes(("en", "777777"))

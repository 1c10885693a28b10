"""Keeping responses as WARC, without a crawl: the middleware, and the files of its writer."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.archive.reader import scan, warc_files
from newscrawler.archive.writer import ArchiveWriter, Exchange
from newscrawler.exceptions import ArchiveError, WarcWriteError
from newscrawler.middlewares.warc import WarcMiddleware

URL = "https://www.rt.com/news/640001-a-story/"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def exchange(
    url: str = URL,
    body: bytes = b"<p>words</p>",
    status: int = 200,
    hours: int = 0,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Exchange:
    response = Response(url, status=status, body=body, headers={"Content-Type": "text/html", **headers})
    return Exchange(url, NOW + timedelta(hours=hours), Request(url), response)


def writer(folder: Path, prefix: str = "run", max_bytes: int = 1_000_000) -> ArchiveWriter:
    return ArchiveWriter(folder, prefix, max_bytes=max_bytes, info={"software": "a test"})


def kinds(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Type and headers of all records of the finished files."""
    found = []
    for path in warc_files(str(folder)):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, verify_digests=True):
                said = dict(record.headers)
                found.append((said["WARC-Type"], said))
    return found


def test_a_payload_is_stored_once_whoever_sends_it(tmp_path: Path) -> None:
    other = URL.replace("640001", "640002")
    one = writer(tmp_path)
    one.write(exchange())
    one.write(exchange(other, hours=1))
    one.write(exchange(body=b"<p>other words</p>", hours=2))
    one.write(exchange(body=b"", status=304, hours=3))
    one.close()
    again = writer(tmp_path, "next")
    again.write(exchange(hours=4))
    again.close()
    answers = [said for kind, said in kinds(tmp_path) if kind in ("response", "revisit")]
    assert [(said["WARC-Type"], said["WARC-Target-URI"]) for said in answers] == [
        ("revisit", URL),
        ("response", URL),
        ("revisit", other),
        ("response", URL),
        ("revisit", URL),
    ]
    later, first, same, newer, unchanged = answers
    for revisit, of, profile in (
        (same, first, "identical-payload-digest"),
        (later, first, "identical-payload-digest"),
        (unchanged, newer, "server-not-modified"),
    ):
        assert revisit["WARC-Profile"].endswith(f"/{profile}")
        assert revisit["WARC-Refers-To-Target-URI"] == of["WARC-Target-URI"]
        assert revisit["WARC-Refers-To-Date"] == of["WARC-Date"]


def test_a_full_file_is_followed_by_the_next(tmp_path: Path) -> None:
    one = writer(tmp_path, max_bytes=1)
    for number in range(3):
        one.write(exchange(URL.replace("640001", f"64000{number}"), body=os.urandom(200)))
    assert [path.name for path in sorted(tmp_path.glob("*.open"))] == ["run-00002.warc.gz.open"]
    one.close()
    assert [path.name for path in warc_files(str(tmp_path))] == [f"run-0000{number}.warc.gz" for number in range(3)]
    assert [kind for kind, _ in kinds(tmp_path)] == ["warcinfo", "response", "request"] * 3


def test_heads_are_kept_as_they_came_but_for_the_transfer_encoding(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.write(exchange(headers={"Transfer-Encoding": "chunked", "X-Name": "caf\u00e9"}))
    one.close()
    [path] = warc_files(str(tmp_path))
    with path.open("rb") as file:
        [record] = [record for record in ArchiveIterator(file) if record.headers["WARC-Type"] == "response"]
        said = dict(record.http_headers)
    assert said["X-Archive-Orig-Transfer-Encoding"] == "chunked"
    assert "Transfer-Encoding" not in said
    assert "X-Name" in said


def test_what_a_killed_run_left_is_cut_after_its_last_whole_record(tmp_path: Path) -> None:
    killed = writer(tmp_path, "killed")
    killed.write(exchange())
    [left] = tmp_path.glob("*.open")
    whole = left.read_bytes()
    fcntl.flock(killed._fd or 0, fcntl.LOCK_UN)  # as the end of its process does
    with left.open("ab") as file:
        file.write(whole[:40])
    (tmp_path / "empty-00000.warc.gz.open").write_bytes(whole[:20])
    writer(tmp_path, "next").close()
    assert [path.name for path in warc_files(str(tmp_path))] == ["killed-00000.warc.gz"]
    assert (tmp_path / "killed-00000.warc.gz").read_bytes() == whole
    assert not list(tmp_path.glob("*.open"))


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    under_way = writer(tmp_path, "first")
    under_way.write(exchange())
    [left] = tmp_path.glob("*.open")
    before = left.read_bytes()
    writer(tmp_path, "second").close()
    assert left.read_bytes() == before
    under_way.close()
    assert [path.name for path in warc_files(str(tmp_path))] == ["first-00000.warc.gz"]


def test_half_a_record_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = writer(tmp_path)
    one.write(exchange())
    [path] = tmp_path.glob("*.open")
    before, write = path.read_bytes(), os.write
    left = [1]

    def full(fd: int, data: Any) -> int:
        if not left:
            raise OSError(28, "No space left on device")
        left.clear()
        return write(fd, data[:50])

    with monkeypatch.context() as patch:
        patch.setattr("newscrawler.archive.writer.os.write", full)
        with pytest.raises(ArchiveError, match="can't be written: No space left on device"):
            one.write(exchange(body=b"<p>more</p>"))
    assert path.read_bytes() == before
    one.close()
    faults: list[str] = []
    assert len([record for file in warc_files(str(tmp_path)) for record in scan(file, faults.append)]) == 3
    assert faults == []


class Run:
    """Notes why it was failed."""

    run_id = "20260501T120000Z-abcd"

    def __init__(self) -> None:
        self.failures: list[Exception] = []

    def fail(self, error: Exception) -> None:
        self.failures.append(error)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    run = Run()
    monkeypatch.setattr("newscrawler.middlewares.warc.run_of", lambda crawler: run)
    return run


def middleware(folder: Path | str, **settings: Any) -> WarcMiddleware:
    crawler = get_crawler(
        settings_dict={
            "NEWSCRAWLER_MODE": "one-off",
            "NEWSCRAWLER_WARC": str(folder),
            "NEWSCRAWLER_MIRRORS": {"www.rt.com": "http://127.0.0.1:8000"},
            "NEWSCRAWLER_CONTACT": "https://example.org/we",
            **settings,
        }
    )
    crawler.spider = SimpleNamespace(name="rt_world")  # type: ignore[assignment]
    return WarcMiddleware.from_crawler(crawler)


def close(one: WarcMiddleware) -> None:
    one._spider_closed()


def answer(url: str = "http://127.0.0.1:8000/news/640001-a-story/", body: bytes = b"<p>words</p>") -> Response:
    return Response(url, body=body, headers={"Content-Type": "text/html"})


def test_pages_are_not_kept_unless_asked_for() -> None:
    with pytest.raises(NotConfigured):
        middleware("")


def test_a_response_is_kept_under_the_site_s_url_and_its_time_handed_on(tmp_path: Path, run: Run) -> None:
    one = middleware(tmp_path / "pages")
    assert not (tmp_path / "pages").exists(), "before there is a page"
    request, response = Request(answer().url), answer()
    assert one.process_response(request, response) is response
    close(one)
    found = kinds(tmp_path / "pages")
    assert [kind for kind, _ in found] == ["warcinfo", "response", "request"]
    assert found[1][1]["WARC-Target-URI"] == URL
    assert datetime.fromisoformat(found[1][1]["WARC-Date"]) == request.meta["fetched_at"]
    assert [path.name for path in warc_files(str(tmp_path / "pages"))] == [f"{run.run_id}-00000.warc.gz"]
    assert run.failures == []


def test_what_was_not_fetched_over_http_is_not_kept(tmp_path: Path, run: Run) -> None:
    one = middleware(tmp_path / "pages")
    stored = Response("file:///pages/x.html")
    assert one.process_response(Request(stored.url), stored) is stored
    close(one)
    assert not (tmp_path / "pages").exists()
    assert run.failures == []


def test_a_page_that_cannot_be_kept_fails_the_run_and_nothing_after_it_passes(tmp_path: Path, run: Run) -> None:
    (tmp_path / "pages").write_text("a file")
    one = middleware(tmp_path / "pages")
    for _ in range(2):
        with pytest.raises(WarcWriteError, match="can't be written"):
            one.process_response(Request(answer().url), answer())
    assert len(run.failures) == 1
    close(one)


def test_responses_are_counted(tmp_path: Path, run: Run) -> None:
    one = middleware(tmp_path / "pages")
    for number in range(3):
        one.process_response(Request(answer().url), answer(body=b"x" * (number + 1)))
    close(one)
    assert one._crawler.stats is not None
    assert one._crawler.stats.get_value("newscrawler/warc/responses") == 3
    assert sum(kind == "response" for kind, _ in kinds(tmp_path / "pages")) == 3

"""`scrapy crawl rt_archive` and `scrapy extract` on WARC files as others make them."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest

from newscrawler.exceptions import ArgumentError
from newscrawler.spiders.rt_archive import RtArchive
from tests.command_runs import scrapy
from tests.crawl.test_archive_output import archive_crawl
from tests.harness import Data
from tests.replica import Site, Story
from tests.replica.answers import Answers
from tests.replica.odd_pages import challenge
from tests.warc_files import HTML, Stored, damaged, record_bytes, write_warc

AT = datetime(2026, 5, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def pages() -> tuple[list[Story], Callable[[Story], bytes]]:
    site = Site.build(articles=30, faults="none")
    answers = Answers(site)
    return list(site.stories)[-8:], lambda story: answers.answer(story.path).body


def edited(page: bytes, story: Story) -> bytes:
    """The page with another word in its text."""
    word = story.truth()["paragraphs"][0].split()[0]
    return page.replace(f"{word} ".encode(), b"Corrected ")


def test_captures_of_one_story_are_its_revisions(
    tmp_path: Path, pages: tuple[list[Story], Callable[[Story], bytes]]
) -> None:
    [story, other, gone, *_], page = pages
    first, second = page(story), edited(page(story), story)
    assert first != second
    mirror = story.url.replace("www.rt.com", "swentr.site")

    def capture(body: bytes, days: float, url: str = story.url, **more: Any) -> Stored:
        return Stored(url, body, AT + days * DAY, **more)

    # Not in order of time, and over two files.
    write_warc(
        tmp_path / "b.warc.gz", [capture(first, 2, mirror), capture(first, 0), capture(page(other), 1, other.url)]
    )
    not_found = {"status": "404 Not Found"}
    write_warc(
        tmp_path / "a.warc",
        [
            capture(second, 1),
            capture(first, 3),
            capture(challenge().encode(), 4),
            capture(b"gone", 5, gone.url, **not_found),
            capture(page(gone), 4, gone.url),
            capture(b"gone", 6.5, gone.url, **not_found),
        ],
    )
    once = archive_crawl(
        tmp_path, "-a", "warc=*.warc*", "-O", "articles.jsonl", "-s", 'NEWSCRAWLER_VERDICT={"max_fault_share": 0.5}'
    )
    assert once.code == 0, once.err
    assert once.outcomes == {"new": 3, "revised": 2, "unchanged": 1, "blocked": 1, "gone": 2}
    assert once.scheduled == 9
    lines = [json.loads(line) for line in (tmp_path / "articles.jsonl").read_text("utf-8").splitlines()]
    revisions = [line for line in lines if line["url"] == story.url]
    assert [line["fetched_at"] for line in revisions] == [(AT + n * DAY).isoformat() for n in (0, 1, 2)]
    check_aba(revisions)

    data = Data(tmp_path)
    dataset = archive_crawl(tmp_path, "-a", "warc=*.warc*", "-s", 'NEWSCRAWLER_VERDICT={"max_fault_share": 0.5}')
    assert dataset.code == 0, dataset.err
    assert dataset.outcomes == once.outcomes
    assert [line["fetched_at"] for line in data.records] == sorted(line["fetched_at"] for line in data.records)
    check_aba([line for line in data.records if line["url"] == story.url])
    withdrawn = [line for line in data.records if line["url"] == gone.url]
    assert [(line["status"], line["fetched_at"][:10]) for line in withdrawn] == [
        ("published", "2026-05-06"),
        ("withdrawn", "2026-05-09"),
    ]
    assert len(data.files) == 1
    assert data.problems() == []
    check_what_comes_later(data, story, other, page, edited(second, story))


def check_what_comes_later(
    data: Data, story: Story, other: Story, page: Callable[[Story], bytes], third: bytes
) -> None:
    """An older capture is a line with the next number; what was taken down stays away."""
    down = scrapy(data.folder, "takedown", other.url, "--reason", "asked to", "--yes")
    assert down.code == 0, down.err
    write_warc(
        data.folder / "old.warc.gz",
        [Stored(story.url, third, AT - DAY / 5), Stored(other.url, page(other), AT + 9 * DAY)],
    )
    older = archive_crawl(data.folder, "-a", "warc=old.warc.gz")
    assert older.code == 0, older.err
    assert older.outcomes == {"revised": 1}
    assert "taken down 1" in older.err
    assert [line["revision"] for line in data.records if line["url"] == story.url] == [1, 2, 3, 4]
    assert data.problems() == []


def check_aba(lines: list[dict[str, Any]]) -> None:
    """The three lines of A, B, A."""
    assert [line["revision"] for line in lines] == [1, 2, 3]
    hashes = [line["content_hash"] for line in lines]
    assert hashes[0] == hashes[2] != hashes[1]
    assert [line["revision_of_hash"] for line in lines] == [None, *hashes[:2]]
    assert [line["revision_reason"] for line in lines] == [None, "content", "content"]
    assert {line["discovered_via"] for line in lines} == {"warc"}


def test_files_as_others_make_them(tmp_path: Path, pages: tuple[list[Story], Callable[[Story], bytes]]) -> None:
    stories, page = pages
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(page(stories[3])), page(stories[3])) for _ in range(1)) + b"0\r\n\r\n"
    # The form of Common Crawl's news files: bodies decoded, the headers that say otherwise renamed.
    crawler = (*HTML, ("X-Crawler-Content-Encoding", "gzip"), ("X-Crawler-Transfer-Encoding", "chunked"))
    bodies: list[tuple[bytes, tuple[tuple[str, str], ...]]] = [
        (gzip.compress(page(stories[0])), (*HTML, ("Content-Encoding", "gzip"))),
        (zlib.compress(page(stories[1])), (*HTML, ("Content-Encoding", "deflate"))),
        (brotli.compress(page(stories[2])), (*HTML, ("Content-Encoding", "br"))),
        (chunked, (*HTML, ("Transfer-Encoding", "chunked"), ("Content-Length", "7"))),
        (page(stories[4]), (*crawler, ("Content-Length", "99"))),
        (b"\x00not brotli", (*HTML, ("Content-Encoding", "br"))),
    ]
    records: list[Stored | bytes] = [Stored("", b"format: WARC\r\n", AT, type="warcinfo")]
    for number, (body, headers) in enumerate(bodies):
        records.append(Stored(stories[number].url, b"", AT + number * DAY, type="request"))
        records.append(Stored(stories[number].url, body, AT + number * DAY, headers=headers))
        records.append(Stored(f"https://example.org/{number}", b"<html>elsewhere</html>", AT))
    records.append(Stored("https://www.rt.com/news/", b"<html>a listing</html>", AT))
    records.append(Stored(stories[0].url, b"", AT, status="301 Moved", headers=(("Location", "/"),)))
    records.append(damaged(record_bytes(Stored(stories[6].url, page(stories[6]), AT))))
    records.append(Stored("https://example.org/last", b"<html></html>", AT))
    records.append(record_bytes(Stored(stories[7].url, page(stories[7]), AT))[:-300])
    write_warc(tmp_path / "CC-NEWS-20210301120000-00001.warc.gz", records)

    done = archive_crawl(tmp_path, "-a", "warc=CC-NEWS-*.warc.gz", "-O", "articles.jsonl")
    # Two records are damaged, and what they held is lost.
    assert done.code == 3, done.err
    assert done.verdict.endswith("2 record(s) of the WARC files could not be read")
    assert "Traceback" not in done.err
    assert done.outcomes == {"new": 5, "failed": 1}
    [counts] = [line for line in done.err.splitlines() if line.startswith("   archive  ")]
    assert counts == (
        "   archive  broken 2, captures 6, files 1, not article 1, other records 7, other site 7, records 22, "
        "redirects 1"
    )
    lines = [json.loads(line) for line in (tmp_path / "articles.jsonl.part").read_text("utf-8").splitlines()]
    for number, line in enumerate(lines):
        truth = stories[number].truth()
        assert {name: line[name] for name in truth} == truth
        assert line["fetched_at"] == (AT + number * DAY).isoformat()
    seconds = float(done.err.split("rt_archive, ")[1].split(" s")[0])
    assert seconds < 5, "six pages with a pause of a second between them"
    check_extract(tmp_path, stories[0].url, lines)


def check_extract(folder: Path, first_url: str, lines: list[dict[str, Any]]) -> None:
    """The same records, with the file, the byte and the address that each came from."""
    extracted = scrapy(folder, "extract", "CC-NEWS-20210301120000-00001.warc.gz")
    assert extracted.code == 3
    assert "Traceback" not in extracted.err
    assert extracted.err.splitlines()[-1] == "1 of 6 pages gave no record"
    found = [json.loads(line) for line in extracted.out.splitlines()]
    assert [{name: line[name] for name in lines[0]} for line in found] == lines
    assert found[0]["source"].startswith("CC-NEWS-20210301120000-00001.warc.gz:")
    assert found[0]["source"].endswith(f" {first_url}")


def test_arguments_that_cannot_be_used(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html></html>")
    one = write_warc(tmp_path / "one.warc", [Stored("https://www.rt.com/news/123456-x/")])
    for given in ({}, {"warc": f"{tmp_path}/none.warc.gz"}, {"warc": str(page)}, {"warc": str(one), "sources": "feed"}):
        with pytest.raises(ArgumentError):
            RtArchive.check_arguments(given)
    done = archive_crawl(tmp_path, "-a", "warc=none.warc.gz")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1, done.err

"""WARC files as they are found: whatever is broken is told in one line, and the rest is read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from backports import zstd
from scrapy.http import Response

from newscrawler.archive.captures import Capture, CaptureIndex
from newscrawler.archive.reader import _Parsed, load, response_of, scan, warc_files
from newscrawler.exceptions import ArgumentError, BrokenRecord
from tests.warc_files import PROFILE, Stored, damaged, packed, record_bytes, write_warc

AT = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def page_of(capture: Capture) -> Response:
    return response_of(load(capture.page.path, capture.page.offset, 5_000_000), capture.url)


def story(number: int, *, body: bytes = b"", **more: object) -> Stored:
    url = f"https://www.rt.com/news/{number}-a-story/"
    page = body or b"<html>" + str(number).encode() * 3000 + b"</html>"
    return Stored(url, page, AT + (number - 1000) * DAY, **more)  # type: ignore[arg-type]


def numbers(path: Path, faults: list[str]) -> list[int]:
    """The stories that are read from a file."""
    return [int(record.url.split("/")[4][:4]) for record in scan(path, faults.append)]


def wrong_length(stored: Stored, by: int, *, compress: bool) -> bytes:
    """A record that says another length than it has."""
    data = record_bytes(stored, compress=False)
    marker = b"\r\nContent-Length: "
    start = data.index(marker) + len(marker)
    end = data.index(b"\r\n", start)
    data = data[:start] + str(int(data[start:end]) + by).encode() + data[end:]
    return packed(data) if compress else data


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
@pytest.mark.parametrize("by", [-700, -3, 5, 100_000_000])
def test_a_record_of_wrong_length_is_passed_over(tmp_path: Path, name: str, by: int) -> None:
    wrong = wrong_length(story(1001), by, compress=name.endswith("gz"))
    path = write_warc(tmp_path / name, [story(1000), wrong, story(1002), story(1003)])
    faults: list[str] = []
    assert numbers(path, faults) == [1000, 1002, 1003]
    [fault] = faults
    assert f"{path}, byte " in fault


@pytest.mark.parametrize("kind", ["flipped", "garbage", "between", "torn", "empty"])
def test_a_broken_gzip_member_is_passed_over(tmp_path: Path, kind: str) -> None:
    good = record_bytes(story(1001))
    bad = {
        "flipped": damaged(good),
        "garbage": b"\x1f\x8b\x08" + b"not gzip at all" * 900,
        "between": b"not gzip at all" * 9000,
        "torn": good[: len(good) // 2],
        "empty": packed(b""),
    }[kind]
    path = write_warc(tmp_path / "a.warc.gz", [story(1000), bad, story(1002), story(1003)])
    faults: list[str] = []
    assert numbers(path, faults) == [1000, 1002, 1003]
    assert len(faults) == 1
    assert "passed over to byte" in faults[0]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
@pytest.mark.parametrize("left", [1, 0.5, 0.05])
def test_a_file_that_is_cut_off(tmp_path: Path, name: str, left: float) -> None:
    last = record_bytes(story(1001), compress=name.endswith("gz"))
    kept = last[:-20] if left == 1 else last[: int(len(last) * left)]
    path = write_warc(tmp_path / name, [story(1000), kept])
    faults: list[str] = []
    assert numbers(path, faults) == [1000]
    [fault] = faults
    assert "no whole record to the file's end" in fault


def test_several_records_in_one_member(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(record_bytes(story(n), compress=False) for n in (1000, 1001))))
    faults: list[str] = []
    assert numbers(path, faults) == []
    assert "warcio recompress" in faults[0]


def test_headers_that_are_none(tmp_path: Path) -> None:
    no_url = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n\r\n"
    no_length = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://www.rt.com/\r\n\r\nx\r\n\r\n"
    path = write_warc(tmp_path / "a.warc.gz", [story(1000), packed(no_url), packed(no_length), story(1001)])
    faults: list[str] = []
    assert numbers(path, faults) == [1000, 1001]
    assert faults


def index(*files: Path) -> tuple[list[Capture], CaptureIndex, list[str]]:
    faults: list[str] = []
    read = CaptureIndex(files, faults.append)
    for _ in read.build():
        pass
    return list(read.captures()), read, faults


def test_captures_in_order_of_time_whatever_file_they_are_in(tmp_path: Path) -> None:
    one = write_warc(tmp_path / "one.warc.gz", [story(1004), story(1001), story(1003)])
    two = write_warc(tmp_path / "two.warc", [story(1002), story(1000)])
    captures, read, faults = index(one, two)
    assert [capture.article.article_id for capture in captures] == ["1000", "1001", "1002", "1003", "1004"]
    assert [capture.at for capture in captures] == [AT + n * DAY for n in range(5)]
    for capture in captures:
        assert capture.article.article_id.encode() * 3000 in page_of(capture).body
    assert faults == []
    assert read.counts["records"] == 5


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_http_heads_of_other_sites_are_not_parsed(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    read_head = _Parsed._read_http

    def spy(record: _Parsed) -> None:
        parsed.append(record.url)
        read_head(record)

    monkeypatch.setattr(_Parsed, "_read_http", spy)
    other = Stored("https://elsewhere.example/news/1001-a-story/", b"<html></html>", AT)
    request = Stored(story(1000).url, at=AT, type="request")
    path = write_warc(tmp_path / name, [other, story(1000), request, other, story(1002)])
    captures, read, faults = index(path)
    assert [capture.url for capture in captures] == parsed == [story(1000).url, story(1002).url]
    assert read.counts["other_site"] == 2
    assert read.counts["other_records"] == 1
    assert faults == []


def test_revisits_lead_to_the_page_that_they_speak_of(tmp_path: Path) -> None:
    first = story(1000)
    digest = "sha1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    stored = Stored(first.url, first.body, AT, says=(("WARC-Payload-Digest", digest),))

    def revisit(days: int, kind: str, status: str = "200 OK", *says: tuple[str, str]) -> Stored:
        return Stored(
            first.url, at=AT + days * DAY, status=status, type="revisit", says=(("WARC-Profile", PROFILE + kind), *says)
        )

    date = ("WARC-Refers-To-Date", "2020-01-01T00:00:00Z")
    old = ("WARC-Refers-To-Date", "2019-01-01T00:00:00Z")
    records = [
        revisit(1, "identical-payload-digest", "200 OK", ("WARC-Payload-Digest", digest)),
        revisit(2, "identical-payload-digest", "200 OK", ("WARC-Refers-To-Target-URI", first.url), date),
        revisit(3, "server-not-modified", "304 Not Modified"),
        Stored(first.url, at=AT + 4 * DAY, status="304 Not Modified"),
        revisit(5, "identical-payload-digest", "200 OK", ("WARC-Payload-Digest", "sha1:OTHER"), old),
    ]
    path = write_warc(tmp_path / "a.warc.gz", [*records, stored])
    captures, read, faults = index(path)
    assert [capture.at for capture in captures] == [AT + n * DAY for n in range(5)]
    assert {capture.page for capture in captures} == {captures[0].page}
    assert [page_of(capture).status for capture in captures] == [200] * 5
    assert read.counts["unresolved"] == 1
    [fault] = faults
    assert first.url in fault


def test_bodies_that_are_not_as_their_headers_say(tmp_path: Path) -> None:
    page = b"<html>" + b"words " * 500
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(page), page)
    html = ("Content-Type", "text/html")
    cases = [
        (page, (html, ("Content-Length", "3"))),
        (chunked, (html, ("Transfer-Encoding", "chunked"))),
        (chunked[:-9], (html, ("Transfer-Encoding", "Chunked"))),
        (page, (html, ("Transfer-Encoding", "chunked"))),
        (page, (html, ("Content-Encoding", "gzip"))),
        (page, (html, ("Content-Encoding", "br"))),
    ]
    records = [story(1000 + n, body=body, headers=headers) for n, (body, headers) in enumerate(cases)]
    captures, _, _ = index(write_warc(tmp_path / "a.warc.gz", records))
    for capture, (_, headers) in zip(captures, cases, strict=True):
        response = page_of(capture)
        assert response.body.startswith(page[:-9]), headers
        assert "Content-Encoding" not in response.headers
    with pytest.raises(BrokenRecord, match="more than 100 bytes"):
        load(captures[0].page.path, captures[0].page.offset, 100)


def test_files_by_path_folder_glob_and_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.warc.gz", "deep/er/b.warc", "deep/c.warc.gz", "with,comma.warc.gz"):
        write_warc(Path(name), [story(1000)])
    (tmp_path / "deep/notes.txt").write_text("no")

    def named(value: str) -> list[str]:
        return [str(path) for path in warc_files(value)]

    assert named("a.warc.gz") == ["a.warc.gz"]
    assert named("deep") == ["deep/c.warc.gz", "deep/er/b.warc"]
    assert named("with,comma.warc.gz") == ["with,comma.warc.gz"]
    assert named("a.warc.gz, deep/**/*.warc*,./a.warc.gz") == ["a.warc.gz", "deep/c.warc.gz", "deep/er/b.warc"]
    for wrong in ("none.warc.gz", "no*.warc", "deep/notes.txt", "deep/er/none", ","):
        with pytest.raises(ArgumentError) as refused:
            warc_files(wrong)
        assert "\n" not in str(refused.value)


def in_frames(records: list[bytes]) -> bytes:
    """As crawlers write .warc.zst: a frame a record."""
    return b"".join(zstd.compress(record) for record in records)


def with_dictionary(records: list[bytes], *, compress: bool) -> bytes:
    """The same with a dictionary in front, as it is or compressed itself."""
    samples = [record_bytes(story(n, body=b"<html>%d" % n), compress=False) for n in range(2000, 2200)]
    dictionary = zstd.train_dict(samples, 2000)
    content = dictionary.dict_content
    content = zstd.compress(content) if compress else content
    frames = b"".join(zstd.compress(record, zstd_dict=dictionary) for record in records)
    return b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content + frames


ZSTD_FORMS: dict[str, Callable[[list[bytes]], bytes]] = {
    "a frame a record": in_frames,
    "one frame": lambda records: zstd.compress(b"".join(records)),
    "dictionary": partial(with_dictionary, compress=False),
    "compressed dictionary": partial(with_dictionary, compress=True),
}


@pytest.mark.parametrize("form", ZSTD_FORMS)
def test_zstd_files_are_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.warc.zst"
    path.write_bytes(ZSTD_FORMS[form]([record_bytes(story(n), compress=False) for n in (1001, 1000, 1002)]))
    captures, read, faults = index(*warc_files(str(tmp_path)))
    assert faults == []
    assert [capture.article.article_id for capture in captures] == ["1000", "1001", "1002"]
    for capture in captures:
        assert capture.article.article_id.encode() * 3000 in page_of(capture).body
    assert read.counts["records"] == 3


@pytest.mark.parametrize("kind", ["flipped", "garbage", "torn"])
def test_a_broken_zstd_frame_is_passed_over(tmp_path: Path, kind: str) -> None:
    checked = {int(zstd.CompressionParameter.checksum_flag): 1}
    first, bad, *last = [
        zstd.compress(record_bytes(story(n), compress=False), options=checked) for n in (1000, 1001, 1002, 1003)
    ]
    bad = {"flipped": damaged(bad), "garbage": b"no frame at all" * 900, "torn": bad[: len(bad) // 2]}[kind]
    path = tmp_path / "a.warc.zst"
    path.write_bytes(first + bad + b"".join(last))
    faults: list[str] = []
    assert numbers(path, faults) == [1000, 1002, 1003]
    assert all(f"{path}, byte " in fault for fault in faults)
    assert faults


def test_a_zstd_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.zst"
    path.write_bytes(in_frames([record_bytes(story(n), compress=False) for n in (1000, 1001)])[:-5])
    faults: list[str] = []
    assert numbers(path, faults) == [1000]
    assert "cut off" in faults[0]


def write_wacz(path: Path, *names: str, compression: int = ZIP_STORED, **members: bytes) -> Path:
    with ZipFile(path, "w", compression) as zipped:
        zipped.writestr("datapackage.json", "{}")
        for number, name in enumerate(names):
            zipped.writestr(name, members.get("data") or record_bytes(story(1000 + number)))
        zipped.writestr("pages/pages.jsonl", "{}")
    return path


def test_wacz_files_are_read(tmp_path: Path) -> None:
    path = write_wacz(tmp_path / "a.wacz", "archive/b.warc.gz", "archive/a.warc.gz")
    captures, _, faults = index(*warc_files(str(tmp_path)))
    assert faults == []
    assert [capture.article.article_id for capture in captures] == ["1000", "1001"]
    for capture in captures:
        assert capture.page.path == path
        assert capture.article.article_id.encode() * 3000 in page_of(capture).body


def test_what_is_wrong_in_a_wacz_file_is_told(tmp_path: Path) -> None:
    members = record_bytes(story(1000)) + damaged(record_bytes(story(1001))) + record_bytes(story(1002))
    faults: list[str] = []
    assert numbers(write_wacz(tmp_path / "a.wacz", "archive/a.warc.gz", data=members), faults) == [1000, 1002]
    # A record that is cut off ends at its file, not at the zip's.
    cut = write_wacz(tmp_path / "b.wacz", "archive/a.warc.gz", "archive/b.warc.gz", data=members[:-30])
    assert numbers(cut, faults) == [1000, 1000]
    packed_twice = write_wacz(tmp_path / "c.wacz", "archive/a.warc.gz", compression=ZIP_DEFLATED)
    plain = write_wacz(tmp_path / "d.wacz", "archive/a.warc")
    no_zip = tmp_path / "e.wacz"
    no_zip.write_bytes(plain.read_bytes()[:50])
    for path in (packed_twice, plain, no_zip):
        assert numbers(path, faults) == []
    assert [fault.split(":")[0].split(",")[0].rpartition("/")[2] for fault in faults] == [
        *("a.wacz", "b.wacz", "b.wacz", "c.wacz", "d.wacz", "e.wacz"),
    ]


def test_a_scan_gives_the_pages_that_loading_gives(tmp_path: Path) -> None:
    records = [story(1000), Stored(story(1001).url, b"gone", AT, status="404 Not Found"), story(1002, body=b"x" * 9000)]
    for name in ("a.warc", "a.warc.gz"):
        path = write_warc(tmp_path / name, [*records, story(1003)])
        found = list(scan(path, lambda _: None, lambda kind, url: "1000" not in url, 10_000))
        assert [record.page is None for record in found] == [True, False, False, False]
        for record in found[1:3]:
            assert record.page == load(path, record.offset, 10_000)
        for record in found[3:]:
            assert isinstance(record.page, BrokenRecord)

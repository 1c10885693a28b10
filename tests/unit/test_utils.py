"""What is written once: files, days, durations, times, texts for display."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from newscrawler.pages.dates import parse_machine_date
from newscrawler.utils import (
    atomic_write,
    format_time,
    gzip_writer,
    open_plain_or_gzip,
    parse_day,
    parse_duration,
    parse_http_date,
    parse_time,
    program,
    synced_file,
    truncate,
)


def test_atomic_write_makes_folders_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.jsonl"
    with atomic_write(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert list(path.parent.iterdir()) == [path]


def test_atomic_write_has_the_bytes_on_the_disk_before_the_name_and_then_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the old file or the new one, never an empty one."""
    path, done, sync, replace = tmp_path / "file", list[str](), os.fsync, os.replace

    def fsync(fd: int) -> None:
        done.append(Path(os.readlink(f"/proc/self/fd/{fd}")).name)
        sync(fd)

    def rename(source: Path, target: Path) -> None:
        done.append("renamed")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", rename)
    with atomic_write(path) as file:
        file.write(b"one")
    assert done == ["file.tmp", "renamed", tmp_path.name]


def test_atomic_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    try:
        with atomic_write(path) as file:
            file.write(b"half")
            raise RuntimeError
    except RuntimeError:
        pass
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/null"), Path.mkdir])
def test_atomic_write_replaces_nothing_but_files(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "file"
    make(path)
    before = path.lstat()
    with pytest.raises(OSError, match="it is no regular file"), atomic_write(path) as file:
        file.write(b"one")
    assert path.lstat() == before
    assert list(tmp_path.iterdir()) == [path]


def test_atomic_write_replaces_what_a_link_leads_to(tmp_path: Path) -> None:
    link, path = tmp_path / "link", tmp_path / "file"
    link.symlink_to(path)
    with atomic_write(link) as file:
        file.write(b"one")
    assert link.is_symlink()
    assert path.read_bytes() == b"one"


def test_same_bytes_give_the_same_gzip_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.gz", "other.gz")]
    for path in paths:
        with synced_file(path) as raw, gzip_writer(raw) as packed:
            packed.write(b"line\n" * 1000)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with open_plain_or_gzip(paths[0]) as file:
        assert file.read() == gzip.decompress(paths[1].read_bytes()) == b"line\n" * 1000


def test_plain_files_are_read_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"line\n")
    with open_plain_or_gzip(tmp_path / "a.jsonl") as file:
        assert file.read() == b"line\n"


@pytest.mark.parametrize(
    "text", ["", "2026-5-1", "20260501", "2026-W18-5", "2026-02-30", "\u0662026-05-01", "2026-05-01 "]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        parse_day(text)
    assert parse_day("2026-05-01") == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("text", "duration"),
    [("90m", timedelta(minutes=90)), ("4d23h45m", timedelta(days=5, minutes=-15)), ("9" * 20 + "d", timedelta.max)],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "1", "1w", "m", "1h1d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", "Mon,", f"1 Jan 2020 10:00:00 +{'9' * 30}", f"{'9' * 20} Jan 2020 10:00:00", "1 Jan 2020 10:10100680000"],
)
def test_what_is_no_date_of_a_header(text: str) -> None:
    assert parse_http_date(text) is None
    assert parse_machine_date(text, now=datetime.now(UTC)) is None


def test_times_are_utc_to_the_second_and_read_back() -> None:
    moment = datetime(2026, 5, 1, 14, 0, 1, 999, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment) == "2026-05-01T12:00:01+00:00"
    assert parse_time(format_time(moment)) == datetime(2026, 5, 1, 12, 0, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time zone"):
        parse_time("2026-05-01T12:00:01")


@pytest.mark.parametrize(
    ("started", "name"),
    [
        ("/usr/bin/newscrawler", "newscrawler"),
        ("/x/newscrawler/__main__.py", "newscrawler"),
        ("/x/bin/scrapy", "scrapy"),
        ("/x/scrapy/__main__.py", "scrapy"),
    ],
)
def test_remedies_name_the_command_that_was_started(monkeypatch: pytest.MonkeyPatch, started: str, name: str) -> None:
    monkeypatch.setattr(sys, "argv", [started, "crawl"])
    assert program() == name


def test_truncate() -> None:
    assert (truncate("four", 4), truncate("longer", 4)) == ("four", "lon…")

"""Part files: appending, failing, recovering after a power cut; the latest view."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from newscrawler.dataset.export import latest_lines, latest_records
from newscrawler.dataset.files import finished_files, read_lines, read_record
from newscrawler.dataset.recovery import compress_before, recover
from newscrawler.dataset.verification import verify
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import DatasetError, OutputError
from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from tests.dataset_driver import START, crawl, entry, make_record, save

HOUR = timedelta(hours=1)


def unfinished(folder: Path, articles: int = 6) -> Path:
    """A run that was killed after so many lines; its part file."""
    with Ledger.open(folder / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        part = PartFile(folder, ledger, run)
        ledger.urls.discovered(run, START, [entry(number) for number in range(articles)])
        for number in range(articles):
            save(ledger, part, run, make_record(number), START)
        part.close()
        return part.path


def test_a_run_with_nothing_new_leaves_no_file(tmp_path: Path) -> None:
    for later in (0, 1):
        crawl(tmp_path, START + timedelta(minutes=later), articles=3, version=0, compress=False, durability="run")
    assert len(list(finished_files(tmp_path))) == 1
    assert list((tmp_path / "parts").iterdir()) == []


def test_files_are_by_the_day_on_which_the_run_began(tmp_path: Path) -> None:
    crawl(tmp_path, START, articles=3, version=0, compress=True, durability="line")
    (path,) = finished_files(tmp_path)
    assert path.parent == tmp_path / "articles" / "2026" / "05" / "01"
    assert path.name.startswith("20260501T120000Z-")
    assert path.name.endswith(".jsonl.gz")


@pytest.mark.parametrize("line", [b"no end", b"two\nlines\n", b""])
def test_what_is_not_one_line_is_refused(tmp_path: Path, line: bytes) -> None:
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        with pytest.raises(ValueError, match="only line feed"):
            PartFile(tmp_path, ledger, run).append(line)


def test_a_failed_write_leaves_what_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        part = PartFile(tmp_path, ledger, run)
        save(ledger, part, run, make_record(0), START)
        write = os.pwrite

        def half_then_full(fd: int, data: bytes, offset: int) -> int:
            if offset > part.committed:
                raise OSError(28, "No space left on device")
            return write(fd, bytes(data)[:20], offset)

        monkeypatch.setattr(os, "pwrite", half_then_full)
        with pytest.raises(OutputError, match=r"can't be written: No space left"):
            save(ledger, part, run, make_record(1), START)
        monkeypatch.undo()
        assert part.path.stat().st_size == part.committed
        with pytest.raises(OutputError, match="takes no more lines"):
            save(ledger, part, run, make_record(2), START)
        assert part.finish() is not None
        ledger.runs.end(run, START, outcomes={}, finish_reason="output_failed", exit_code=6)
        assert not recover(tmp_path, ledger, START)
        assert list(verify(tmp_path, ledger, lambda record: [])) == []


def test_a_part_that_the_ledger_does_not_vouch_for_is_not_finished(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START), START, extractor_version="1")
        part = PartFile(tmp_path, ledger, run)
        save(ledger, part, run, make_record(0), START)
        part.committed -= 1
        with pytest.raises(OutputError, match="ledger and file differ"):
            part.finish()


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def zero(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(bytes(size - size // 2))


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(("damage", "kept"), [(cut, 3), (zero, 2), (remove, 0)])
def test_lines_that_a_power_cut_took_are_fetched_again(
    tmp_path: Path, damage: Callable[[Path], None], kept: int, compress: bool
) -> None:
    damage(unfinished(tmp_path))
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        report = recover(tmp_path, ledger, START)
        assert kept <= 6 - len(report.revoked) <= kept + 1
        assert not recover(tmp_path, ledger, START)
        assert list(verify(tmp_path, ledger, lambda record: [])) == []
        assert ledger.urls.count_due(START) == len(report.revoked)
    crawl(tmp_path, START + timedelta(minutes=1), articles=6, version=0, compress=compress, durability="run")
    assert len(list(latest_lines(tmp_path))) == 6
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        assert list(verify(tmp_path, ledger, lambda record: [])) == []


def test_a_revision_that_a_power_cut_took_leaves_the_one_before(tmp_path: Path) -> None:
    crawl(tmp_path, START, articles=2, version=0, compress=False, durability="run")
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        run = ledger.runs.begin(new_run_id(START + HOUR), START + HOUR, extractor_version="1")
        part = PartFile(tmp_path, ledger, run)
        record = make_record(0, 1, fetched_at=(START + HOUR).isoformat())
        assert save(ledger, part, run, record, START + HOUR) == "revised"
        part.close()
        part.path.unlink()
        assert recover(tmp_path, ledger, START + HOUR).revoked == [entry(0).key]
        decision = ledger.articles.decide(record)
        assert (decision.outcome, decision.revision, decision.reason) == ("revised", 2, "content")


def test_a_ledger_that_lost_its_last_commits_cuts_the_file(tmp_path: Path) -> None:
    part = unfinished(tmp_path, 4)
    whole = part.read_bytes()
    part.write_bytes(whole + b'{"never": "committed"}\n{"torn')
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        report = recover(tmp_path, ledger, START)
        assert report.truncated_bytes == 29
        assert report.finished[0].read_bytes() == whole
        assert len(report.killed) == 1
        assert ledger.runs.last(1)[0].finish_reason == "killed"


def test_a_part_of_no_known_run_is_set_aside(tmp_path: Path) -> None:
    part = unfinished(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "copy")
    for _ in range(2):
        (tmp_path / LEDGER_NAME).unlink()
        with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
            report = recover(tmp_path, ledger, START)
            assert [path.parent.name for path in report.orphans] == ["orphans"]
            assert report.orphans[0].stat().st_size > 0
            assert next(problem.kind for problem in verify(tmp_path, ledger, lambda record: [])) == "orphan"
        shutil.copy(tmp_path / "copy" / "parts" / part.name, part)


def test_a_line_is_read_back_from_a_part_a_plain_and_a_compressed_file(tmp_path: Path) -> None:
    for compress in (False, True):
        folder = tmp_path / str(compress)
        folder.mkdir()
        unfinished(folder)
        with Ledger.open(folder / LEDGER_NAME) as ledger:
            for _ in range(3):
                line = ledger.lines.of_article(entry(4).key)[0]
                assert read_record(folder, ledger, line)["article_id"] == "600004"
                recover(folder, ledger, START)
                if compress:
                    compress_before(folder, ledger, (START + 24 * HOUR).date())
            path = next(finished_files(folder))
            assert (path.suffix == ".gz") is compress
            path.write_bytes(path.read_bytes()[:-30])
            line = ledger.lines.of_article(entry(5).key)[0]
            with pytest.raises(DatasetError, match=r"can't be read|not en/600005 as written"):
                read_record(folder, ledger, line)


def test_latest(tmp_path: Path) -> None:
    for hour, version in ((0, 0), (3, 1), (24 * 20, 2)):
        crawl(tmp_path, START + hour * HOUR, articles=4, version=version, compress=hour == 3, durability="run")
    found = [json.loads(line) for line in latest_lines(tmp_path)]
    assert {record["article_id"]: record["revision"] for record in found} == {
        "600000": 3,
        "600001": 1,
        "600002": 3,
        "600003": 1,
    }
    assert sum(len(list(read_lines(path))) for path in finished_files(tmp_path)) == 8


def test_latest_takes_the_greatest_time_and_of_equal_ones_the_later_line(tmp_path: Path) -> None:
    folder = tmp_path / "articles" / "2026" / "05" / "01"
    folder.mkdir(parents=True)
    rows = [(0, 5, "a"), (0, 9, "b"), (0, 7, "c"), (1, 1, "d"), (1, 1, "e")]
    lines = [
        {"edition": "en", "article_id": str(key), "fetched_at": (START + hour * HOUR).isoformat(), "x": x}
        for key, hour, x in rows
    ]
    (folder / "20260501T120000Z-aaaa.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [json.loads(line)["x"] for line in latest_lines(tmp_path)] == ["b", "e"]
    assert {record["x"] for record in latest_records(tmp_path, until=date.max)} == {"b", "e"}
    (folder / "20260501T130000Z-aaaa.jsonl").write_text("{}\n")
    with pytest.raises(DatasetError, match="no record at byte 0"):
        list(latest_lines(tmp_path))

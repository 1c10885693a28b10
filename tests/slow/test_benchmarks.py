"""The benchmarks in a tiny form: they run, and their reports have what they promise. Figures are not judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.archive import measure as measure_archive
from benchmarks.parser import measure_corpus


def test_report_has_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "folder" / "bench.json"
    code = main(["--articles", "30", "--rounds", "1", "--captures", "20", "--output", str(output)])
    out, err = capsys.readouterr()
    assert code == 0, err
    report = json.loads(output.read_text("utf-8"))
    assert set(report) == {"machine", "crawl", "parser", "archive"}
    crawl = report["crawl"]
    assert crawl["articles"] == 30
    assert all(crawl[figure] > 0 for figure in ("ratio", "cpu_ratio", "parser_cpu_ms_a_page", "peak_mb"))
    for spider in ("rt_world", "bare"):
        assert all(crawl[spider][figure] > 0 for figure in ("articles_a_second", "cpu_ms_a_page", "start_cpu_s"))
    assert report["archive"]["captures_a_cpu_second"] > 0
    assert report["parser"] is None
    assert "no --corpus" in err
    assert "captures a second" in out


def test_parser_is_compared_on_real_pages(corpus: Path) -> None:
    report = measure_corpus(corpus, 1)
    assert report["ratio"] > 0
    assert report["pages"] == len(report["by_page"]) > 0


def test_corpus_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--corpus", str(tmp_path)])
    assert stopped.value.code == 2


def test_archive_is_measured() -> None:
    report = measure_archive(0.5, others_each=9)
    assert report["pages"] >= 1
    assert report["records"] > report["pages"]
    assert all(report[figure] > 0 for figure in ("seconds", "peak_mb", "index_records_a_second"))

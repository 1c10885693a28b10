"""`scrapy report` on a small dataset. What a browser makes of the page: tests/slow/test_report.py."""

from __future__ import annotations

from pathlib import Path

from tests.clock import VARIABLE
from tests.command_runs import make_dataset, scrapy
from tests.dataset_driver import START


def test_a_report_is_one_page_that_names_the_revised_articles(tmp_path: Path) -> None:
    make_dataset(tmp_path)
    done = scrapy(tmp_path, "report", env={VARIABLE: START.isoformat()})
    assert done.code == 0, done.err
    assert done.only_line.endswith("report.html")
    page = (tmp_path / "data" / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert "<script" not in page
    assert "Story 2" in page

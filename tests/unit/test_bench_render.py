"""The browser's benchmark in a tiny form: it runs, and its report has what it promises."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.render import main


def test_report_has_the_memory_over_time(tmp_path: Path) -> None:
    output = tmp_path / "render.json"
    assert main(["--pages", "4", "--output", str(output)]) == 0
    report = json.loads(output.read_text("utf-8"))
    assert report["pages"] == 4
    assert report["plain_seconds"] > 0
    assert report["rendered_seconds"] > 0
    assert report["browser_peak_mb"] > 50
    assert all(row["browser_mb"] > 0 for row in report["curve"])

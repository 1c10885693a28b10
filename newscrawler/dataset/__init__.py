"""The dataset: JSON Lines files that a consumer can read at any time, and what keeps them whole.

    part = PartFile(data_dir, ledger, run)
    part.save(line, lambda place: ledger.articles.save_line(run, record, decision, place, now))
    part.finish()

``recover`` comes before a run; ``verify`` and ``latest_lines`` may be called at any time.
"""

from __future__ import annotations

from newscrawler.dataset.export import latest_lines
from newscrawler.dataset.files import check_written, finished_files, read_line, read_lines
from newscrawler.dataset.recovery import recover
from newscrawler.dataset.takedown import takedown
from newscrawler.dataset.verification import Problem, verify
from newscrawler.dataset.writer import PartFile
from newscrawler.exceptions import DatasetError, OutputError

__all__ = [
    "DatasetError",
    "OutputError",
    "PartFile",
    "Problem",
    "check_written",
    "finished_files",
    "latest_lines",
    "read_line",
    "read_lines",
    "recover",
    "takedown",
    "verify",
]

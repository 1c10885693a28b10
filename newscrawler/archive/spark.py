"""Stage one on Spark, for those who have it: `extract_on_spark(spark.sparkContext, tasks)` gives the reports.

The executors need this package and the extras for the places that they read and write. No Hadoop committer is in play:
rows files are put in their places by the tasks themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from newscrawler.archive.reader_process import extract_apart
from newscrawler.archive.rows import FileReport, Task


def extract_on_spark(context: Any, tasks: Sequence[Task]) -> list[FileReport]:
    """Read the files, one a task of Spark's; the reports in no order."""
    lines = context.parallelize([task.as_json() for task in tasks], len(tasks) or 1)
    reports = lines.map(lambda line: extract_apart(Task.of_json(line)).as_json()).collect()
    return [FileReport.of_json(report) for report in reports]

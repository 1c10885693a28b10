"""Sentences that real articles share for months: marked, and never an alarm."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

from newscrawler.items import Doubt
from newscrawler.monitoring.baseline import sudden
from newscrawler.monitoring.stats import stats_of
from newscrawler.monitoring.verdict import Thresholds
from newscrawler.run import IncrementalRun
from tests.unit.test_run import NOW, SCOPE, Crawl
from tests.unit.test_run_doubts import article, read

_SENTENCE = re.compile(r'(?<=[.!?”"])\s+')
_NUMBER = re.compile(r"/(\d{6})-")
#: Articles a run, and hours between runs: some twenty articles a day.
_AT_ONCE, _HOURS = 5, 6


def test_closing_lines_of_2022_are_no_alarm(corpus: Path, tmp_path: Path) -> None:
    with gzip.open(corpus / "datasets" / "articles-2022.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    texts = {int(match[1]): row["text"] for row in rows if (match := _NUMBER.search(row["url"]))}
    numbers = sorted(texts)
    marked = 0
    for run, start in enumerate(range(0, len(numbers), _AT_ONCE)):
        crawl = Crawl(IncrementalRun, tmp_path, SCOPE, NOW + timedelta(hours=_HOURS * run))
        for number in numbers[start : start + _AT_ONCE]:
            # The text is one line: its sentences stand for paragraphs, which recur less.
            page = read(crawl, article(number, _SENTENCE.split(texts[number]), fetched_at=crawl.now))
            marked += Doubt.RECURRING_PARAGRAPH in page.doubts
        crawl.run.finish_all()
        recurring = stats_of(crawl.crawler).snapshot().recurring
        found = list(sudden(recurring, crawl.now, Thresholds().max_recurring_share))
        crawl.run.close()
        assert found == [], found
    assert 200 <= marked <= 260, marked

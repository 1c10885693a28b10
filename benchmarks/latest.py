"""What `scrapy dataset latest` costs: seconds of one core and peak memory.

    python -m benchmarks.latest --lines 10000,100000

Invented articles of 400 words, 140 a day, every fifth with a second revision, one run's file a day.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.processes import run
from newscrawler.items import Article

START = datetime(2006, 1, 1, tzinfo=UTC)
A_DAY = 140
WORDS = 400


def make_dataset(data_dir: Path, lines: int) -> int:
    """Write so many lines into files as finished runs leave them; the number of articles."""
    draw = random.Random(1)
    vocabulary = [f"{draw.choice('bcdfgklmnprst')}{draw.choice('aeiou')}{number:x}" for number in range(20_000)]
    articles = lines * 5 // 6
    for first in range(0, articles, A_DAY):
        day = START + timedelta(days=first // A_DAY)
        folder = data_dir / "articles" / f"{day:%Y/%m/%d}"
        folder.mkdir(parents=True)
        with (folder / f"{day:%Y%m%dT%H%M%SZ}-aaaa.jsonl").open("w", encoding="utf-8") as file:
            for number in range(first, min(first + A_DAY, articles)):
                for revision in range(1, 3 if number % 5 == 0 else 2):
                    moment = day + timedelta(minutes=10 * (number - first) + revision)
                    record = _record(number, revision, moment, draw.choices(vocabulary, k=WORDS))
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return articles


def _record(number: int, revision: int, moment: datetime, words: list[str]) -> dict[str, Any]:
    paragraphs = [" ".join(words[at : at + 50]) for at in range(0, len(words), 50)]
    article = Article(
        article_id=str(number + 1000),
        edition="en",
        url=f"https://www.rt.com/news/{number + 1000}-slug/",
        headline="A headline",
        published_at=moment.isoformat(),
        fetched_at=moment.isoformat(),
        paragraphs=paragraphs,
        text="\n\n".join(paragraphs),
        revision=revision,
    )
    return asdict(article)


def measure(lines: int, data_dir: Path) -> dict[str, Any]:
    """Make a dataset and read it."""
    articles = make_dataset(data_dir, lines)
    report: dict[str, Any] = {"lines": lines, "articles": articles}
    for name, mode in (("marks made anew", "mark"), ("marks as written", "off")):
        command = ["-m", "scrapy", "dataset", "latest", "--data", str(data_dir), "-o", "latest.jsonl"]
        used = run([*command, "-s", f"NEWSCRAWLER_NEAR_DUPLICATES={mode}"], data_dir.parent)
        report[name] = {"cpu_s": round(used.cpu, 1), "peak_mb": round(used.peak_mb)}
    return report


def main() -> None:
    """Measure each size and print one row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", default="10000,100000", help="sizes, with commas")
    for size in parser.parse_args().lines.split(","):
        with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as folder:
            data_dir = Path(folder) / "data"
            print(json.dumps(measure(int(size), data_dir)), flush=True)


if __name__ == "__main__":
    main()

"""The crawl: `rt_world` against a bare spider that fetches the same articles."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.bare_spider import NO_THROTTLE
from benchmarks.parser import Page, measure_pages
from benchmarks.processes import BenchError, Replica, Usage, run
from benchmarks.stopwatch import EXTENSION, FILE_SETTING
from newscrawler import settings as project
from newscrawler.editions import ENGLISH

#: What a crawl may cost a page beyond fetching and parsing (milliseconds of CPU).
ALLOWANCE_MS = 0.8
#: What starting up may cost beyond a bare spider (seconds of CPU).
MAX_START_S = 0.25
#: Articles that a page of the listing holds.
_LISTING_PAGE = 20
#: Pages on which the parser is timed by itself.
_SAMPLE = 250

_SITE = f"https://{ENGLISH.host}"

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timing:
    """One crawl: seconds of wall and CPU time while it ran, of CPU before and after, and pages fetched, of any kind."""

    wall: float
    cpu: float
    start_cpu: float
    pages: int


@dataclass(frozen=True, slots=True)
class Crawl:
    """A finished crawl of `rt_world`, and the paths of the articles that it gave, in its order."""

    used: Usage
    timing: Timing
    paths: tuple[str, ...]


def crawl(site: Replica, articles: int, folder: Path) -> Crawl:
    """Run `rt_world` as a user does, over that many of the newest articles.

    Raises:
        BenchError: it did not give as many records, or some of no article.
    """
    output, stopwatch = folder / "articles.jsonl", folder / "stopwatch.json"
    settings = {
        **NO_THROTTLE,
        "NEWSCRAWLER_MIRRORS": json.dumps({ENGLISH.host: site.url}),
        "EXTENSIONS": json.dumps({**project.EXTENSIONS, EXTENSION: 0}),
        FILE_SETTING: str(stopwatch),
    }
    command = ["-m", "scrapy", "crawl", "rt_world", "-O", str(output)]
    command += ["-a", f"max_articles={articles}", "-a", f"max_pages={math.ceil(articles / _LISTING_PAGE) + 1}"]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    used = run(command, folder)
    with output.open(encoding="utf-8") as lines:
        paths = tuple(json.loads(line)["url"].removeprefix(_SITE) for line in lines)
    if len(paths) != articles or len(set(paths) & set(site.paths)) != articles:
        raise BenchError(f"rt_world gave {len(paths)} records where {articles} articles were asked for")
    return Crawl(used, _timing(used, stopwatch), paths)


def crawl_bare(site: Replica, paths: tuple[str, ...], folder: Path) -> Timing:
    """Fetch the same articles with the bare spider."""
    source, stopwatch = folder / "addresses.json", folder / "stopwatch.json"
    source.write_text(json.dumps([site.url + path for path in paths]), "utf-8")
    return _timing(run(["-m", "benchmarks.bare_spider", str(source), str(stopwatch)], folder), stopwatch)


def _timing(used: Usage, stopwatch: Path) -> Timing:
    times = json.loads(stopwatch.read_text("utf-8"))
    return Timing(times["wall"], times["cpu"], used.cpu - times["cpu"], times["pages"])


def measure_crawl(site: Replica, articles: int, rounds: int) -> Report:
    """Both spiders in turn, `rounds` times; the least of each figure counts."""
    ours, bare, alone, peaks = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="newscrawler-bench-") as folder:
        for _ in range(rounds):
            done = crawl(site, articles, Path(folder))
            ours.append(done.timing)
            peaks.append(done.used.peak_mb)
            bare.append(crawl_bare(site, done.paths, Path(folder)))
            sample = [_page(site, path) for path in done.paths[:: math.ceil(articles / _SAMPLE)]]
            # One pass, as in a crawl: the least time of each page by itself would be that of a warm cache.
            alone.append(measure_pages(sample, 1, in_turn=True)["cpu_ms_a_page"])
    parser = min(alone)
    report: Report = {
        "articles": articles,
        "rounds": rounds,
        "rt_world": _figures(ours, articles),
        "bare": _figures(bare, articles),
        "parser_cpu_ms_a_page": parser,
        "peak_mb": round(max(peaks), 1),
    }
    cpu, bare_cpu = report["rt_world"]["cpu_ms_a_page"], report["bare"]["cpu_ms_a_page"]
    report["ratio"] = round(report["rt_world"]["articles_a_second"] / report["bare"]["articles_a_second"], 3)
    report["cpu_ratio"] = round(cpu / bare_cpu, 3)
    report["budget_cpu_ms_a_page"] = round(bare_cpu + parser + ALLOWANCE_MS, 3)
    report["beyond_fetch_and_parser_ms"] = round(cpu - bare_cpu - parser, 3)
    report["within_budget"] = cpu <= report["budget_cpu_ms_a_page"]
    start = report["rt_world"]["start_cpu_s"] - report["bare"]["start_cpu_s"]
    report["start_beyond_bare_s"] = round(start, 2)
    report["start_within_budget"] = start <= MAX_START_S
    return report


def _figures(timings: list[Timing], articles: int) -> Report:
    return {
        "articles_a_second": round(articles / min(timing.wall for timing in timings), 1),
        "pages_fetched": timings[0].pages,
        "cpu_ms_a_page": round(1000 * min(timing.cpu / timing.pages for timing in timings), 3),
        "cpu_ms_an_article": round(1000 * min(timing.cpu for timing in timings) / articles, 3),
        "start_cpu_s": round(min(timing.start_cpu for timing in timings), 2),
    }


def _page(site: Replica, path: str) -> Page:
    with urlopen(site.url + path) as answer:
        return Page(path, answer.read(), _SITE + path, answer.headers["Content-Type"])

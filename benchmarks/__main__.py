"""`make bench`: a crawl, its start-up, the parser and the archive, measured in one run.

docs/extend/speed.md explains the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.archive import measure_captures as measure_archive
from benchmarks.crawl import ALLOWANCE_MS, MAX_START_S, measure_crawl
from benchmarks.parser import MAX_DOUBTS_MS, MAX_RATIO, measure_corpus
from benchmarks.processes import BenchError, replica
from newscrawler.editions import ENGLISH

Report = dict[str, Any]
#: Reading an archive takes longer than a crawl, and varies less.
MAX_ARCHIVE_ROUNDS = 3
_PARSER_FIGURES = ("cpu_ms_a_page", "bare_cpu_ms_a_page", "ratio")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


# argparse names the function in its message.
_count.__name__ = "positive number"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure crawl, parser and archive.")
    parser.add_argument("--corpus", type=Path, help="folder of real pages; without it the parser's part is skipped")
    parser.add_argument("--articles", type=_count, default=500, help="articles of a timed crawl (default 500)")
    parser.add_argument("--rounds", type=_count, default=8, help="rounds of which the least counts (default 8)")
    parser.add_argument("--captures", type=_count, default=1000, help="captures of the archive (default 1000)")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"), help="default build/bench.json")
    return parser


def machine() -> Report:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("scrapy", "twisted", "lxml", "parsel")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def measure(args: argparse.Namespace) -> Report:
    """All parts, one after the other: two at a time would disturb each other."""
    report: Report = {"machine": machine(), "parser": None}
    if args.corpus:
        report["parser"] = measure_corpus(args.corpus, 2 * args.rounds)
    with replica(args.articles, ENGLISH.world[0]) as site:
        report["crawl"] = measure_crawl(site, args.articles, args.rounds)
    report["archive"] = measure_archive(args.captures, min(args.rounds, MAX_ARCHIVE_ROUNDS))
    return report


def table(report: Report) -> str:
    """The report for a person."""
    crawl, parser, archive = report["crawl"], report["parser"], report["archive"]
    ours, bare = crawl["rt_world"], crawl["bare"]
    lines = [
        (f"crawl of {crawl['articles']} articles", "rt_world", "bare", "ratio"),
        ("articles a second", ours["articles_a_second"], bare["articles_a_second"], crawl["ratio"]),
        ("CPU ms a page", ours["cpu_ms_a_page"], bare["cpu_ms_a_page"], crawl["cpu_ratio"]),
        ("  of it the parser", crawl["parser_cpu_ms_a_page"], "", ""),
        ("  beyond bare and parser", crawl["beyond_fetch_and_parser_ms"], "", ""),
        (f"  allowed: bare + parser + {ALLOWANCE_MS}", crawl["budget_cpu_ms_a_page"], "", _yes(crawl["within_budget"])),
        ("CPU ms an article", ours["cpu_ms_an_article"], bare["cpu_ms_an_article"], ""),
        ("CPU s to start", ours["start_cpu_s"], bare["start_cpu_s"], ""),
        (f"  allowed: bare + {MAX_START_S}", crawl["start_beyond_bare_s"], "", _yes(crawl["start_within_budget"])),
        ("peak MB", crawl["peak_mb"], "", ""),
    ]
    if parser:
        lines += [
            (f"parser on {parser['pages']} real pages", "parser", "lxml.html", "ratio"),
            ("CPU ms a page", parser["cpu_ms_a_page"], parser["bare_cpu_ms_a_page"], parser["ratio"]),
            (f"  allowed: {MAX_RATIO} times lxml.html", "", "", _yes(parser["within_target"])),
            *(
                (f"  {code}: {of['pages']} pages of {of['kb_a_page']} kB", *(of[name] for name in _PARSER_FIGURES))
                for code, of in parser["by_edition"].items()
            ),
            ("  of it doubts", parser["doubts_cpu_ms_a_page"], "", ""),
            ("the run's doubts, page and feed compared", parser["run_doubts_cpu_ms_a_page"], "", ""),
            (f"  allowed: {MAX_DOUBTS_MS} for both", "", "", _yes(parser["doubts_within_target"])),
        ]
    lines += [
        (f"rt_archive, {archive['pages']} captures", "rt_archive", "", ""),
        ("captures a second, first pass and reading", archive["captures_a_second"], "", ""),
        ("captures a CPU second, start-up left out", archive["captures_a_cpu_second"], "", ""),
        ("peak MB", archive["peak_mb"], "", ""),
    ]
    return "\n".join(f"{name:<44}{first!s:>12}{second!s:>12}{third!s:>8}" for name, first, second, third in lines)


def _yes(good: bool) -> str:
    return "yes" if good else "no"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write. The exit code is 1 when a measured process failed, whatever the figures are."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.corpus and not (args.corpus / "pages").is_dir():
        parser.error(f"--corpus {args.corpus}: no such corpus")
    if not args.corpus:
        print("bench: no --corpus, so the parser is not measured on real pages", file=sys.stderr)
    try:
        report = measure(args)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    print(f"{table(report)}\n\n{args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

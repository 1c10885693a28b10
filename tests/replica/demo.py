"""`python -m tests.replica.demo`: serve the replica and crawl it with the real spider, as a user would.

`-a edition=ru` crawls another edition; without it, the English one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from tests.replica import Server, Site, serve
from tests.replica.editions import EDITIONS, serve_edition

#: What a newcomer does next.
NEXT = """Next:
  .venv/bin/scrapy doctor                         whether the live site can be crawled from here: six requests
  .venv/bin/scrapy crawl rt_world --help          what can be asked of a crawl of the live site
  .venv/bin/scrapy extract PAGE.html              read a page that you saved; no request is sent
  docs/use/first-crawl.md                         the first crawl, step by step, and every field of a record"""
OUTPUT = Path("build/demo/articles.jsonl")


def demo_site() -> Site:
    """The site of the demo: several hundred articles, and a few of the things that go wrong on any site."""
    return Site.build(articles=400, faults=("gone", "redirect_chain", "second_section", "windows_1252"))


def _server(edition: str) -> AbstractContextManager[Server]:
    return serve(demo_site()) if edition == "en" else serve_edition(edition, articles=120, faults=("gone", "flaky"))


def main(argv: Sequence[str] | None = None) -> int:
    """Crawl, then say where the records are. Returns the crawl's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.replica.demo")
    names = ["en", *(code for code, edition in EDITIONS.items() if edition.letters is None)]
    parser.add_argument("-a", metavar="edition=CODE", default="edition=en", choices=[f"edition={n}" for n in names])
    edition = parser.parse_args(argv).a.removeprefix("edition=")
    spider = "rt_world" if edition == "en" else f"rt_world_{edition}"
    with _server(edition) as server:
        command = [sys.executable, "-m", "scrapy", "crawl", spider, "-O", str(OUTPUT)]
        # Loopback needs no politeness.
        settings = {
            "NEWSCRAWLER_MIRRORS": json.dumps({urlsplit(server.site.host).hostname: server.url}),
            "AUTOTHROTTLE_ENABLED": "False",
            "DOWNLOAD_DELAY": "0",
            "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
            "LOG_LEVEL": "WARNING",
        }
        for name, value in settings.items():
            command += ["-s", f"{name}={value}"]
        done = subprocess.run(command, check=False)
    if done.returncode:
        print(f"the crawl failed with exit code {done.returncode}", file=sys.stderr)
        return done.returncode
    with OUTPUT.open(encoding="utf-8") as lines:
        first = json.loads(next(lines))
        count = 1 + sum(1 for _ in lines)
    short = {name: first[name] for name in ("published_at", "section", "headline", "lead", "tags", "word_count")}
    print(f"\n{count} records in {OUTPUT}; of the first:\n")
    for name, value in short.items():
        print(f"{name:>14}  {textwrap.shorten(', '.join(value) if isinstance(value, list) else str(value), 90)}")
    print(f"\n{NEXT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

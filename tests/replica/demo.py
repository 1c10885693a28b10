"""`python -m tests.replica.demo`: serve the replica and crawl it with the real spider, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.replica import HOST, Site, serve

OUTPUT = Path("build/demo/articles.jsonl")


def demo_site() -> Site:
    """The site of the demo: several hundred articles, and a few of the things that go wrong on any site."""
    return Site.build(articles=400, faults=("gone", "redirect_chain", "second_section", "windows_1252"))


def main() -> int:
    """Crawl, then say where the records are. Returns the crawl's exit code."""
    with serve(demo_site()) as server:
        command = [sys.executable, "-m", "scrapy", "crawl", "rt_world", "-O", str(OUTPUT)]
        # Loopback needs no politeness.
        settings = {
            "NEWSCRAWLER_MIRRORS": json.dumps({urlsplit(HOST).hostname: server.url}),
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
        first = next(lines)
        count = 1 + sum(1 for _ in lines)
    print(f"\nthe first of {count} records:\n{first.strip()}\n\n{OUTPUT.resolve()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

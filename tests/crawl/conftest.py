"""A crawl as a user starts it: a process of its own, against a replica in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.replica import Server, Site, serve

ROOT = Path(__file__).parents[2]
#: Loopback needs no politeness.
FAST = {
    "AUTOTHROTTLE_ENABLED": "False",
    "DOWNLOAD_DELAY": "0",
    "CONCURRENT_REQUESTS_PER_DOMAIN": "8",
    "NEWSCRAWLER_REFUSAL_WAIT": "0",
}


@dataclass
class Run:
    """What a finished command left behind."""

    code: int
    out: str
    err: str
    records: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, int]:
        """The summary's outcome counts."""
        line = next(line for line in self.err.splitlines() if line.lstrip().startswith("outcomes "))
        pairs = line.split("outcomes", 1)[1].strip().split(", ")
        return {name: int(count) for name, count in (pair.split(" ") for pair in pairs if " " in pair)}

    @property
    def scheduled(self) -> int:
        """The summary's count of scheduled addresses."""
        line = next(line for line in self.err.splitlines() if line.lstrip().startswith("addresses "))
        return int(line.split()[1])


def scrapy_command(*args: str, url: str | None = None, settings: dict[str, str] | None = None) -> list[str]:
    """The command line of a `scrapy` command, warnings being errors."""
    command = [sys.executable, "-W", "error", "-m", "scrapy", *args]
    options = dict(FAST)
    if url is not None:
        options["NEWSCRAWLER_HOSTS"] = json.dumps({"www.rt.com": url})
    if args[0] in ("crawl", "explain", "capture"):
        for name, value in {**options, **(settings or {})}.items():
            command += ["-s", f"{name}={value}"]
    return command


def environment() -> dict[str, str]:
    """The environment for a command that may be started in any folder."""
    return {**os.environ, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def replica() -> Iterator[Callable[..., Server]]:
    """Start replicas; they stop with the test."""
    running = []

    def start(latency: float = 0.0, validators: bool = False, **site: Any) -> Server:
        context = serve(
            Site.build(**{"articles": 60, "faults": "none", **site}), latency=latency, validators=validators
        )
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def served() -> Iterator[Callable[..., Server]]:
    """Serve sites that a test made up; they stop with the test."""
    with ExitStack() as stack:
        yield lambda site, **options: stack.enter_context(serve(site, **options))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    """Run a `scrapy` command in an empty folder and read the records it wrote to articles.jsonl, if it did."""

    def start(
        *args: str,
        server: Server | None = None,
        settings: dict[str, str] | None = None,
        stdin: bytes = b"",
        memory_is_its_own: bool = False,
    ) -> Run:
        command = scrapy_command(*args, url=server.url if server else None, settings=settings)
        if memory_is_its_own:
            # Linux hands the peak memory of whoever starts a process on to it: a test's, hundreds of megabytes.
            command = ["/bin/sh", "-c", '"$0" "$@"; exit $?', *command]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(), input=stdin, capture_output=True, timeout=120, check=False
        )
        output = tmp_path / "articles.jsonl"
        lines = output.read_text("utf-8").splitlines() if output.exists() else []
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), [json.loads(line) for line in lines])

    return start

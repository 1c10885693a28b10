"""Shared fixtures: replicas, crawls, the corpus (never copied: read from where `--corpus` says)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Run, arguments_of, environment, run_scrapy, scrapy_command
from tests.replica import Server, Site, serve


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--corpus", type=Path, default=None, help="folder of real pages, such as ../shared/corpus")


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """The corpus folder; tests that ask for it are skipped without --corpus."""
    folder: Path | None = request.config.getoption("--corpus")
    if folder is None:
        pytest.skip("needs --corpus")
    if not (folder / "pages").is_dir():
        pytest.fail(f"--corpus {folder}: no such corpus")
    return folder


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
        cold: bool = False,
    ) -> Run:
        url = server.url if server else None
        if memory_is_its_own:
            # Linux hands the peak memory of whoever starts a process on to it: a test's, hundreds of megabytes.
            command = ["/bin/sh", "-c", '"$0" "$@"; exit $?', *scrapy_command(*args, url=url, settings=settings)]
            ended = subprocess.run(
                command, cwd=tmp_path, env=environment(), input=stdin, capture_output=True, timeout=120, check=False
            )
            done = Run(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
        else:
            done = run_scrapy(tmp_path, arguments_of(*args, url=url, settings=settings), stdin=stdin, cold=cold)
        output = tmp_path / "articles.jsonl"
        lines = output.read_text("utf-8").splitlines() if output.exists() else []
        return replace(done, records=[json.loads(line) for line in lines])

    return start

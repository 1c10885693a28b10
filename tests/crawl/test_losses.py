"""What is lost or misunderstood is said, in one line and an exit code that is not 0."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import Run, environment, scrapy_command
from tests.replica import Server

CRAWL = ("crawl", "rt_world", "-O", "articles.jsonl")


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_standard_output_that_can_t_be_written(
    replica: Callable[..., Server], tmp_path: Path, redirection: str
) -> None:
    server = replica(articles=5)
    command = scrapy_command("crawl", "rt_world", "-O", "-:jsonlines", url=server.url)
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" "$@" {redirection}', *command],
        cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_output_through_a_symlink(replica: Callable[..., Server], run: Callable[..., Run], tmp_path: Path) -> None:
    target = tmp_path / "real" / "kept.jsonl"
    target.parent.mkdir()
    target.write_text("")
    target.chmod(0o640)
    link = tmp_path / "articles.jsonl"
    link.symlink_to(target)
    done = run(*CRAWL, server=replica(articles=5))
    assert done.code == 0, done.err
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert len(target.read_text("utf-8").splitlines()) == len(done.records) > 0
    assert sorted(path.name for path in target.parent.iterdir()) == ["kept.jsonl"]

"""Scrapy's own commands, of which tests/crawl/test_api.py runs one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_runs import scrapy_s_own
from tests.replica import Server


@pytest.mark.parametrize(
    "command", [["fetch", "{url}"], ["parse", "{url}"], ["shell", "{url}", "-c", "response.status"], ["check"]]
)
def test_scrapy_s_own_commands_leave_the_data_folder_alone(
    command: list[str], replica: Callable[..., Server], tmp_path: Path
) -> None:
    server = replica(articles=5)
    story = next(iter(server.site.stories))
    done = scrapy_s_own(server, tmp_path, *(part.format(url=story.url) for part in command))
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    assert "Traceback" not in log
    expected = {"fetch": "<h1", "parse": "'headline': ", "shell": "200", "check": "OK"}
    assert expected[command[0]] in log
    assert not list(tmp_path.iterdir())

"""A backup of a crawl under way, restored elsewhere: whole, and the next crawl goes on from it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.command_runs import scrapy
from tests.harness import NOW, Data, addresses_until, news, site_at, wait_until
from tests.replica import Server
from tests.scheduling import commands

MINUTE = timedelta(minutes=1)
HERE = ".venv/bin/scrapy "


@pytest.mark.slow
def test_a_backup_of_a_crawl_under_way(tmp_path: Path, served: Callable[..., Server]) -> None:
    data, restored = Data(tmp_path), Data(tmp_path / "elsewhere")
    addresses = addresses_until(NOW, articles=150)
    earlier = site_at(NOW, addresses[: len(addresses) // 3])
    assert data.crawl(served(earlier)).code == 0
    first = data.records
    server = served(site_at(NOW, addresses), latency=0.1)
    slowly = {"CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    backup, *restore = [command for command in commands("Back up and restore") if not command.startswith("flock ")]
    with data.start(server, settings=slowly, at=NOW + MINUTE) as crawl:
        wait_until(lambda: list((data.path / "parts").glob("*.jsonl")))
        time.sleep(0.3)  # a few lines more
        crawl.send_signal(signal.SIGSTOP)  # on a busy machine it might end before the backup has begun
        try:
            done = scrapy(tmp_path, *backup.removeprefix(HERE).split())
        finally:
            crawl.send_signal(signal.SIGCONT)
        crawl.communicate(timeout=120)
    assert crawl.returncode == 0
    assert done.code == 0, done.err
    restored.folder.mkdir()
    for command in restore:
        here = command.replace("restored", "elsewhere/data")
        if here.startswith(HERE):
            ended = scrapy(tmp_path, *here.removeprefix(HERE).split())
            assert ended.code == 0, ended.out
        else:
            subprocess.run(["sh", "-c", here], cwd=tmp_path, check=True)
    kept = restored.records
    assert kept[: len(first)] == first
    assert len(first) < len(kept) < len(news(addresses))
    assert restored.problems() == []
    assert restored.crawl(served(site_at(NOW, addresses)), at=NOW + 2 * MINUTE).code == 0
    assert restored.records[: len(kept)] == kept
    restored.check_whole(news(addresses))
    data.check_whole(news(addresses))

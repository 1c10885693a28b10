"""The project as an egg in a real scrapyd: deployed, scheduled, watched and cancelled as docs/operate/scheduling.md
says."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from tests.harness import FAST, NOW, ROOT, Data, addresses_until, article_requests, news, site_at
from tests.replica import Server, Site, serve
from tests.scheduling import commands, make_project

ADD, SCHEDULE, STATUS, LOG, CANCEL = [line for line in commands("scrapyd") if line.startswith("curl ")]
TIMEOUT = 60


@dataclass
class Scrapyd:
    """A running scrapyd with the egg in it."""

    folder: Path
    port: int

    @property
    def data(self) -> Data:
        """Where the jobs' dataset is."""
        return Data(self.folder)

    @property
    def own_log(self) -> str:
        """What scrapyd itself has said."""
        return (self.folder / "scrapyd.log").read_text("utf-8")

    def type(self, command: str, job: str, *more: str) -> str:
        """Run a command of the page, with this scrapyd's port, folders and job in it; what it printed."""
        for there, here in (
            ("127.0.0.1:6800", f"127.0.0.1:{self.port}"),
            ("/var/lib/newscrawler", str(self.data.path)),
            ("morning", job),
        ):
            command = command.replace(there, here)
        arguments = [part for pair in more for part in ("--data-urlencode", pair)]
        done = subprocess.run(
            ["bash", "-c", f'{command} "$@"', "bash", *arguments],
            cwd=self.folder / "project",
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
        )
        return done.stdout

    def ask(self, command: str, job: str, *more: str) -> dict[str, Any]:
        """As ``type``, for what answers in JSON."""
        answer: dict[str, Any] = json.loads(self.type(command, job, *more))
        assert answer["status"] == "ok", answer
        return answer

    def schedule(self, job: str, server: Server, *more: str) -> None:
        """Schedule a crawl of a replica."""
        options = {**FAST, "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": server.url})}
        settings = [f"setting={name}={value}" for name, value in options.items()]
        assert self.ask(SCHEDULE, job, *settings, *more)["jobid"] == job

    def log_of(self, job: str) -> str:
        """A job's log when it has ended."""
        wait_for(lambda: self.ask(STATUS, job)["currstate"] == "finished")
        return self.type(LOG, job)

    def exit_code_of(self, job: str) -> int:
        """The exit code of a job that has ended, by scrapyd's own log."""
        ended = [line for line in self.own_log.splitlines() if f"job='{job}'" in line and "Process started" not in line]
        if "Process finished" in ended[-1]:
            return 0
        return int(ended[-1].partition("exitstatus=")[2].split()[0])


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def scrapyd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapyd]:
    folder = tmp_path_factory.mktemp("scrapyd")
    spiders = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["newscrawler.spiders"]})).list()
    made = subprocess.run(
        ["make", "egg"], cwd=make_project(folder / "project"), capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    port = free_port()
    config = (ROOT / "deploy/scrapyd.conf").read_text("utf-8").replace("6800", str(port))
    config = config.replace("/var/lib/scrapyd", str(folder)).replace("/var/log/scrapyd", str(folder / "logs"))
    (folder / "scrapyd.conf").write_text(f"{config}poll_interval = 0.2\n")
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
    with (
        (folder / "scrapyd.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "scrapyd"], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        running = Scrapyd(folder, port)
        try:
            wait_for(lambda: "Site starting on" in running.own_log)
            added = running.ask(ADD, "none")
            assert (added["project"], added["version"]) == ("newscrawler", "1.0.0")
            assert added["spiders"] == len(spiders), "an egg without some of the spiders"
            yield running
        finally:
            process.terminate()


def served(articles: int = 40) -> AbstractContextManager[Server]:
    return serve(Site.build(articles=articles, faults="none"))


def test_jobs_fill_the_dataset(scrapyd: Scrapyd, tmp_path: Path) -> None:
    feed = tmp_path / "job.jl"
    feeds = json.dumps({feed.as_uri(): {"format": "jsonlines"}})
    with served() as server:
        scrapyd.schedule("first", server, "max_articles=5")
        log = scrapyd.log_of("first")
        assert "verdict  good (exit code 0): 0 of 5 URLs failed\n" in log
        assert "Traceback" not in log
        assert scrapyd.exit_code_of("first") == 0
        assert len(scrapyd.data.records) == 5
        user_agents = {request.headers["User-Agent"] for request in server.requests}
        assert user_agents == {"newscrawler/1.0 (+https://example.org/who-we-are)"}
        # As with items_dir set.
        scrapyd.schedule(
            "second", server, f"setting=FEEDS={feeds}", "setting=NEWSCRAWLER_MODE=incremental", "_version=1.0.0"
        )
        assert "verdict  good (exit code 0)" in scrapyd.log_of("second")
    lines = feed.read_text("utf-8").splitlines()
    assert {line["article_id"] for line in scrapyd.data.records} >= {json.loads(line)["article_id"] for line in lines}
    assert len(scrapyd.data.records) == 5 + len(lines)
    assert len(lines) > 5
    assert scrapyd.data.problems() == []


def test_what_a_job_can_t_use(scrapyd: Scrapyd) -> None:
    with served() as server:
        scrapyd.schedule("wrong", server, "colour=red")
        [line] = scrapyd.log_of("wrong").splitlines()
        assert "ERROR: unknown argument -a colour=…; there are: section, " in line
        assert server.requests == []
    assert scrapyd.exit_code_of("wrong") == 2


def test_a_bad_verdict_is_at_the_end_of_the_job_s_log(scrapyd: Scrapyd) -> None:
    with served(articles=0) as server:
        scrapyd.schedule("bad", server, "setting=LOG_LEVEL=ERROR", "section=africa")
        log = scrapyd.log_of("bad")
    assert log.splitlines()[-1].lstrip().startswith("verdict  bad verdict (exit code 3): no article's URL")
    assert scrapyd.exit_code_of("bad") == 3


def test_a_cancelled_job_and_the_next(scrapyd: Scrapyd) -> None:
    data = Data(scrapyd.folder / "cancelled")
    place = f"setting=NEWSCRAWLER_DATA_DIR={data.path}"  # the later of two counts
    addresses = addresses_until(NOW, articles=100)
    slowly = ["setting=CONCURRENT_REQUESTS_PER_DOMAIN=1"]
    with serve(site_at(NOW, addresses), latency=0.15) as server:
        scrapyd.schedule("cancelled", server, place, *slowly)
        wait_for(lambda: len(article_requests(server)) > 2)
        assert scrapyd.ask(CANCEL, "cancelled")["prevstate"] == "running"
        log = scrapyd.log_of("cancelled")
    assert "verdict  interrupted (exit code 130): interrupted; what was found so far is kept" in log
    assert scrapyd.exit_code_of("cancelled") == 130
    assert "Traceback" not in log
    kept = data.records
    assert 0 < len(kept) < len(news(addresses))
    with serve(site_at(NOW, addresses)) as server:
        scrapyd.schedule("next", server, place)
        assert "verdict  good (exit code 0)" in scrapyd.log_of("next")
    assert data.records[: len(kept)] == kept
    data.check_whole(news(addresses))

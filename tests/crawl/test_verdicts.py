"""Verdicts and alarms of real crawls, one after the other, as a timer starts them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from newscrawler import settings as our_settings
from newscrawler.ledger import LEDGER_NAME, Ledger
from tests.harness import HOUR, NOW, Data, Run, addresses_until, site_at
from tests.replica import Server

Serve = Callable[..., Server]
#: Nobody listens there.
DOWN = {"NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": "http://127.0.0.1:9"}), "RETRY_ENABLED": "False"}
TOKEN = "geheim"


class Watch:
    """Crawls with alarms to a command that writes them down, and to a web server that nobody serves."""

    def __init__(self, data: Data, server: Server) -> None:
        self._data, self._server = data, server
        self._log = data.folder / "alarms.jsonl"
        self._hours = 0

    def crawl(self, **settings: str) -> Run:
        """An hour after the last."""
        self._hours += 1
        note = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"
        return self._data.crawl(
            self._server,
            at=NOW + self._hours * HOUR,
            settings=settings,
            NEWSCRAWLER_ALARM_COMMAND=json.dumps([sys.executable, "-c", note, str(self._log)]),
            NEWSCRAWLER_ALARM_URLS=f"json://127.0.0.1:9/{TOKEN}",
            XDG_STATE_HOME=str(self._data.folder / "state"),
        )

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the command was told."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []


@pytest.fixture
def watch(data: Data, served: Serve) -> Watch:
    return Watch(data, served(site_at(NOW, addresses_until(NOW, articles=12))))


def test_a_site_that_is_down_is_told_once_and_once_when_it_is_back(data: Data, watch: Watch) -> None:
    assert watch.crawl().code == 0
    before = data.records
    runs = [watch.crawl(**DOWN), watch.crawl(**DOWN), watch.crawl()]
    assert [run.code for run in runs] == [3, 3, 0]
    assert [(message["event"], message["exit_code"]) for message in watch.told] == [("bad", 3), ("recovered", 0)]
    with Ledger.open(data.path / LEDGER_NAME, read_only=True) as ledger:
        last = ledger.runs.last(4)
        states = ledger.alarms.states()
    assert [run.exit_code for run in last] == [0, 3, 3, 0]
    assert watch.told[0]["run_id"] == last[2].run_id
    assert watch.told[1]["bad_since"] == watch.told[0]["at"]
    # The other channel failed, which changed nothing, was said, and is tried again.
    assert data.records == before
    assert list(states) == ["rt_world json"]
    for run in runs:
        event = "recovered" if run.code == 0 else "bad"
        assert f"alarm  {event}: NOT sent, tried again at the next run: json: " in run.err
        assert TOKEN not in run.err


@pytest.mark.slow
def test_a_ledger_that_can_t_be_opened_is_told_once_too(data: Data, watch: Watch) -> None:
    """There is no ledger to keep what was told."""
    assert watch.crawl().code == 0
    ledger = data.path / LEDGER_NAME
    sound = ledger.read_bytes()
    ledger.write_bytes(b"no ledger at all" * 100)
    assert [watch.crawl().code, watch.crawl().code] == [6, 6]
    assert [(message["event"], message["exit_code"]) for message in watch.told] == [("bad", 6)]
    assert "not a ledger" in watch.told[0]["why"]
    ledger.write_bytes(sound)
    assert watch.crawl().code == 0
    assert [message["event"] for message in watch.told] == ["bad", "recovered"]


@pytest.mark.parametrize("output", [(), ("-O", "articles.jsonl")])
def test_output_that_the_disk_lost_is_seen(data: Data, served: Serve, output: tuple[str, ...]) -> None:
    server = served(site_at(NOW, addresses_until(NOW, articles=12)))
    extensions = {**our_settings.EXTENSIONS, "tests.crawl.lossy_disk.LossyDisk": 5}
    run = data.crawl(server, *output, settings={"EXTENSIONS": json.dumps(extensions)})
    assert run.code == 6, run.err
    assert "holds " in run.err.splitlines()[-1]
    assert not (data.folder / "articles.jsonl").exists()

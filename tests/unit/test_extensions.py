"""What extensions do with the signals that they hear: pages kept for a human, a stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.extensions import failed_pages
from newscrawler.extensions.failed_pages import FailedPages
from newscrawler.extensions.stop_signal import StopSignal
from newscrawler.outcomes import Outcome
from newscrawler.run import ArticleRef, article_of
from tests.unit.test_run import request


def ref(number: int) -> ArticleRef:
    found = article_of(request(f"https://www.rt.com/news/{number}-a-story/"))
    assert found is not None
    return found


def pages(monkeypatch: pytest.MonkeyPatch, data: Path | None) -> tuple[Crawler, FailedPages]:
    monkeypatch.setattr("newscrawler.extensions.failed_pages.run_of", lambda crawler: SimpleNamespace(data_dir=data))
    crawler = get_crawler()
    return crawler, FailedPages.from_crawler(crawler)


def outcome(pages: FailedPages, number: int, outcome: Outcome, body: bytes | None = b"<p>") -> None:
    response = None if body is None else Response("https://www.rt.com/", body=body)
    pages._outcome_decided(ref=ref(number), outcome=outcome, response=response)


def value(crawler: Crawler, name: str) -> Any:
    assert crawler.stats is not None
    return crawler.stats.get_value(name)


def test_pages_without_a_record_are_kept_the_newest_of_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crawler, kept = pages(monkeypatch, tmp_path)
    outcome(kept, 640001, Outcome.INVALID, b"first")
    outcome(kept, 640001, Outcome.INVALID, b"second")
    outcome(kept, 640002, Outcome.UNKNOWN_LAYOUT)
    outcome(kept, 640003, Outcome.UNKNOWN_LAYOUT, None)
    for number, other in enumerate(set(Outcome) - {Outcome.INVALID, Outcome.UNKNOWN_LAYOUT}):
        outcome(kept, 650000 + number, other)
    found = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert found == {"en-640001.html": b"second", "en-640002.html": b"<p>"}
    kept._spider_closed()
    said = next(text for text in (crawler.stats or SimpleNamespace()).get_stats().values() if "layout" in str(text))
    assert said.startswith("2 page(s) of no known layout; kept in ")
    assert said.endswith("scrapy explain " + str(tmp_path / "kept" / "en-640002.html"))


def test_no_more_than_a_redesign_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(failed_pages, "MAX_PAGES", 3)
    _, kept = pages(monkeypatch, tmp_path)
    for number in range(640001, 640006):
        outcome(kept, number, Outcome.UNKNOWN_LAYOUT)
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_a_page_that_cannot_be_kept_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    crawler, kept = pages(monkeypatch, tmp_path)
    outcome(kept, 640001, Outcome.UNKNOWN_LAYOUT)
    kept._spider_closed()
    assert any("none is kept; see one with" in str(text) for text in (crawler.stats or {}).get_stats().values())  # type: ignore[union-attr]


def test_a_one_off_run_keeps_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    _, kept = pages(monkeypatch, None)
    outcome(kept, 640001, Outcome.UNKNOWN_LAYOUT)
    kept._spider_closed()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_noted_and_handed_on(
    monkeypatch: pytest.MonkeyPatch, handlers: None, caplog: pytest.LogCaptureFixture, number: signal.Signals
) -> None:
    told: list[str] = []

    def stop_sending(why: str) -> int:
        told.append(why)
        return 4

    backoff = SimpleNamespace(stop_sending=stop_sending)
    monkeypatch.setattr("newscrawler.extensions.stop_signal.backoff_of", lambda crawler: backoff)
    loop = SimpleNamespace(call_soon_threadsafe=lambda call: call())
    monkeypatch.setattr("newscrawler.extensions.stop_signal.asyncio.get_running_loop", lambda: loop)
    scrapy_s: list[int] = []
    signal.signal(number, lambda signum, frame: scrapy_s.append(signum))
    crawler = get_crawler()
    slots = {"www.rt.com": SimpleNamespace(transferring={1, 2})}
    crawler.engine = SimpleNamespace(downloader=SimpleNamespace(slots=slots))  # type: ignore[assignment]
    StopSignal.from_crawler(crawler)._engine_started()
    signal.raise_signal(number)
    assert scrapy_s == [number]
    assert told == ["the run was stopped"]
    assert value(crawler, "newscrawler/stop_signal") == number.name
    assert "2 request(s) under way are waited for, 4 are not sent" in caplog.text

"""A server that says when to come back is not asked before."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from newscrawler.utils import seconds_to_wait
from tests.constants import with_constants
from tests.harness import Run
from tests.replica import Site, Story
from tests.replica.answers import Answers

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Wed, 01 Jul 2026 12:00:30 GMT", 30),
        ("Wed, 01 Jul 2026 14:00:30 +0200", 30),
        ("Wed, 01 Jul 2026 11:00:00 GMT", 0),
        ("Wed, 01 Jul 2026 12:00:30 -0000", 30),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_both_forms_of_the_header(header: str, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOW) == seconds


@dataclass
class Door:
    """A replica behind a door that is shut at first: the answer to the article's first requests."""

    site: Site
    retry_after: Callable[[], str]
    status: int = 429
    shut: int = 1
    url: str = ""
    asked: list[tuple[float, str, int]] = field(default_factory=list)

    @property
    def story(self) -> Story:
        return self.site.stories[-1]

    @property
    def times(self) -> list[float]:
        """When the article was asked for."""
        return [moment for moment, path, _ in self.asked if path == self.story.path]

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path
        refuse = path == self.story.path and len(self.times) < self.shut
        answer = self._answers.answer(path)
        status = self.status if refuse else answer.status
        self.asked.append((time.monotonic(), path, status))
        if refuse:
            return web.Response(status=status, headers={"Retry-After": self.retry_after()})
        return web.Response(status=status, body=answer.body, headers={"Content-Type": answer.content_type})

    def __post_init__(self) -> None:
        self._answers = Answers(self.site)


@contextmanager
def serving(door: Door) -> Iterator[Door]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", door.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        door.url = f"http://{host}:{port}"

    asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield door
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def crawl(run: Callable[..., Run], door: Door, *urls: str, longest: float = 120) -> Run:
    settings = {
        "NEWSCRAWLER_MIRRORS": json.dumps({"www.rt.com": door.url}),
        **with_constants(**{"newscrawler.middlewares.backoff.MAX_RETRY_AFTER": longest}),
    }
    wanted = ",".join((door.story.url, *urls))
    return run("crawl", "rt_world", "-O", "articles.jsonl", "-a", f"url={wanted}", settings=settings)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site.build(articles=20, faults="none")


@pytest.mark.parametrize("status", [429, 503])
def test_seconds_are_waited_for(run: Callable[..., Run], site: Site, status: int) -> None:
    with serving(Door(site, lambda: "1", status=status)) as door:
        done = crawl(run, door)
    assert done.code == 0, done.err
    assert done.outcomes == {"new": 1}
    first, second = door.times
    assert 0.95 < second - first < 5


def test_a_date_is_waited_for(run: Callable[..., Run], site: Site) -> None:
    def in_two_seconds() -> str:
        return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)

    with serving(Door(site, in_two_seconds)) as door:
        done = crawl(run, door)
    assert done.code == 0, done.err
    assert done.outcomes == {"new": 1}
    first, second = door.times
    # The date has whole seconds.
    assert 0.9 < second - first < 6


def test_the_whole_host_is_left_in_peace(run: Callable[..., Run], site: Site) -> None:
    others = [story.url for story in list(site.stories)[-8:-1]]
    with serving(Door(site, lambda: "2")) as door:
        done = crawl(run, door, *others)
    assert done.code == 0, done.err
    assert done.outcomes == {"new": 8}
    refused = door.times[0]
    # What was under way when the door shut may still come in.
    assert not [path for moment, path, _ in door.asked if refused + 0.5 < moment < refused + 1.9]


def test_a_long_wait_is_not_sat_out(run: Callable[..., Run], site: Site) -> None:
    other = list(site.stories)[-2].url
    with serving(Door(site, lambda: "3600", shut=99)) as door:
        started = time.monotonic()
        done = crawl(run, door, other, longest=2)
        took = time.monotonic() - started
    assert done.code == 4, done.err
    # What was under way when the door shut may still come in.
    assert done.outcomes in ({"new": 1, "blocked": 1}, {"blocked": 1, "not_reached": 1})
    assert len(door.times) == 1
    assert took < 20
    assert "the site asked to come back in 3600 s (too_many_requests); do not come back before 20" in done.err


def test_a_header_that_says_nothing_is_an_ordinary_refusal(run: Callable[..., Run], site: Site) -> None:
    with serving(Door(site, lambda: "soon")) as door:
        done = crawl(run, door)
    assert done.code == 0, done.err
    assert len(door.times) == 2

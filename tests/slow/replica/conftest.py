"""One site for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.replica import Server, Site, serve
from tests.replica.answers import Answers


@pytest.fixture(scope="session")
def site() -> Site:
    return Site.build(400, seed=1, slow_seconds=0.05, huge_bytes=2_000_000)


@pytest.fixture(scope="session")
def answers(site: Site) -> Answers:
    return Answers(site)


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site) as running:
        yield running

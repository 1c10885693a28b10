"""Years of a site, made fast: 100,000 addresses whose pages are written only when they are asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.replica import story as s
from tests.replica.faults import Address
from tests.replica.heads import Head, number_at
from tests.replica.site import Options, Site

_SECTIONS = ("news", "news", "news", "russia", "usa", "business", "sport", "uk", "news", "op-ed")
_WHO = ("Parliament", "The ministry", "A court", "The harbor", "Farmers", "The union", "A bank", "The mayor")
_WHAT = ("delays", "approves", "questions", "defends", "reopens", "cancels", "plans", "explains")
_WHICH = ("the budget", "a treaty", "new tariffs", "the census", "a ferry line", "the pipeline", "an inquiry")


def archive(years: Sequence[int], articles: int, seed: int = 1, *, late: float = 0.03, **options: Any) -> Site:
    """That many articles, evenly over the years, with ids that follow the time at which a story was begun.

    A share of them, ``late``, is published up to a day and a half after that, so that ids are in order only
    nearly. All is in the past: the clock stands a month behind the last year.
    """
    rng = random.Random(seed)
    start, end = datetime(min(years), 1, 1, tzinfo=UTC), datetime(max(years) + 1, 1, 1, tzinfo=UTC)
    step = (end - start) / articles
    addresses: list[Address] = []
    number = 0
    for index in range(articles):
        begun = start + step * (index + rng.random())
        number = max(number + 1, number_at(begun))
        published = begun + (timedelta(hours=36 * rng.random()) if rng.random() < late else timedelta(minutes=6))
        head = _head(number, seed * 10_000_019 + index, min(published, end - timedelta(minutes=1)), rng)
        addresses.append(Address(head.path, "article", head, (head.section,)))
    addresses.sort(key=lambda address: address.head.published_at if address.head else start)
    now = end + timedelta(days=31)
    return Site(addresses, lambda: now, Options(**options))


def _head(number: int, seed: int, published: datetime, rng: random.Random) -> Head:
    words = (rng.choice(_WHO), rng.choice(_WHAT), rng.choice(_WHICH))
    slug = "-".join(" ".join(words).lower().split())
    section = rng.choice(_SECTIONS)
    layout = s.LAYOUT_2022_OPED if section == "op-ed" else s.LAYOUT_2022
    # The migration of 2022 touched every older page: of half of them the last change tells nothing.
    migrated = published.year < 2022 and rng.random() < 0.5
    path = f"/{section}/{number}-{slug}/"
    return Head(number, seed, path, section, " ".join(words), layout, published.replace(microsecond=0), (), migrated)

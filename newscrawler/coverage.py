"""How much of a range of days a run covered, told from its counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_PREFIX = "newscrawler/history/"


def coverage(stats: Mapping[str, Any]) -> str | None:
    """One line for the summary; None for a run over no range."""
    if f"{_PREFIX}days" not in stats:
        return None

    def count(name: str) -> int:
        return int(stats.get(_PREFIX + name, 0))

    found, known = count("in_range"), count("known_in_range")
    return "; ".join(
        [
            f"{stats[f'{_PREFIX}first']} to {stats[f'{_PREFIX}last']} (UTC): {count('covered')} of {count('days')} days"
            " have articles",
            f"{found + known} articles in it ({known} of them known before)",
            f"{stats.get('newscrawler/outcome/out_of_range', 0)} read outside it",
            f"{stats.get('newscrawler/outcome/not_reached', 0)} not reached",
            f"{count('considered')} addresses weighed",
            f"{stats.get('newscrawler/source/sitemap/pages', 0)} sitemaps read",
        ]
    )


def coverage_notes(stats: Mapping[str, Any]) -> Iterator[str]:
    """What a person should know about the range."""
    if f"{_PREFIX}days" not in stats:
        return
    if not stats.get(f"{_PREFIX}walked"):
        yield "the range was not walked to its end; the same command with a data folder goes on from here"
    if missing := stats.get(f"{_PREFIX}years_without_sitemap"):
        yield f"the index names no sitemap for {missing} of the range's years"
    if strange := stats.get(f"{_PREFIX}years_out_of_order"):
        yield f"in {strange} year(s) ids did not follow publication, and all addresses were read"


def gap_in_range(stats: Mapping[str, Any]) -> str | None:
    """Why a run over a range that came to its end is not to be taken for the whole of it; None if it is."""
    lost = stats.get("newscrawler/source/sitemap/lost", 0)
    if f"{_PREFIX}days" in stats and lost:
        return f"{lost} sitemap(s) of the range could not be read"
    return None

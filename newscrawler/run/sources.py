"""Sources that no longer reach back to what they named last time, until the sitemaps have been read for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newscrawler.ledger import Validators

#: Sitemaps are read from this much before the source was last seen: their times may lag.
_MARGIN = timedelta(days=2)


@dataclass(slots=True)
class ReadSource:
    """What is to be remembered of a source's page; ``name`` and ``ids`` for one by which gaps are found."""

    page: str
    validators: Validators
    name: str = ""
    ids: list[str] = field(default_factory=list)


class Gaps:
    """Sources with a gap are remembered only when the sitemaps have been read.

    A run that is killed before, or finds no sitemap, must leave the gap to be found again by the next one.
    """

    def __init__(self) -> None:
        self._open: list[ReadSource] = []
        self._since: datetime | None = None

    def found(self, seen: ReadSource, last_seen: datetime) -> datetime | None:
        """Note a gap. The time back to which the sitemaps are to be read now; None if they are being read already."""
        self._open.append(seen)
        since = last_seen - _MARGIN
        if self._since is not None and self._since <= since:
            return None
        self._since = since
        return since

    def remember_all(self, remember: Callable[[ReadSource], None]) -> None:
        """Remember the sources: the sitemaps were read."""
        while self._open:
            remember(self._open.pop())

"""When an address is tried again that gave no record: a table, and a pure function of the clock.

The gaps are those between one attempt and the next run that tries; at the end of a row the address is settled:
no run asks for it again, whatever lists it. A quarter of an hour is taken off where an hourly run should not
come seconds too early. An article that is already in the dataset is never settled by this: it goes back to the
re-visit table. ``not_reached`` is due at once and is no attempt, so it has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType


def _gaps(*texts: str) -> tuple[timedelta, ...]:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return tuple(timedelta(**{units[text[-1]]: int(text[:-1])}) for text in texts)


#: Outcome to gaps; their number is that of the further attempts.
RETRY_GAPS: Mapping[str, tuple[timedelta, ...]] = MappingProxyType(
    {
        "failed": _gaps("45m", "165m", "12h", "1d", "3d", "7d"),
        "http_error": _gaps("45m", "165m", "12h", "1d", "3d", "7d"),
        "blocked": _gaps("45m", "165m", "12h", "1d", "2d", "4d", "7d", "14d"),
        # A story that was just listed may not be on every server yet; after that a 404 is final.
        "gone": _gaps("45m", "1d", "7d"),
        # The page may be repaired. A new extractor version has them all tried again at once.
        "invalid": _gaps("165m", "1d", "3d", "7d", "30d"),
        "unknown_layout": _gaps("165m", "1d", "3d", "7d", "30d"),
        # No request is made for these, so asking costs nothing: see ENDLESS.
        "robots": _gaps("1d", "7d", "30d"),
        # Led to another article's record; asked again because that record may have failed to be written.
        "duplicate": _gaps("1d", "7d", "30d"),
        "near_duplicate": _gaps("1d", "7d"),
        "not_article": (),
    }
)
#: Outcomes whose last gap repeats for ever.
ENDLESS = frozenset({"robots"})
#: Outcomes that a new extractor version may turn into records.
UNREADABLE = frozenset({"invalid", "unknown_layout"})


def next_attempt(outcome: str, attempts: int, now: datetime) -> datetime | None:
    """When to try an address again after its ``attempts``-th attempt in a row without a record; None: never.

    Raises KeyError for an outcome without a row.
    """
    gaps = RETRY_GAPS[outcome]
    if attempts > len(gaps) and outcome in ENDLESS:
        attempts = len(gaps)
    return now + gaps[attempts - 1] if 1 <= attempts <= len(gaps) else None

"""Time, files and text for display: what several packages need in one form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

#: Gives the present time, aware, in UTC.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """ISO 8601 in UTC with offset, to the second: how records state times."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def parse_time(text: str) -> datetime:
    """The time that ``format_time`` wrote, aware. Raises ValueError for what is none or has no offset, TypeError for
    what is no text.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


def clock_of(settings: BaseSettings) -> Clock:
    """The clock that NEWSCRAWLER_CLOCK names: an import path, or the callable itself."""
    return cast("Clock", load_object(settings["NEWSCRAWLER_CLOCK"]))


# --- terminal ---


def printable(text: str) -> str:
    """The text with whatever could move the cursor, change the terminal or reorder letters made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)

"""The clock, and text for a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from scrapy.utils.misc import load_object

#: Environment variable of the test harness: import path of a clock, so that a test lives through a month in minutes.
TEST_CLOCK = "NEWSCRAWLER_TEST_CLOCK"

#: Gives the present time, aware, in UTC.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def clock() -> Clock:
    """The machine's clock, or under test the callable that this environment variable names."""
    path = os.environ.get(TEST_CLOCK)
    return cast("Clock", load_object(path)) if path else utc_now


# --- terminal ---


def printable(text: str) -> str:
    """The text with whatever could move the cursor, change the terminal or reorder letters made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)

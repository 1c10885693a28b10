"""The clock of a crawl under test, for NEWSCRAWLER_CLOCK: it starts at a given moment and then runs as time does."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

#: Environment variable with the moment, ISO 8601.
VARIABLE = "TORTURE_NOW"

_started: tuple[datetime, float] | None = None


def now() -> datetime:
    """The pretended time, or the machine's where none is pretended."""
    global _started  # noqa: PLW0603 - read when first asked for: a forked process has its own
    if _started is None:
        text = os.environ.get(VARIABLE)
        start = datetime.fromisoformat(text).astimezone(UTC) if text else datetime.now(UTC)
        _started = (start, time.monotonic())
    start, began = _started
    return start + timedelta(seconds=time.monotonic() - began)

"""The pretended time of a command under test, read from the environment. tests/harness.py sets it."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

#: Environment variable with the moment, ISO 8601.
VARIABLE = "PRETENDED_NOW"

_started: tuple[datetime, float] | None = None


def now() -> datetime:
    """It starts at the pretended moment and then runs as time does; the machine's time where none is pretended."""
    global _started  # noqa: PLW0603 - read when first asked for: a forked process has its own
    if _started is None:
        text = os.environ.get(VARIABLE)
        start = datetime.fromisoformat(text).astimezone(UTC) if text else datetime.now(UTC)
        _started = (start, time.monotonic())
    start, began = _started
    return start + timedelta(seconds=time.monotonic() - began)


def standing() -> datetime:
    """The pretended moment, standing still."""
    return datetime.fromisoformat(os.environ[VARIABLE])

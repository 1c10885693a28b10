"""The clock of a command under test, for NEWSCRAWLER_CLOCK: the moment that TEST_NOW names, standing still."""

from __future__ import annotations

import os
from datetime import datetime


def now() -> datetime:
    return datetime.fromisoformat(os.environ["TEST_NOW"])

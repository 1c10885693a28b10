"""Dates as mail and feeds write them, whatever the locale."""

from __future__ import annotations

from datetime import datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def rfc822(moment: datetime) -> str:
    """`Fri, 01 May 2026 11:58:07 +0000`."""
    return f"{_DAYS[moment.weekday()]}, {moment:%d %b %Y %H:%M:%S} +0000"

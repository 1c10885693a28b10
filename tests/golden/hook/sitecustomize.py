"""Imported by the interpreter of each command that is run for golden records: a set clock, and loopback only.

The clock is set here, and not by a setting of the project, so that it works in every checkout, whatever the project
calls its clock. It stands still at GOLDEN_NOW: ``time.time`` and the monotonic clocks, which timeouts rest on, go on.
"""

from __future__ import annotations

import datetime
import os
import sys
from typing import Any

_real = datetime.datetime
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _AnyDatetime(type):
    """Datetimes that C code made are instances too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _real)


class _SetDatetime(_real, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _SetDatetime:
        moment = cls.fromisoformat(os.environ["GOLDEN_NOW"]).astimezone(tz)
        return moment if tz else moment.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> _SetDatetime:
        return cls.now(datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> _SetDatetime:
        return cls.now()


def _refuse_other_hosts(event: str, args: tuple[Any, ...]) -> None:
    """A checkout that no longer understands the settings given to it must not reach the real site."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "", *_LOOPBACK):
        raise PermissionError(f"golden records: no connection to {name}")


if "GOLDEN_NOW" in os.environ:
    _SetDatetime.__name__ = _SetDatetime.__qualname__ = "datetime"
    _SetDatetime.__module__ = "datetime"
    datetime.datetime = _SetDatetime  # type: ignore[misc]
    sys.addaudithook(_refuse_other_hosts)

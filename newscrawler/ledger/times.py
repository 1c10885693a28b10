"""Times inside the ledger: integer microseconds since 1970, UTC. At its interface: aware datetimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970. Raises ValueError for a time without zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND


def micros_of_text(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 text with offset. Raises ValueError for any other."""
    return micros(datetime.fromisoformat(text))


def moment_of(value: int) -> datetime:
    """The aware datetime, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def optional_micros(moment: datetime | None) -> int | None:
    """As ``micros``; None stays None."""
    return None if moment is None else micros(moment)


def optional_moment(value: int | None) -> datetime | None:
    """As ``moment_of``; None stays None."""
    return None if value is None else moment_of(value)

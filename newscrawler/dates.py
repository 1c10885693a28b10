"""Ranges of days of publication, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days of publication, UTC, the last one included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last) + timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def contains(self, moment: datetime) -> bool:
        """Whether a moment lies in the range."""
        return self.start <= moment < self.end

    def years(self) -> tuple[int, ...]:
        """Years whose sitemaps may name its articles: nothing says in which zone a sitemap's year begins."""
        return tuple(range((self.start - timedelta(days=1)).year, (self.end + timedelta(days=1)).year + 1))

    def covers_year(self, year: int) -> bool:
        """Whether all of a year, and a day on each side, lies in it."""
        day = timedelta(days=1)
        return self.start <= _midnight(date(year, 1, 1)) - day and _midnight(date(year + 1, 1, 1)) + day <= self.end


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

"""Time, files, text for display, and what Scrapy makes: what several packages need in one form."""

from __future__ import annotations

import errno
import gzip
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from scrapy.utils.misc import load_object

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

#: Environment variable of the test harness: import path of a clock, so that a test lives through a month in minutes.
TEST_CLOCK = "NEWSCRAWLER_TEST_CLOCK"

T = TypeVar("T")

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


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION = re.compile(r"(?:(?P<days>\d+)d)?\s*(?:(?P<hours>\d+)h)?\s*(?:(?P<minutes>\d+)m)?")


def parse_day(text: str) -> date:
    """A day such as 2019-12-01. Raises ValueError for anything else, other ISO 8601 forms included."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a day such as 2019-12-01")
    return date.fromisoformat(text)


def parse_duration(text: str) -> timedelta:
    """A duration such as 90m, 12h, 7d or 4d23h45m. Raises ValueError for anything else.

    One that is too long for a timedelta is the longest there is.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is no duration such as 90m, 12h or 7d")
    try:
        return timedelta(**{unit: int(number) for unit, number in match.groupdict().items() if number})
    except OverflowError:
        return timedelta.max


class lazy_property(Generic[T]):
    """``functools.cached_property`` without the lock that it has before Python 3.12: two microseconds a value, of which
    a page has seventeen.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        value = self._make(instance)
        instance.__dict__[self._name] = value
        return value


def parse_mail_date(text: str) -> datetime | None:
    """An RFC 822 date, without a zone where it names none; None for what is none."""
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def parse_http_date(text: str) -> datetime | None:
    """The date of an HTTP header, aware; None for what is none. Its obsolete form without a zone is UTC."""
    moment = parse_mail_date(text)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds_to_wait(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, from its seconds or its date form; None when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    moment = parse_http_date(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


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


def clock() -> Clock:
    """The machine's clock, or under test the callable that this environment variable names."""
    path = os.environ.get(TEST_CLOCK)
    return cast("Clock", load_object(path)) if path else utc_now


class FromCrawler:
    """Base of the parts that Scrapy makes with the crawler as their one argument."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)


def escape_control_chars(text: str) -> str:
    """The text with whatever could move the cursor, change the terminal or reorder letters made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)


def truncate(text: str, max_length: int) -> str:
    """The text for display: what is longer ends in an ellipsis, which counts."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


#: Ends the name of a file that is being written beside the one it will replace; no reader's pattern matches it.
TMP_SUFFIX = ".tmp"
GZ_SUFFIX = ".gz"


def sync_path(path: Path) -> None:
    """Have a file's bytes on the disk, or the names in a folder, so that they survive a power cut."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folders(path: Path) -> None:
    """Make a folder and its parents, so that they survive a power cut."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_path(folder.parent)


@contextmanager
def synced_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file whose bytes are on the disk when the block ends; removed when the block fails."""
    with path.open("wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes ``path``'s place, durably, when the block ends; when it fails, what was there stays.

    Folders that are missing are made; of a link, what it leads to is replaced. Raises OSError, also for a device, a
    FIFO or a folder: in their place no file must come.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    make_folders(path.parent)
    beside = path.with_name(path.name + TMP_SUFFIX)
    with synced_file(beside) as file:
        yield file
    os.replace(beside, path)
    sync_path(path.parent)


def program() -> str:
    """What the user started: `newscrawler` of the wheel, or `scrapy` in the project. Remedies name commands."""
    started = Path(sys.argv[0])
    return "newscrawler" if "newscrawler" in (started.name, started.parent.name) else "scrapy"


def open_plain_or_gzip(path: Path) -> IO[bytes]:
    """A file for reading, decompressed if its name ends in .gz."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == GZ_SUFFIX else path.open("rb")


def gzip_writer(raw: IO[bytes]) -> gzip.GzipFile:
    """Compresses into an open file. Neither name nor time is in it: the same bytes give the same file."""
    return gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=6)

"""What can go wrong with the dataset's files; every message names the file."""

from __future__ import annotations

from newscrawler.exceptions import NewscrawlerError


class DatasetError(NewscrawlerError):
    """Base of all dataset errors; raised itself when a finished file can't be read as lines of JSON."""


class OutputError(DatasetError):
    """Raised when a line or a file of the dataset can't be written. The run must stop: nothing more can be
    appended to its part file, and what is committed stays.
    """

"""What can go wrong with stored pages."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from newscrawler.exceptions import NewscrawlerError


class ArchiveError(NewscrawlerError):
    """Raised when a WARC file or its index can't be opened, read or written as a whole."""


class BrokenRecord(ArchiveError):
    """Raised for one record that can't be read; others of its file may be."""


class NotKept(IgnoreRequest):
    """Raised by the WARC middleware for an answer that could not be written: it is not to be parsed either."""

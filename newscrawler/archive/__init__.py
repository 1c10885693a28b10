"""Stored pages: reading WARC files and writing them.

``warc_files`` names the files, ``CaptureIndex`` lists the captures of articles in them, ``read_page`` reads one as
the response that a crawl would have had.
"""

from __future__ import annotations

from scrapy.http import Response

from newscrawler.archive.captures import Capture, CaptureIndex, RecordLocation
from newscrawler.archive.payloads import StoredResponse, stored_responses
from newscrawler.archive.reader import Page, Record, is_warc_name, load, passed_over, response_of, scan, warc_files
from newscrawler.exceptions import ArchiveError, BrokenRecord, WarcWriteError

#: The largest page that is read, in bytes; as DOWNLOAD_MAXSIZE.
MAX_BYTES = 5_000_000


def read_page(location: RecordLocation, url: str, limit: int = MAX_BYTES) -> Response:
    """The response that is stored at a location, as one to ``url``; its Content-Encoding is not undone.

    Raises BrokenRecord when there is none that can be read.
    """
    return response_of(load(location.path, location.offset, limit), url)


__all__ = [
    "MAX_BYTES",
    "ArchiveError",
    "BrokenRecord",
    "Capture",
    "CaptureIndex",
    "Page",
    "Record",
    "RecordLocation",
    "StoredResponse",
    "WarcWriteError",
    "is_warc_name",
    "load",
    "passed_over",
    "read_page",
    "response_of",
    "scan",
    "stored_responses",
    "warc_files",
]

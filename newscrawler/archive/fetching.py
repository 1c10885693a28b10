"""Bytes of public archives by HTTP, at the pace that their servers ask for.

Common Crawl's answer 503 or 403 to those who are greedy. Each task asks for one thing at a time, so that the number of
tasks under way bounds what is asked for at once.
"""

from __future__ import annotations

import http.client
import io
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO

from newscrawler.exceptions import ArchiveError
from newscrawler.utils import seconds_to_wait

#: Statuses after which the same request may be good later. Some servers say 403 to whoever asks too often.
_LATER = (403, 408, 429, 500, 502, 503, 504)
_TRIES = 6
#: Seconds; a longer Retry-After is not waited for: the file is named, and a later `extract` reads it.
_MAX_WAIT = 600.0
_TIMEOUT = 60
_BLOCK = 1 << 20
_AGENT = "newscrawler (archive)"
#: What a connection that breaks raises.
_BROKEN = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


def fetch(
    url: str,
    target: IO[bytes],
    *,
    start: int = 0,
    length: int | None = None,
    total: Callable[[int], None] = lambda _: None,
) -> None:
    """Write the bytes of a URL, or a range of them, into a file; goes on where a connection broke.

    ``total`` is told how many bytes there are of what is asked for by range.
    Raises ArchiveError when the server does not give them in the end.
    """
    done, tries = 0, 0
    while True:
        before = done
        wait: float | None = None
        try:
            for block in _blocks(url, start + done, None if length is None else length - done, total):
                target.write(block)
                done += len(block)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in _LATER:
                raise ArchiveError(f"{url}: status {error.code}") from error
            why = f"status {error.code}"
            wait = seconds_to_wait(error.headers.get("Retry-After") or "", datetime.now(UTC))
        except _BROKEN as error:
            why = " ".join(str(error).split()) or type(error).__name__
        else:
            if length is None or done == length:
                return
            why = f"{done} of {length} bytes came"
        tries = 1 if done > before else tries + 1
        if wait is not None and wait > _MAX_WAIT:
            raise ArchiveError(f"{url}: {why}, and it asks to wait for {wait:.0f} seconds")
        if tries >= _TRIES:
            raise ArchiveError(f"{url}: {why}, {tries} times")
        # Two workers that were sent away together must not come back together.
        time.sleep(2.0**tries * random.uniform(0.25, 0.5) if wait is None else wait)  # noqa: S311 - no secret


def length_of(url: str) -> int:
    """How many bytes a URL has, as an answer to a range says. Raises ArchiveError."""
    found: list[int] = []
    fetch(url, io.BytesIO(), length=1, total=found.append)
    return found[-1]


def _blocks(url: str, start: int, length: int | None, total: Callable[[int], None]) -> Iterator[bytes]:
    headers = {"User-Agent": _AGENT}
    is_range = bool(start) or length is not None
    if is_range:
        headers["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http and https alone come here
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310
        if is_range and response.status != 206:
            raise ArchiveError(f"{url}: the server gives no ranges: status {response.status}")
        if is_range:
            total(int((response.headers.get("Content-Range") or "/0").rpartition("/")[2]))
        left = response.length
        while block := response.read(_BLOCK):
            yield block
            left = None if left is None else left - len(block)
        if left:
            raise http.client.IncompleteRead(b"", left)

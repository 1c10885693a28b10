"""Failed connections, and a wrong clock, in plain words."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from socket import gaierror

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
)

from newscrawler.exceptions import plain_error
from newscrawler.run.extension import clock_difference

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CannotResolveHostError("DNS lookup failed: no results for hostname lookup: www.rt.invalid."), "(DNS)"),
        (gaierror(-2, "Name or service not known"), "(DNS)"),
        (DownloadConnectionRefusedError("Connection was refused by other side: 111."), "nothing listens there"),
        (ConnectionRefusedError(111, "Connect call failed"), "nothing listens there"),
        (DownloadTimeoutError("Getting https://x took longer than 30.0 seconds."), "no response in time"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed: certificate has expired"), "(TLS)"),
        (DownloadFailedError("[<twisted.python.failure.Failure OpenSSL.SSL.Error: certificate expired>]"), "(TLS)"),
        (
            DownloadFailedError(
                "[<twisted.python.failure.Failure OpenSSL.SSL.Error: [('SSL routines', '', 'wrong version number')]>]"
            ),
            "certificates (wrong version number)",
        ),
        (DownloadFailedError("Connection lost"), "DownloadFailedError: Connection lost"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_failed_connection_in_plain_words(error: Exception, says: str) -> None:
    assert says in plain_error(error)


@pytest.mark.parametrize(
    ("off", "says"),
    [
        (timedelta(seconds=90), ""),
        (timedelta(hours=2), "120 minutes ahead of the site's"),
        (timedelta(minutes=-6), "6 minutes behind the site's"),
    ],
)
def test_the_clock_against_the_date_header(off: timedelta, says: str) -> None:
    said = clock_difference(format_datetime(NOW, usegmt=True).encode(), NOW + off)
    assert said is not None
    assert (says in said) if says else said == ""


@pytest.mark.parametrize("header", [None, b"", b"yesterday"])
def test_a_header_that_tells_no_time_tells_nothing(header: bytes | None) -> None:
    assert clock_difference(header, NOW) is None

"""What can go wrong with a page, a URL or an argument, one class each.

Every message is one line that names the URL, file or argument and, where there is one, the remedy.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

from scrapy.exceptions import DropItem, IgnoreRequest

from newscrawler.outcomes import Outcome


class NewscrawlerError(Exception):
    """Base of all errors this package raises on purpose."""


class ArgumentError(NewscrawlerError, ValueError):
    """Raised by spiders and commands when an argument or setting can't be used."""


def require_extra(extra: str, purpose: str, *modules: str) -> None:
    """Raise ArgumentError unless the modules are installed. ``extra`` is one of those in pyproject.toml."""
    for name in modules:
        if find_spec(name) is None:
            raise ArgumentError(f"{purpose} needs {name}: pip install 'newscrawler[{extra}]'")


class PageError(NewscrawlerError):
    """Base of the reasons for which a page gives no record."""


class UnknownLayout(PageError):
    """Raised by ``pages.parse_article`` when no layout, or more than one, claims the page."""


class NotAnArticle(PageError):
    """Raised by ``pages.parse_article`` when the page's own URL is not that of an article."""


class InvalidArticle(PageError):
    """Raised by ``pages`` and the validate pipeline when a page or record of a known kind can't be trusted.

    ``reason`` is the short stable name that counters use, such as ``truncated`` or ``missing_headline``.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class TooLarge(PageError):
    """Raised for a stored page whose body has more bytes than are read."""


class SiteBlocked(NewscrawlerError, IgnoreRequest):
    """Raised for requests that are not sent because the site has blocked this run; see middlewares/backoff.py."""


class RobotsForbidden(NewscrawlerError, IgnoreRequest):
    """Raised by the robots middleware for a URL that robots.txt forbids."""


class RobotsUnavailable(NewscrawlerError, IgnoreRequest):
    """Raised by the robots middleware when the robots file can't be had, so that nothing may be asked for."""


class ArchiveError(NewscrawlerError):
    """Raised when a WARC file or its index can't be opened, read or written as a whole."""


class BrokenRecord(ArchiveError):
    """Raised for one record that can't be read; others of its file may be."""


class WarcWriteError(IgnoreRequest):
    """Raised by the WARC middleware for a response that could not be written: it is not parsed either."""


class DatasetError(NewscrawlerError):
    """Base of all dataset errors; raised itself when a finished file can't be read as lines of JSON."""


class OutputError(DatasetError):
    """Raised when a line or a file of the dataset can't be written. The run must stop: nothing more can be
    appended to its part file, and what is committed stays.
    """


class LedgerError(NewscrawlerError):
    """Raised when the ledger can't be used: damaged, of a newer version, not writable, in use."""


class LedgerMissing(LedgerError):
    """Raised when there is no ledger: by ``Ledger.open(read_only=True)``, and by a crawl beside a dataset."""


class SecondOutcome(Exception):
    """Raised by ``CrawlRun.finish`` for a URL that has its outcome already, or was never scheduled: a bug."""


class DropArticle(DropItem):
    """Raised by the pipelines when a record is not to be exported. One line: which, and why."""

    def __init__(self, outcome: Outcome, url: str | None, reason: str) -> None:
        level = "INFO" if outcome is Outcome.DUPLICATE else "WARNING"
        super().__init__(f"{outcome}: {url}: {reason}", log_level=level)
        self.outcome = outcome
        self.reason = reason


def plain_error(error: BaseException) -> str:
    """A failed connection in plain words; anything else by its class and text."""
    name, text = type(error).__name__, " ".join(str(error).split())
    both = f"{name} {text}".lower()
    if any(word in both for word in ("resolve", "dns", "gaierror", "getaddrinfo")):
        return "the host's name can't be resolved (DNS): check the name server, or whether the host still exists"
    if any(word in both for word in ("ssl", "tls", "certificate")):
        # Twisted shows a list of failures, and in it OpenSSL's list of triples: the reason is each one's end.
        reason = ", ".join(re.findall(r"'([^']+)'\)", text)) or re.sub(r"^\[<twisted\S+ |>\]$", "", text)
        return f"the connection can't be secured (TLS): check this machine's clock and certificates ({reason})"
    if "refused" in both:
        return "the host refuses the connection: nothing listens there"
    if "timeout" in both or "timed out" in both:
        return "no response in time"
    return f"{name}: {text}" if text else name

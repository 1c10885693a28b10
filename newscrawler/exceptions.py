"""What can go wrong with a page, an address or an argument, one class each.

Every message is one line that names the address, file or argument and, where there is one, the remedy.
"""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class NewscrawlerError(Exception):
    """Base of all errors this package raises on purpose."""


class ArgumentError(NewscrawlerError, ValueError):
    """Raised by spiders and commands when an argument or setting can't be used."""


class PageError(NewscrawlerError):
    """Base of the reasons for which a page gives no record."""


class UnknownLayout(PageError):
    """Raised by ``pages.parse_article`` when no layout, or more than one, claims the page."""


class NotAnArticle(PageError):
    """Raised by ``pages.parse_article`` when the page's own address is not that of an article."""


class InvalidArticle(PageError):
    """Raised by ``pages`` and the validate pipeline when a page or record of a known kind can't be trusted.

    ``reason`` is the short stable name that counters use, such as ``truncated`` or ``missing_headline``.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class SiteRefuses(NewscrawlerError, IgnoreRequest):
    """Raised by ``refusals`` and its middleware for requests that are not sent: the site has said no too often."""


class RobotsUnknown(NewscrawlerError, IgnoreRequest):
    """Raised by the robots middleware when the robots file can't be had, so that nothing may be asked for."""

"""What can have become of a URL that discovery scheduled: each has one outcome; and what a block is known by."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a scheduled URL."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    OUT_OF_RANGE = "out_of_range"
    INVALID = "invalid"
    UNKNOWN_LAYOUT = "unknown_layout"
    NOT_ARTICLE = "not_article"
    BLOCKED = "blocked"
    ROBOTS = "robots"
    GONE = "gone"
    HTTP_ERROR = "http_error"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


class BlockReason(StrEnum):
    """By what a response, or what came instead of one, is known to block us."""

    LOGIN = "login"
    FORBIDDEN = "forbidden"
    TOO_MANY_REQUESTS = "too_many_requests"
    LEGAL_REASONS = "legal_reasons"
    CHALLENGE = "challenge"
    COUNTRY = "country"
    #: A source names no URL, and did before.
    EMPTY = "empty"
    #: A Retry-After that is longer than a run waits.
    UNAVAILABLE = "unavailable"


#: Outcomes of a page that was read as the article it is.
READ = (
    Outcome.NEW,
    Outcome.REVISED,
    Outcome.UNCHANGED,
    Outcome.DUPLICATE,
    Outcome.OUT_OF_RANGE,
)

#: Outcomes that speak of a fault, here or there, rather than of the site's ordinary life.
FAULTS = (
    Outcome.INVALID,
    Outcome.UNKNOWN_LAYOUT,
    Outcome.BLOCKED,
    Outcome.HTTP_ERROR,
    Outcome.FAILED,
)

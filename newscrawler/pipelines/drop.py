"""How a pipeline drops a record: with the outcome of its address."""

from __future__ import annotations

from scrapy.exceptions import DropItem

from newscrawler.outcomes import Outcome


class DropArticle(DropItem):
    """Raised by the pipelines when a record is not to be exported. One line: which, and why."""

    def __init__(self, outcome: Outcome, url: str | None, reason: str) -> None:
        level = "INFO" if outcome is Outcome.DUPLICATE else "WARNING"
        super().__init__(f"{outcome}: {url}: {reason}", log_level=level)
        self.outcome = outcome
        self.reason = reason

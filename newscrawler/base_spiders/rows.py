"""Stage two of reading archives: rows become a run's captures, as if their pages were parsed now; none is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from scrapy.http import Response

from newscrawler.base_spiders.archive import Stored, StoredSpider
from newscrawler.editions import article_url, is_transliterated
from newscrawler.exceptions import ArchiveError
from newscrawler.items import article_of_record
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import ParsedPage
from newscrawler.pages.reading import Reading
from newscrawler.run import Scope


class RowsSpider(StoredSpider):
    """Commits the rows of a folder, all editions together."""

    name = "archive_commit"
    noun = "rows"

    def __init__(self, name: str | None = None, *, rows: str) -> None:
        super().__init__(name)
        self._rows = rows

    def scope(self) -> Scope:
        """What the run is about."""
        return Scope(spider=self.name, command=f"{self.name} {self._rows}", reads_archive=True)

    def stored(self) -> Iterator[Stored | None]:
        """All rows that are captures, in order of time."""
        # Scrapy imports every command for any of them (docs/extend/speed.md#starting-up).
        from newscrawler.archive.merging import MergedRows  # noqa: PLC0415
        from newscrawler.archive.stores import store_of  # noqa: PLC0415

        max_bytes = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        merged = MergedRows(store_of(self._rows), self._log_fault, max_bytes=max_bytes)
        self.counts = merged.counts
        for row in merged.captures():
            if row is None:
                yield None
                continue
            article = article_url(row["url"])
            if article is None:
                raise ArchiveError(f"{row['file']}: not the URL of an article: {row['url']}")
            if is_transliterated(row["url"]):
                self.counts["other_script"] += 1
                continue
            yield Stored(article, datetime.fromisoformat(row["at"]), partial(_read, row))


def _read(row: dict[str, Any]) -> tuple[Reading, Response | None]:
    if row["record"] is None:
        return Reading(outcome=Outcome(row["outcome"]), reason=row["reason"], invalid=row["invalid"]), None
    return Reading(ParsedPage(article_of_record(row["record"]), tuple(row["ambiguous"]))), None

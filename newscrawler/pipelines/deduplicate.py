"""One record an article within a run: by edition and id, whatever the section, slug or host."""

from __future__ import annotations

from newscrawler.items import Article
from newscrawler.outcomes import Outcome
from newscrawler.pipelines.drop import DropArticle


class DeduplicatePipeline:
    """Lets the first record of an article pass and drops the others."""

    def __init__(self) -> None:
        self._claimed: dict[tuple[str | None, str | None], str | None] = {}

    def process_item(self, item: Article) -> Article:
        """Claim the article, at once and without an await, so that none slips in between."""
        key = (item.edition, item.article_id)
        if key in self._claimed:
            raise DropArticle(Outcome.DUPLICATE, item.url, f"seen as {self._claimed[key]}")
        self._claimed[key] = item.url
        return item

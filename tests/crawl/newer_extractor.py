"""The clock of a crawl whose extractor has another version, for NEWSCRAWLER_TEST_CLOCK; EXTRACTOR says which.

With EXTRACTOR_ADDS it also reads pages differently: that is put behind each headline.
"""

from __future__ import annotations

import os
from typing import Any

import newscrawler.pages.article
import newscrawler.run.incremental
from newscrawler.items import Article
from newscrawler.pages.text import content_hash
from tests.clock import now

__all__ = ["now"]

newscrawler.pages.article.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]
newscrawler.run.incremental.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]  # type: ignore[attr-defined]
_read = newscrawler.pages.article._record


def _read_otherwise(*page: Any) -> Article:
    article = _read(*page)
    article.headline = f"{article.headline}{os.environ.get('EXTRACTOR_ADDS', '')}"
    article.content_hash = content_hash(article.headline, article.lead, article.paragraphs)
    return article


newscrawler.pages.article._record = _read_otherwise  # type: ignore[assignment]

"""The clock of a crawl whose extractor has another version, for NEWSCRAWLER_CLOCK; EXTRACTOR says which.

With EXTRACTOR_ADDS it also reads pages differently: that is put behind each headline.
"""

from __future__ import annotations

import os
from typing import Any

import newscrawler.incremental
import newscrawler.pages
from newscrawler.cleaning import content_hash
from newscrawler.items import Article
from torture.clock import now

__all__ = ["now"]

newscrawler.pages.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]
newscrawler.incremental.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]  # type: ignore[attr-defined]
_read = newscrawler.pages._article


def _read_otherwise(*page: Any) -> Article:
    article = _read(*page)
    article.headline = f"{article.headline}{os.environ.get('EXTRACTOR_ADDS', '')}"
    article.content_hash = content_hash(article.headline, article.lead, article.paragraphs)
    return article


newscrawler.pages._article = _read_otherwise  # type: ignore[assignment]

"""The clock of a crawl whose extractor has another version, for NEWSCRAWLER_CLOCK; EXTRACTOR says which."""

from __future__ import annotations

import os

import newscrawler.incremental
import newscrawler.pages
from torture.clock import now

__all__ = ["now"]

newscrawler.pages.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]
newscrawler.incremental.EXTRACTOR_VERSION = os.environ["EXTRACTOR"]  # type: ignore[attr-defined]

"""An extension that takes bytes from the output just before it is put in place, as a failing disk might."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class LossyDisk:
    """Cuts the part files in the working folder to ten bytes."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        disk = cls()
        crawler.signals.connect(disk.lose, signals.spider_closed)
        return disk

    def lose(self) -> None:
        """Before anybody else hears of the run's end."""
        for path in [*Path().glob("*.part"), *Path().glob("data/parts/*.jsonl")]:
            os.truncate(path, 10)

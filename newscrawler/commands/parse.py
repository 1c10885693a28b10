"""`scrapy parse`, which leaves the data folder alone."""

from __future__ import annotations

from scrapy.commands.parse import Command as ScrapyParse

from newscrawler.commands._options import OneOff


class Command(OneOff, ScrapyParse):
    """Scrapy's own command, in a run that remembers nothing."""

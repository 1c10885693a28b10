"""`scrapy fetch`, which leaves the data folder alone."""

from __future__ import annotations

from scrapy.commands.fetch import Command as ScrapyFetch

from newscrawler.commands._options import OneOff


class Command(OneOff, ScrapyFetch):
    """Scrapy's own command, in a run that remembers nothing."""

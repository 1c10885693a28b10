"""`scrapy shell`, which leaves the data folder alone."""

from __future__ import annotations

from scrapy.commands.shell import Command as ScrapyShell

from newscrawler.commands._options import OneOff


class Command(OneOff, ScrapyShell):
    """Scrapy's own command, in a run that remembers nothing."""

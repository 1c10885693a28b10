"""`scrapy view`, which leaves the data folder alone."""

from __future__ import annotations

from scrapy.commands.view import Command as ScrapyView

from newscrawler.commands._options import OneOff


class Command(OneOff, ScrapyView):
    """Scrapy's own command, in a run that remembers nothing."""

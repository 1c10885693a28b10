"""Other values for constants of the package, in a crawl under test: an extension that comes before all others."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Self

from scrapy.crawler import Crawler

from newscrawler import settings as our_settings


def with_constants(**values: float) -> dict[str, str]:
    """The settings of a crawl in which the constants, named by their full path, have these values."""
    extensions = {**our_settings.EXTENSIONS, "tests.constants.Constants": -1}
    return {"EXTENSIONS": json.dumps(extensions), "TEST_CONSTANTS": json.dumps(values)}


class Constants:
    """Sets what TEST_CONSTANTS says, before the parts that read it are made."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        for path, value in crawler.settings.getdict("TEST_CONSTANTS").items():
            module, name = path.rsplit(".", 1)
            assert hasattr(import_module(module), name), path
            setattr(import_module(module), name, value)
        return cls()

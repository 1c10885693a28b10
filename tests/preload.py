"""Everything that a command imports, for the process that warm commands are forked from (tests/warm.py)."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import sys

import scrapy.commands
import scrapy.downloadermiddlewares
import scrapy.extensions
import scrapy.spidermiddlewares

import newscrawler

_PACKAGES = (
    newscrawler,
    scrapy.commands,
    scrapy.downloadermiddlewares,
    scrapy.extensions,
    scrapy.spidermiddlewares,
)
#: These start what must not be started before a fork, warn, or are of no use to most commands.
_NOT_BEFORE = (
    "newscrawler.rendering",
    "newscrawler.report",
    "newscrawler.commands.report",
    "scrapy.commands.shell",
    "scrapy.extensions.statsmailer",
)
#: What Scrapy imports only when a crawl begins.
_LATE = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.scheduler",
    "scrapy.dupefilters",
    "scrapy.exporters",
    "scrapy.squeues",
)

for _package in _PACKAGES:
    for _module in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        if not _module.name.startswith(_NOT_BEFORE):
            importlib.import_module(_module.name)
for _name in _LATE:
    importlib.import_module(_name)
assert "twisted.internet.reactor" not in sys.modules, "each command installs its own"
# A collection in a fork would copy every page of memory that it shares.
gc.collect()
gc.freeze()

"""Everything that a command imports, for the process that warm commands are forked from (tests/warm.py)."""

from __future__ import annotations

import gc
import importlib
import pkgutil

import scrapy.commands

import newscrawler

#: These start what must not be started before a fork, or are of no use to most commands.
_NOT_BEFORE = ("newscrawler.rendering", "newscrawler.report", "newscrawler.commands.report", "scrapy.commands.shell")

for _package in (newscrawler, scrapy.commands):
    for _module in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        if not _module.name.startswith(_NOT_BEFORE):
            importlib.import_module(_module.name)
# A collection in a fork would copy every page of memory that it shares.
gc.collect()
gc.freeze()

"""Everything that a command imports, for the process that warm commands are forked from (tests/harness.py)."""

from __future__ import annotations

import importlib
import pkgutil

import newscrawler

#: These start what must not be started before a fork, or are of no use to most commands.
_NOT_BEFORE = ("newscrawler.rendering", "newscrawler.report", "newscrawler.commands.report")

for _module in pkgutil.walk_packages(newscrawler.__path__, "newscrawler."):
    if not _module.name.startswith(_NOT_BEFORE):
        importlib.import_module(_module.name)

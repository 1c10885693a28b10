"""Our settings (NEWSCRAWLER_*), checked before anything is started: a wrong one is said in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from scrapy.settings import BaseSettings

from newscrawler.clock import clock_of
from newscrawler.exceptions import ArgumentError
from newscrawler.hosts import HostMap
from newscrawler.revisit import parse_table

T = TypeVar("T")

_CHOICES = {
    "NEWSCRAWLER_DURABILITY": ("run", "line"),
    "NEWSCRAWLER_NEAR_DUPLICATES": ("mark", "drop", "off"),
}
_WHOLE = ("NEWSCRAWLER_PENDING_MAX", "NEWSCRAWLER_NEAR_DUPLICATE_DAYS", "NEWSCRAWLER_KEPT_PAGES_MAX")


def check_settings(settings: BaseSettings) -> None:
    """Raise ArgumentError when one of ours can't be used."""
    example = '{"www.rt.com": "http://127.0.0.1:8000"}'
    HostMap.parse(_read(settings, "NEWSCRAWLER_HOSTS", settings.getdict, f"a JSON object such as {example}"))
    table = _read(settings, "NEWSCRAWLER_REVISITS", settings.getdict, "a JSON object")
    try:
        parse_table(table)
    except ArgumentError as error:
        raise ArgumentError(f"NEWSCRAWLER_REVISITS: {error}") from None
    for name, choices in _CHOICES.items():
        if settings[name] not in choices:
            raise ArgumentError(f"{name}={settings[name]}: give one of {', '.join(choices)}")
    for name in _WHOLE:
        _check(settings, name, settings.getint, "a whole number from 0", lambda number: number >= 0)
    _check(settings, "NEWSCRAWLER_RANGE_MARGIN", settings.getint, "a whole number from 1", lambda number: number >= 1)
    _check(settings, "NEWSCRAWLER_COMMIT_BATCH", settings.getint, "a whole number from 1", lambda number: number >= 1)
    _check(settings, "NEWSCRAWLER_RETRY_AFTER_MAX", settings.getfloat, "seconds, 0 or more", lambda wait: wait >= 0)
    _check(settings, "NEWSCRAWLER_MAX_FAULT_SHARE", settings.getfloat, "a share, 0 to 1", lambda share: 0 <= share <= 1)
    _read(settings, "NEWSCRAWLER_CLOCK", lambda _: clock_of(settings), "an import path such as package.module.name")
    _read(settings, "NEWSCRAWLER_GZIP", settings.getbool, "True or False")
    if not re.fullmatch(r"https?://[!-~]+", str(settings["NEWSCRAWLER_CONTACT"])):
        raise ArgumentError(f"NEWSCRAWLER_CONTACT={settings['NEWSCRAWLER_CONTACT']}: give a web address")


def _read(settings: BaseSettings, name: str, read: Callable[[str], T], what: str) -> T:
    try:
        return read(name)
    except (ValueError, TypeError, NameError, ImportError):
        raise ArgumentError(f"{name}={settings[name]}: give {what}") from None


def _check(settings: BaseSettings, name: str, read: Callable[[str], T], what: str, usable: Callable[[T], bool]) -> None:
    if not usable(_read(settings, name, read, what)):
        raise ArgumentError(f"{name}={settings[name]}: give {what}")

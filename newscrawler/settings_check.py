"""Our settings (NEWSCRAWLER_*), checked before anything is started: a wrong one is reported in one line."""

from __future__ import annotations

import logging
import math
import os
import re
import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, default_settings

from newscrawler import settings as our_settings
from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import ArgumentError, require_extra
from newscrawler.failpoints import KILL_AT
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.monitoring.alarms import channels_of
from newscrawler.monitoring.verdict import Thresholds
from newscrawler.utils import TEST_CLOCK

#: Folder of the WARC files in the data folder.
WARC_FOLDER = "warc"

#: NEWSCRAWLER_CONTACT as it is delivered.
PLACEHOLDER_CONTACT = "https://example.org/newscrawler-contact"

_Reader = Literal["getint", "getfloat", "getbool", "getdict"]
#: How a setting is read, what is asked for, and the smallest and largest value.
_NUMBERS: dict[str, tuple[_Reader, str, float, float]] = {
    "NEWSCRAWLER_MAX_REVISITS_PER_RUN": ("getint", "a whole number from 0", 0, math.inf),
    "NEWSCRAWLER_NEAR_DUPLICATE_DAYS": ("getint", "a whole number from 0", 0, math.inf),
    "NEWSCRAWLER_BLOCK_COOLDOWN": ("getfloat", "seconds, 0 to 31536000", 0, 31_536_000),
    "NEWSCRAWLER_BLOCK_COOLDOWN_MAX": ("getfloat", "seconds, 0 to 31536000", 0, 31_536_000),
    "NEWSCRAWLER_ALARM_REMINDER_HOURS": ("getfloat", "hours, 0 or more", 0, math.inf),
    "NEWSCRAWLER_IGNORE_COOLDOWN": ("getbool", "True or False", 0, 1),
}
_CHOICES = {"NEWSCRAWLER_DURABILITY": ("run", "line"), "NEWSCRAWLER_MODE": ("auto", "incremental", "one-off")}
_PATTERNS = {
    "NEWSCRAWLER_DATA_DIR": (r"(?s).*\S.*", "a folder"),
    "NEWSCRAWLER_CONTACT": (r"https?://[!-~]+", "a URL"),
    "NEWSCRAWLER_METRICS_FILE": (r"None|.+\.prom|", "a file that ends in .prom"),
}
#: Settings that are objects, and what reads them; it raises ArgumentError.
_OBJECTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "NEWSCRAWLER_MIRRORS": MirrorMap.parse,
    "NEWSCRAWLER_REVISITS": parse_table,
    "NEWSCRAWLER_VERDICT": Thresholds.parse,
}


_PREFIX = "NEWSCRAWLER_"
#: Former names that are understood until 2.0: scripts of earlier checkouts give them.
_RENAMED = {"NEWSCRAWLER_HOSTS": "NEWSCRAWLER_MIRRORS"}
#: What is read from the environment: secrets, and what the tests set.
_FROM_ENVIRONMENT = ("NEWSCRAWLER_ALARM_COMMAND", "NEWSCRAWLER_ALARM_URLS", TEST_CLOCK, KILL_AT)
#: Scrapy's numbers that are counts; the others may have a fraction. CONCURRENT_REQUESTS=0 means no limit, and with 0 a
#: domain nothing is ever sent.
_WHOLE = {
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "RETRY_TIMES": 0,
    "REDIRECT_MAX_TIMES": 0,
    "DOWNLOAD_MAXSIZE": 0,
    "DOWNLOAD_WARNSIZE": 0,
    "CLOSESPIDER_ITEMCOUNT": 0,
    "CLOSESPIDER_PAGECOUNT": 0,
    "CLOSESPIDER_ERRORCOUNT": 0,
    "FEED_EXPORT_BATCH_ITEM_COUNT": 0,
}
#: Similarity (difflib's ratio) from which an unknown name is taken for a misspelt one.
_SLIP = 0.85


def check_settings(settings: BaseSettings) -> None:
    """Raise ArgumentError when one of ours, or one of Scrapy's that was given, can't be used."""
    _take_renamed(settings)
    _check_names(settings)
    _check_scrapy_values(settings)
    for name, (reader, what, least, most) in _NUMBERS.items():
        value = _read(settings, name, reader, what)
        if not least <= value <= most:
            raise ArgumentError(f"{name}={settings[name]}: give {what}")
    for name, choices in _CHOICES.items():
        if settings[name] not in choices:
            raise ArgumentError(f"{name}={settings[name]}: give one of {', '.join(choices)}")
    for name, (pattern, what) in _PATTERNS.items():
        if not re.fullmatch(pattern, str(settings[name])):
            raise ArgumentError(f"{name}={settings[name]}: give {what}")
    for name, parse in _OBJECTS.items():
        _check_object(settings, name, parse)
    if settings["NEWSCRAWLER_METRICS_FILE"]:
        require_extra("metrics", "NEWSCRAWLER_METRICS_FILE", "prometheus_client")
    channels_of(settings)
    warc_folder(settings)


def _take_renamed(settings: BaseSettings) -> None:
    for old, new in _RENAMED.items():
        if old in settings:
            print(f"newscrawler: {old} is called {new} now", file=sys.stderr)
            settings.set(new, settings[old], priority="cmdline")
            settings.delete(old, priority="cmdline")


def _check_names(settings: BaseSettings) -> None:
    """Raise ArgumentError for a name that nothing reads: it would have no effect."""
    ours = [name for name in vars(our_settings) if name.startswith(_PREFIX)]
    for name in map(str, settings):
        if name.startswith(_PREFIX) and name not in ours:
            raise ArgumentError(f"{name}: no such setting{_nearest(name, ours)}; docs/operate/settings.md lists them")
    known = [name for name in vars(default_settings) if name.isupper()]
    given = SETTINGS_PRIORITIES["cmdline"]
    for name in map(str, settings):
        # Others that are far from all of Scrapy's may be an add-on's.
        if name not in known and not name.startswith(_PREFIX) and (settings.getpriority(name) or 0) >= given:
            near = _nearest(name, [*known, *ours], _SLIP)
            if near:
                raise ArgumentError(f"{name}: no such setting{near}")
    _check_environment(ours)


def _check_environment(ours: list[str]) -> None:
    for name in os.environ:
        if name.startswith(_PREFIX) and name not in _FROM_ENVIRONMENT:
            if name in ours:
                raise ArgumentError(f"{name} is not read from the environment; give it with -s {name}=…")
            near = _nearest(name, [*_FROM_ENVIRONMENT[:2], *ours])
            raise ArgumentError(f"{name}: no such environment variable{near}")


def _nearest(name: str, names: Iterable[str], likeness: float = 0.6) -> str:
    # The common prefix would make all of ours similar.
    whole = {one.removeprefix(_PREFIX): one for one in names}
    found = get_close_matches(name.removeprefix(_PREFIX), whole, n=1, cutoff=likeness)
    return f"; did you mean {whole[found[0]]}?" if found else ""


def _check_scrapy_values(settings: BaseSettings) -> None:
    """Raise ArgumentError for a value on which Scrapy would fail, or which it would silently read as another."""
    for name, default in vars(default_settings).items():
        if name.isupper() and settings.getpriority(name):
            _check_scrapy_value(settings, name, default)
    level = settings["LOG_LEVEL"]
    if isinstance(level, str) and not level.isdigit() and level not in (names := logging.getLevelNamesMapping()):
        near = _nearest(level.upper(), names)
        raise ArgumentError(f"LOG_LEVEL={level}: no such level{near}; there are DEBUG, INFO, WARNING, ERROR, CRITICAL")


def _check_scrapy_value(settings: BaseSettings, name: str, default: object) -> None:
    wrong = False
    what = "a number, 0 or more"
    if isinstance(default, bool):
        _read(settings, name, "getbool", "True or False")
    elif name in _WHOLE:
        what = f"a whole number from {_WHOLE[name]}"
        wrong = _read(settings, name, "getint", what) < _WHOLE[name]
    elif isinstance(default, int | float) and settings[name] is not None:
        number = _read(settings, name, "getfloat", what)
        wrong = not math.isfinite(number) or (number < 0 <= default)
    elif isinstance(default, dict):
        _read(settings, name, "getdict", "a JSON object")
    elif isinstance(default, list) and default and all(isinstance(one, int) for one in default):
        what = "whole numbers, separated by commas"
        wrong = not all(str(one).strip().isdigit() for one in settings.getlist(name))
    if wrong:
        raise ArgumentError(f"{name}={settings[name]}: give {what}")


def _check_object(settings: BaseSettings, name: str, parse: Callable[[dict[str, Any]], object]) -> None:
    given = _read(settings, name, "getdict", "a JSON object")
    try:
        parse(given)
    except ArgumentError as error:
        text = str(error)
        raise ArgumentError(text if text.startswith(name) else f"{name}: {text}") from None


def contact_warning(settings: BaseSettings) -> str:
    """A line to print when the real site would be crawled without a contact URL; empty otherwise."""
    contact = settings["NEWSCRAWLER_CONTACT"]
    if contact != PLACEHOLDER_CONTACT or settings.getdict("NEWSCRAWLER_MIRRORS"):
        return ""
    return f"NEWSCRAWLER_CONTACT={contact} leads nowhere: name a page that tells the site's operators who you are"


def warc_folder(settings: BaseSettings) -> Path | None:
    """Where responses are stored, by NEWSCRAWLER_WARC; None for nowhere.

    Raises ArgumentError for True in a one-off run: the data folder, where they would go, is not its own.
    """
    value = settings["NEWSCRAWLER_WARC"]
    text = str(value).strip()
    if value is None or text.lower() in ("", "false", "0", "no", "off"):
        return None
    if text.lower() not in ("true", "1", "yes", "on"):
        return Path(text)
    if is_one_off(settings):
        raise ArgumentError(f"NEWSCRAWLER_WARC={text}: with -o or -O name a folder: -s NEWSCRAWLER_WARC=FOLDER")
    return Path(settings["NEWSCRAWLER_DATA_DIR"]) / WARC_FOLDER


def is_one_off(settings: BaseSettings) -> bool:
    """Whether a run writes only where -o or -O says: dataset and ledger are then neither read nor written."""
    mode = settings["NEWSCRAWLER_MODE"]
    return mode == "one-off" or (mode == "auto" and bool(settings.getdict("FEEDS")))


def _read(settings: BaseSettings, name: str, reader: _Reader, what: str) -> Any:
    try:
        return getattr(settings, reader)(name)
    except (ValueError, TypeError):
        raise ArgumentError(f"{name}={settings[name]}: give {what}") from None

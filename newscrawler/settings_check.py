"""Our settings (NEWSCRAWLER_*), checked before anything is started: a wrong one is said in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from scrapy.settings import BaseSettings

from newscrawler import settings as our_settings
from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import ArgumentError, require_extra
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.monitoring.alarms import channels_of
from newscrawler.monitoring.verdict import Thresholds

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
    "NEWSCRAWLER_CONTACT": (r"https?://[!-~]+", "a web address"),
    "NEWSCRAWLER_METRICS_FILE": (r"None|.+\.prom|", "a file that ends in .prom"),
}
#: Settings that are objects, and what reads them; it raises ArgumentError.
_OBJECTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "NEWSCRAWLER_MIRRORS": MirrorMap.parse,
    "NEWSCRAWLER_REVISITS": parse_table,
    "NEWSCRAWLER_VERDICT": Thresholds.parse,
}


def check_settings(settings: BaseSettings) -> None:
    """Raise ArgumentError when one of ours can't be used."""
    unknown = [
        str(name) for name in settings if str(name).startswith("NEWSCRAWLER_") and name not in vars(our_settings)
    ]
    if unknown:
        raise ArgumentError(f"{unknown[0]}: no such setting; docs/operate/settings.md lists them")
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
    """Where answers are kept, by NEWSCRAWLER_WARC; None for nowhere.

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

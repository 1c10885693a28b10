"""Our settings (NEWSCRAWLER_*), checked before anything is started: a wrong one is said in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from scrapy.settings import BaseSettings

from newscrawler.editions.mirrors import HostMap
from newscrawler.exceptions import ArgumentError
from newscrawler.ledger.revisit_policy import parse_table
from newscrawler.monitoring.alarms import channels_of
from newscrawler.monitoring.stats import COVERED, OP_ED_AUTHORS
from newscrawler.utils import clock_of

T = TypeVar("T")

#: Folder of the WARC files in the data folder.
WARC_FOLDER = "warc"

#: NEWSCRAWLER_CONTACT as it is delivered.
PLACEHOLDER_CONTACT = "https://example.org/newscrawler-contact"

_CHOICES = {
    "NEWSCRAWLER_DURABILITY": ("run", "line"),
    "NEWSCRAWLER_MODE": ("auto", "incremental", "one-off"),
}
_SECONDS = (
    "NEWSCRAWLER_RETRY_AFTER_MAX",
    "NEWSCRAWLER_REFUSAL_WAIT",
    "NEWSCRAWLER_SITE_PAUSE",
    "NEWSCRAWLER_SITE_PAUSE_MAX",
)
_WHOLE = (
    "NEWSCRAWLER_PENDING_MAX",
    "NEWSCRAWLER_NEAR_DUPLICATE_DAYS",
    "NEWSCRAWLER_MAX_INTERNAL_ERRORS",
    "NEWSCRAWLER_MAX_SOURCE_LOSSES",
)
_SHARES = (
    "NEWSCRAWLER_MAX_FAULT_SHARE",
    "NEWSCRAWLER_MAX_UNKNOWN_LAYOUT_SHARE",
    "NEWSCRAWLER_MIN_OF_USUAL",
    "NEWSCRAWLER_MIN_COVERAGE_OF_USUAL",
)


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
    for name in _SECONDS:
        _check(settings, name, settings.getfloat, "seconds, 0 to 31536000", lambda wait: 0 <= wait <= 31_536_000)
    _check(settings, "NEWSCRAWLER_REFUSALS_MAX", settings.getint, "a whole number from 1", lambda number: number >= 1)
    _read(settings, "NEWSCRAWLER_IGNORE_PAUSE", settings.getbool, "True or False")
    _check(settings, "NEWSCRAWLER_RENDER_TIMEOUT", settings.getfloat, "seconds, 1 or more", lambda wait: wait >= 1)
    for name in _SHARES:
        _check(settings, name, settings.getfloat, "a share, 0 to 1", lambda share: 0 <= share <= 1)
    _check(settings, "NEWSCRAWLER_MAX_SECONDS", settings.getfloat, "seconds, 0 or more", lambda most: most >= 0)
    _check(settings, "NEWSCRAWLER_ALARM_TIMEOUT", settings.getfloat, "seconds, above 0", lambda wait: wait > 0)
    hours = "hours, 0 or more"
    _check(settings, "NEWSCRAWLER_ALARM_REMINDER_HOURS", settings.getfloat, hours, lambda gap: gap >= 0)
    channels_of(settings)
    what = 'a JSON object of shares, such as {"lead": 0.5}, with the fields ' + ", ".join((*COVERED, OP_ED_AUTHORS))
    _check(settings, "NEWSCRAWLER_MIN_COVERAGE", settings.getdict, what, _is_coverage)
    _check(settings, "NEWSCRAWLER_WARC_FILE_MB", settings.getfloat, "megabytes, more than 0", lambda size: size > 0)
    warc_folder(settings)
    _read(settings, "NEWSCRAWLER_CLOCK", lambda _: clock_of(settings), "an import path such as package.module.name")
    _read(settings, "NEWSCRAWLER_GZIP", settings.getbool, "True or False")
    metrics = settings["NEWSCRAWLER_METRICS_FILE"]
    if metrics and not str(metrics).endswith(".prom"):
        raise ArgumentError(f"NEWSCRAWLER_METRICS_FILE={metrics}: give a file that ends in .prom")
    if not re.fullmatch(r"https?://[!-~]+", str(settings["NEWSCRAWLER_CONTACT"])):
        raise ArgumentError(f"NEWSCRAWLER_CONTACT={settings['NEWSCRAWLER_CONTACT']}: give a web address")


def contact_warning(settings: BaseSettings) -> str:
    """A line to print when the real site would be asked by nobody in particular; empty otherwise."""
    contact = settings["NEWSCRAWLER_CONTACT"]
    if contact != PLACEHOLDER_CONTACT or settings.getdict("NEWSCRAWLER_HOSTS"):
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


def _is_coverage(given: dict[str, object]) -> bool:
    fields = {*COVERED, OP_ED_AUTHORS}
    return set(given) <= fields and all(isinstance(n, int | float) and 0 <= n <= 1 for n in given.values())


def _read(settings: BaseSettings, name: str, read: Callable[[str], T], what: str) -> T:
    try:
        return read(name)
    except (ValueError, TypeError, NameError, ImportError):
        raise ArgumentError(f"{name}={settings[name]}: give {what}") from None


def _check(settings: BaseSettings, name: str, read: Callable[[str], T], what: str, usable: Callable[[T], bool]) -> None:
    if not usable(_read(settings, name, read, what)):
        raise ArgumentError(f"{name}={settings[name]}: give {what}")

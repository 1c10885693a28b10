"""Our settings, checked before anything is started."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings

from newscrawler.exceptions import ArgumentError
from newscrawler.settings_check import check_settings


def settings(**more: str) -> Settings:
    """The project's, and what `-s` would add."""
    made = Settings()
    made.setmodule("newscrawler.settings")
    for name, value in more.items():
        made.set(f"NEWSCRAWLER_{name}", value, priority="cmdline")
    return made


def test_ours_can_be_used() -> None:
    check_settings(settings())
    check_settings(
        settings(
            HOSTS='{"www.rt.com": "http://127.0.0.1:8000"}',
            REVISITS='{"hints": "2d"}',
            RETRY_AFTER_MAX="0",
            MAX_FAULT_SHARE="1",
            GZIP="True",
            PENDING_MAX="0",
            CONTACT="https://example.org/~who?are=we",
        )
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOSTS", "x"),
        ("HOSTS", "[1]"),
        ("HOSTS", '{"www.rt.com": 8000}'),
        ("REVISITS", "x"),
        ("REVISITS", '{"published": ["10h"]}'),
        ("DURABILITY", "always"),
        ("GZIP", "maybe"),
        ("PENDING_MAX", "-1"),
        ("PENDING_MAX", "1.5"),
        ("NEAR_DUPLICATES", "ignore"),
        ("NEAR_DUPLICATE_DAYS", "a month"),
        ("COMMIT_BATCH", "0"),
        ("KEPT_PAGES_MAX", "-1"),
        ("CLOCK", "nowhere"),
        ("CLOCK", "newscrawler.utils.nothing"),
        ("CLOCK", "nowhere.to.be.found"),
        ("CONTACT", "me"),
        ("CONTACT", "https://example.org/\nX-Header: 1"),
        ("RETRY_AFTER_MAX", "-1"),
        ("RETRY_AFTER_MAX", "nan"),
        ("RETRY_AFTER_MAX", "soon"),
        ("MAX_FAULT_SHARE", "20"),
        ("MAX_FAULT_SHARE", "-0.1"),
    ],
)
def test_what_can_t_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_settings(settings(**{name: value}))
    assert str(caught.value).startswith(f"NEWSCRAWLER_{name}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSCRAWLER_MAX_UNKNOWN_LAYOUT_SHARE", "2"),
        ("NEWSCRAWLER_MIN_OF_USUAL", "half"),
        ("NEWSCRAWLER_MAX_SOURCE_LOSSES", "-1"),
        ("NEWSCRAWLER_MAX_SECONDS", "-1"),
        ("NEWSCRAWLER_MIN_COVERAGE", '{"leed": 0.5}'),
        ("NEWSCRAWLER_MIN_COVERAGE", '{"lead": "many"}'),
        ("NEWSCRAWLER_MIN_COVERAGE", "lead"),
        ("NEWSCRAWLER_ALARM_TIMEOUT", "0"),
        ("NEWSCRAWLER_ALARM_REMINDER_HOURS", "daily"),
        ("NEWSCRAWLER_ALARM_COMMAND", "notify-me"),
    ],
)
def test_thresholds_and_alarms_are_checked(name: str, value: str) -> None:
    with pytest.raises(ArgumentError, match=name):
        check_settings(settings(**{name.removeprefix("NEWSCRAWLER_"): value}))

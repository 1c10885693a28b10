"""Our settings, checked before anything is started."""

from __future__ import annotations

import pytest
from scrapy.settings import Settings

from newscrawler.exceptions import ArgumentError
from newscrawler.monitoring.verdict import Thresholds
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
            MIRRORS='{"www.rt.com": "http://127.0.0.1:8000"}',
            REVISITS='{"hints": "2d"}',
            VERDICT='{"max_fault_share": 1, "max_seconds": 0, "min_coverage": {"lead": 0}}',
            MAX_REVISITS_PER_RUN="0",
            CONTACT="https://example.org/~who?are=we",
            METRICS_FILE="newscrawler.prom",
        )
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIRRORS", "x"),
        ("MIRRORS", "[1]"),
        ("MIRRORS", '{"www.rt.com": 8000}'),
        ("REVISITS", "x"),
        ("REVISITS", '{"published": ["10h"]}'),
        ("DURABILITY", "always"),
        ("MAX_REVISITS_PER_RUN", "-1"),
        ("MAX_REVISITS_PER_RUN", "1.5"),
        ("MODE", "sometimes"),
        ("NEAR_DUPLICATE_DAYS", "a month"),
        ("CONTACT", "me"),
        ("CONTACT", "https://example.org/\nX-Header: 1"),
        ("BLOCK_COOLDOWN", "-1"),
        ("BLOCK_COOLDOWN", "nan"),
        ("BLOCK_COOLDOWN_MAX", "long"),
        ("IGNORE_COOLDOWN", "maybe"),
        ("METRICS_FILE", "metrics.txt"),
        ("ALARM_REMINDER_HOURS", "daily"),
        ("ALARM_COMMAND", "notify-me"),
        ("ALARM_URLS", "notify-me"),
        # Those of earlier versions must not be passed over in silence.
        ("GZIP", "True"),
        ("MAX_FAULT_SHARE", "0.5"),
    ],
)
def test_what_can_t_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_settings(settings(**{name: value}))
    assert str(caught.value).startswith(f"NEWSCRAWLER_{name}")
    assert "\n" not in str(caught.value) or "\n" in value


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("max", "NEWSCRAWLER_VERDICT"),
        ('{"max_faults": 1}', "max_faults: no such threshold"),
        ('{"parse": 1}', "parse: no such threshold"),
        ('{"max_fault_share": 20}', "max_fault_share: 20: give a share"),
        ('{"max_unknown_layout_share": "2"}', "max_unknown_layout_share"),
        ('{"min_ratio_to_baseline": "half"}', "min_ratio_to_baseline"),
        ('{"min_coverage_to_baseline": true}', "min_coverage_to_baseline"),
        ('{"max_source_losses": -1}', "max_source_losses: -1: give a whole number"),
        ('{"max_internal_errors": 1.5}', "max_internal_errors"),
        ('{"max_seconds": -1}', "max_seconds: -1: give seconds"),
        ('{"min_coverage": {"leed": 0.5}}', "min_coverage"),
        ('{"min_coverage": {"lead": "many"}}', "min_coverage"),
        ('{"min_coverage": 1}', "min_coverage"),
    ],
)
def test_thresholds_are_checked(given: str, named: str) -> None:
    with pytest.raises(ArgumentError, match=r"^NEWSCRAWLER_VERDICT") as caught:
        check_settings(settings(VERDICT=given))
    assert named in str(caught.value)


def test_thresholds_that_are_not_given_are_the_defaults() -> None:
    found = Thresholds.parse({"max_fault_share": 0.5, "min_coverage": {"lead": 0}})
    assert found.max_fault_share == 0.5
    assert found.max_seconds == Thresholds().max_seconds
    assert found.min_coverage == {**Thresholds().min_coverage, "lead": 0}


def test_a_former_name_is_understood_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    given = settings(HOSTS='{"www.rt.com": "http://127.0.0.1:8000"}')
    check_settings(given)
    assert given.getdict("NEWSCRAWLER_MIRRORS") == {"www.rt.com": "http://127.0.0.1:8000"}
    assert capsys.readouterr().err == "newscrawler: NEWSCRAWLER_HOSTS is called NEWSCRAWLER_MIRRORS now\n"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DOWNLOAD_DELAY", "soon", "give a number, 0 or more"),
        ("DOWNLOAD_DELAY", "-1", "give a number, 0 or more"),
        ("CLOSESPIDER_TIMEOUT", "nan", "give a number, 0 or more"),
        ("CONCURRENT_REQUESTS", "2.5", "give a whole number from 0"),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", "0", "give a whole number from 1"),
        ("ROBOTSTXT_OBEY", "flase", "give True or False"),
        ("RETRY_HTTP_CODES", "all", "give whole numbers, separated by commas"),
        ("LOG_LEVEL", "DEBUGG", "no such level; did you mean DEBUG?"),
    ],
)
def test_values_that_scrapy_would_stumble_over(name: str, value: str, why: str) -> None:
    made = settings()
    made.set(name, value, priority="cmdline")
    with pytest.raises(ArgumentError, match=f"^{name}={value}: ") as error:
        check_settings(made)
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOWNLOAD_DELAY", "0.25"),
        ("RETRY_PRIORITY_ADJUST", "-2"),
        ("RETRY_HTTP_CODES", "500, 503"),
        ("LOG_LEVEL", "30"),
        ("AN_ADDONS_OWN", "x"),
    ],
)
def test_values_that_scrapy_takes(name: str, value: str) -> None:
    made = settings()
    made.set(name, value, priority="cmdline")
    check_settings(made)

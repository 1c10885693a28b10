"""Log lines of pages and of dropped records."""

from __future__ import annotations

import logging

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import DropItem
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from newscrawler.logformatter import OneLineLogFormatter

URL = "https://www.rt.com/news/"


@pytest.mark.parametrize(("level", "lines"), [("INFO", 0), ("DEBUG", 2)])
def test_lines_for_debugging_are_made_only_for_it(level: str, lines: int) -> None:
    formatter = OneLineLogFormatter.from_crawler(get_crawler(settings_dict={"LOG_LEVEL": level}))
    response, spider = Response(URL), Spider("any")
    made = [formatter.crawled(Request(URL), response, spider), formatter.scraped({}, response, spider)]
    assert len([line for line in made if line]) == lines


def test_another_s_drop_is_logged_as_scrapy_does() -> None:
    spider = Spider.from_crawler(get_crawler(), "any")
    line = OneLineLogFormatter().dropped({"a": 1}, DropItem("why"), Response(URL), spider)
    assert line["level"] == logging.WARNING

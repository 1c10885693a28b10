"""The parser, loaders included, against a bare `lxml.html` parse of the same bytes."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html
from scrapy.http import HtmlResponse

from newscrawler.editions import article_url
from newscrawler.exceptions import PageError
from newscrawler.pages.article import parse_article

#: How many times the bare parse the parser may take.
MAX_RATIO = 1.5
_NOW = datetime(2026, 5, 1, tzinfo=UTC)

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page's bytes, with the address and content type that a crawl would know; a saved page has neither."""

    name: str
    body: bytes
    address: str | None = None
    content_type: str | None = None

    def bare(self) -> None:
        """What any HTML parser has to do."""
        lxml.html.document_fromstring(self.body)

    def parse(self) -> None:
        """From bytes to a record."""
        # Pages come once in a crawl, here many times.
        article_url.cache_clear()
        headers = {"Content-Type": self.content_type} if self.content_type else None
        response = HtmlResponse(self.address or f"file:///{self.name}", body=self.body, headers=headers)
        parse_article(response, now=_NOW, url=self.address)


def corpus_pages(corpus: Path) -> tuple[list[Page], list[str]]:
    """The corpus's pages that give a record, and the names of the others (other editions)."""
    good, others = [], []
    for path in sorted((corpus / "pages").glob("*.html")):
        page = Page(path.name, path.read_bytes())
        try:
            page.parse()
        except PageError:
            others.append(page.name)
        else:
            good.append(page)
    return good, others


def measure_pages(pages: list[Page], rounds: int, *, in_turn: bool = False) -> Report:
    """CPU milliseconds a page: of each page the least of `rounds`, all pages by the one and then by the other.

    `in_turn` is page by page: what lxml leaves to the allocator and the caches is then paid for by the parser, as is
    what Scrapy leaves in a crawl; the tree alone takes a fifth longer (docs/extend/speed.md).
    """
    bare_ms = dict.fromkeys((page.name for page in pages), math.inf)
    parser_ms = dict(bare_ms)
    # What was there before is left out of the collections, which then cost what the page's own garbage costs.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for group in [[page] for page in pages] if in_turn else [pages]:
            for page in group:
                bare_ms[page.name] = min(bare_ms[page.name], _cpu_ms(page.bare))
            for page in group:
                parser_ms[page.name] = min(parser_ms[page.name], _cpu_ms(page.parse))
    gc.unfreeze()
    bare, parser = sum(bare_ms.values()), sum(parser_ms.values())
    return {
        "pages": len(pages),
        "rounds": rounds,
        "cpu_ms_a_page": round(parser / len(pages), 3),
        "bare_cpu_ms_a_page": round(bare / len(pages), 3),
        "ratio": round(parser / bare, 3),
    }


def measure_corpus(corpus: Path, rounds: int) -> Report:
    """The corpus's report, with the pages one by one."""
    pages, others = corpus_pages(corpus)
    report = measure_pages(pages, rounds)
    report["within_target"] = report["ratio"] <= MAX_RATIO
    report["without_record"] = others
    report["by_page"] = {page.name: measure_pages([page], rounds)["ratio"] for page in pages}
    return report


def _cpu_ms(work: Callable[[], None]) -> float:
    """Freeing the page is part of the work: a response and its selector refer to each other."""
    started = time.process_time_ns()
    work()
    gc.collect()
    return (time.process_time_ns() - started) / 1e6

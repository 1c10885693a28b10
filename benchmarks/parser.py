"""The parser, loaders included, against a bare `lxml.html` parse of the same bytes."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import lxml.html
from scrapy.http import HtmlResponse, Response

from newscrawler.editions import ENGLISH, article_url
from newscrawler.exceptions import PageError
from newscrawler.items import Article, Source
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.pages import article
from newscrawler.pages.doubts import Doubts
from newscrawler.pages.feeds import parse_feed, read_feed_text
from newscrawler.pages.layouts.base import Layout
from newscrawler.pages.layouts.bem import ArticleBem
from newscrawler.run.doubts import Witnesses, known_again

#: How many times the bare parse the parser may take.
MAX_RATIO = 1.5
#: What doubts may take of a page, the run's included (milliseconds of CPU).
MAX_DOUBTS_MS = 0.25
#: A whole feed with the articles' text.
_FEED = "feeds/rss-daily-news-2022-10-03.xml.gz"
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

    @property
    def edition(self) -> str:
        """Its code, with which the names of the corpus's pages begin."""
        return self.name[:2]

    def parse(self) -> None:
        """From bytes to a record."""
        # Pages come once in a crawl, here many times.
        article_url.cache_clear()
        headers = {"Content-Type": self.content_type} if self.content_type else None
        response = HtmlResponse(self.address or f"file:///{self.name}", body=self.body, headers=headers)
        article.parse_article(response, now=_NOW, url=self.address)


Work = Callable[[Page], None]
Times = dict[str, float]


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
    return {"rounds": rounds, **_figures(pages, _least(pages, rounds, (Page.bare, Page.parse), in_turn=in_turn))}


def measure_corpus(corpus: Path, rounds: int) -> Report:
    """The corpus's report: all pages, those of each edition, each by itself; and what doubts take of it."""
    pages, others = corpus_pages(corpus)
    least = _least(pages, rounds, (Page.bare, Page.parse))
    with _without_doubts():
        undoubted = _least(pages, rounds, (Page.parse,))
    report = {"rounds": rounds, **_figures(pages, least)}
    report["within_target"] = report["ratio"] <= MAX_RATIO
    report["without_record"] = others
    report["by_page"] = {page.name: _figures([page], least)["ratio"] for page in pages}
    report["by_edition"] = {
        code: _figures([page for page in pages if page.edition == code], least)
        for code in sorted({page.edition for page in pages})
    }
    doubts = sum(least[Page.parse].values()) - sum(undoubted[Page.parse].values())
    report["doubts_cpu_ms_a_page"] = round(doubts / len(pages), 3)
    report["run_doubts_cpu_ms_a_page"] = round(_least_of_run_doubts(corpus, rounds), 3)
    report["doubts_within_target"] = (
        report["doubts_cpu_ms_a_page"] + report["run_doubts_cpu_ms_a_page"] <= MAX_DOUBTS_MS
    )
    return report


def _least(pages: list[Page], rounds: int, works: Sequence[Work], *, in_turn: bool = False) -> dict[Work, Times]:
    """Of each work on each page the least CPU milliseconds."""
    least = {work: dict.fromkeys((page.name for page in pages), math.inf) for work in works}
    # What was there before is left out of the collections, which then cost what the page's own garbage costs.
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for group in [[page] for page in pages] if in_turn else [pages]:
            for work in works:
                for page in group:
                    least[work][page.name] = min(least[work][page.name], _cpu_ms(partial(work, page)))
    gc.unfreeze()
    return least


def _figures(pages: list[Page], least: Mapping[Work, Times]) -> Report:
    bare, parser = (sum(least[work][page.name] for page in pages) for work in (Page.bare, Page.parse))
    return {
        "pages": len(pages),
        "kb_a_page": round(sum(len(page.body) for page in pages) / len(pages) / 1000, 1),
        "cpu_ms_a_page": round(parser / len(pages), 3),
        "bare_cpu_ms_a_page": round(bare / len(pages), 3),
        "ratio": round(parser / bare, 3),
    }


@contextmanager
def _without_doubts() -> Iterator[None]:
    """The parser without a look at what no field took, and with no other witness asked."""
    doubting = ((Doubts, "check_box"), (Layout, "witnesses"), (ArticleBem, "witnesses"), (article, "compare"))
    with ExitStack() as stack:
        for owner, name in doubting:
            stack.enter_context(patch.object(owner, name, lambda *_args, **_named: ()))
        yield


def _least_of_run_doubts(corpus: Path, rounds: int) -> float:
    """CPU milliseconds an article that a run takes to compare it: with the feed's whole text, which says the same, and
    with the paragraphs of the articles before it, in a ledger.
    """
    response = Response(f"https://{ENGLISH.host}/rss/", body=(corpus / _FEED).read_bytes())
    said = [(entry, read_feed_text(entry.html, entry.url, _NOW)) for entry in parse_feed(response) if entry.html]
    pages = [
        (entry, Article(headline=entry.title, lead=lead, paragraphs=paragraphs, published_at=entry.published_at))
        for entry, (lead, *paragraphs) in said
    ]

    def compare(ledger: Ledger, number: int) -> None:
        (entry, page), key, witnesses = pages[number], (ENGLISH.code, str(number)), Witnesses()
        witnesses.hear(key, Source.FEED, entry, _NOW)
        witnesses.compare(page, key, _NOW)
        ledger.paragraphs.count_others(key, known_again(page))

    with TemporaryDirectory(prefix="newscrawler-bench-") as folder:
        ledger = Ledger.open(Path(folder) / LEDGER_NAME)
        gc.collect()
        gc.freeze()
        least = [min(_cpu_ms(partial(compare, ledger, number)) for _ in range(rounds)) for number in range(len(pages))]
        gc.unfreeze()
        ledger.close()
    return sum(least) / len(pages)


def _cpu_ms(work: Callable[[], None]) -> float:
    """Freeing the page is part of the work: a response and its selector refer to each other."""
    started = time.process_time_ns()
    work()
    gc.collect()
    return (time.process_time_ns() - started) / 1e6

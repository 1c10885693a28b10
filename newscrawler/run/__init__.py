"""The crawl run: one object that plans, decides, writes and gives every URL its one outcome."""

from __future__ import annotations

from newscrawler.run.crawl_run import CrawlRun, OneOffRun, Scope, Scoped, article_ref
from newscrawler.run.extension import RunExtension, run_of
from newscrawler.run.incremental import IncrementalRun
from newscrawler.run.requests import ArticleRef, SourceRef, article_of, article_request, source_of, source_request

__all__ = [
    "ArticleRef",
    "CrawlRun",
    "IncrementalRun",
    "OneOffRun",
    "RunExtension",
    "Scope",
    "Scoped",
    "SourceRef",
    "article_of",
    "article_ref",
    "article_request",
    "run_of",
    "source_of",
    "source_request",
]

"""Faults of what the site answers: its pages, feeds, listing and sitemaps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.replica import odd_pages
from tests.replica.answers import Answer
from tests.replica.layouts import grid
from tests.replica.script import Script
from tests.replica.story import Story
from tests.slow.fault_injection.crawl_env import CrawlEnv
from tests.slow.fault_injection.fault import Fault, Inject, spoiling
from tests.slow.fault_injection.history import Spoil

_BAD = ("bad",)
_ARTICLE = re.compile(r"^/[\w-]+/(\d+)-[^/]+/$")
_XML = "text/xml; charset=UTF-8"
_FEED, _LISTING, _NEWS_SITEMAP = "/rss/news/", "/news/", "/newssitemap.xml"


def _articles(make: Callable[[CrawlEnv, Script, Story], bytes | None], *, share: int = 1) -> Inject:
    """Every page of a story, or one in ``share``, says something else; None leaves it."""

    def for_scene(env: CrawlEnv) -> Spoil:
        site = env.served.site

        def spoil(path: str, answer: Answer) -> Answer:
            match = _ARTICLE.match(path)
            script = site.scripts.get(int(match[1])) if match else None
            if script is None or answer.status != 200 or script.number // 2 % share:
                return answer
            body = make(env, script, site.version_of(script.number, script.version_at(site.now())))
            return answer if body is None else Answer(404, body) if not body else Answer(body=body)

        return spoil

    return spoiling(for_scene)


def _unknown(env: CrawlEnv, script: Script, story: Story) -> bytes:
    return odd_pages.unknown_layout(story).encode()


def _without_lead(env: CrawlEnv, script: Script, story: Story) -> bytes:
    page = grid.render(story, env.served.site.context(script.head))
    return page.replace('class="article__summary summary "', 'class="article__teaser teaser "').encode()


def _without_date(env: CrawlEnv, script: Script, story: Story) -> bytes:
    return grid.render(story, env.served.site.context(script.head), without_date=True).encode()


def _cut(env: CrawlEnv, script: Script, story: Story) -> bytes:
    return odd_pages.truncated(story, env.served.site.context(script.head))


def _gone(env: CrawlEnv, script: Script, story: Story) -> bytes:
    return b""


def _at(*paths: str, change: Callable[[Answer], Answer]) -> Inject:
    return spoiling(lambda env: lambda path, answer: change(answer) if path in paths else answer)


def _empty_feed(answer: Answer) -> Answer:
    return Answer(body=re.sub(rb"<item>.*</item>", b"", answer.body, flags=re.DOTALL), content_type=_XML)


def _long_feed(answer: Answer) -> Answer:
    """Fifty times the same hundred stories, each time with another query."""
    items = re.findall(rb"<item>.*?</item>", answer.body, flags=re.DOTALL)
    more = [item.replace(b"?utm_source", b"?copy=%d&utm_source" % at) for at in range(50) for item in items]
    return Answer(
        body=answer.body.replace(b"".join(items[:1]), b"\n".join(more[: 5000 - len(items) + 1]), 1), content_type=_XML
    )


def _no_xml(answer: Answer) -> Answer:
    return Answer(body=b"<html><body><h1>We will be back soon", content_type="text/html; charset=UTF-8")


def _not_found(answer: Answer) -> Answer:
    return Answer(404, b"<html><body>Page not found</body></html>")


def _empty_listing(answer: Answer) -> Answer:
    return Answer(body=re.sub(rb'"[^"]*/[\w-]+/\d{6}-[^"]*"', b'"/about-us/"', answer.body))


def _nothing_named(env: CrawlEnv) -> Spoil:
    changes = {_FEED: _empty_feed, _LISTING: _empty_listing, _NEWS_SITEMAP: _no_rows}
    return lambda path, answer: changes[path](answer) if path in changes else answer


def _no_rows(answer: Answer) -> Answer:
    return Answer(body=re.sub(rb"<url>.*</url>", b"", answer.body, flags=re.DOTALL), content_type=_XML)


FAULTS: Sequence[Fault] = (
    Fault(
        name="half_unknown",
        what="Half of the pages have a new layout",
        how="every second story in a design that does not exist",
        inject=_articles(_unknown, share=2),
        codes=(3,),
        says="addresses failed|unknown layout",
        alarms=_BAD,
    ),
    Fault(
        name="all_unknown",
        what="All pages have a new layout",
        how="every story in a design that does not exist",
        inject=_articles(_unknown),
        codes=(3,),
        says="addresses failed|unknown layout",
        alarms=_BAD,
    ),
    Fault(
        name="lead_lost",
        what="A small change of template loses the lead",
        how="the class of one element has another name",
        inject=_articles(_without_lead),
        codes=(3,),
        says="lead in",
        alarms=_BAD,
        historical=True,
        leadless=True,
    ),
    Fault(
        name="dates_lost",
        what="The pages have no date any more",
        how="neither machine dates nor the visible one",
        inject=_articles(_without_date),
        codes=(3,),
        says="addresses failed",
        alarms=_BAD,
    ),
    Fault(
        name="pages_cut",
        what="Pages end in the middle of the text",
        how="the server closes its pages early, with the right length",
        inject=_articles(_cut),
        codes=(3,),
        says="addresses failed",
        alarms=_BAD,
    ),
    Fault(
        name="all_404",
        what="Every article answers 404",
        how="for 6 hours; listing and feeds still name them",
        inject=_articles(_gone),
        runs=6,
        codes=(3,),
        says="no article at any of",
        alarms=_BAD,
    ),
    Fault(
        name="feed_empty",
        what="The feed is empty",
        how="no item, in three runs",
        inject=_at(_FEED, change=_empty_feed),
        runs=3,
        codes=(3,),
        says="feed",
        alarms=_BAD,
        historical=True,
    ),
    Fault(
        name="feed_long",
        what="The feed has 5,000 items",
        how="every story fifty times with other queries",
        inject=_at(_FEED, change=_long_feed),
        codes=(0,),
        says="good",
    ),
    Fault(
        name="feed_no_xml",
        what="The feed is no XML",
        how="an HTML page in its place, in three runs",
        inject=_at(_FEED, change=_no_xml),
        runs=3,
        codes=(3,),
        says="feed",
        alarms=_BAD,
        historical=True,
    ),
    Fault(
        name="sitemap_404",
        what="The news sitemap is gone",
        how="404, in three runs",
        inject=_at(_NEWS_SITEMAP, change=_not_found),
        runs=3,
        codes=(3,),
        says="sitemap",
        alarms=_BAD,
        historical=True,
    ),
    Fault(
        name="listing_empty",
        what="The listing is empty",
        how="no link to a story in it, in three runs",
        inject=_at(_LISTING, change=_empty_listing),
        runs=3,
        codes=(3,),
        says="listing",
        alarms=_BAD,
        historical=True,
    ),
    Fault(
        name="nothing_named",
        what="Nothing is listed anywhere",
        how="feed, listing and news sitemap are whole and empty",
        inject=spoiling(_nothing_named),
        codes=(3,),
        says="the feed named 0 addresses.*the newssitemap named 0",
        alarms=_BAD,
        historical=True,
    ),
)

#: For a fault that needs pages which are kept.
unknown_pages: Inject = _articles(_unknown)

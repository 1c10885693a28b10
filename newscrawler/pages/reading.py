"""From a response to a record or to the outcome that there is none: the same for a crawl and for an archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scrapy.http import Response, TextResponse

from newscrawler.editions import is_transliterated
from newscrawler.exceptions import InvalidArticle, NotAnArticle, UnknownLayout
from newscrawler.outcomes import Outcome
from newscrawler.pages.article import ParsedPage, parse_article
from newscrawler.pages.blocking import detect_block, detect_block_page


@dataclass(frozen=True, slots=True)
class Reading:
    """Either ``page``, or the ``outcome`` with its reason; ``invalid`` is the short name of an INVALID one."""

    page: ParsedPage | None = None
    outcome: Outcome | None = None
    reason: str = ""
    invalid: str = ""


def read_response(response: Response, url: str, key: tuple[str, str], *, now: datetime) -> Reading:
    """Read the response to a request for the article ``key``, whose canonical URL is ``url``."""
    kind = detect_block(response)
    if kind is not None:
        return Reading(outcome=Outcome.BLOCKED, reason=kind)
    if response.status == 304:
        return Reading(outcome=Outcome.UNCHANGED, reason="304")
    if response.status in (404, 410):
        return Reading(outcome=Outcome.GONE, reason=str(response.status))
    if response.status != 200:
        return Reading(outcome=Outcome.HTTP_ERROR, reason=str(response.status))
    if not isinstance(response, TextResponse):
        return Reading(outcome=Outcome.NOT_ARTICLE, reason="not text")
    return _read_page(response, url, key, now)


def _read_page(response: TextResponse, url: str, key: tuple[str, str], now: datetime) -> Reading:
    try:
        page = parse_article(response, now=now, url=response.url)
        # The parser answers for the URL that it was given; a redirect may have led to another article.
        if response.url != url and (page.article.edition, page.article.article_id) != key:
            raise InvalidArticle("other_article", f"it leads to {response.url}")
        if is_transliterated(response.url):
            raise InvalidArticle("other_script", f"it leads to {response.url}")
    except UnknownLayout as error:
        kind = detect_block_page(response)
        if kind is not None:
            return Reading(outcome=Outcome.BLOCKED, reason=kind)
        return Reading(outcome=Outcome.UNKNOWN_LAYOUT, reason=str(error))
    except NotAnArticle as error:
        return Reading(outcome=Outcome.NOT_ARTICLE, reason=str(error))
    except InvalidArticle as error:
        return Reading(outcome=Outcome.INVALID, reason=str(error), invalid=error.reason)
    return Reading(page=page)

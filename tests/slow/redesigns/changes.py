"""Twelve changes of a template, each a function of a page's HTML: what a redesign, or a slip in one, does to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import unescape

from tests.replica.text import Newswire

Change = Callable[[str, int], str]

_TEXT = '<div class="article__text'
_AFTER_TEXT = '<div class="article__share'
_LEAD = re.compile(r'<div class="article__summary[^>]*>\s*(.*?)\s*</div>', re.DOTALL)
_BREAK = re.compile(r"</p>|<br>\s*<br>")
_PRINTED = re.compile(r"(date_article-header\">\s*)(\d{1,2} \w{3}, \d{4} \d\d:\d\d)")
_STATED = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_HEADLINE = re.compile(r'(<h1 class="article__heading">)(.*?)(\s*</h1>)', re.DOTALL)
_TAGS = re.compile(r'<div class="tags-trends">.*?</div>', re.DOTALL)
_NAMED = re.compile(r"&(?:[lr]dquo|[lr]squo|[mn]dash|hellip);")
_HOURS = timedelta(hours=5)


def _in_text(page: str, change: Callable[[str], str]) -> str:
    before, mark, rest = page.partition(_TEXT)
    text, end, after = rest.partition(_AFTER_TEXT)
    opening, bracket, inside = text.partition(">")
    content, closing, tail = inside.rpartition("</div>")
    return before + mark + opening + bracket + change(content) + closing + tail + end + after


def _insert(text: str, html: str) -> str:
    """The text with something between two paragraphs, in its middle if there is a place."""
    breaks = list(_BREAK.finditer(text))
    if not breaks:
        return text + html
    at = breaks[len(breaks) // 2]
    around = ("</p>", "<p>") if at[0] != "</p>" else ("", "")
    return text[: at.end()] + around[0] + html + around[1] + text[at.end() :]


def _cut(text: str, share: float) -> str:
    """The text up to the break that is nearest to that share of it; at least one paragraph is lost."""
    ends = [match.start() for match in _BREAK.finditer(text)][:-1]
    return text[: min(ends, key=lambda end: abs(end - share * len(text)))] + "</p>" if ends else text


def promo_in_body(page: str, number: int) -> str:
    """The same advertisement between two paragraphs."""
    promo = "<p>Our channel has all the news of Umetania before anyone else: join it today!</p>"
    return _in_text(page, lambda text: _insert(text, promo))


def last_paragraphs_lost(page: str, number: int) -> str:
    """The last quarter of the text is gone."""
    return _in_text(page, lambda text: _cut(text, 0.75))


def half_bodies(page: str, number: int) -> str:
    """Half of the text is gone."""
    return _in_text(page, lambda text: _cut(text, 0.5))


def lead_repeated(page: str, number: int) -> str:
    """The lead stands once more in the text, as a pull quote."""
    lead = _LEAD.search(page)
    return page if lead is None else _in_text(page, lambda text: _insert(text, f"<p>{lead[1]}</p>"))


def captions_in_body(page: str, number: int) -> str:
    """A picture in the text whose caption is a paragraph like others."""
    caption = f"<p>FILE PHOTO: {Newswire(number).headline()}, as seen on a day before</p>"
    return _in_text(page, lambda text: _insert(text, caption))


def wrong_authors(page: str, number: int) -> str:
    """The box about an author of the week stands in every article."""
    box = '<div class="article__blog-autor"><a href="/op-ed/authors/ann-example/">Ann Example</a> writes on dams</div>'
    return page.replace(_AFTER_TEXT, box + _AFTER_TEXT, 1)


def dates_moved(page: str, number: int) -> str:
    """All dates are in another zone, and no longer say so."""

    def printed(match: re.Match[str]) -> str:
        moment = datetime.strptime(match[2], "%d %b, %Y %H:%M") - _HOURS  # noqa: DTZ007 - as it is printed
        return f"{match[1]}{moment.day} {moment:%b, %Y %H:%M}"

    def stated(match: re.Match[str]) -> str:
        return (datetime.fromisoformat(match[0]) - _HOURS).isoformat()

    return _STATED.sub(stated, _PRINTED.sub(printed, page))


def headline_suffix(page: str, number: int) -> str:
    """The site's name ends each headline."""
    return _HEADLINE.sub(r"\1\2 &mdash; RT World News\3", page, count=1)


def tags_gone(page: str, number: int) -> str:
    """No tags."""
    return _TAGS.sub("", page)


def other_json_ld(page: str, number: int) -> str:
    """JSON-LD of another article stands before the page's own, and gives no URL."""
    other = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "headline": Newswire(number + 1).headline(),
        "datePublished": "2025-03-01T08:00:00+00:00",
        "author": {"@type": "Person", "name": "Ann Example"},
    }
    block = f'<script type="application/ld+json">{json.dumps(other)}</script>'
    return page.replace('<script type="application/ld+json">', block + '<script type="application/ld+json">', 1)


def unclosed_element(page: str, number: int) -> str:
    """A box for an advertisement is not closed, and takes in what follows."""
    return _in_text(page, lambda text: _insert(text, '<div class="banner"><div class="banner__box"></div>'))


def mojibake(page: str, number: int) -> str:
    """The page was encoded twice. Real pages print quotation marks and dashes as they are, the replica by names."""
    page = _NAMED.sub(lambda match: unescape(match[0]), page)
    return page.encode().decode("cp1252", "replace")


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        promo_in_body,
        last_paragraphs_lost,
        half_bodies,
        lead_repeated,
        captions_in_body,
        wrong_authors,
        dates_moved,
        headline_suffix,
        tags_gone,
        other_json_ld,
        unclosed_element,
        mojibake,
    )
}

"""First contact with the site: a few polite requests, and what their responses tell.

``DoctorSpider`` fetches robots.txt, one listing, feed, news sitemap and sitemap index of an edition, and one article;
``checks`` is pure: what was fetched goes in, one line for each thing that a person wants to know comes out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK

from newscrawler.editions import Edition, article_url
from newscrawler.editions.mirrors import MirrorMap
from newscrawler.exceptions import PageError, RobotsForbidden, RobotsUnavailable, plain_error
from newscrawler.items import Source
from newscrawler.middlewares.robots import ROBOTS_REQUEST, robots_text, seconds_between_requests
from newscrawler.pages.article import ParsedPage, parse_article
from newscrawler.pages.blocking import detect_block, detect_block_page
from newscrawler.pages.feeds import parse_feed, parse_news_sitemap, parse_sitemap_index
from newscrawler.pages.listings import ListingEntry, parse_listing
from newscrawler.run.doubts import MAX_APART, Witnesses
from newscrawler.run.extension import clock_difference
from newscrawler.utils import clock, format_time

_LATEST = datetime.max.replace(tzinfo=UTC)
#: Statuses of a page that is elsewhere now.
_MOVED = (301, 302, 303, 307, 308)


class State(StrEnum):
    """How a finding is: the worst one decides the exit code."""

    GOOD = "good"
    #: Nothing to be done: the site has no such source, or its rules say no.
    NOTE = "note"
    BAD = "bad"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``remedy`` says what to do where something is to be done."""

    what: str
    state: State
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What came for one request: a response, or why there is none."""

    what: str
    url: str
    response: Response | None = None
    error: Exception | None = None


@dataclass(slots=True)
class Visit:
    """All that a visit brought, in the order of the requests."""

    edition: Edition
    fetches: list[Fetch] = field(default_factory=list)
    #: When the last response came, by this machine's clock.
    now: datetime | None = None
    #: What came for robots.txt, and whether it allows a URL.
    robots: Response | None = None
    agent: str = ""
    allows: Callable[[str], bool] = field(default=lambda url: True)

    def page(self, what: str) -> Response | None:
        """What was served for the request of that name."""
        response = next((fetch.response for fetch in self.fetches if fetch.what == what), None)
        return response if response is not None and response.status == 200 else None


class DoctorSpider(Spider):
    """Makes at most six requests, one after the other, and stops at the first that is blocked."""

    name = "doctor"
    edition: Edition
    visit: Visit

    async def start(self) -> AsyncIterator[Any]:
        """Called by Scrapy. Nothing is left to the engine: the visit is over when this ends."""
        host, edition = f"https://{self.edition.host}", self.edition
        section = edition.world[0]
        feed = edition.section_feed.format(section=section) if section in edition.feeds else edition.feed
        await self._robots(f"{host}/")
        sources = (
            ("listing", edition.page_path(section)),
            ("feed", feed),
            ("news sitemap", edition.news_sitemap),
            ("sitemap index", edition.sitemap),
        )
        for what, path in sources:
            if path is not None and not self._is_over:
                await self._ask(what, f"{host}{path}")
        article = next(iter(_articles(self.visit)), None)
        if article is not None and not self._is_over:
            await self._ask("article", article)
        return
        yield

    @property
    def _is_over(self) -> bool:
        last = self.visit.fetches[-1]
        return isinstance(last.error, RobotsUnavailable) or _block_of(last) is not None

    async def _robots(self, url: str) -> None:
        """The robots middleware asks for robots.txt before the first request, and keeps it."""
        robots = self.crawler.get_downloader_middleware(RobotsTxtMiddleware)
        self.crawler.signals.connect(self._keep_robots, signals.response_received)
        error: Exception | None = None
        try:
            if robots is not None:
                mirrors = MirrorMap.parse(self.settings.getdict("NEWSCRAWLER_MIRRORS"))
                rules = await robots.robot_parser(Request(mirrors.fetch_url(url)))
                agent = self.visit.agent = self.settings["ROBOTSTXT_USER_AGENT"]
                self.visit.allows = lambda asked: rules is None or rules.allowed(asked, agent)
        except RobotsUnavailable as unavailable:
            error = unavailable
        self.visit.fetches.append(Fetch("robots.txt", f"{url}robots.txt", error=error))

    def _keep_robots(self, response: Response, request: Request) -> None:
        if ROBOTS_REQUEST in request.meta:
            self.visit.robots = response

    async def _ask(self, what: str, url: str) -> None:
        assert self.crawler.engine is not None
        # Where a page has moved to is a finding; a second try would be a seventh request.
        meta = {"dont_redirect": True, "dont_retry": True}
        response, error = None, None
        try:
            response = await self.crawler.engine.download_async(Request(url, NO_CALLBACK, meta=meta, dont_filter=True))
            self.visit.now = clock()()
        except Exception as failed:  # whatever a network can do
            error = failed
        self.visit.fetches.append(Fetch(what, url, response, error))


def checks(visit: Visit) -> Iterator[Check]:
    """What a person wants to know, in the order of the requests."""
    for fetch in visit.fetches:
        yield _general(fetch) or _LOOK[fetch.what](fetch, visit)
    yield from _comparison(visit)
    yield from _clock(visit)


def _general(fetch: Fetch) -> Check | None:
    """What may be wrong with any response."""
    what, error, response = fetch.what, fetch.error, fetch.response
    if isinstance(error, RobotsUnavailable):
        return Check(what, State.BAD, str(error), "try again later; docs/operate/politeness.md")
    if isinstance(error, RobotsForbidden):
        return Check(what, State.NOTE, f"robots.txt forbids {fetch.url}", "the other sources are used")
    if error is not None:
        return Check(what, State.BAD, f"{fetch.url}: {plain_error(error)}")
    if (kind := _block_of(fetch)) is not None:
        return Check(what, State.BLOCKED, f"{fetch.url}: blocked ({kind})", "docs/operate/blocked.md")
    if response is not None and response.status in _MOVED:
        target = (response.headers.get("Location") or b"").decode("latin-1")
        return Check(what, State.BAD, f"{fetch.url} has moved to {target}", "mend the edition's module or its mirrors")
    if response is not None and response.status != 200:
        return Check(what, State.BAD, f"{fetch.url}: the site answers {response.status}", "is the URL still right?")
    return None


def _block_of(fetch: Fetch) -> str | None:
    response = fetch.response
    if response is None:
        return None
    kind = detect_block(response)
    if kind is not None or response.status != 200 or fetch.what == "article":
        return kind
    return detect_block_page(response)


def _robots(fetch: Fetch, visit: Visit) -> Check:
    forbidden = [one.what for one in visit.fetches if isinstance(one.error, RobotsForbidden)]
    listing = visit.page("listing")
    more = parse_listing(listing).more_url if isinstance(listing, TextResponse) else None
    if more is not None and not visit.allows(more):
        forbidden.append("more of the listing")
    rules = robots_text(visit.robots) if visit.robots is not None else None
    text = f"it forbids {', '.join(forbidden) or 'nothing of what was asked for'}" if rules else "there is none"
    seconds = seconds_between_requests(rules or "", visit.agent)
    return Check(fetch.what, State.GOOD, text + (f", and asks for {seconds:g} s between requests" if seconds else ""))


def _listing(fetch: Fetch, visit: Visit) -> Check:
    assert fetch.response is not None
    if not isinstance(fetch.response, TextResponse):
        return Check(fetch.what, State.BAD, f"{fetch.url}: not text")
    listing = parse_listing(fetch.response)
    count = len(_of_edition(listing.entries, visit.edition))
    if listing.form is None or not count:
        remedy = "the listing was redesigned: docs/extend/site.md#listings; feeds and sitemaps go on"
        return Check(fetch.what, State.BAD, f"{fetch.url}: no known form of listing", remedy)
    more = "and no button for more"
    if listing.more_url is not None:
        more = "and more behind a button" + ("" if visit.allows(listing.more_url) else " that robots.txt forbids")
    return Check(fetch.what, State.GOOD, f"form {listing.form}, {count} articles, {more}")


def _source(parse: Callable[[Response], Sequence[ListingEntry]], noun: str) -> Callable[[Fetch, Visit], Check]:
    def look(fetch: Fetch, visit: Visit) -> Check:
        assert fetch.response is not None
        try:
            entries = parse(fetch.response)
        except PageError as error:
            return Check(fetch.what, State.BAD, str(error), "the other sources go on without it")
        found = _of_edition(entries, visit.edition)
        if not found:
            return Check(
                fetch.what, State.BAD, f"{fetch.url}: it names no {noun}", "the other sources go on without it"
            )
        times = [entry.lastmod for entry in entries if entry.lastmod is not None]
        newest = f", the newest of {format_time(max(times))}" if times else ""
        return Check(fetch.what, State.GOOD, f"{len(found)} {noun}{newest}")

    return look


def _sitemap_index(fetch: Fetch, _: Visit) -> Check:
    assert fetch.response is not None
    try:
        urls = parse_sitemap_index(fetch.response, first_year=1)
    except PageError as error:
        return Check(fetch.what, State.BAD, str(error), "ranges of days (since, until) can't be crawled")
    if not urls:
        return Check(fetch.what, State.BAD, f"{fetch.url}: it names no sitemap", "ranges of days can't be crawled")
    return Check(fetch.what, State.GOOD, f"{len(urls)} sitemaps")


def _article(fetch: Fetch, _: Visit) -> Check:
    assert fetch.response is not None
    if not isinstance(fetch.response, TextResponse):
        return Check(fetch.what, State.BAD, f"{fetch.url}: not text")
    try:
        page = _parsed(fetch.response, fetch.url)
    except PageError as error:
        kind = detect_block_page(fetch.response)
        if kind is not None:
            return Check(fetch.what, State.BLOCKED, f"{fetch.url}: blocked ({kind})", "docs/operate/blocked.md")
        remedy = f"scrapy explain {fetch.url}, then docs/extend/add-a-layout.md"
        return Check(fetch.what, State.BAD, f"{fetch.url}: {error}", remedy)
    article = page.article
    published = format_time(article.published_at) if article.published_at else "at an unknown time"
    text = f"layout {article.layout}, {article.word_count} words, published {published}"
    missing = [name for name in ("headline", "lead", "published_at", "text", "image") if not getattr(article, name)]
    if missing:
        text += f", without {', '.join(missing)}"
    if article.doubts:
        doubts = ", ".join(article.doubts)
        return Check(fetch.what, State.BAD, f"{fetch.url}: {text}; doubts: {doubts}", f"scrapy explain {fetch.url}")
    return Check(fetch.what, State.GOOD, text)


def _parsed(response: TextResponse, url: str) -> ParsedPage:
    return parse_article(response, now=clock()(), url=url)


def _comparison(visit: Visit) -> Iterator[Check]:
    """The article as page and sources tell it: a wrong reading shows in the words, a wrong zone in the times."""
    response = visit.page("article")
    if not isinstance(response, TextResponse):
        return
    url, now = visit.fetches[-1].url, clock()()
    asked = article_url(url)
    assert asked is not None
    try:
        article = _parsed(response, url).article
    except PageError:
        return
    key = asked.key
    witnesses, times = Witnesses(), []
    for source, entry in _said(visit):
        if (named := article_url(entry.url)) and named.key == key:
            witnesses.hear(key, source, entry, now)
            times += [entry.published_at] if entry.published_at else []
    agrees = witnesses.compare(article, key, now).agrees
    if agrees is None:
        yield Check("agreement", State.NOTE, "no feed has this article's text as it is now")
    elif agrees:
        yield Check("agreement", State.GOOD, "page and feed have the same words")
    else:
        yield Check("agreement", State.BAD, f"{url}: page and feed have other words", f"scrapy explain {url}")
    zone = visit.edition.zone
    if not times or article.published_at is None:
        yield Check("time zone", State.NOTE, f"no source tells when the article was published; {zone} is assumed")
    elif (apart := min(abs(time - article.published_at) for time in times)) <= MAX_APART:
        yield Check("time zone", State.GOOD, "page and sources tell the same time of publication")
    else:
        text = f"{url}: page and sources are {apart} apart in the time of publication"
        yield Check("time zone", State.BAD, text, f"is {zone} still the zone of the page's times? scrapy explain {url}")


def _clock(visit: Visit) -> Iterator[Check]:
    """This machine's clock against the site's; a wrong one makes wrong days, and certificates that are not valid."""
    dates = [fetch.response.headers.get("Date") for fetch in visit.fetches if fetch.response is not None]
    last = next((value for value in reversed(dates) if value), None)
    said = None if visit.now is None else clock_difference(last, visit.now)
    if said:
        yield Check("clock", State.BAD, said, "set the clock; use NTP")
    elif said is not None:
        yield Check("clock", State.GOOD, "agrees with the site's")


def _articles(visit: Visit) -> list[str]:
    """URLs of articles that the sources name, best first: of world news, listed, and with a text in the feed.

    Of these the oldest is first, since the newest are still being edited.
    """
    found = [(source, entry, url) for source, entry in _said(visit) if (url := article_url(entry.url))]
    listed = {url.key for source, _, url in found if source is Source.LISTING}
    told = {url.key: entry.published_at or _LATEST for _, entry, url in found if entry.html}
    urls = [url for _, _, url in found if url.edition is visit.edition]
    worlds = visit.edition.world
    urls.sort(key=lambda url: (url.section not in worlds, url.key not in listed, told.get(url.key, _LATEST)))
    return [url.url for url in urls]


def _said(visit: Visit) -> Iterator[tuple[Source, ListingEntry]]:
    """What the sources name, the listing first."""
    parsers: tuple[tuple[Source, str, Callable[[Any], Sequence[ListingEntry]]], ...] = (
        (Source.LISTING, "listing", lambda page: parse_listing(page).entries if isinstance(page, TextResponse) else ()),
        (Source.FEED, "feed", parse_feed),
        (Source.NEWS_SITEMAP, "news sitemap", parse_news_sitemap),
    )
    for source, what, parse in parsers:
        if (response := visit.page(what)) is not None:
            with suppress(PageError):
                yield from ((source, entry) for entry in parse(response))


def _of_edition(entries: Sequence[ListingEntry], edition: Edition) -> list[str]:
    found = (article_url(entry.url) for entry in entries)
    return [url.url for url in found if url is not None and url.edition is edition]


_LOOK: dict[str, Callable[[Fetch, Visit], Check]] = {
    "robots.txt": _robots,
    "listing": _listing,
    "feed": _source(parse_feed, "articles"),
    "news sitemap": _source(parse_news_sitemap, "articles"),
    "sitemap index": _sitemap_index,
    "article": _article,
}

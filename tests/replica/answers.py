"""What the site answers to a path. No sockets here, so tests and tools can ask without a server."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.replica import feeds, listings, odd_pages, refusals, scripted, sitemaps
from tests.replica.faults import Address
from tests.replica.heads import Head
from tests.replica.layouts import grid, render
from tests.replica.layouts.common import PageContext
from tests.replica.robots import robots_txt
from tests.replica.site import Site
from tests.replica.story import Story

HTML = "text/html; charset=UTF-8"
XML = "text/xml; charset=UTF-8"
_ROOT_FEEDS = frozenset({"/rss", "/feed", "/news/rss", "/news/today/rss", "/news/line/rss"})
_PLAIN_PAGES = tuple(
    f"/{name}/"
    for name in [
        "about-us",
        "shows",
        "podcasts",
        "podcast",
        "trends",
        "tags",
        "in-vision",
        "in-motion",
        "sponsored-content",
        "projects",
        "where-to-watch",
        "schedule",
        "applications",
        "legal-disclaimer",
        "privacy-policy",
        "on-air",
        "rss-feeds",
        "360",
        "more",
        "bulletin-board",
        "onair-talent",
    ]
)
_STATUSES = {"gone": 404, "withdrawn": 410, "forbidden": 403, "server_error": 503}


@dataclass(slots=True)
class Answer:
    """A response before it meets a socket. `pieces` stands in for `body` on pages too large to hold."""

    status: int = 200
    body: bytes = b""
    content_type: str = HTML
    location: str = ""
    delay: float = 0.0
    pieces: Iterator[bytes] | None = None
    length: int = 0
    headers: dict[str, str] = field(default_factory=dict)


class Answers:
    """Answers for one site, with the newest pages kept and a memory of who has been asked before."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._pages: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._asked: set[str] = set()
        self._count = 0
        self._lock = threading.Lock()

    def answer(self, target: str) -> Answer:
        """The answer to a path with or without a query."""
        path, _, query = target.partition("?")
        path = unquote(path)
        if refused := self._refused(path):
            return refused
        address = self.site.addresses.get(path)
        if address is None and not path.endswith("/"):
            address = self.site.addresses.get(path + "/")
            if address:
                return Answer(301, location=path + "/" + (f"?{query}" if query else ""))
        if address is None:
            return self._furniture(path)
        if not self.site.is_visible(address):
            return self._not_found()
        return self._address(address)

    def warm(self) -> None:
        """Render the newest pages into the cache, so that a benchmark measures its client alone."""
        room = self.site.options.cached_pages
        for address in [address for address in self.site.addresses.values() if address.kind == "article"][-room:]:
            self._page(address)

    def _address(self, address: Address) -> Answer:
        kind = address.kind
        if kind in _STATUSES:
            return self._not_found(_STATUSES[kind])
        if kind in ("redirect_chain", "redirect_hop", "too_many_redirects", "offsite_redirect"):
            permanent = kind == "redirect_chain"
            return Answer(301 if permanent else 302, location=address.target)
        if kind == "flaky" and self._first_time(address.path):
            return self._not_found(503)
        if kind == "challenge":
            return Answer(body=odd_pages.challenge().encode(), headers={"Server": "ddos-guard"})
        if kind == "empty":
            return Answer()
        if kind == "huge":
            story, context = self._story(address), self.site.context(_head(address))
            length, pieces = odd_pages.huge(story, context, self.site.options.huge_bytes)
            return Answer(pieces=pieces, length=length)
        delay = self.site.options.slow_seconds if kind == "slow" else 0.0
        return Answer(body=self._page(address), delay=delay)

    def _refused(self, path: str) -> Answer | None:
        """The site's no, once it has begun to say it."""
        options = self.site.options
        if not options.refusal or path == "/robots.txt":
            return None
        with self._lock:
            self._count += 1
            if self._count <= options.refuse_after:
                return None
        parts = refusals.refuse(options.refusal, path, self._context())
        if parts is None:
            return None
        status, body, headers = parts
        headers = dict(headers)
        content_type = headers.pop("Content-Type", HTML)
        return Answer(status, body, content_type, headers.pop("Location", ""), headers=headers)

    def _first_time(self, path: str) -> bool:
        with self._lock:
            first = path not in self._asked
            self._asked.add(path)
            return first

    def _story(self, address: Address) -> Story:
        return self.site.story_of(_head(address))

    def _page(self, address: Address) -> bytes:
        """The rendered page; it depends on the version of the story and on the minute of the clock."""
        site = self.site
        key = (address.path, site.version(_head(address)), int(site.now().timestamp() // 60))
        with self._lock:
            if page := self._pages.get(key):
                self._pages.move_to_end(key)
                return page
        page = self._render(address)
        with self._lock:
            self._pages[key] = page
            while len(self._pages) > site.options.cached_pages:
                self._pages.popitem(last=False)
        return page

    def _render(self, address: Address) -> bytes:
        story, context = self._story(address), self.site.context(_head(address))
        match address.kind:
            case "unknown_layout":
                return odd_pages.unknown_layout(story).encode()
            case "truncated":
                return odd_pages.truncated(story, context)
            case "windows_1252":
                return odd_pages.windows_1252(story, context)
            case "no_date":
                return grid.render(story, context, without_date=True).encode()
            case "no_body":
                return grid.render(story, context, without_body=True).encode()
            case "foreign_page":
                other = context.others[0] if context.others else _head(address)
                return render(self.site.story_of(other), self.site.context(other)).encode()
            case "show" | "podcast":
                return odd_pages.show(story, context, address.kind).encode()
            case _:
                return scripted.article(render(story, context), self.site.options.scripted).encode()

    def _furniture(self, path: str) -> Answer:
        site = self.site
        if path == "/robots.txt":
            return self._robots()
        if found := self._listing(path) or self._sitemap(path):
            return found
        bare = path.rstrip("/")
        if bare in _ROOT_FEEDS:
            return Answer(body=feeds.feed(site).encode(), content_type=XML)
        if bare.startswith("/rss/") and bare[5:] in site.sections:
            return Answer(body=feeds.feed(site, bare[5:]).encode(), content_type=XML)
        if path == "/" or bare[1:] in site.sections:
            return self._section_page(bare[1:] or "news")
        if path.startswith(_PLAIN_PAGES):
            title = bare.rsplit("/", 1)[-1].replace("-", " ").capitalize()
            return Answer(body=odd_pages.plain(title, self._context()).encode())
        return self._script(path)

    def _script(self, path: str) -> Answer:
        code = scripted.script(path) if self.site.options.scripted else None
        return Answer(body=code.encode(), content_type="text/javascript; charset=UTF-8") if code else self._not_found()

    def _section_page(self, section: str) -> Answer:
        first = listings.more_path(section, self.site.options.page_size, 0)
        page = scripted.listing_page(listings.listing_page(self.site, section), self.site.options.scripted, first)
        return Answer(body=page.encode())

    def _listing(self, path: str) -> Answer | None:
        """What "load more" asks for, and the pages of trends and tags."""
        if more := listings.parse_more_path(path, self.site):
            return Answer(body=listings.fragment(self.site, *more).encode())
        if (cards := listings.topic_fragment(self.site, path)) is not None:
            return Answer(body=cards.encode())
        if path in listings.TOPICS:
            return Answer(body=listings.topic_page(self.site, path).encode())
        return None

    def _sitemap(self, path: str) -> Answer | None:
        if path == "/sitemap.xml":
            return Answer(body=sitemaps.index(self.site).encode(), content_type=XML)
        if path == "/newssitemap.xml":
            return Answer(body=sitemaps.news(self.site).encode(), content_type=XML)
        if not path.startswith("/sitemap_") or not (found := sitemaps.sitemap(self.site, path)):
            return None
        body, encoding = found
        content_type = "application/gzip" if path.endswith(".gz") else XML
        return Answer(body=body, content_type=content_type, headers={"Content-Encoding": encoding} if encoding else {})

    def _context(self) -> PageContext:
        return PageContext(self.site.now(), ())

    def _robots(self) -> Answer:
        mode = self.site.options.robots
        if mode == "none":
            return self._not_found()
        if mode == "error":
            return self._not_found(503)
        if refused := refusals.refuse_robots(mode):
            status, body, headers = refused
            return Answer(status, body, "text/plain; charset=UTF-8", headers=headers)
        return Answer(body=robots_txt(mode, self.site.host).encode(), content_type="text/plain; charset=UTF-8")

    def _not_found(self, status: int = 404) -> Answer:
        title = {404: "Page not found", 410: "This page was removed", 403: "Forbidden"}.get(
            status, "Service unavailable"
        )
        return Answer(status, odd_pages.plain(title, self._context()).encode())


def _head(address: Address) -> Head:
    if address.head is None:
        raise LookupError(f"no story behind {address.path}")
    return address.head

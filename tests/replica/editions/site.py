"""The site of one edition: its addresses, and what it answers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.replica import faults as f
from tests.replica.answers import XML, Answer, Answers
from tests.replica.editions import feeds, parts
from tests.replica.editions.edition import Edition, Listing
from tests.replica.editions.writer import head_of, write
from tests.replica.faults import Address
from tests.replica.heads import Head
from tests.replica.site import DEFAULT_NOW, Clock, Options, Site
from tests.replica.spans import text_html
from tests.replica.story import Story

#: Faults that are the same in every design.
FAULTS = frozenset({"gone", "withdrawn", "forbidden", "server_error", "flaky", "slow", "challenge", "empty"})
#: Share of the stories that are of the last days, and of those that wear an older design.
_RECENT = 0.75
_OUTDATED = 5
_LISTING = re.compile(r"(/listing/.*)/(\d+)/(\d+)/?")
_RUSSIAN_ROBOTS = (
    "User-agent: *\nDisallow: /inotv/print\nDisallow: /search\nDisallow: /c/\nDisallow: /nbc/\nDisallow: *?\n"
    "Disallow: /widget/\nDisallow: /quiz/*\nAllow: *css?\nSitemap: https://russian.rt.com/sitemap.xml\n"
)


class EditionSite(Site):
    """All addresses of an edition. Faults are those of FAULTS."""

    def __init__(self, edition: Edition, addresses: Iterable[Address], now: Clock, options: Options) -> None:
        super().__init__(addresses, now, options)
        self.edition = edition
        self.host = edition.host
        self.language = edition.language

    @classmethod
    def of(
        cls,
        edition: Edition,
        articles: int = 120,
        seed: int = 1,
        faults: str | Iterable[str] = "none",
        now: datetime | Clock | None = None,
        until: datetime | None = None,
        **options: Any,
    ) -> EditionSite:
        """A site of that many good stories; the same arguments give the same bytes."""
        moment = DEFAULT_NOW if now is None else now
        clock: Clock = moment if callable(moment) else lambda: moment
        kinds = FAULTS if faults == "all" else f.parse_faults(faults if isinstance(faults, str) else ",".join(faults))
        if unknown := sorted(kinds - FAULTS):
            raise ValueError(
                f"fault {', '.join(unknown)} is of the English edition (known: {', '.join(sorted(FAULTS))})"
            )
        rng = random.Random(seed)
        slots = _slots(edition, articles, rng, until or clock(), sorted(kinds))
        addresses: list[Address] = []
        number = 0
        for when, design, section, kind, old in slots:
            number = max(number + 1, edition.number_at(when))
            head = head_of(edition, design, section, when, number, seed * 1_000_003 + number, old=old)
            addresses.append(Address(head.path, kind, head, (section,)))
        size = options.pop("page_size", None) or _listing(edition, options.get("listing_form", "")).size
        options.setdefault("feed_length", edition.feed_length)
        return cls(edition, addresses, clock, Options(page_size=size, **options))

    @property
    def heads(self) -> list[Head]:
        """The good stories, before they are written."""
        return [address.head for address in self.addresses.values() if address.kind == "article" and address.head]

    @property
    def listing(self) -> Listing:
        """The design of its section pages."""
        return _listing(self.edition, self.options.listing_form)

    def _write_version(self, head: Head, version: int) -> Story:
        return write(self.edition, head, self._earlier(head, 8, head.number))


def _listing(edition: Edition, form: str) -> Listing:
    return edition.listings.get(form) or next(iter(edition.listings.values()))


def _slots(
    edition: Edition, articles: int, rng: random.Random, until: datetime, faults: list[str]
) -> list[tuple[datetime, str, str, str, bool]]:
    """Time, design, section, kind and whether it is of the archive, in order of time."""
    names, sections = list(edition.generations), list(edition.sections)
    found = []
    recent = max(1, round(articles * _RECENT))
    for place in range(recent):
        when = until - timedelta(minutes=7 + 31 * place, seconds=rng.randrange(1_500))
        older = names[1:] and place % _OUTDATED == _OUTDATED - 1
        design = rng.choice(names[1:]) if older else names[0]
        section = sections[place % edition.world] if rng.random() < 0.75 else rng.choice(sections)
        found.append((when, design, section, "article", False))
    for _ in range(articles - recent):
        design = rng.choice(names)
        first, last = edition.generations[design].years
        year = min(rng.randrange(first, last + 1), until.year - 1)
        when = until.replace(year=year, day=1) + timedelta(seconds=rng.randrange(200 * 86_400))
        found.append((when, design, rng.choice(sections), "article", True))
    for place, kind in enumerate(faults):
        when = until - timedelta(minutes=11 + 37 * place)
        found.append((when, names[0], sections[0], kind, False))
    return sorted(found, key=lambda slot: slot[0])


class EditionAnswers(Answers):
    """What the site of an edition answers."""

    site: EditionSite

    def __init__(self, site: EditionSite) -> None:
        super().__init__(site)

    def _render(self, address: Address) -> bytes:
        story = self._story(address)
        edition, head = self.site.edition, address.head
        assert head is not None
        render = edition.generations[head.layout].render
        return render(edition, story, self.site.context(head)).encode()

    def _furniture(self, path: str) -> Answer:
        site, edition = self.site, self.site.edition
        bare = path.strip("/")
        if path == "/robots.txt":
            if edition.code == "ru" and site.options.robots == "rt":
                return Answer(body=_RUSSIAN_ROBOTS.encode(), content_type="text/plain; charset=UTF-8")
            return self._robots()
        if found := self._fragment(path) or self._sitemap(path):
            return found
        if edition.feed and bare == edition.feed.strip("/"):
            return self._feed("")
        section = next((name for name in edition.sections if name == bare), "")
        if section or path == "/":
            return self._section(section or next(iter(edition.sections)))
        by_feed = {edition.section_feed.format(section=name).strip("/"): name for name in edition.sections}
        if edition.section_feed and bare in by_feed:
            return self._feed(by_feed[bare])
        if path in edition.strays:
            return Answer(body=self._page_of("", "").encode())
        return self._not_found()

    def _stories(self, count: int, section: str = "", skip: int = 0) -> list[Story]:
        shown = self.site.newest(count + skip, section)[skip:]
        return [self._story(entry) for entry in shown]

    def _feed(self, section: str) -> Answer:
        text = feeds.feed(self.site.edition, self._stories(self.site.options.feed_length, section), section)
        return Answer(body=text.encode(), content_type=XML)

    def _section(self, section: str) -> Answer:
        site, listing = self.site, self.site.listing
        size = site.options.page_size
        more = listing.more.format(section=section, size=size, page=1)
        name = site.edition.sections[section]
        page = listing.page(site.edition, name, self._cards(section, size, 0), more)
        return Answer(body=self._page_of(name, page).encode())

    def _cards(self, section: str, size: int, page: int) -> str:
        stories = self._stories(size, section, size * page)
        return "".join(self.site.listing.card(self.site.edition, story, self.site.now()) for story in stories)

    def _fragment(self, path: str) -> Answer | None:
        """What "load more" asks for, empty past the end."""
        match = _LISTING.fullmatch(path)
        if match is None:
            return None
        for section in self.site.edition.sections:
            wanted = self.site.listing.more.format(section=section, size=match[2], page=match[3])
            if wanted == path.rstrip("/"):
                cards = self._cards(section, int(match[2]), int(match[3]))
                return Answer(body=parts.in_script(self.site.edition, cards).encode())
        return None

    def _page_of(self, name: str, inner: str) -> str:
        """A page that is no article."""
        edition, context = self.site.edition, self._context()
        page = f"""<!DOCTYPE html>
<html lang="{edition.language}">
<head><meta charset="UTF-8" /><title>{text_html(name)} - {edition.site_name}</title><meta property="og:type" content="website" /></head>
<body>
<div class="layout">{parts.header(edition, context)}<div class="layout__content">{inner}</div>{parts.side(edition, context)}{parts.footer(edition, context)}</div>
</body>
</html>
"""
        return parts.in_script(edition, page)

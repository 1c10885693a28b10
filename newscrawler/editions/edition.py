"""What an edition is: the facts that one module of this package gives for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# A path as it is matched has no slash, no `/amp` and no `&…` at its end.
_QUERY_TAIL = re.compile(r"&.*", re.DOTALL)


# Compared by identity: there is one object an edition.
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Edition:
    """One language edition of the site. What is not known of it, such as a feed, is left out."""

    code: str
    #: English name, for messages.
    name: str
    language: str
    #: Host of canonical URLs.
    host: str
    #: Shapes of articles' paths, without what may follow them (``article_path``): regular expressions with the groups
    #: ``section`` and ``id``, of which the first that matches counts.
    articles: tuple[str, ...]
    #: Other hosts that serve the same articles at the same paths: former hosts and mirrors. A domain's `www.` is known.
    mirrors: tuple[str, ...] = ()
    #: Those mirrors whose pages are the same articles in another script. Their URLs are known, their pages not read.
    transliterated: tuple[str, ...] = ()
    #: Those of them that were the edition's own host: a page that was saved then keeps it in its canonical URL.
    former_hosts: tuple[str, ...] = ()
    #: What the edition calls itself: on a page without an absolute URL these tell it, and in a byline they name nobody.
    own_names: tuple[str, ...] = ()
    #: Names of its article pages' layouts, newest first (pages/layouts/).
    layouts: tuple[str, ...] = ()
    #: Those of them that are built from facts alone: no real page of this edition has been seen in it.
    unproven_layouts: tuple[str, ...] = ()
    #: IANA zone of times that the pages print without a zone.
    zone: str = "UTC"
    #: Sections that carry articles and have a listing at /<section>/.
    sections: tuple[str, ...] = ()
    #: Those of them that are world news, which is what a spider reads by default.
    world: tuple[str, ...] = ()
    #: Sections of older articles' URLs, without a listing today: in sitemaps and archives only.
    former_sections: tuple[str, ...] = ()
    #: Sections that have no listing, and whose articles the listings and feeds of others name as their own.
    guest_sections: tuple[str, ...] = ()
    #: What else is no article: first path segments, as regular expressions of the path's beginning
    #: (docs/extend/site.md#urls). A section that is in none of these lists counts as one of articles, since new
    #: sections appear.
    other_sections: tuple[str, ...] = ()
    #: Sections that have an RSS feed of their own, and its path.
    feeds: tuple[str, ...] = ()
    section_feed: str = "/rss/{section}/"
    #: Path of the feed of all sections, for the sections without one of their own.
    feed: str | None = None
    news_sitemap: str | None = None
    #: Path of the index of sitemaps: one a year, some in parts (`sitemap_2023_2.xml`).
    sitemap: str = "/sitemap.xml"
    #: Kinds of pages that list articles of a subject, as paths with ``{slug}``; the name is what `-a trend=` takes
    #: before a slash. The first one is meant where it is left out.
    topics: Mapping[str, str] = field(default_factory=dict)
    #: Whether canonical URLs end with a slash.
    trailing_slash: bool = True
    #: Name of the root breadcrumb, which the record leaves out.
    home_crumb: str = ""
    #: Ids and the time at which they were given, and the id below which nothing proves that they are in order of time.
    id_dates: tuple[tuple[int, datetime], ...] = ()
    first_ordered_id: int = 0
    _articles: tuple[re.Pattern[str], ...] = field(init=False, repr=False)
    _others: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        others = "|".join(self.other_sections) or r"(?!)"
        object.__setattr__(self, "_articles", tuple(re.compile(shape) for shape in self.articles))
        object.__setattr__(self, "_others", re.compile(rf"/(?:{others})(?:/.*)?", re.DOTALL))

    def __repr__(self) -> str:
        return f"<{self.name} edition>"

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Main host first, then the mirrors; of a bare domain, its `www.` too."""
        named = (self.host, *self.mirrors)
        return tuple(dict.fromkeys(host for name in named for host in (name, f"www.{name}") if host.count(".") < 3))

    @property
    def all_sections(self) -> tuple[str, ...]:
        """All known sections that carry articles."""
        return (*self.sections, *self.former_sections, *self.guest_sections)

    def article_path(self, path: str) -> re.Match[str] | None:
        """The path of an article's URL as one of its shapes; None for one that is no article's."""
        path = _QUERY_TAIL.sub("", path).rstrip("/").removesuffix("/amp").rstrip("/")
        if self._others.fullmatch(path):
            return None
        return next((match for shape in self._articles if (match := shape.fullmatch(path))), None)

    def page_path(self, *segments: str) -> str:
        """The path of a page of the edition, with or without a slash at its end as its URLs have it."""
        return "/" + "/".join(segments) + ("/" if self.trailing_slash else "")

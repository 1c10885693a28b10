"""RT's editions: hosts, languages, time zones and what is found where.

Sources: SITE.md sections 3, 6 and 8 (hosts, mirrors, sections, feeds). The site is one newsroom system under
many hosts, so a story is known by edition and id, never by host.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edition:
    """One language edition of the site."""

    code: str
    language: str
    #: Host of canonical addresses.
    host: str
    #: Other hosts that serve the same pages under the same paths.
    mirrors: tuple[str, ...] = ()
    #: IANA zone of times that the pages print without a zone.
    zone: str = "UTC"
    #: Sections that carry articles: first path segments.
    sections: tuple[str, ...] = ()
    #: Those of them that have an RSS feed at /rss/<section>/ (SITE.md section 6).
    feeds: tuple[str, ...] = ()
    #: First path segments whose pages have article-like addresses and are none (SITE.md section 3), or that
    #: are furniture of the site. A section named in neither list counts as one of articles: new ones appear.
    other_sections: tuple[str, ...] = ()
    #: Section that `rt_world` means by world news.
    world_section: str = "news"
    #: Whether canonical article addresses end with a slash.
    trailing_slash: bool = True
    #: Name of the root crumb, which the record leaves out.
    home_crumb: str = "Home"

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Main host first, then the mirrors."""
        return (self.host, *self.mirrors)


ENGLISH = Edition(
    code="en",
    language="en",
    host="www.rt.com",
    mirrors=(
        "rt.com",
        "m.rt.com",
        "swentr.site",
        "www.swentr.site",
        "rtnewsru.com",
        "www.rtnewsru.com",
        "rurtnews.com",
        "www.rurtnews.com",
        "rtrunews.com",
        "www.rtrunews.com",
        "runewsrt.com",
        "www.runewsrt.com",
    ),
    sections=(
        "news",
        "russia",
        "usa",
        "uk",
        "business",
        "sport",
        "op-ed",
        "op-edge",
        "politics",
        "pop-culture",
        "africa",
        "india",
        "newsline",
        "viral",
        "bulletin-board",
        "360",
    ),
    feeds=("news", "russia", "usa", "uk", "business", "op-ed", "pop-culture", "africa", "india"),
    other_sections=(
        "shows",
        "podcast",
        "podcasts",
        "tags",
        "trends",
        "in-vision",
        "in-motion",
        "about-us",
        "sponsored-content",
        "onair-talent",
        "projects",
        "schedule",
        "where-to-watch",
        "rss-feeds",
        "listing",
        "search",
        "static",
        "files",
    ),
)

EDITIONS: tuple[Edition, ...] = (ENGLISH,)

_BY_HOST = {host: edition for edition in EDITIONS for host in edition.all_hosts}


def edition_of_host(host: str) -> Edition | None:
    """The edition that a host (lower case, no port) serves, or None."""
    return _BY_HOST.get(host)


def edition_of_code(code: str) -> Edition | None:
    """The edition with that short name, or None."""
    return next((edition for edition in EDITIONS if edition.code == code), None)

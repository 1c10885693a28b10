"""What an edition is: the facts that one module of this package gives for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edition:
    """One language edition of the site."""

    code: str
    language: str
    #: Host of canonical URLs.
    host: str
    #: Other hosts that serve the same pages at the same paths.
    mirrors: tuple[str, ...] = ()
    #: IANA zone of times that the pages print without a zone.
    zone: str = "UTC"
    #: Sections that carry articles: first path segments.
    sections: tuple[str, ...] = ()
    #: Those of them that have an RSS feed at /rss/<section>/ (docs/extend/site.md#feeds).
    feeds: tuple[str, ...] = ()
    #: First path segments that never hold articles, though some of their URLs look like an article's
    #: (docs/extend/site.md#urls). A section in neither list counts as one of articles, since new sections appear.
    other_sections: tuple[str, ...] = ()
    #: Section that `rt_world` means by world news.
    world_section: str = "news"
    #: Whether canonical article URLs end with a slash.
    trailing_slash: bool = True
    #: Name of the root breadcrumb, which the record leaves out.
    home_crumb: str = "Home"

    @property
    def all_hosts(self) -> tuple[str, ...]:
        """Main host first, then the mirrors."""
        return (self.host, *self.mirrors)

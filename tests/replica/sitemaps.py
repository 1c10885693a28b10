"""The sitemap index, yearly sitemaps and the Google News sitemap."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

from tests.replica.faults import Address
from tests.replica.heads import Head
from tests.replica.site import Site

_MIGRATION = datetime(2022, 1, 18, 16, 56, 53, tzinfo=UTC)
_HEADER = '<?xml version="1.0" encoding="utf-8"?>\n'
_PATH = re.compile(r"/sitemap_(?P<year>\d{4})(?:_(?P<part>\d+))?\.xml(?:\.gz)?")
_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def years(site: Site) -> list[int]:
    """The years that have a sitemap."""
    return sorted({entry.head.published_at.year for entry in site.entries() if entry.head})


def last_modified(site: Site, head: Head) -> datetime:
    """What `lastmod` says: the time of the last change, of whatever sort, never before publication."""
    if version := site.version(head):
        return head.edits[version - 1]
    if head.migrated:
        return _MIGRATION
    return head.published_at + timedelta(seconds=head.number % 300)


def index(site: Site) -> str:
    """`/sitemap.xml`."""
    rows = "".join(
        f"    <sitemap>\n        <loc>{site.host}{path}</loc>\n        <lastmod>{path[9:13]}-12-31T00:00:00+00:00</lastmod>\n    </sitemap>\n"
        for path in paths(site)
    )
    return f"{_HEADER}<sitemapindex {_NS}>\n{rows}</sitemapindex>\n"


def paths(site: Site) -> list[str]:
    """The addresses of the yearly sitemaps: one a year, or several of it where one would be too long."""
    found: list[str] = []
    for year in years(site):
        parts = -(-len(_of_year(site, year)) // site.options.sitemap_length)
        # Every third part is a file that is compressed by its name.
        names = [f"{year}_{part}.xml" + (".gz" if part % 3 == 0 else "") for part in range(1, parts + 1)]
        found += [f"/sitemap_{name}" for name in (names if parts > 1 else [f"{year}.xml"])]
    return found


def sitemap(site: Site, path: str) -> tuple[bytes, str | None] | None:
    """The body at such an address and the content encoding that a header announces; None if it is no sitemap's."""
    match = _PATH.fullmatch(path)
    if match is None or path not in paths(site):
        return None
    year, part = int(match["year"]), int(match["part"] or 0)
    body = yearly(site, year, part)
    if part % 3 == 2:
        return gzip.compress(body, mtime=0), "gzip"
    return (gzip.compress(body, mtime=0) if part % 3 == 0 and part else body), None


def is_gzipped(year: int) -> bool:
    """Whether that year, when it is one file, is served as gzip bytes, with no header to say so."""
    return year % 3 == 0


def _of_year(site: Site, year: int) -> list[Address]:
    return [entry for entry in site.entries() if entry.head and entry.head.published_at.year == year]


def yearly(site: Site, year: int, part: int = 0) -> bytes:
    """`/sitemap_{year}.xml`, or one part of it as text."""
    length = site.options.sitemap_length
    entries = _of_year(site, year)[(part - 1) * length : part * length] if part else _of_year(site, year)
    rows = "".join(
        f"    <url>\n        <loc>{entry.url}</loc>\n        <lastmod>{last_modified(site, entry.head).isoformat(timespec='seconds')}</lastmod>\n    </url>\n"
        for entry in entries
        if entry.head
    )
    body = f"{_HEADER}<urlset {_NS}>\n{rows}</urlset>\n".encode()
    return gzip.compress(body, mtime=0) if is_gzipped(year) and not part else body


def news(site: Site) -> str:
    """`/newssitemap.xml`: the last hundred of all sections."""
    rows = "".join(_news_row(site, entry) for entry in site.newest(site.options.feed_length))
    return (
        f'{_HEADER}<urlset {_NS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n    \n{rows}</urlset>\n'
    )


def _news_row(site: Site, entry: Address) -> str:
    head = entry.head
    if head is None:
        return ""
    keywords = ", ".join(re.findall(r"\w+", head.headline.lower()))
    return f"""    <url>
        <loc>{entry.url}</loc>
        <lastmod>{last_modified(site, head).isoformat(timespec="seconds")}</lastmod>
        <news:news>
          <news:publication>
            <news:name>RT</news:name>
            <news:language>{site.language}</news:language>
          </news:publication>
          <news:publication_date>{head.published_at.isoformat(timespec="seconds")}</news:publication_date>
          <news:title><![CDATA[{head.headline}]]></news:title>
          <news:keywords><![CDATA[{keywords}]]></news:keywords>
        </news:news>
    </url>
"""

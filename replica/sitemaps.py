"""The sitemap index, yearly sitemaps and the Google News sitemap."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta

from replica.faults import Address
from replica.heads import Head
from replica.site import Site
from replica.story import HOST

_MIGRATION = datetime(2022, 1, 18, 16, 56, 53, tzinfo=UTC)
_HEADER = '<?xml version="1.0" encoding="utf-8"?>\n'
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
        f"    <sitemap>\n        <loc>{HOST}/sitemap_{year}.xml</loc>\n        <lastmod>{year}-12-31T00:00:00+00:00</lastmod>\n    </sitemap>\n"
        for year in years(site)
    )
    return f"{_HEADER}<sitemapindex {_NS}>\n{rows}</sitemapindex>\n"


def is_gzipped(year: int) -> bool:
    """Whether that year is served as gzip bytes, with no header to say so."""
    return year % 3 == 0


def yearly(site: Site, year: int) -> bytes:
    """`/sitemap_{year}.xml`."""
    rows = "".join(
        f"    <url>\n        <loc>{entry.url}</loc>\n        <lastmod>{last_modified(site, entry.head).isoformat(timespec='seconds')}</lastmod>\n    </url>\n"
        for entry in site.entries()
        if entry.head and entry.head.published_at.year == year
    )
    body = f"{_HEADER}<urlset {_NS}>\n{rows}</urlset>\n".encode()
    return gzip.compress(body, mtime=0) if is_gzipped(year) else body


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
            <news:language>en</news:language>
          </news:publication>
          <news:publication_date>{head.published_at.isoformat(timespec="seconds")}</news:publication_date>
          <news:title><![CDATA[{head.headline}]]></news:title>
          <news:keywords><![CDATA[{keywords}]]></news:keywords>
        </news:news>
    </url>
"""

"""The feed of an edition."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from html import escape

from tests.replica import story as s
from tests.replica.editions.edition import Edition, rfc822
from tests.replica.editions.parts import in_script
from tests.replica.spans import clean, text_html


def feed(edition: Edition, stories: list[s.Story], section: str = "") -> str:
    """The feed of all sections or of one."""
    name = f"{edition.site_name} {edition.sections.get(section, '')}".strip()
    return in_script(
        edition,
        f"""<?xml version="1.0" encoding="utf-8"?>
<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
    <channel>
        <title>{text_html(name)}</title>
        <link>{edition.host}</link>
        <description>{text_html(name)}</description>
        <language>{edition.language}</language>
{"".join(_item(edition, story) for story in stories)}    </channel>
</rss>
""",
    )


def _item(edition: Edition, story: s.Story) -> str:
    """The Russian links and guids are marked for whoever counts readers."""
    link = escape(story.url + edition.feed_query)
    return f"""        <item>
            <title><![CDATA[{clean(story.headline)}]]></title>
            <link>{link}</link>
            <guid isPermaLink="true">{link}</guid>
            <description><![CDATA[{text_html(story.description)}<br/><a href="{link}">{edition.read_on}</a>]]></description>
            <pubDate>{rfc822(edition.local(story.published_at))}</pubDate>
            <dc:creator>{text_html(edition.site_name)}</dc:creator>
        </item>
"""

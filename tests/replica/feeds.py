"""RSS feeds in the shape of those of 2025 and 2026."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from functools import lru_cache

from tests.replica.faults import Address
from tests.replica.feed_dates import rfc822
from tests.replica.layouts import chrome
from tests.replica.site import Site
from tests.replica.spans import spans_html, text_html
from tests.replica.story import HOST, Paragraph, Player, Related, Story, Tweet
from tests.replica.writer import section_name

UTM = "?utm_source=rss&utm_medium=rss&utm_campaign=RSS"


def feed(site: Site, section: str = "") -> str:
    """The feed of a section, or of the whole site."""
    name = f"RT {section_name(section, '2022-grid')}" if section else "RT - Daily news"
    built = f"\n        <lastBuildDate>{rfc822(site.now())}</lastBuildDate>" if section else ""
    own = f"{HOST}/rss/{section}" if section else f"{HOST}/rss"
    items = "".join(_item(site, entry) for entry in site.newest(site.options.feed_length, section))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
    <channel>
        <title>{text_html(name)}</title>
        <link>{HOST}/{section + "/" if section else ""}</link>
        <description>{text_html(name)}</description>
        <language>en</language>{built}
        <copyright>RT</copyright>
        <atom:link href="{own}" rel="self" type="application/rss+xml" />
        <image>
            <url>{HOST}/static/img/logo-rss.png</url>
            <title>{text_html(name)}</title>
            <link>{HOST}</link>
            <width>125</width>
            <height>40</height>
        </image>
{items}
    </channel>
</rss>
"""


def _item(site: Site, entry: Address) -> str:
    head = entry.head
    if head is None:
        return ""
    story = site.story_of(head)
    picture = chrome.picture_of(head).replace("/xxl/", "/thumbnail/")
    # The type and length of the enclosure are the same for every picture, whatever it is.
    return f"""        <item>
        <title>{text_html(head.headline)}</title>
        <link><![CDATA[{entry.url}{UTM}]]></link>
        <guid>{entry.url}</guid>
        <description>
            <![CDATA[<img alt="Preview" align="left" style="margin-right: 10px;" src="{picture}" /> {text_html(story.description)} <br/><a href="{entry.url}{UTM}">Read Full Article at RT.com</a>]]>
        </description>
        <content:encoded><![CDATA[
                            <p><strong>{text_html(story.lead or story.description)}</strong></p>

                        {_content(_Version(story))}
            ]]></content:encoded>
        <enclosure url="{picture}" type="image/jpeg" length="123"/>
        <pubDate>{rfc822(head.published_at)}</pubDate>
        <dc:creator>RT</dc:creator>
    </item>

"""


class _Version:
    """A story's version by its identity: to compare all that it says takes longer than to write it."""

    __slots__ = ("story",)

    def __init__(self, story: Story) -> None:
        self.story = story

    def __hash__(self) -> int:
        return id(self.story)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.story is self.story


@lru_cache(maxsize=1_000)
def _content(version: _Version) -> str:
    story = version.story
    parts = ["<p></p>"]
    position = 0
    for block in story.blocks:
        if isinstance(block, Paragraph):
            inner = spans_html(block.spans, entities=True)
            marks = f' data-start="{position}" data-end="{position + len(inner)}"' if story.variant % 3 == 0 else ""
            position += len(inner) + 2
            parts.append(f"<p{marks}>{inner}</p>")
        elif isinstance(block, Related):
            parts.append(
                "<blockquote>\n            <span><strong>Read more</strong></span>\n            <figure>\n                "
                f'<img src="{block.picture}" alt="" />\n                <figcaption><a href="{block.url}">{text_html(block.title)}</a></figcaption>\n'
                "            </figure>\n        </blockquote>"
            )
        elif isinstance(block, Player):
            parts.append(
                f'<iframe\n            width="560"\n            height="315"\n            src="{block.url}" frameborder="0"\n        ></iframe>'
            )
        elif isinstance(block, Tweet):
            parts.append(f'<blockquote class="twitter-tweet"><a href="{block.url}">{block.day}</a></blockquote>')
    return "\n".join(parts)

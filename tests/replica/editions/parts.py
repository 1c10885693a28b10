"""What the designs of all editions share: document, metadata, prose and posts of other sites."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tests.replica import story as s
from tests.replica.editions.edition import Edition
from tests.replica.layouts.common import PageContext, player_html, tweet_html
from tests.replica.spans import attr, clean, spans_html, text_html

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAQAAACRI2S5AAAAEElEQVR42mNkIAAYRxWAAQAG9gAKqv6+AwAAAABJRU5ErkJggg=="
_GREY = '<div style="background-color: #F4F4F4; border-radius: 4px; height: 14px; width: 60px;"></div>'


def document(edition: Edition, story: s.Story, metas: str, body: str, *, suffix: str = "") -> str:
    """A whole page."""
    direction = ' dir="rtl"' if edition.language == "ar" else ""
    page = f"""<!DOCTYPE html>
<html prefix="og: http://ogp.me/ns#" lang="{edition.language}"{direction}>
<head>
    <meta charset="UTF-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>{text_html(clean(story.headline))}{suffix or f" - {edition.site_name}"}</title>
{metas}
</head>
<body>
{body}
</body>
</html>
"""
    return in_script(edition, page)


def in_script(edition: Edition, page: str) -> str:
    """The page in the letters of the edition."""
    return page.translate(edition.letters) if edition.letters else page


def meta(name: str, content: str, attribute: str = "property") -> str:
    """A line of metadata."""
    return f'    <meta {attribute}="{name}" content="{attr(content)}" />'


def metas(
    edition: Edition, story: s.Story, *, described: bool = True, picture: str | None = None, telegram: bool = True
) -> list[str]:
    """The metadata that all designs since 2017 have."""
    image = picture or (story.image.url if story.image else None)
    lines = [
        meta("description", clean(story.description), "name"),
        meta("og:site_name", edition.site_name),
        meta("og:type", "article"),
        meta("og:title", clean(story.headline)),
        meta("og:url", story.url),
        meta("og:description", clean(story.description) if described else ""),
        f'    <link rel="canonical" href="{story.url}" />',
        f'    <link rel="amphtml" href="{story.url.rstrip("/")}/amp{edition.slash}" />',
    ]
    if telegram:
        lines.append(meta("published_time_telegram", edition.local(story.published_at).isoformat(), "name"))
    return [*lines, *([meta("og:image", image)] if image else [])]


def json_ld(edition: Edition, story: s.Story, *, crumbs: bool = False) -> str:
    """Organization, where the edition has them the breadcrumbs, then the article."""
    organization = {"@type": "Organization", "name": edition.site_name, "url": edition.host}
    blocks: list[dict[str, Any]] = [{"@context": "http://schema.org", **organization}]
    if crumbs:
        rows = [(edition.labels["home"], edition.host), *((n, edition.host + p) for n, p in story.breadcrumbs)]
        items = [
            {"@type": "ListItem", "position": place, "name": name, "item": url}
            for place, (name, url) in enumerate([*rows, (clean(story.headline), story.url)], 1)
        ]
        blocks.append({"@context": "http://schema.org", "@type": "BreadcrumbList", "itemListElement": items})
    article: dict[str, Any] = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "@id": story.url,
        "mainEntityOfPage": story.url,
        "headline": clean(story.headline),
        "datePublished": edition.local(story.published_at).isoformat(),
        "author": organization,
        "publisher": organization,
    }
    if story.modified_at:
        article["dateModified"] = edition.local(story.modified_at).isoformat()
    if story.image:
        article["image"] = {"@type": "ImageObject", "url": story.image.url}
    return "\n".join(
        f'<script type="application/ld+json">\n{json.dumps(block, ensure_ascii=False, indent=4)}\n</script>'
        for block in [*blocks, article]
    )


def printed_day(edition: Edition, moment: datetime) -> str:
    """`6 jul 2020`: the day unpadded, the month as this edition writes it."""
    return f"{moment.day} {edition.months[moment.month - 1]} {moment.year}"


def paragraph(block: s.Paragraph) -> str:
    """Prose in the tags of its role."""
    inner = spans_html(block.spans, entities=False)
    match block.role:
        case "bold":
            return f"<p><strong>{inner}</strong></p>"
        case "li":
            return f"<ul><li>{inner}</li></ul>"
        case "quote":
            return f"<blockquote><p>{inner}</p></blockquote>"
        case role:
            return f"<{role}>{inner}</{role}>"


def tweet(block: s.Tweet) -> str:
    """A tweet in a box of raw code; its address has a tracking parameter."""
    marked = tweet_html(block).replace(f'href="{block.url}"', f'href="{block.url}?ref_src=twsrc%5Etfw"')
    return f'<div class="rtcode">{marked}</div>'


def instagram(block: s.Player) -> str:
    """A post with its own date, which is not the article's."""
    url = f"{block.url}?utm_source=ig_embed&amp;utm_campaign=loading"
    return (
        f'<div class="rtcode"><blockquote class="instagram-media" data-instgrm-permalink="{url}" data-instgrm-version="12" '
        f'style=" background:#FFF; border:0;"><div style="padding:16px;"><a href="{url}" style="text-decoration:none;" target="_blank">'
        f'<div style="display: flex;">{_GREY}{_GREY}</div></a>'
        f'<p style=" color:#c9c8cd;"><a href="{url}" target="_blank">Novela Insta</a> on '
        '<time style=" font-size:14px;" datetime="2019-02-06T08:20:22+00:00">Feb 6, 2019 at 12:20am PST</time></p></div></blockquote>'
        '<script async src="//www.instagram.com/embed.js"></script></div>'
    )


def player(block: s.Player) -> str:
    """A frame in a box of raw code."""
    if block.type == "instagram":
        return instagram(block)
    return f'<div class="rtcode">{player_html(block)}</div>'


def header(edition: Edition, context: PageContext) -> str:
    """Logo, languages, menu and the clock of the moment of saving."""
    menu = "".join(
        f'<li><a href="/{name}{edition.slash}">{text_html(label)}</a></li>' for name, label in edition.sections.items()
    )
    return f"""<div class="layout__header"><header class="header"><a class="logo" href="/">{edition.site_name}</a>
<ul class="langs"><li><a href="https://www.rt.com/">English</a></li><li><a href="https://arabic.rt.com/">العربية</a></li><li><a href="https://russian.rt.com/">Русский</a></li></ul>
<nav><ul class="menu">{menu}</ul></nav><div class="header__date">{context.now:%H:%M} GMT, {context.now:%d.%m.%Y}</div></header></div>"""


def side(edition: Edition, context: PageContext) -> str:
    """A column of other stories and of pages that are none."""
    links = "".join(
        f'<li><a href="{head.path}">{text_html(clean(head.headline))}</a></li>' for head in context.others[:5]
    )
    strays = "".join(f'<li><a href="{path}">{edition.site_name}</a></li>' for path in edition.strays)
    return f'<aside class="sidebar"><ul class="sidebar__list">{links}{strays}</ul></aside>'


def footer(edition: Edition, context: PageContext) -> str:
    """The last line of a page."""
    return f'<footer class="footer"><div class="footer__copyright">© {edition.site_name}, 2005–{context.now.year}</div></footer>'

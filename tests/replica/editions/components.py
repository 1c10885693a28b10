"""The site of components: Spanish since 2020, German since 2021, Serbian."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import json
from datetime import datetime

from tests.replica import story as s
from tests.replica.editions import parts
from tests.replica.editions.edition import Edition
from tests.replica.layouts.common import PageContext
from tests.replica.spans import attr, clean, text_html


def render(edition: Edition, story: s.Story, context: PageContext) -> str:
    """A page of an article."""
    labels = edition.labels
    metas = parts.metas(edition, story)
    published = edition.local(story.published_at)
    if edition.code == "es":
        metas.append(parts.meta("publish-date", f"{story.published_at:%Y-%m-%d %H:%M:%S}", "name"))
        metas.append(parts.meta("mediator_published_time", story.published_at.isoformat(), "name"))
        metas.append(parts.meta("mediator_author", "TereshaB", "name"))
    crumbs = "".join(
        f'<span class="Breadcrumbs-item Breadcrumbs-arrow"><svg width="6px" height="10px"></svg></span><span class="Breadcrumbs-item"><a class="RTLink-root RTLink-breadcrumb RTLink-size_1" href="{path}"><span>{text_html(name)}</span></a></span>'
        for name, path in [(labels["home"], "/"), *story.breadcrumbs]
    )
    written = labels.get("published", "")
    time = f"""<span>{written}</span><time class="Timestamp-root Timestamp-{"isBlackColor" if edition.code == "es" else "default"} " datetime="{published.isoformat()}">
        {_printed(edition, published)}
    </time>"""
    summary = f'<div class="ArticleView-summary"><div class="Text-root Text-type_1 ">\n                {text_html(story.lead or "")}\n            </div></div>'
    body = f"""{parts.json_ld(edition, story, crumbs=True)}
<div class="App-root App-isColumn-isCenter">{parts.header(edition, context)}
<main class="App-content"><div class="Grid-root"><section class="Grid-container Grid-isWrap"><div class="Grid-block Grid-is3to4-sm_is1to1-xs_is1to1"><div class="Section-root Section-is1to1">
<div class="Breadcrumbs-root">{crumbs}</div>
<div class="ArticleView-root ArticleView-is1to1"><div class="ArticleView-container" data-counterpublicid="{story.number}"><div class="ArticleView-block ArticleView-is1to1-sm_is1to1-xs_is1to1 p-24"><div class="ArticleView-title"><h1 class="HeadLine-root HeadLine-type_2 ">
                {text_html(story.headline)}
            </h1></div>{_author(edition, story)}<div class="ArticleView-timestamp">{time}</div><div class="ArticleView-shares">{_share(story)}</div>{summary}{_cover(story)}<div class="Text-root Text-type_5 ArticleView-text ViewText-root ">{_byline(edition, story)}{_text(edition, story)}<p></p></div>
<div class="ArticleView-googleNewsBanner"><div class="GoogleNewsBanner-root"><a class="GoogleNewsBanner-link" href="https://news.google.com/publications/x" rel="nofollow noopener"></a></div></div>{_tags(story)}</div></div></div>
</div></div>{_column(context)}</section></div></main>{parts.footer(edition, context)}</div>"""
    return parts.document(edition, story, "\n".join(metas), body)


def _printed(edition: Edition, moment: datetime) -> str:
    zone = " GMT" if edition.code == "es" else ""
    return f"{parts.printed_day(edition, moment)} {moment:%H:%M}{zone}"


def _author(edition: Edition, story: s.Story) -> str:
    if edition.code == "de" or not story.authors:
        return ""
    cards = "".join(
        f'<div class="author-simple-card"><img class="author-simple-card__img" src="{parts.PIXEL}" alt="" /><a class="author-simple-card__title" href="/author/{author.slug}/">{text_html(author.name)}</a></div>'
        for author in story.authors
    )
    return f'<div class="ArticleView-authors">{cards}</div>'


def _byline(edition: Edition, story: s.Story) -> str:
    """German authors sign in the first paragraph."""
    if edition.code != "de" or not story.authors:
        return ""
    return f"<p><em>von {text_html(story.authors[0].name)}</em></p>\n"


def _escaped(value: object) -> str:
    """JSON as a string of JavaScript: every sign that is no letter as its number."""
    text = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    return "".join(
        c
        if (c.isascii() and c.isalnum()) or c == "."
        else "\\\\\\/"[:3]
        if c == "\\"
        else c
        if c == "/"
        else f"\\u{ord(c):04X}"
        for c in text
    )


def _share(story: s.Story) -> str:
    if not story.short_url:
        return ""
    params = _escaped({"counters": True, "href": story.url, "shortUrl": story.short_url})
    return f"""<div class="ShareBlock-isReact" data-rtcomponent="ShareBlock" onload="return {{
        socials: JSON.parse('{_escaped(["facebook", "telegram", "copylink"])}'),
        params: JSON.parse('{params}'),
    }};"></div>"""


def _lazy(url: str, alt: str, *, kind: str = "default") -> str:
    """A picture whose real addresses are in `data-` attributes and in `noscript`."""
    small = url.replace("/article/", "/thumbnail/")
    return f"""<picture class="Picture-root Picture-{kind}"><source media="(-webkit-min-device-pixel-ratio: 2) and (min-resolution: 120dpi)" data-srcset="
                {small} 850w,
                {url} 1960w,
            " srcset="
                                    {parts.PIXEL} 1240w
                            " /><img data-sizes="auto" src="
                                    {parts.PIXEL}" class="Picture-root Picture-{kind} lazyload" data-src="{small}" alt="{attr(alt)}" /></picture><noscript><img src="{url}" alt="{attr(alt)}" /></noscript>"""


def _captions(block: s.Picture, name: str) -> str:
    caption = (
        f'<span class="{name}-caption"><span class="{name}-captionItem">{text_html(block.caption or "")}</span></span>'
    )
    if not block.credit:
        return caption
    pieces = block.credit.split(" / ")
    items = "".join(
        f'<span class="{name}-captionItem">{"/ " if place else ""}{text_html(piece)}</span>\n'
        for place, piece in enumerate(pieces)
    )
    return f'{caption}<span class="{name}-source">{items}</span>'


def _cover(story: s.Story) -> str:
    if not story.image:
        return ""
    return f'<div class="ArticleView-coverWrap"><figure class="Cover-root"><div class="Cover-image">{_lazy(story.image.url, clean(story.headline))}</div><figcaption class="Cover-footer">{_captions(story.image, "Cover")}</figcaption></figure></div>'


def _tags(story: s.Story) -> str:
    items = "".join(
        f'<li class="Tags-item"><a class="Tags-link" rel="tag" href="{tag.path}">{text_html(tag.name)}</a></li>'
        for tag in story.tags
    )
    return f'<div class="ArticleView-tags"><div class="Tags-root Tags-default"><ul class="Tags-list Tags-default">{items}</ul></div></div>'


def _text(edition: Edition, story: s.Story) -> str:
    return "\n".join(_block(edition, block) for block in story.blocks)


def _block(edition: Edition, block: s.Block) -> str:
    match block:
        case s.Paragraph():
            return parts.paragraph(block)
        case s.Related(form="line"):
            return (
                f'<p><strong>{edition.labels["more"]}</strong> - <a href="{block.url}">{text_html(block.title)}</a></p>'
            )
        case s.Related():
            return f"""<div class="ReadMore-root Section-root Section-is1to3-xs_is1to1" data-widgets="ReadMore"><div class="Section-container Section-isRow-isTop-isWrap"><article class="Card-root Card-is1to1 "><div class="Card-imageWrap"><div class="Card-picture">{_lazy(block.picture, clean(block.title))}</div></div><div class="Card-contentWrap"><div class="Card-content"><div class="Card-title"><div class="HeaderNews-root HeaderNews-type_6 "><a href="{block.href}" class="Link-root Link-isFullCard ">{text_html(block.title)}</a></div></div></div></div></article></div></div>"""
        case s.Picture():
            return f'<figure class="RTImage-root"><div class="RTImage-image RTImage-original">{_lazy(block.url, "", kind="original")}</div><figcaption class="RTImage-footer">{_captions(block, "RTImage")}</figcaption></figure>'
        case s.Tweet():
            return f'<div class="TwitterEmbed">{parts.tweet(block)}</div>'.replace(
                'class="twitter-tweet"', 'class="twitter-tweet lazyload" class="twitter-tweet"'
            )
        case s.Player(type="youtube"):
            code = block.url.rpartition("/")[2]
            return f'<div class="YouTubeEmbed-root"><div class="YouTubeEmbed-cover" data-youtubeSrc="//www.youtube.com/embed/{code}" data-youtubeId="{code}"></div></div>'
        case _:
            return f'<div class="EmbedBlock-root EmbedBlock-instagram">{parts.player(block)}</div>'


def _column(context: PageContext) -> str:
    cards = "".join(
        f'<article class="Card-root"><div class="Card-title"><div class="HeaderNews-root HeaderNews-type_5"><a href="{head.path}" class="Link-root Link-isFullCard ">{text_html(clean(head.headline))}</a></div></div><time class="Timestamp-root Timestamp-default " datetime="{head.published_at.isoformat()}">{head.published_at:%d.%m.%Y}</time></article>'
        for head in context.others[:4]
    )
    return f'<div class="Grid-block Grid-is1to4">{cards}</div>'


def listing(edition: Edition, name: str, cards: str, more: str) -> str:
    """A section page; what the button loads is in the attribute out of which a script draws it."""
    size, page = more.rsplit("/", 2)[1:]
    return f"""<div class="Grid-block Grid-is3to4-sm_is1to1-xs_is1to1"><div class="Section-root"><h1 class="HeadLine-root HeadLine-type_1">{text_html(name)}</h1>
<div class="Section-container Section-isRow-isTop-isWrap Listing-root">{cards}<div class="Listing-isReact" data-rtcomponent="Listing" onload="return {{
                page: '{page}',
                limit: '{size}',
                listing: '{more}',
            }};"></div></div></div></div>"""


def card(edition: Edition, story: s.Story, now: datetime) -> str:
    """A card of a listing."""
    moment = edition.local(story.published_at)
    picture = _lazy(story.image.url, clean(story.headline)) if story.image else ""
    return f"""<div class="Section-block Section-isColumn-isTop Section-is1to3-sm_is1to2-xs_is1to1  p-24  Listing-item"><article class="Card-root Card-isHoverScale "><div class="Card-imageWrap"><div class="Card-picture">{picture}</div></div><div class="Card-contentWrap"><div class="Card-content"><div class="Card-title"><div class="HeaderNews-root HeaderNews-type_4 "><a href="{story.path}" class="Link-root Link-isFullCard ">{text_html(story.headline)}</a></div></div><div class="Card-meta"><div class="Meta-root Meta-jcsb"><div class="MetaItem-root"><time class="Timestamp-root Timestamp-default " datetime="{moment.isoformat()}">
        {_printed(edition, moment)}
    </time></div><div class="MetaItem-root"><span data-module="Watches" class="ViewEye-root" data-publicId="{story.number}"><svg></svg></span></div></div></div></div></div></article></div>
"""

"""The Arabic designs of 2016 and 2020."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from datetime import datetime

from tests.replica import story as s
from tests.replica.editions import parts
from tests.replica.editions.edition import Edition, rfc822
from tests.replica.layouts.common import SIZES, PageContext
from tests.replica.spans import attr, clean, text_html

_FOLLOW = '<div class="article__social-wrapper"><div class="article__google-news article__google-news_desktop"><span>تابعوا RT على</span><a href="https://news.google.com/publications/x" rel="nofollow noopener"><img src="/static/img/googlenews.svg" alt="RT" /></a></div></div>'


def early(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2016."""
    return _page(edition, story, context, lazy=False)


def render(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2020: lazy pictures, a printed time of the last change, "follow us" inside the text."""
    return _page(edition, story, context, lazy=True)


def _page(edition: Edition, story: s.Story, context: PageContext, *, lazy: bool) -> str:
    section = f'<a href="/{story.section}/">{text_html(edition.sections.get(story.section, ""))}</a>'
    edited = f"<p>{_time(edition.labels['edited'], story.modified_at)}{section}</p>" if story.modified_at else section
    tags = "\n".join(f'<a rel="tag" href="/tags/{tag.slug}/">{text_html(tag.name)}</a>' for tag in story.tags)
    text = "\n".join(_block(block, lazy=lazy) for block in story.blocks)
    body = f"""<div class="b-layout">{parts.header(edition, context)}<div class="b-wrapper"><div class="control_width"><div class="section"><div class="column static_66-high_100"><div class="cell">
<div class="article "><h1 class="heading">{text_html(story.headline)}</h1>
<div class="info-panel"><div class="time-public"><p>{_time(edition.labels["published"], story.published_at)}</p>{edited}</div></div>
{_cover(story, lazy=lazy)}
<div class="font-panel js-fontpanel"><button id="fontBigger" title="+">A+</button><button id="fontSmaller" title="-">A-</button><div id="get-short-url"><a href="{story.path}">انسخ الرابط</a><span class="short-url" dir="ltr">{story.short_url}</span></div></div>
{_FOLLOW if lazy else ""}
<div class="text js-text{" js-mediator-article" if lazy else ""}"><p class="intro">{text_html(story.lead or "")}</p>
{text}
{_FOLLOW if lazy else "<p> </p><p></p>"}<div class="clears mh"></div></div>
<div class="news-tags news-tags_article">{tags}</div></div>
</div></div>{parts.side(edition, context)}</div></div></div>{parts.footer(edition, context)}</div>
{parts.json_ld(edition, story) if lazy else ""}"""
    metas = [
        *parts.metas(edition, story, described=not lazy, telegram=lazy),
        parts.meta("category", story.section if lazy else "", "name"),
        parts.meta("publish-date", rfc822(story.published_at), "name"),
    ]
    if lazy:
        metas.append(parts.meta("mediator_author", "SamerK", "name"))
    return parts.document(edition, story, "\n".join(metas), body)


def _time(title: str, moment: datetime) -> str:
    return f"""<time><span class="title">{title}</span><span class="date">{moment:%d.%m.%Y}</span> | <span class="time">{moment:%H:%M} GMT</span> |</time>"""


def _cover(story: s.Story, *, lazy: bool) -> str:
    image = story.image
    if not image:
        return ""
    captions = f'<div class="copyright">{text_html(image.credit or "")}</div>\n<span class="caption">{text_html(image.caption or "")}</span>'
    if not lazy:
        shown = image.url.replace("/original/", "/article/")
        return f'<div class="photo"><img src="{shown}" alt="{attr(image.caption or "")}" />{captions}</div>'
    return f'<div class="photo"><div class="photo__wrapper">{_lazy(image.url, clean(story.headline))}</div>{captions}</div>'


def _lazy(url: str, alt: str, classes: str = "") -> str:
    sizes = ",\n".join(
        f"                    {url.replace('/original/', f'/{size}/')} {width}w" for size, width in SIZES
    )
    source = f'data-srcset="\n{sizes}\n" srcset="\n                      {parts.PIXEL} 1240w\n" />'
    return f"""<picture><source media="(-webkit-min-device-pixel-ratio: 2) and (min-resolution: 120dpi)" {source}<source {source}<img data-sizes="auto" src="
                                            {parts.PIXEL}" class="{classes} js-lazysize" data-src="{url.replace("/original/", "/xxs/")}" alt="{attr(alt)}" /></picture><noscript><img src="{url}" alt="{attr(alt)}" /></noscript>"""


def _block(block: s.Block, *, lazy: bool) -> str:
    match block:
        case s.Paragraph():
            return parts.paragraph(block)
        case s.Related():
            picture = _lazy(block.picture.replace("/thumbnail/", "/original/"), clean(block.title), "read-more__cover")
            return f'<div class="arcticle__read-more read-more"><div class="read-more__title">إقرأ المزيد</div><a class="read-more__link" href="{block.href}" target="_blank"><div class="read-more__photo">{picture}</div><span class="read-more__footer">{text_html(block.title)}</span></a></div>'
        case s.Picture():
            return f'<div class="photo">{_lazy(block.url, "")}<span class="caption">{text_html(block.caption or "")}</span></div>'
        case s.Tweet():
            return parts.tweet(block)
        case s.Player():
            return f'<div class="video-iframe">{parts.player(block)}</div>'


def listing(edition: Edition, name: str, cards: str, more: str) -> str:
    """A section page."""
    return f"""<div class="list-news js-listing"><h1 class="heading">{text_html(name)}</h1><div class="js-listing-content"><ul class="list-news_list">{cards}</ul></div>
<div class="js-listing-more" style="display: none;" data-href="{more}"><hr class="more-border"><button class="more-button">المزيد</button></div></div>"""


def card(edition: Edition, story: s.Story, now: datetime) -> str:
    """A card without a date."""
    path = story.url.removeprefix(story.host)
    return f"""<li class="reliance item-1"><div class="element"><a class="list-news_media" href="{path}"><div class="cover js-lazysize  cover_bg-image  cover_ratio" style="background-image: url({parts.PIXEL})" data-sizes="auto"></div></a><h2><a class="heading" href="{path}">{text_html(story.headline)}</a></h2><div class="list-news_text"><p><a href="{path}">{text_html(story.lead or "")}</a></p></div></div></li>
"""

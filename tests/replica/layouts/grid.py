"""The page of 2022 to 2026 (grid), and its form for opinion pieces."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from tests.replica.layouts import chrome
from tests.replica.layouts.body import body_html, caption_parts
from tests.replica.layouts.common import (
    PageContext,
    inline_css,
    inline_script,
    picture_html,
    sized,
    title_suffix,
    visible_date,
)
from tests.replica.layouts.jsonld import jsonld
from tests.replica.spans import attr, text_html
from tests.replica.story import LAYOUT_2022_OPED, Author, Picture, Related, Story


def render(story: Story, context: PageContext, *, without_date: bool = False, without_body: bool = False) -> str:
    """The whole page. Without a date, no element or meta carries one."""
    oped = story.layout == LAYOUT_2022_OPED
    others = context.others
    return f"""<!DOCTYPE html>
<html prefix="og: http://ogp.me/ns#" lang="en">
<head>{_head(story, oped, without_date)}</head>

<body>
{chrome.sprite()}{jsonld(story, broken_organization=True, with_dates=not without_date)}        <div class="layout" data-modifier="">
            <div class="offers" id="offers"></div>
            {chrome.header(chrome.MENU_2022, f"/{story.section}/")}
            <div class="layout__wrapper ">
            <div class="layout__wide-content "><div class="banners banners_padding_top"><div class="banners__border">{inline_script(1, 6)}</div></div></div>
            {chrome.breaking(others[0] if others and story.variant % 5 == 0 else None)}
                <div class="layout__content "><div class="Grid-root"><section class="Grid-container Grid-isWrap m-0x10 m-10">
                            <div class="Grid-block  Grid-is2to3-xs_is1to1 ">

    <div class="p-0x10">
        {_article(story, oped, without_date, without_body)}    </div>

    <div class="p-0x10"><div class="social-banner js-social-banner"><a class="social-banner__link js-social-banner-link" target="_blank" rel="nofollow noopener" href=""></a></div></div>
    <div class="p-0x10"><div class="news-block"><div class="tolstoycomments-feed lazy" data-lazy-function="lazy-comments"></div>{inline_script(2, 3)}</div></div>
    {chrome.top_stories(others[:8], "showMobile")}
    {chrome.taboola()}
    {chrome.features(others[8:11], "showMobile")}
    {chrome.card_rows(others[:2], story.headline)}
                                </div>
                            <div class="Grid-block  Grid-is1to3-xs_is1to1 ">
<div class="p-10">{chrome.top_stories(others[:8], "showDesktop")}</div>
<div class="p-0x10">{chrome.subscribe()}</div>
<div class="p-0x10">{chrome.features(others[8:11], "showDesktop")}</div>
<div class="p-0x10"><div class="news-block news-block_padding_size_small m-20"><div class="banners">{inline_script(3, 6)}</div></div></div>
<div class="p-0x10 Section-isStickyTop">{chrome.podcasts()}</div>
                            </div>
                        </section></div></div>
            </div>
            {chrome.footer(context.now.year)}
        </div>
</body>
</html>
"""


def _head(story: Story, oped: bool, without_date: bool) -> str:
    headline, description = attr(story.headline), attr(story.description)
    title = f"{text_html(story.headline)} — {title_suffix('op-ed' if oped else story.section, modern=True)}"
    telegram = ""
    if not oped and not without_date:
        telegram = f'\n        <meta name="published_time_telegram" content="{story.published_at.isoformat(timespec="seconds")}" />'
    image = ""
    if story.image:
        address = sized(story.image.url, "article")
        image = f'\n                <meta property="og:image" content="{address}"/>\n        <meta property="twitter:image" content="{address}"/>'
    author = attr(story.authors[0].name) if story.authors else "Russia Today"
    section = text_html(story.breadcrumbs[-1][0])
    return f"""
    <meta charset="UTF-8" />
    <meta property="fb:pages" content="326683984410" />
    <meta name="apple-mobile-web-app-capable" content="no" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0, user-scalable=yes" />
    <title>{title}</title>
    <link rel="shortcut icon" href="/favicon.ico" type="image/x-icon" />
    <meta name="description" content="{description}" />
    <meta property="og:site_name" content="RT International" />
    <meta property="og:locale" content="en_US" />
    <meta name="article:author" content="{author}" />
            <meta name="article:section" content="{section}" />
        <meta property="og:title" content="{headline}" />
        <meta property="og:type" content="{"website" if oped else "article"}" />
        <meta property="og:url" content="{story.url}" />
        <meta property="og:description" content="{description}" />
        <link rel="amphtml" href="{story.url}amp/">{telegram}{image}
        <link rel="manifest" href="/manifest.json">
                <meta name="twitter:card" content="summary_large_image">
        <meta name="twitter:site" content="@RT_com">
        <meta name="twitter:title" content="{headline} — RT World News">
        <meta name="twitter:description" content="{description}">
    {inline_css(2022, 60)}
    <style media="screen">
            [data-d-id="{story.number}"] {{
                display: none;
            }}
    </style>
    {inline_script(4, 10)}
                        <link rel="canonical" href="{story.url}"/>
            """


def _article(story: Story, oped: bool, without_date: bool, without_body: bool) -> str:
    date = visible_date(story.published_at)
    clock = (
        '<script async src="https://unpkg.com/dayjs"></script>'
        f'<span class="date date_article-header">{date}  <span class="update_date_visible"></span></span>'
    )
    crumbs = "".join(
        f'<a class="breadcrumbs__links" href="{path}">{text_html(name)}</a>'
        for name, path in (("Home", "/"), *story.breadcrumbs)
    )
    # Stories older than the layout kept the element of the summary but not its text.
    lead = f"\n                    {text_html(story.lead)}\n            " if story.lead else ""
    body = "" if without_body else body_html(story.blocks, _related, _picture)
    author = _author(story.authors[0]) if story.authors else ""
    disclaimer = ""
    if oped:
        disclaimer = (
            '<p class="article__legal-disclaimer">The statements, views and opinions expressed in this column are solely those of the '
            "author and do not necessarily represent those of RT.</p><p></p>"
        )
    return (
        f'<div class="article "><style>\n        .breaking-news[data-href="{attr(story.headline)}"] {{\n            display: none;\n        }}\n    </style>'
        f'<div class="article__breadcrumbs">{"" if without_date else clock}<div class="breadcrumbs">{crumbs}</div></div><div class="article__tag"></div>'
        f'<h1 class="article__heading">\n\n        {text_html(story.headline)}\n\n    </h1>'
        f'<div class="article__summary summary ">{lead}</div>{_cover(story)}{author}'
        f'<div class="article__text text ">{body}</div>{disclaimer}{_share(story)}</div>'
    )


def _cover(story: Story) -> str:
    if not story.image:
        return ""
    footer = ""
    if caption := caption_parts(story.image):
        footer = f'<div class="media__footer media__footer_bottom "><div class="media__title media__title_arcticle">{caption}</div></div>'
    return f'<div class="article__cover article__cover-left"><div class="media  ">{picture_html(story.image.url, story.headline)}</div>{footer}</div>'


def _author(author: Author) -> str:
    link = f"/op-ed/authors/{author.slug}/"
    texts = "".join(
        f'<a class="description description-{screen}" href="{link}"><p>{text_html(author.biography)}</p></a>'
        for screen in ("desktop", "mobile")
    )
    return (
        f'<div class="Blog-author__root" ><div class="Blog-author" id="blog-autor"><div class="Blog-author__cover"><a href="{link}"><img class="Blog-author__image lazyload" '
        f'data-src="https://mf.b37mrtl.ru/files/2023.01/thumbnail/{author.slug}.jpg" alt="{attr(author.name)}"></a></div>'
        f'<div class="Blog-author__text">{texts}</div></div></div>'
    )


def _share(story: Story) -> str:
    public = [tag for tag in story.tags if tag.kind == "tags"]
    trends = [tag for tag in story.tags if tag.kind == "trends"]
    labels = ""
    if public:
        links = "".join(
            f'<a class="tags-public__link" rel="tag" href="{tag.path}">{text_html(tag.name)}</a>' for tag in public
        )
        labels += f'<div class="tags-public">{links}</div>'
    if trends:
        links = "".join(
            f'<a class="tags-trends__link" rel="tag" href="{tag.path}">{text_html(tag.name)}</a>' for tag in trends
        )
        labels += f'<div class="tags-trends"><strong class="tags-trends__heading">Trends:</strong>{links}</div>'
    return (
        '<div class="article__share article__share_bottom"><div class="article__invitation">\n                    You can share this story on social '
        'media:\n                </div><div class="article__social-wrapper"><div class="social-container"\n     data-buttons="twitter, reddit, telegram, '
        f'whatsapp, vk, mail, shorturl"\n     data-shorturl="{story.short_url}"\n     data-counters></div><div class="article__google-news lower">'
        '<span>Follow RT on</span><a href="https://t.me/rtnews" target="_blank" rel="nofollow noopener"><img src="/static/img/telegram_banners/'
        f'telegram.svg" alt="RT"></a></div></div><div class="article__tags-trends">{labels}</div></div>'
    )


def _related(related: Related) -> str:
    title = text_html(related.title)
    if related.form == "text-only":
        return f'<div class="Read-more-text-only"><strong>Read more:</strong> <a href="{related.href}" target="_blank">{title}</a></div>'
    return f"""<div class="read-more large" data-has-alias>
    <a class="read-more__link" href="{related.href}" target="_blank">

                            {picture_html(related.picture, related.title, "read-more__cover")}
                            <div class="read-more__text">
            <div class="read-more__title">Read more</div>
            <span class="read-more__footer">{title}</span>
        </div>
    </a>
</div>
"""


def _picture(picture: Picture) -> str:
    return (
        f'<div class="article__cover"><div class="media  ">{picture_html(picture.url, picture.caption or "")}</div>'
        f'<div class="media__footer media__footer_bottom "><div class="media__title media__title_footer">{caption_parts(picture)}</div></div></div>'
    )

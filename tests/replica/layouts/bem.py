"""The pages of 2016 to early 2019 (with the op-edge form) and of 2019 to 2021: `div.article` in columns."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from tests.replica.heads import Head
from tests.replica.layouts import chrome
from tests.replica.layouts.body import body_html, caption_parts, credit_line
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
from tests.replica.story import LAYOUT_2015_OPEDGE, Author, Picture, Related, Story

_GLUED_INVITATION = "If you like this story, share it with a friend!"


def render(story: Story, context: PageContext) -> str:
    """The page of 2016 to early 2019: labelled times, the header clock, no JSON-LD and no canonical address."""
    others = context.others
    return f"""
<!DOCTYPE html>
<html lang="en">
    <head>{_head_2016(story)}</head>
    <body>
        <div class="extension-browser extension-browser_js"></div><div class="layout">
            <div class="offers" id="offers"></div>
            {chrome.header(chrome.MENU_2016, f"/{story.section}/", clock=context.now)}
            <div class="layout__wrapper "><div class="layout__control-width "><div class="banners banners_padding_top">{inline_script(11, 6)}</div></div>
            {chrome.breaking(others[0] if others and story.variant % 2 else None)}
                <div class="layout__content "><div class="layout__grid"><div class="columns"><div class="columns__column static-66_high-100"><div class="columns__content">
	{_article_2016(story)}
</div>
<div class="columns__content"><div class="news-block">{chrome.taboola()}{_comments(story)}</div></div>
                            </div><div class="columns__column static-33_high-100">
{_side_buttons()}
<div class="columns__content"><div class="news-block news-block_padding_size_small">{inline_script(12, 8)}</div></div>
{_side_cards(others[:4], story) if story.variant % 3 == 0 else ""}
                            </div><div class="columns__separator"></div></div></div></div>
            </div>
            {chrome.footer(context.now.year)}
        </div>
    </body>
</html>
"""


def render_2019(story: Story, context: PageContext) -> str:
    """The page of 2019 to 2021: JSON-LD, unlabelled date, "Also on rt.com" cards, trends after the body."""
    others = context.others
    return f"""<!DOCTYPE html>
<html prefix="og: http://ogp.me/ns#" lang="en">
<head>{_head_2019(story)}</head>
<body>
{jsonld(story, broken_organization=False)}{chrome.sprite()}
        <div class="layout">
            <div class="offers" id="offers"></div>
            {chrome.header(chrome.MENU_2019, f"/{story.section}/")}
            <div class="layout__wrapper "><div class="layout__control-width "><div class="banners banners_padding_top">{inline_script(13, 6)}</div></div>
            {chrome.breaking(others[0] if others and story.variant % 4 == 0 else None)}
                <div class="layout__content "><div class="layout__grid"><div class="columns"><div class="columns__column static-66_high-100"><div class="columns__content">
	{_article_2019(story)}
</div>
<div class="columns__content"><div class="social-banner js-social-banner"></div><div class="news-block">{chrome.taboola()}{_comments(story)}</div>{chrome.card_rows(others[:2], story.headline)}</div>
                            </div><div class="columns__column static-33_high-100">
{_side_buttons()}
<div class="columns__content">{chrome.subscribe()}</div>
<div class="columns__content">{chrome.card_rows(others[2:10], story.headline)}</div>
<div class="columns__content">{chrome.podcasts()}{inline_script(14, 10)}</div>
                            </div><div class="columns__separator"></div></div></div></div>
            </div>
            {chrome.footer(context.now.year)}
        </div>
</body>
</html>
"""


def _meta(story: Story, image: str, *, modern: bool) -> str:
    oped = story.layout == LAYOUT_2015_OPEDGE
    headline = attr(story.headline)
    # The description of 2016 is padded with line breaks.
    description = attr(story.description) if modern else f"\n        {attr(story.description)}   \n    "
    picture = (
        f'<meta property="og:image" content="{image}"/>\n        <meta property="twitter:image" content="{image}"/>'
        if image
        else ""
    )
    title = f"{text_html(story.headline)} — {title_suffix(story.section, modern=modern)}"
    twitter = "RT International" if story.published_at.year == 2016 and not modern else title
    return f"""
        <meta charset="UTF-8" />
        <meta property="fb:pages" content="326683984410" />
        <meta name="viewport" content="width=device-width, initial-scale=1.0, user-scalable=yes" />
        <title>{title}</title>
        <link rel="shortcut icon" href="/favicon.ico" type="image/x-icon" />
        <meta name="description" content="{description}" />
        <meta property="og:site_name" content="RT International" />
        <meta property="og:locale" content="{"en_US" if modern else "en_EN"}" />
    <meta property="og:title" content="{headline}" />
    <meta property="og:type" content="{"website" if oped else "article"}" />
    <meta property="og:url" content="{story.url}" />
    <meta property="og:description" content="{description}" />
        {picture}
        <meta name="twitter:card" content="summary_large_image">
        <meta name="twitter:title" content="{attr(twitter)}">
        <meta name="twitter:description" content="{description}">"""


def _head_2016(story: Story) -> str:
    image = sized(story.image.url, "article") if story.image else ""
    amp = ""
    if story.layout != LAYOUT_2015_OPEDGE:
        amp = f'\n        <link rel="amphtml" href="/document/{int(story.published_at.timestamp()) - 1200:08x}{story.number:016x}/amp" />'
    return f"""{_meta(story, image, modern=False)}{amp}
        <link rel="alternate" type="application/rss+xml" title="RSS" href="/rss/{story.section}/" />
        {inline_css(2016, 160)}
        {inline_script(15, 24)}
    """


def _head_2019(story: Story) -> str:
    image = sized(story.image.url, "article") if story.image else ""
    return f"""{_meta(story, image, modern=True)}
        <link rel="amphtml" href="{story.url}amp/">
        <meta name="published_time_telegram" content="{story.published_at.isoformat(timespec="seconds")}" />
        {inline_css(2019, 70)}
        {inline_script(16, 12)}
        <link rel="canonical" href="{story.url}"/>
    """


def _crumbs(story: Story) -> str:
    links = "".join(
        f'<a class="breadcrumbs__links" href="{path}">{text_html(name)}</a>'
        for name, path in (("Home", "/"), *story.breadcrumbs)
    )
    return f'<div class="article__breadcrumbs"><div class="breadcrumbs">{links}</div></div>'


def _short_url(story: Story) -> str:
    return f'<div class="article__short-url"><div class="short-url"><a class="short-url__link" href="{story.short_url}">Get short URL</a></div></div>'


def _heading(story: Story) -> str:
    return f'<h1 class="article__heading">\n        {text_html(story.headline)}\n    </h1>'


def _summary(story: Story) -> str:
    return f'<div class="article__summary summary ">\n        {text_html(story.lead or "")}\n    </div>'


def _trends(story: Story) -> str:
    if not story.tags:
        return ""
    links = "".join(
        f'<a class="tags-trends__link" rel="tag" href="{tag.path}">{text_html(tag.name)}</a>' for tag in story.tags
    )
    return f'<div class="article__tags-trends"><div class="tags-trends"><strong class="tags-trends__heading">Trends:</strong>{links}</div></div>'


def _article_2016(story: Story) -> str:
    times = f'<time class="date date_article-header">Published time: {visible_date(story.published_at)}</time>'
    if story.modified_at:
        times += f'<time class="date date_article-header">Edited time: {visible_date(story.modified_at)}</time>'
    author = _blog_author(story.authors[0]) if story.authors else ""
    marker = " js-mediator-article" if story.published_at.year >= 2017 else ""
    disclaimer = ""
    if story.layout == LAYOUT_2015_OPEDGE:
        disclaimer = (
            '<p class="article__legal-disclaimer">The statements, views and opinions expressed in this column are solely those of the '
            "author and do not necessarily represent those of RT.</p>"
        )
    return (
        f'<div class="article ">{_crumbs(story)}{_heading(story)}{author}<div class="article__date">{times}</div>{_short_url(story)}{_cover_2016(story)}'
        '<div class="article__share"><script type="text/javascript" src="//s7.addthis.com/js/300/addthis_widget.js"></script><div class="addthis_sharing_toolbox">'
        f'</div></div>{_summary(story)}<div class="article__text text {marker}">{_trends(story)}{body_html(story.blocks, _related_2016, _picture_2016)}</div>'
        f'{disclaimer}<div class="addthis_sharing_toolbox"></div></div>'
    )


def _blog_author(author: Author) -> str:
    link = f"/op-edge/authors/{author.slug}/"
    return (
        '<div class="article__blog-autor blog-autor blog-autor_mobile-hide_js" id="blog-autor"><div class="blog-autor__cover blog-autor__cover_article">'
        f'<a href="{link}"><img class="blog-autor__image" src="https://img.rt.com/files/2017.01/original/{author.slug}.jpg" alt="{attr(author.name)}"></a></div>'
        f'<div class="blog-autor__summary blog-autor__summary_article">\n            {text_html(author.biography)} \n        </div><div class="blog-autor__more_js"></div></div>'
    )


def _cover_2016(story: Story) -> str:
    if not story.image:
        return ""
    footer = ""
    if line := credit_line(story.image):
        footer = (
            '<div class="media__footer media__footer_bottom "><div class="media__title media__title_arcticle">\n                '
            f"{line}   \n            </div></div>"
        )
    return f'<div class="article__cover"><div class="media  "><img class="media__item " src="{story.image.url}" alt="{attr(story.headline)}"></div>{footer}</div>'


def _picture_2016(picture: Picture) -> str:
    credit = f"© {picture.credit}" if picture.credit else ""
    return (
        f'<div class="article__cover"><div class="media"><img class="media__item" src="{picture.url}" alt="{attr(credit)}"><div class="media__footer media__footer_bottom ">'
        f'<div class="media__title media__title_footer">\n                   {text_html(credit)}      \n                </div></div></div></div>'
    )


def _related_2016(related: Related) -> str:
    title = text_html(related.title)
    if related.form == "line":
        return f'<p><strong><a href="{related.href}" target="_blank">READ MORE: {title}</a></strong>&nbsp;</p>'
    if related.form == "bold-line":
        return f'<p><a href="{related.href}" target="_blank"><strong>READ MORE: {title}</strong></a><br></p>'
    # The picture's two `alt` attributes are RT's.
    return f"""<div class="arcticle__read-more read-more">
    <div class="read-more__title">Read more</div>
    <a class="read-more__link" href="{related.href}" target="_blank">
                    <img class="read-more__cover" src="{sized(related.picture, "thumbnail")}" alt="© RT" alt="{attr(related.title)}" />
                <span class="read-more__footer">{title}</span>
    </a>
</div>"""


def _article_2019(story: Story) -> str:
    modified = story.modified_at or story.published_at
    script = f"""<script>
            (function () {{
                var published = dayjs.unix({int(story.published_at.timestamp())});
                var updated = dayjs.unix({int(modified.timestamp())});
                if (updated.diff(published, 'minute') > 30) {{
                    document.querySelector('.update_date_visible').innerHTML = '/ Updated ' + updated.fromNow();
                }}
            }})();
        </script>"""
    date = f'<div class="article__date"><span class="date date_article-header">{visible_date(story.published_at)}\u00a0 <span class="update_date_visible"></span></span>{script}</div>'
    body = body_html(story.blocks, _related_2019, _picture_2019)
    return (
        f'<div class="article ">{_crumbs(story)}<div class="article__tag"></div>{_heading(story)}{date}{_short_url(story)}{_cover_2019(story)}'
        f'<div class="article__share"><div class="social-container" data-counters></div></div>{_summary(story)}'
        f'<div class="article__text text  js-mediator-article">{_with_invitation(body, story)}</div>'
        f'<div class="article__share article__share_bottom"><div class="article__google-news"><span>Follow RT on</span><a href="https://t.me/rtnews" target="_blank">'
        f'<img src="/static/img/telegram.svg" alt="RT"></a></div>{_trends(story)}</div></div>'
    )


def _with_invitation(body: str, story: Story) -> str:
    """Share prompts: a paragraph of its own in 2019-20, glued to the last one in 2021."""
    if not story.variant % 2:
        return body
    if story.published_at.year >= 2021 and body.endswith("</p>"):
        return f"{body[:-4]}{_GLUED_INVITATION}</p>"
    return f"{body}<p><strong><em>Like this story? Share it with a friend!</em></strong></p>"


def _cover_2019(story: Story) -> str:
    if not story.image:
        return ""
    footer = ""
    if caption := caption_parts(story.image):
        footer = f'<div class="media__footer media__footer_bottom "><div class="media__title media__title_arcticle">{caption}</div></div>'
    # Until 2020 every size of a picture had an id of its own.
    picture = picture_html(story.image.url, story.headline, own_ids=story.published_at.year < 2020)
    return f'<div class="article__cover"><div class="media  ">{picture}</div>{footer}</div>'


def _picture_2019(picture: Picture) -> str:
    return (
        f'<div class="article__cover"><div class="media  ">{picture_html(picture.url, picture.caption or "")}</div>'
        f'<div class="media__footer media__footer_bottom "><div class="media__title media__title_footer">{caption_parts(picture)}</div></div></div>'
    )


def _related_2019(related: Related) -> str:
    return f"""<a class="read-more-big" href="{related.href}" target="_blank">
    <div class="read-more-big__cover lazyload" data-bgset="{sized(related.picture, "article")}"></div>
    <div class="read-more-big__content">
        <span class="read-more-big__subtitle">Also on rt.com</span>
        <span class="read-more-big__title">{text_html(related.title)}</span>
    </div>
</a>"""


def _comments(story: Story) -> str:
    return f'<div class="spot-im-frame-inpage" data-post-id="{story.number}"></div><div class="show-comments">Show comments</div>'


def _side_buttons() -> str:
    return (
        '<div class="columns__content"><div class="news-block news-block_high-hidden"><ul class="buttons"><li class="buttons__item"><div class="button">'
        '<a class="button__link" href="/where-to-watch/">Where to watch</a></div></li><li class="buttons__item"><div class="button">'
        '<a class="button__link" href="/schedule/">Schedule</a></div></li></ul></div></div>'
    )


def _side_cards(heads: tuple[Head, ...], story: Story) -> str:
    return f'<div class="columns__content">{chrome.card_rows(heads, story.headline)}</div>'

"""Designs that are found in archives: Spanish of 2017, Russian of 2015 and 2016."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from tests.replica import story as s
from tests.replica.editions import parts
from tests.replica.editions.edition import Edition, rfc822
from tests.replica.layouts.common import PageContext
from tests.replica.spans import attr, clean, text_html


def spanish(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2017, with the site's own spelling of its classes."""
    image, moment = story.image, story.published_at
    media = ""
    if image:
        items = "".join(
            f'<span class="arcticle-media__caption-item">{text_html(piece)}</span>\n'
            for piece in [image.caption or "", *(image.credit or "").split(" / ")]
        )
        media = f'<div class="arcticle-media"><img src="{image.url}" alt="{attr(clean(story.headline))}" /><div class="arcticle-media__caption">{items}</div></div>'
    crumbs = "\n".join(
        f'<a href="{path}">{text_html(name)}</a>' for name, path in [(edition.labels["home"], "/"), *story.breadcrumbs]
    )
    tags = "\n".join(
        f'<a class="comma" rel="tag" href="/tag/{tag.slug}">{text_html(tag.name)}</a>' for tag in story.tags
    )
    text = "\n".join(_block(block) for block in story.blocks)
    body = f"""<div class="b-layout">{parts.header(edition, context)}<div class="b-wrapper"><div class="control_width"><div class="section"><div class="column static_66-high_100"><div class="cell">
<div class="arcticle "><a class="link-print js-print" href="#">Imprimir</a><a class="short-link" href="{story.short_url}" data-component="ShortLinks">{story.short_url}</a>
<div class="breadcrumbs">{crumbs}<div class="clears mh"></div></div>
<h1 class="arcticle-heading">{text_html(story.headline)}</h1>
<div class="time-public">Publicado: {parts.printed_day(edition, moment)} {moment:%H:%M} GMT</div><div id="article-start"></div>
<div class="arcticle-summary"><p>{text_html(story.lead or "")}</p></div>
{media}
<div class="arcticle-fb-title">Síguenos en Facebook</div><div class="arcticle-fb-like"></div>
<div class="arcticle-content-wrapper"><div class="arcticle-content js-mediator-article">{text}<div class="clears mh"></div><div id="article-end"></div></div></div>
<p class="arcticle-tags"><strong>Etiquetas:</strong> {tags}</p><div class="article-comments"></div></div>
</div></div>{parts.side(edition, context)}</div></div></div>{parts.footer(edition, context)}</div>"""
    metas = [
        *parts.metas(edition, story, telegram=False),
        parts.meta("mediator_author", "Tomasito", "name"),
        parts.meta("publish-date", f"{moment:%Y-%m-%d %H:%M:%S}", "name"),
    ]
    return parts.document(edition, story, "\n".join(metas), body)


def russian(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2015 and 2016: Open Graph in `name`, the publication's date with an underscore, a film instead of a cover."""
    moment = edition.local(story.published_at)
    picture = story.image.url.removeprefix(story.host) if story.image else ""
    text = "\n".join(_block(block) for block in story.blocks)
    film = (
        f"""<figure><div class="video" itemprop="video" itemscope="" itemtype="http://schema.org/VideoObject"><iframe src="//www.youtube.com/embed/{story.number:011d}?rel=0" frameborder="0" allowfullscreen=""></iframe></div><figcaption>{text_html(story.image.credit or "")}</figcaption></figure>"""
        if story.image
        else ""
    )
    body = f"""{parts.header(edition, context)}<div class="main-wrapper"><section id="main" class="container"><div class="goto-main"><a href="/" class="btn_goto-main" title="перейти на главную страницу сайта"></a></div>
<header><h1 itemprop="name"><strong>{text_html(story.headline)}</strong></h1></header>
<article class="" id="content"><div class="top-share"><noindex><aside class="share-btns"><div class="share__item"><a href="#" class="share-btn__vk" data-text="Нравится"><i></i><noindex><span>0</span></noindex></a></div></aside></noindex></div>
<meta itemprop="image" content="{picture}" />
<time itemprop="datePublished" datetime="{moment:%Y-%m-%dT%H:%M}">{moment:%d.%m.%Y, %H:%M}</time>
<div class="short-story" itemprop="headline description"><p>{text_html(story.lead or "")}</p></div>
{film}
<div class="article-body" itemprop="articleBody">{text}</div>
<div class="orphus__hint"></div><div class="widget-mediametrics"><h2 class="widget-mediametrics__title"><strong>Сегодня в СМИ</strong></h2></div></article></section></div>
{parts.side(edition, context)}{parts.footer(edition, context)}"""
    metas = [
        parts.meta("og:site_name", edition.site_name),
        parts.meta("publish_date", rfc822(moment), "name"),
        parts.meta("og:title", clean(story.headline), "name"),
        parts.meta("og:description", clean(story.description), "name"),
        parts.meta("og:image", picture, "name"),
        parts.meta("og:type", "article", "name"),
        parts.meta("og:url", story.path, "name"),
    ]
    return parts.document(edition, story, "\n".join(metas), body)


def _block(block: s.Block) -> str:
    match block:
        case s.Paragraph():
            return parts.paragraph(block)
        case s.Tweet():
            return parts.tweet(block)
        case s.Player():
            return parts.player(block)
        case _:
            raise ValueError(f"no such block in a design of that time: {block}")

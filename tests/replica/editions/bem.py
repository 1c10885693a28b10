"""The designs named by block and element: Russian since 2016, German of 2020, French since 2020."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

from datetime import datetime

from tests.replica import story as s
from tests.replica.editions import parts
from tests.replica.editions.edition import Edition, rfc822
from tests.replica.layouts.common import PageContext
from tests.replica.spans import attr, clean, text_html


def german(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2020."""
    image, moment = story.image, edition.local(story.published_at)
    cover = ""
    if image:
        credit = f"Quelle: {image.credit}" if story.variant % 2 else f"© {image.credit}"
        cover = f"""<div class="article__cover"><div class="cover"><div class="cover__media   "><img src="{image.url}" alt="{attr(clean(story.headline))}" class="cover__image" />
<div class="cover__copyright"><span class="cover__copyright-part">{text_html(credit)}</span></div></div><div class="cover__title">{text_html(image.caption or "")}</div></div></div>"""
    follow = '<div class="article__google-news{}"><span>Folge uns auf</span><a href="https://news.google.com/publications/x" rel="nofollow noopener"><img src="/static/img/googlenews.svg" alt="RT" /></a></div>'
    section = "".join(name for name, _ in story.breadcrumbs)
    tags = ",\n".join(
        f'<a class="tags__link link link_hover_red" rel="tag" href="{tag.path}">{text_html(tag.name)}</a>'
        for tag in story.tags
    )
    body = f"""<div class="layout">{parts.header(edition, context)}<div class="layout__wrapper "><div class="layout__content "><div class="layout__rows"><div class="rows"><div class="rows__column rows__column_section-left"><div class="column"><div class="column__cell">
<div class="article ">
<strong class="article__category-heading">{text_html(section)}</strong>
<h1 class="article__heading ">{text_html(story.headline)}</h1>
<div class="article__date">{moment.day}.{moment:%m.%Y} • {moment:%H:%M} Uhr</div>
<div class="article__short-url"><div class="short-url"><a class="short-url__link" href="{story.short_url}" data-component="ShortLinks">{story.short_url}</a></div></div>
{cover}
<div class="article__share"><div class="article__social-wrapper">{follow.format(" upper")}</div></div>
<div class="article__summary ">{text_html(story.lead or "")}</div>
<div class="article__text ">{_text(edition, story)}</div>
<div class="article__tags tags"><strong class="tags__heading">Tags:</strong> {tags}</div>
<div class="article__share">{follow.format("")}</div>
</div></div></div></div>{parts.side(edition, context)}</div></div></div></div>{parts.footer(edition, context)}</div>
{parts.json_ld(edition, story)}"""
    metas = [*parts.metas(edition, story), parts.meta("og:locale", "RT Deutsch")]
    return parts.document(edition, story, "\n".join(metas), body)


def french(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2020, and as public readers found it later: breadcrumbs, a credit, a byline."""
    image, moment = story.image, edition.local(story.published_at)
    cover = ""
    if image:
        title = f'<div class="media__title">{text_html(image.caption)}</div>' if image.caption else ""
        credit = f'<small class="media__copyright">© {text_html(image.credit)}</small>' if image.credit else ""
        cover = f'<div class="article__cover"><div class="media "><div class="media__image  "><img class="media__item  lazyload" data-src="{image.url}" src="/static/img/cover_default.svg" alt="{attr(clean(story.headline))}" /></div>{title}{credit}</div></div>'
    crumbs = "".join(
        f'<span class="breadcrumbs-item"><a href="{path}">{text_html(name)}</a></span>'
        for name, path in ([(edition.labels["home"], "/"), *story.breadcrumbs] if story.breadcrumbs else [])
    )
    byline = "".join(
        f'<div class="blog-autor"><span class="blog-autor__name">{text_html(author.name)}</span></div>'
        for author in story.authors
    )
    share = '<div class="article__socials"><p class="article__socials-header">Raconter l\'actualité</p><div class="addthis"></div></div>'
    body = f"""<div class="layout">{parts.header(edition, context)}<div class="layout__content "><div class="columns"><div class="columns__column columns__column_type_main"><div class="columns__content">
<div class="breadcrumbs">{crumbs}</div>
<div class="article" id="article"><h1 class="article__heading">{text_html(story.headline)}</h1>
<p class="article__date"><time class="date
    date_header
                    ">{moment.day} {edition.months[moment.month - 1]} {moment:%Y, %H:%M}</time></p>{byline}
{cover}
<div class="article__text"><div class="text"><p class="text__summary">{text_html(story.lead or "")}</p>
{_text(edition, story)}
<p></p></div></div>
<p class="article__category"><a class="link" href="/{story.section}" rel="tag">{text_html(edition.sections[story.section])}</a></p>{share}
<div class="article__comments"><div class="comments"><p class="comments__rules">Mivera doluse ranite.</p></div></div>
</div></div></div>{parts.side(edition, context)}</div></div>{parts.footer(edition, context)}</div>
{parts.json_ld(edition, story)}"""
    original = image.url.replace("/article/", "/original/") if image else None
    metas = [
        *parts.metas(edition, story, picture=original),
        parts.meta("publish-date", rfc822(moment), "name"),
        parts.meta("og:image", f"{edition.host}/static/blocks/logo/fb.jpg"),
        *([parts.meta("twitter:image", image.url, "name")] if image else []),
    ]
    return parts.document(edition, story, "\n".join(metas), body)


def russian(edition: Edition, story: s.Story, context: PageContext) -> str:
    """2016 to this day. A flash item has a lead and no text."""
    image, moment = story.image, edition.local(story.published_at)
    placeholder = f"{edition.host}/static/blocks/og-img/pl-17.jpg"
    cover = ""
    if image:
        line = (
            f'<li class="article__cover-source">{text_html(image.credit or "")}</li>'
            if story.variant % 2
            else f'<li class="article__cover-copyright">© {text_html(image.credit or "")}</li>'
        )
        cover = f'<div class="article__cover article__cover_article-page"><img alt="{attr(clean(story.headline))}" class="article__cover-image" src="{image.url}" /><ul class="article__cover-description">{line}</ul></div>'
    subtitle = f'<h2 class="article__subtitle">{text_html(story.subheadline)}</h2>' if story.subheadline else ""
    names = ",\n                  ".join(text_html(author.name) for author in story.authors)
    authors = f'<div class="article__author article__author_article-page">{names}</div>' if story.authors else ""
    text = (
        f'<div class="article__text article__text_article-page js-mediator-article">{_text(edition, story)}</div>'
        if story.blocks
        else ""
    )
    earlier = "".join(
        f'<li><a class="crosslinks__link" href="{head.path}">{text_html(clean(head.headline))}</a></li>'
        for head in context.others[:2]
    )
    tags = "\n".join(
        f'<a class="tags-trends__link link link_underline_color" href="{tag.path.rstrip("/")}" rel="tag">{text_html(tag.name)}</a>'
        for tag in story.tags
    )
    latest = "".join(
        f'<li class="listing__column"><div class="card card_short-news"><div class="card__date">{edition.local(head.published_at):%H:%M}</div><span class="card__informal">Эксклюзив RT</span><div class="card__heading"><a class="link link_color" href="{head.path}">{text_html(clean(head.headline))}</a></div></div></li>'
        for head in context.others[:4]
    )
    body = f"""<div class="layout">{parts.header(edition, context)}<div class="layout__wrapper layout__wrapper_article-page"><div class="layout__content"><div class="layout__rows"><div class="rows rows_article-page"><div class="rows__column rows__column_article-page_left"><div class="column"><div class="column__row">
<div class="article article_article-page"><h1 class="article__heading article__heading_article-page">{text_html(story.headline)}</h1>{subtitle}
<div class="article__date-autor-shortcode article__date-author-shortcode_article-page"><div class="article__short-url-block"><div class="short-url article__short-url"><a class="short-url__link" href="{story.short_url}">Короткая ссылка</a></div></div>
<div class="article__date article__date_article-page"><time class="date" datetime="{moment:%Y-%m}-{moment.day} {moment:%H:%M}">{moment.day} {edition.months[moment.month - 1]} {moment:%Y, %H:%M}</time></div>{authors}<div class="article__label"></div></div>
<div class="article__share article__share_article-page"><div class="social-container" data-buttons="vk, ok, telegram"></div></div>
<div class="article__summary article__summary_article-page js-mediator-article">{text_html(story.lead or "")}</div>
{cover}
{text}
<div class="error-on-page"><a class="error-on-page__link" id="error-on-page-link">Ошибка в тексте?</a> Выделите её и нажмите «Ctrl + Enter»</div>
<div class="article__crosslinks"><div class="crosslinks"><div class="crosslinks__title">Ранее на эту тему:</div><ul>{earlier}</ul></div></div>
<div class="follows-channel follows-channel_top-middle follows-channel_djen"><div class="follows-channel__content">Подписывайтесь на наш канал в <a href="https://dzen.ru/russian.rt.com">Дзен</a></div></div>
<div class="article__tags-trends article__tags-trends_article-page tags-trends"><div class="tags-trends__wrapper">{tags}</div></div>
<div class="sparrow-banner" style="margin: 0 auto"></div><div class="today-media"><h2>Сегодня в СМИ</h2></div></div>
</div></div></div><div class="rows__column"><ul class="listing__rows listing__rows_short-news">{latest}</ul></div>{parts.side(edition, context)}</div></div></div></div>{parts.footer(edition, context)}</div>
{parts.json_ld(edition, story)}"""
    metas = parts.metas(edition, story, picture=None if image else placeholder)
    metas[0] = parts.meta("description", f"{clean(story.headline)} - Читайте подробнее на сайте РТ на русском.", "name")
    metas += [
        parts.meta("mediator", str(story.number), "name"),
        parts.meta("mediator_theme", edition.sections[story.section], "name"),
        parts.meta("mediator_published_time", moment.isoformat(), "name"),
        *(parts.meta("mediator_author", author.name, "name") for author in story.authors),
    ]
    return parts.document(edition, story, "\n".join(metas), body, suffix=" — РТ на русском")


def _text(edition: Edition, story: s.Story) -> str:
    return "\n".join(_block(edition, block) for block in story.blocks)


def _block(edition: Edition, block: s.Block) -> str:
    match block:
        case s.Paragraph():
            return parts.paragraph(block)
        case s.Related():
            return _related(edition, block)
        case s.Tweet():
            return parts.tweet(block)
        case s.Picture():
            return f'<div class="media "><div class="media__image"><img class="media__item" src="{block.url}" alt="" /></div><div class="media__title">{text_html(block.caption or "")}</div></div>'
        case s.Player(type="youtube") if edition.code == "fr":
            source = block.url.removeprefix("https:")
            return f'<div class="media "><div class="media__youtube"><iframe class="media__youtube-frame" src="{source}" frameborder="0" allowfullscreen=""></iframe></div></div>'
        case s.Player():
            return parts.player(block)


def _related(edition: Edition, block: s.Related) -> str:
    title, labels = text_html(block.title), edition.labels
    if block.form == "line" and edition.code == "fr":
        return f'<p><a href="{block.url}"><strong>{labels["more"]} :</strong> {title}</a></p>'
    if block.form == "line":
        return f'<p><strong>{labels["more"]}</strong>\u00a0- <a href="{block.url}">{title}</a></p>'
    if block.form == "text-only":
        return f'<div class="read-more-text-only"><a href="{block.href}">{title}</a></div>'
    if edition.code == "de":
        return f'<div class="article__read-more"><div class="read-more"><a class="read-more__link" href="{block.href}"><div class="read-more__cover" style="background-image: url(\'{block.picture}\')"></div><div class="read-more__content"><span class="read-more__title">Mehr lesen:</span><strong class="read-more__header">{title}</strong></div></a></div></div>'
    subtitle = f'<span class="read-more-big__subtitle">{labels["more"]}</span>' if edition.code == "fr" else ""
    return f"""<div class="media "><a class="read-more-big" href="{block.href}" target="_blank"><span class="read-more-big__container"><span class="read-more-big__content">{subtitle}<span class="read-more-big__title">{title}</span></span><span class="read-more-big__cover" style="background-image: url('{block.picture}')"></span></span></a></div>"""


def german_listing(edition: Edition, name: str, cards: str, more: str) -> str:
    """A section page of 2020."""
    return f"""<div class="listing listing_js "><div class="listing__title">{text_html(name)}</div><div class="listing__content listing__content_left listing__content_js"><ul class="listing__rows listing__rows_js_list listing__rows_flex">{cards}</ul></div>
<div class="button"><a class="button__link button__link_listing  hide js-listing__more link" href="#" data-href="{more}">
                    Weiter
                </a></div></div>"""


def german_card(edition: Edition, story: s.Story, now: datetime) -> str:
    """The picture is an inline style, and links may end with a space."""
    moment = edition.local(story.published_at)
    picture = story.image.url.replace("/article/", "/thumbnail/") if story.image else ""
    space = " " if story.number % 3 == 0 else ""
    return f"""<li class="listing__column left-three_med-two_low-one listing__column_js js-listing__item"><div class="listing__card "><div class="card "><div class="card__cover "><div class="cover"><div class="cover__media cover__media_ratio  "><a href="{story.path}" class="cover__link link "><div class="cover__image_bg cover__image_ratio" style="background-image: url('{picture}')"></div></a></div></div></div>
<div class="card__header card__header_rows-left"><a class="link link_hover_green" href="{story.path}{space}">{text_html(story.headline)}</a></div>
<div class="card__footer ">{moment.day}.{moment:%m.%Y %H:%M} Uhr</div></div></div></li>
"""


def french_listing(edition: Edition, name: str, cards: str, more: str) -> str:
    """A section page."""
    return f"""<div class="js-listing"><h1>{text_html(name)}</h1><div class="js-listing__content"><ul class="card-list js-listing__list">{cards}</ul></div><a class="more js-listing__more" href="#" data-href="{more}" style="display: none;" rel="noindex">Découvrir plus </a></div>"""


def french_card(edition: Edition, story: s.Story, now: datetime) -> str:
    """The day without the time."""
    moment = edition.local(story.published_at)
    picture = story.image.url.replace("/article/", "/thumbnail/") if story.image else ""
    return f"""<li class="card-list__item js-listing__item"><div class="card  "><div class="card__media card__media_side"><a href="{story.path}"><div class="media "><div class="media__image  "><img class="media__item  lazyload" data-src="{picture}" src="/static/img/cover_default.svg" alt="" /></div></div></a></div>
<div class="card__description card__description_with-side-media"><div class="card__title   "><a class="card__underline" href="{story.path}">{text_html(story.headline)}</a></div><p class="card__summary ">{text_html(story.lead or "")}</p><p class="card__date  "><time class="date
                    ">{moment.day} {edition.months[moment.month - 1]} {moment.year}</time></p></div></div></li>
"""


def russian_listing(edition: Edition, name: str, cards: str, more: str) -> str:
    """A section page."""
    return f"""<div class="listing listing_all-new listing_js"><h1 class="listing__title">{text_html(name)}</h1><div class="listing__content listing__content_all-new listing__content_js"><ul class="listing__rows listing__rows_all-new listing__rows_js">{cards}</ul></div>
<div class="listing__button listing__button_all-new listing__button_js" data-href="{more}"><div class="button"><a class="button__item button__item_listing" href="#">
            Загрузить ещё
        </a></div></div></div>"""


def russian_card(edition: Edition, story: s.Story, now: datetime) -> str:
    """Moscow's time: of today's stories the hour alone, of others a day without a zero. A link to a trend stands first."""
    moment = edition.local(story.published_at)
    date = f"{moment:%H:%M}"
    if moment.date() != edition.local(now).date():
        date = f'<time class="date" datetime="{moment:%Y-%m}-{moment.day} {moment:%H:%M}">{moment.day} {edition.months[moment.month - 1]} {moment:%Y, %H:%M}</time>'
    trend = '<div class="card__trend card__trend_sections card__trend_with-label"><span><a class="link link_color" href="/trend/334905-vetrolom">Ветролом</a></span></div>'
    return f"""<li class="listing__column listing__column_all-new"><div class="listing__card listing__card_all-new"><div class="card card_all-new">{trend if story.number % 2 else ""}<div class="card__heading card__heading_all-new"><a class="link link_color " href="{story.path}">{text_html(story.headline)}</a></div>
<div class="card__date-author"><div class="card__date card__date_all-new">{date}</div></div><div class="card__summary card__summary_all-new">{text_html(story.lead or "")}</div><a class="spot-im-replies-href" href="{story.path}#href_spot-im"><span>3</span></a></div></div></li>
"""

"""What the layouts since 2016 share: `div.article` with article__heading, article__summary, article__text.

The three generations (article_2016, article_2019, article_2022) differ in where the date stands and in what
surrounds the text; the names of the parts lasted. Source: SITE.md section 1 and appendices A and B.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from lxml import etree

from newscrawler.cleaning import find_visible_dates, parse_machine_date, parse_visible_date, split_caption
from newscrawler.items import Image
from newscrawler.pages.body import Body, read_body
from newscrawler.pages.document import Document, has_class, strings, text_of, xpath
from newscrawler.pages.images import largest
from newscrawler.pages.reading import Reading
from newscrawler.urls import slug_words

_BOX = xpath(f"//div[{has_class('article')}][.//h1[{has_class('article__heading')}]]")
_HEADING = xpath(f".//h1[{has_class('article__heading')}]")
_CRUMBS = xpath(f".//*[{has_class('breadcrumbs')}]//a")
_SUMMARY = xpath(f".//div[{has_class('article__summary')}]")
_TEXT = xpath(f".//div[{has_class('article__text')}]")
_COVER = xpath(f".//div[{has_class('article__cover')}][not(ancestor::div[{has_class('article__text')}])]")
_CAPTION = xpath(f".//*[{has_class('media__title_arcticle')}]")
_ROLES = xpath(".//*[@data-role]")
_TAGS = xpath(".//a[@rel='tag']")
_SHORT_LINK = xpath(f".//a[{has_class('short-url__link')}]/@href | .//@data-shorturl")
_DATES = xpath(f".//*[{has_class('date_article-header')}]")
_SPAN_IN_DATE = xpath(f"//div[{has_class('article__date')}]//span[{has_class('date_article-header')}]")
_SPAN_IN_CRUMBS = xpath(f"//div[{has_class('article__breadcrumbs')}]//span[{has_class('date_article-header')}]")
_TIME = xpath(f"//div[{has_class('article')}]//time[{has_class('date_article-header')}]")
_GRID = xpath(f"//*[{has_class('Grid-container')} or {has_class('Grid-block')}]//div[{has_class('article')}]")
_AUTHOR_BOX = xpath(
    ".//*[@id='blog-autor' or contains(@class, 'article__blog-autor') or contains(@class, 'Blog-author__root')]"
)
_AUTHOR_LINKS = xpath(".//a[contains(@href, '/authors/')]")
_PORTRAITS = xpath(".//img[@alt]/@alt")
_BOLD = xpath(".//strong | .//b")
_AUTHOR_SLUG = re.compile(r"/authors/([^/?#]+)")


def generation(document: Document) -> int | None:
    """Year in which the page's generation began: 2016, 2019 or 2022; None for other layouts.

    One answer a page, so that the generations' predicates exclude each other. The test is where the date of
    the article stands, in which tag; the header's clock (bare `time.date`) never counts.
    """
    if document.first(_SPAN_IN_CRUMBS) is not None:
        return 2022
    if document.first(_SPAN_IN_DATE) is not None:
        return 2019
    if document.first(_TIME) is not None:
        return 2016
    # A page that prints no date is still of its generation: what it lacks is for validation to say.
    if document.first(_BOX) is None or document.first(_TEXT) is None:
        return None
    if document.first(_GRID) is not None:
        return 2022
    return 2019 if document.article_json_ld else 2016


def read(document: Document, name: str) -> Reading | None:
    """Everything that the shared parts say; None when there is no article box."""
    box = document.first(_BOX)
    if box is None:
        return None
    author_box = document.first(_AUTHOR_BOX, box)
    published, modified, doubts = _dates(document, box)
    body = _body(document, box)
    return Reading(
        layout=name,
        headline=text_of(document.first(_HEADING, box)),
        lead=text_of(document.first(_SUMMARY, box)),
        breadcrumbs=[text_of(a) for a in document.all(_CRUMBS, box)],
        authors=_authors(document, author_box),
        published=published,
        modified=modified,
        image=_image(document, box),
        tags=[text_of(a) for a in document.all(_TAGS, box)],
        short_url=next((href for href in strings(_SHORT_LINK, box) if "://" in href), None),
        body=body,
        has_byline=author_box is not None,
        box=box,
        container=document.first(_TEXT, box),
        doubts=doubts,
    )


def _body(document: Document, box: etree._Element) -> Body:
    return read_body(document.all(_TEXT, box)[:1], document.urljoin)


def _dates(document: Document, box: etree._Element) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Published and modified: JSON-LD, then the meta made for Telegram, then the printed times.

    The printed times are GMT (SITE.md section 2: the header's clock says so, and document ids prove it).
    """
    json_ld = document.article_json_ld
    published = _machine(json_ld.get("datePublished"), document.now) or _machine(
        document.metas.get("published_time_telegram"), document.now
    )
    modified = _machine(json_ld.get("dateModified"), document.now)
    shown = [text for element in document.all(_DATES, box) for text in find_visible_dates(text_of(element)) or [""]]
    if published is None and shown:
        published = parse_visible_date(shown[0], language="en", zone="UTC", now=document.now)
    if modified is None and len(shown) > 1:
        modified = parse_visible_date(shown[1], language="en", zone="UTC", now=document.now)
    doubts = tuple(
        name
        for name, found, said in (
            ("published_at", published, bool(shown) or bool(json_ld.get("datePublished"))),
            ("modified_at", modified, len(shown) > 1 or bool(json_ld.get("dateModified"))),
        )
        if said and found is None
    )
    return published, modified, doubts


def _machine(value: Any, now: datetime) -> datetime | None:
    return parse_machine_date(value, now=now) if isinstance(value, str) else None


def _image(document: Document, box: etree._Element) -> Image | None:
    cover = document.first(_COVER, box)
    url = largest(document, cover)
    caption = credit = None
    if cover is not None:
        caption, credit = _caption(document, cover)
    return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None


def _caption(document: Document, cover: etree._Element) -> tuple[str | None, str | None]:
    line = document.first(_CAPTION, cover)
    if line is None:
        return None, None
    roles = {str(e.get("data-role")): text_of(e) for e in document.all(_ROLES, line)}
    if not roles:
        return split_caption(text_of(line))
    title_caption, title_credit = split_caption(roles["title"]) if roles.get("title") else (None, None)
    named = [roles.get("copyright", ""), roles.get("source", "")]
    credits = [part.lstrip("© ").strip(" /") for part in named if part]
    if len(credits) == 2 and credits[1] in credits[0]:
        del credits[1]
    return title_caption, " / ".join(filter(None, credits)) or title_credit


def _authors(document: Document, author_box: etree._Element | None) -> list[str]:
    """Names of an op-ed's authors; news copy has none. The loader drops RT itself.

    JSON-LD names a Person on op-eds and an Organization on news; older pages have only a portrait and a
    link to the author's page, whose slug proves a name that the box prints.
    """
    named = document.article_json_ld.get("author")
    people = [
        str(author["name"])
        for author in (named if isinstance(named, list) else [named])
        if isinstance(author, dict) and author.get("@type") == "Person" and author.get("name")
    ]
    if people or author_box is None:
        return people
    slugs = [
        slug_words(match[1])
        for a in document.all(_AUTHOR_LINKS, author_box)
        if (match := _AUTHOR_SLUG.search(a.get("href") or ""))
    ]
    shown = [*strings(_PORTRAITS, author_box), *(text_of(b) for b in document.all(_BOLD, author_box))]
    proven = [name for name in shown if _plain(name) in slugs]
    if proven:
        return proven
    bio = text_of(author_box)
    for slug in dict.fromkeys(slugs):
        found = re.search(r"\W+".join(map(re.escape, slug.split())), bio, re.IGNORECASE)
        if found:
            proven.append(found[0])
    meta = document.metas.get("article:author", "")
    return proven or ([meta] if meta else [name for name in shown[:1] if name.strip()])


def _plain(name: str) -> str:
    return slug_words(re.sub(r"[^\w\s-]", "", name))

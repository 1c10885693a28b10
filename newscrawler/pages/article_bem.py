"""What the layouts since 2016 share: `div.article` with article__heading, article__summary, article__text.

The three generations (article_2016, article_2019, article_2022) differ in where the date stands and in what
surrounds the text; the names of the parts lasted. Source: SITE.md section 1 and appendices A and B.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from lxml import etree

from newscrawler.cleaning import (
    clean_text,
    find_visible_dates,
    is_site_name,
    parse_machine_date,
    parse_visible_date,
    split_caption,
)
from newscrawler.items import Image
from newscrawler.pages.body import Body, read_body
from newscrawler.pages.document import ClassIndex, Document, classes_of, text_of
from newscrawler.pages.images import largest
from newscrawler.pages.reading import Reading
from newscrawler.urls import slug_words

_DATE = "date_article-header"
_AUTHOR_CLASSES = ("article__blog-autor", "Blog-author__root")
_AUTHOR_SLUG = re.compile(r"/authors/([^/?#]+)")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}")


def _find_box(document: Document) -> ClassIndex | None:
    """The article: the `div.article` around the headline."""
    if not document.mentions("article__heading"):
        return None
    for heading in document.root.iter("h1"):
        if "article__heading" in classes_of(heading):
            for box in heading.iterancestors("div"):
                if "article" in classes_of(box):
                    return ClassIndex(box)
    return None


def generation(document: Document) -> int | None:
    """Year in which the page's generation began: 2016, 2019 or 2022; None for other layouts.

    One answer a page, so that the generations' predicates exclude each other. The test is where the date of
    the article stands, in which tag; the header's clock (bare `time.date`) never counts.
    """
    return document.once(_generation)


def _generation(document: Document) -> int | None:
    box = document.once(_find_box)
    if box is None:
        return None
    dates = box.all(_DATE)
    spans = [around for date in dates if date.tag == "span" for around in date.iterancestors("div")]
    if any("article__breadcrumbs" in classes_of(div) for div in spans):
        return 2022
    if any("article__date" in classes_of(div) for div in spans):
        return 2019
    if any(date.tag == "time" for date in dates):
        return 2016
    # A page that prints no date is still of its generation: what it lacks is for validation to say.
    if box.first("article__text", tag="div") is None:
        return None
    around = [name for div in box.under.iterancestors() for name in classes_of(div)]
    if "Grid-container" in around or "Grid-block" in around:
        return 2022
    return 2019 if document.article_json_ld else 2016


def read(document: Document, name: str) -> Reading | None:
    """Everything that the shared parts say; None when there is no article box."""
    box = document.once(_find_box)
    if box is None:
        return None
    text = box.first("article__text", tag="div")
    author_boxes = _author_boxes(document, box)
    published, modified, doubts = _dates(document, box)
    crumbs = box.first("breadcrumbs")
    return Reading(
        layout=name,
        headline=text_of(box.first("article__heading", tag="h1")),
        lead=text_of(box.first("article__summary", tag="div")),
        breadcrumbs=[] if crumbs is None else [text_of(a) for a in crumbs.iter("a")],
        authors=_authors(document, author_boxes),
        published=published,
        modified=modified,
        image=_image(document, box, text),
        tags=[text_of(a) for a in box.under.iter("a") if "tag" in (a.get("rel") or "").split()],
        short_url=_short_url(box),
        body=Body() if text is None else read_body([text], document.urljoin),
        has_byline=bool(author_boxes),
        box=box.under,
        container=text,
        doubts=doubts,
    )


def _short_url(box: ClassIndex) -> str | None:
    offered = [a.get("href") for a in box.all("short-url__link")]
    offered += [e.get("data-shorturl") for e in box.all("social-container")]
    return next((href for href in offered if href and "://" in href), None)


def _dates(document: Document, box: ClassIndex) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Published and modified: JSON-LD, then the meta made for Telegram, then the printed times.

    The printed times are GMT (SITE.md section 2: the header's clock says so, and document ids prove it).
    """
    json_ld = document.article_json_ld
    published = _machine(json_ld.get("datePublished"), document.now) or _machine(
        document.metas.get("published_time_telegram"), document.now
    )
    modified = _machine(json_ld.get("dateModified"), document.now)
    shown = [text for element in box.all(_DATE) for text in find_visible_dates(text_of(element)) or [""]]
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


def _image(document: Document, box: ClassIndex, text: etree._Element | None) -> Image | None:
    """The cover; the same block inside the text is another picture."""
    covers = (e for e in box.all("article__cover") if text is None or text not in e.iterancestors())
    cover = next(covers, None)
    url = largest(document, cover)
    caption, credit = (None, None) if cover is None else _caption(cover)
    return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None


def _caption(cover: etree._Element) -> tuple[str | None, str | None]:
    line = ClassIndex(cover).first("media__title_arcticle")
    if line is None:
        return None, None
    roles = {role: text_of(e) for e in line.iter("*") if (role := e.get("data-role"))}
    if not roles:
        return split_caption(text_of(line))
    named = (roles.get("copyright", ""), roles.get("source", ""))
    credits = [part for text in named if (part := text.lstrip("© ").strip(" /"))]
    if len(credits) == 2 and credits[1] in credits[0]:
        del credits[1]
    title = roles.get("title") or None
    # What stands in parentheses is a credit only where no other is given.
    if title and (not credits or "©" in title):
        title, title_credit = split_caption(title)
        return title, " / ".join(credits) or title_credit
    return title, " / ".join(credits) or None


def _author_boxes(document: Document, box: ClassIndex) -> list[etree._Element]:
    """What stands about the authors: in the article or, by its id, anywhere on the page."""
    boxes = [e for name in _AUTHOR_CLASSES for e in box.all(name)]
    if boxes or not document.mentions("blog-autor"):
        return boxes
    return [e for e in document.root.iter("div") if e.get("id") == "blog-autor"][:1]


def _authors(document: Document, boxes: list[etree._Element]) -> list[str]:
    """Names of an op-ed's authors; news copy has none.

    JSON-LD names a Person on op-eds and an Organization on news; older pages have only a portrait and a
    link to the author's page, whose slug proves a name that the box prints.
    """
    people = [name for name in document.people() if not is_site_name(name)]
    said = document.metas.get("article:author", "")
    if is_site_name(said) or not _NAME.fullmatch(said):
        said = ""
    portraits = [name for box in boxes for img in box.iter("img") if (name := clean_text(img.get("alt") or ""))]
    names = people or _proven_names(boxes, [*portraits, said])
    if names or said:
        return names or [said]
    return [name for name in portraits if _NAME.fullmatch(name) and not is_site_name(name)][:1]


def _proven_names(boxes: list[etree._Element], shown: list[str]) -> list[str]:
    """Of each author that the boxes link to, the name as it is shown, else as the text about them has it."""
    slugs = [
        slug_words(match[1])
        for box in boxes
        for a in box.iter("a")
        if (match := _AUTHOR_SLUG.search(a.get("href") or ""))
    ]
    by_slug = {slug_words(re.sub(r"[^\w\s-]", "", _plain(name))): name for name in shown}
    names = [by_slug.get(slug) or _name_in(boxes, slug) for slug in dict.fromkeys(slugs)]
    return [name for name in names if name and not is_site_name(name)]


def _name_in(boxes: list[etree._Element], slug: str) -> str | None:
    about = " ".join(text_of(box) for box in boxes)
    found = re.search(r"\b" + r"\W+".join(map(re.escape, slug.split())) + r"\b", _plain(about))
    return about[found.start() : found.end()] if found else None


def _plain(text: str) -> str:
    """The text in lower case without accents, character by character."""
    return "".join(unicodedata.normalize("NFD", character)[0].lower()[0] for character in text)

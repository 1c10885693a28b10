"""What the layouts since 2016 share: `div.article` with article__heading, article__summary, article__text.

The three generations (article_2016, article_2019, article_2022) differ in where the date stands and in what
surrounds the text; the names of the parts lasted. Source: SITE.md section 1 and appendices A and B.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from lxml import etree

from newscrawler.editions import slug_words
from newscrawler.items import Image
from newscrawler.pages.body import Body, read_body
from newscrawler.pages.document import ClassIndex, Document, classes_of, text_of
from newscrawler.pages.layouts.detection import Mark
from newscrawler.pages.media import largest
from newscrawler.pages.raw_article import Reading
from newscrawler.pages.text import clean_text, find_visible_dates, is_site_name, split_caption

_DATE = "date_article-header"
_AUTHOR_CLASSES = ("article__blog-autor", "Blog-author__root")
_AUTHOR_SLUG = re.compile(r"/authors/([^/?#]+)")
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}")
#: Each is looked for in the text about all of them; no real page has more than three.
_MOST_AUTHORS = 20


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


def _has_headline(document: Document) -> bool:
    return document.once(_find_box) is not None


def _has_text(document: Document) -> bool:
    box = document.once(_find_box)
    return box is not None and box.first("article__text", tag="div") is not None


def _date_stands_in(document: Document, name: str) -> bool:
    box = document.once(_find_box)
    spans = [] if box is None else [date for date in box.all(_DATE) if date.tag == "span"]
    return any(name in classes_of(div) for div in _around(spans))


def _date_in_crumbs(document: Document) -> bool:
    return _date_stands_in(document, "article__breadcrumbs")


def _date_in_its_box(document: Document) -> bool:
    return _date_stands_in(document, "article__date")


def _date_in_time(document: Document) -> bool:
    box = document.once(_find_box)
    return box is not None and any(date.tag == "time" for date in box.all(_DATE))


def _in_grid(document: Document) -> bool:
    box = document.once(_find_box)
    around = [] if box is None else [name for div in box.under.iterancestors() for name in classes_of(div)]
    return "Grid-container" in around or "Grid-block" in around


def _has_json_ld(document: Document) -> bool:
    return bool(document.article_json_ld)


# The generations differ in where the date of the article stands, and in which tag; the header's clock (bare
# `time.date`) never counts. A page that prints no date is still of its generation: what it lacks is for
# validation to say. Each generation wants the marks of the later ones away, so that they exclude each other.
HEADLINE = Mark("h1.article__heading in div.article", _has_headline)
TEXT = Mark("div.article__text in the article", _has_text)
DATE_IN_CRUMBS = Mark(f"span.{_DATE} in div.article__breadcrumbs", _date_in_crumbs)
DATE_IN_ITS_BOX = Mark(f"span.{_DATE} in div.article__date", _date_in_its_box)
DATE_IN_TIME = Mark(f"time.{_DATE} in the article", _date_in_time)
GRID = Mark(".Grid-container or .Grid-block around the article", _in_grid)
JSON_LD = Mark("JSON-LD about an article", _has_json_ld)


def _around(elements: Iterable[etree._Element]) -> set[etree._Element]:
    """The `div`s around any of them."""
    around: set[etree._Element] = set()
    for element in elements:
        for div in element.iterancestors("div"):
            if div in around:
                break
            around.add(div)
    return around


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
        headline=document.text("headline", box.first("article__heading", tag="h1")),
        lead=document.text("lead", box.first("article__summary", tag="div")),
        breadcrumbs=[] if crumbs is None else document.texts("breadcrumbs", crumbs.iter("a")),
        authors=_authors(document, author_boxes),
        published=published,
        modified=modified,
        image=_image(document, box, text),
        tags=document.texts("tags", (a for a in box.under.iter("a") if "tag" in (a.get("rel") or "").split())),
        short_url=_short_url(document, box),
        body=Body() if text is None else read_body([text], document),
        has_byline=bool(author_boxes),
        box=box.under,
        container=text,
        doubts=doubts,
    )


def _short_url(document: Document, box: ClassIndex) -> str | None:
    offered = [(e, "href") for e in box.all("short-url__link")]
    offered += [(e, "data-shorturl") for e in box.all("social-container")]
    for element, name in offered:
        href = clean_text(element.get(name) or "")
        if href.startswith(("http://", "https://")):
            return document.note("short_url", href, name, element)
    return None


def _dates(document: Document, box: ClassIndex) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Published and modified: JSON-LD, then the meta made for Telegram, then the printed times.

    The printed times are GMT (SITE.md section 2: the header's clock says so, and document ids prove it).
    """
    json_ld = document.article_json_ld
    metas = document.metas
    published = document.date("published_at", json_ld.get("datePublished"), "JSON-LD datePublished") or document.date(
        "published_at", metas.get("published_time_telegram"), "meta published_time_telegram"
    )
    modified = document.date("modified_at", json_ld.get("dateModified"), "JSON-LD dateModified")
    shown = [(text, element) for element in box.all(_DATE) for text in find_visible_dates(text_of(element)) or [""]]
    if published is None and shown:
        published = document.printed_date("published_at", *shown[0])
    if modified is None and len(shown) > 1:
        modified = document.printed_date("modified_at", *shown[1])
    doubts = tuple(
        name
        for name, found, said in (
            ("published_at", published, bool(shown) or bool(json_ld.get("datePublished"))),
            ("modified_at", modified, len(shown) > 1 or bool(json_ld.get("dateModified"))),
        )
        if said and found is None
    )
    return published, modified, doubts


def _image(document: Document, box: ClassIndex, text: etree._Element | None) -> Image | None:
    """The cover; the same block inside the text is another picture."""
    covers = (e for e in box.all("article__cover") if text is None or text not in e.iterancestors())
    cover = next(covers, None)
    url = largest(document, cover)
    caption, credit = (None, None) if cover is None else _caption(document, cover)
    return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None


def _caption(document: Document, cover: etree._Element) -> tuple[str | None, str | None]:
    line = ClassIndex(cover).first("media__title_arcticle")
    if line is None:
        return None, None
    caption, credit = _caption_of(line)
    return document.note("image.caption", caption, "text", line), document.note("image.credit", credit, "text", line)


def _caption_of(line: etree._Element) -> tuple[str | None, str | None]:
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
    if people:
        return [document.note("authors", name, "JSON-LD author") for name in people]
    said = document.metas.get("article:author", "")
    if is_site_name(said) or not _NAME.fullmatch(said):
        said = ""
    portraits = [name for box in boxes for img in box.iter("img") if (name := clean_text(img.get("alt") or ""))]
    names = _proven_names(boxes, [*portraits, said])
    if names:
        return [document.note("authors", name, "link to the author's page", boxes[0]) for name in names]
    if said:
        return [document.note("authors", said, "meta article:author")]
    names = [name for name in portraits if _NAME.fullmatch(name) and not is_site_name(name)][:1]
    return [document.note("authors", name, "img alt", boxes[0]) for name in names]


def _proven_names(boxes: list[etree._Element], shown: list[str]) -> list[str]:
    """Of each author that the boxes link to, the name as it is shown, else as the text about them has it."""
    slugs = {
        slug_words(match[1]): None
        for box in boxes
        for a in box.iter("a")
        if (match := _AUTHOR_SLUG.search(a.get("href") or ""))
    }
    by_slug = {slug_words(re.sub(r"[^\w\s-]", "", _plain(name))): name for name in shown}
    about = " ".join(text_of(box) for box in boxes)
    names = [by_slug.get(slug) or _name_in(about, slug) for slug in islice(slugs, _MOST_AUTHORS)]
    return [name for name in names if name and not is_site_name(name)]


def _name_in(about: str, slug: str) -> str | None:
    found = re.search(r"\b" + r"\W+".join(map(re.escape, slug.split())) + r"\b", _plain(about))
    return about[found.start() : found.end()] if found else None


def _plain(text: str) -> str:
    """The text in lower case without accents, character by character."""
    return "".join(unicodedata.normalize("NFD", character)[0].lower()[0] for character in text)

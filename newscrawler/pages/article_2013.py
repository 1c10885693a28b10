"""The layout of 2013 to early 2015: `div.cont-wp` with `div.acticle_clock` (spelt so), without a machine date.

article_2014 is the same skeleton with one. Source: SITE.md section 1 and appendix A (twelve pages).
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from newscrawler.cleaning import find_visible_dates, parse_visible_date, split_caption
from newscrawler.items import Image
from newscrawler.pages.body import read_body
from newscrawler.pages.document import Document, has_class, text_of, xpath
from newscrawler.pages.images import largest
from newscrawler.pages.reading import Reading

NAME = "2013-cont-wp"

_CLOCK = xpath(f"//div[{has_class('acticle_clock')}]")
_BOX = xpath(f"//div[{has_class('cont-wp')}][h1][.//div[{has_class('acticle_clock')}]]")
_HEADLINE = xpath("./h1")
_TIMES = xpath(f".//div[{has_class('acticle_clock')}]//span[{has_class('time')}]")
_CRUMBS = xpath(f"//ul[{has_class('crumbs')}]/li//a")
_TAGS_BOX = xpath(f"./div[{has_class('b-tags_trends')}]")
_TAGS = xpath(".//a")
_PICTURE = xpath(f".//div[{has_class('article_img')} or {has_class('i-video')}]")
_PICTURE_LINE = xpath(f".//p[{has_class('article_img_footer')}]")
# The first of these after the body ends it: `div.sharebutton` in 2013, `div.clear` in 2014.
_END_CLASSES = frozenset(("sharebutton", "clear", "clearboth", "i-clears", "addthis_sharing_toolbox"))


def has_clock(document: Document) -> bool:
    """Whether the page has the skeleton, machine date or not."""
    return document.first(_CLOCK) is not None


def matches(document: Document) -> bool:
    """Whether the page has this layout."""
    return "publish-date" not in document.metas and has_clock(document)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    return read(document, NAME, published=None)


def read(document: Document, name: str, published: datetime | None) -> Reading | None:
    """Everything that the skeleton says; ``published`` is the machine date, where the page has one.

    The printed times are taken as GMT: in 2014 they equal the machine date, and in 2013 nothing speaks
    against it (SITE.md section 2).
    """
    box = document.first(_BOX)
    if box is None:
        return None
    shown = [date for e in document.all(_TIMES, box) for date in find_visible_dates(text_of(e))]
    times = [parse_visible_date(date, language="en", zone="UTC", now=document.now) for date in shown]
    tags_box = document.first(_TAGS_BOX, box)
    lead, body_nodes = _lead_and_body(box, tags_box)
    if published is None:
        published = times[0] if times else None
    modified = times[1] if len(times) > 1 else None
    return Reading(
        layout=name,
        headline=text_of(document.first(_HEADLINE, box)),
        lead=text_of(lead),
        breadcrumbs=[text_of(a) for a in document.all(_CRUMBS)],
        published=published,
        modified=modified,
        image=_image(document, box),
        tags=[] if tags_box is None else [text_of(a) for a in document.all(_TAGS, tags_box)],
        body=read_body(body_nodes, document.urljoin, tails=True),
        box=box,
        container=body_nodes[-1] if body_nodes else None,
        doubts=tuple(
            field
            for field, found, said in (
                ("published_at", published, len(shown) > 0),
                ("modified_at", modified, len(shown) > 1),
            )
            if said and found is None
        ),
    )


def _lead_and_body(
    box: etree._Element, tags_box: etree._Element | None
) -> tuple[etree._Element | None, list[etree._Element]]:
    """The template prints the lead as the first unclassed ``<p>`` after the tags; the body are its siblings."""
    after = list(tags_box.itersiblings()) if tags_box is not None else list(box)
    start = next((i for i, e in enumerate(after) if e.tag == "p" and not e.get("class")), None)
    if start is None:
        return None, []
    body: list[etree._Element] = []
    for node in after[start + 1 :]:
        if node.tag == "div" and _END_CLASSES.intersection((node.get("class") or "").split()):
            break
        body.append(node)
    return after[start], body


def _image(document: Document, box: etree._Element) -> Image | None:
    picture = document.first(_PICTURE, box)
    url = largest(document, picture)
    line = text_of(document.first(_PICTURE_LINE, picture)) if picture is not None else ""
    caption, credit = split_caption(line) if line else (None, None)
    return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None

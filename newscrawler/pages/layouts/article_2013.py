"""The layout of 2013 to early 2015: `div.cont-wp` with `div.acticle_clock` (spelt so), without a machine date.

article_2014 is the same skeleton with one. Source: SITE.md section 1 and appendix A (twelve pages).
"""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from newscrawler.items import Image
from newscrawler.pages.body import read_body
from newscrawler.pages.document import ClassIndex, Document, classes_of, text_of
from newscrawler.pages.layouts.detection import Forms, Mark, without
from newscrawler.pages.media import largest
from newscrawler.pages.raw_article import Reading
from newscrawler.pages.text import find_visible_dates, split_caption

NAME = "2013-cont-wp"

# The first of these after the body ends it: `div.sharebutton` in 2013, `div.clear` in 2014.
_END_CLASSES = frozenset(("sharebutton", "clear", "clearboth", "i-clears", "addthis_sharing_toolbox"))


def _has_clock(document: Document) -> bool:
    return document.mentions("acticle_clock") and any(
        "acticle_clock" in classes_of(div) for div in document.root.iter("div")
    )


def _has_machine_date(document: Document) -> bool:
    return "publish-date" in document.metas


CLOCK = Mark("div.acticle_clock", _has_clock)
MACHINE_DATE = Mark("meta[name=publish-date]", _has_machine_date)
FORMS: Forms = ((without(MACHINE_DATE), CLOCK),)


def parse(document: Document) -> Reading | None:
    """What the page says; None when its article box is missing."""
    return read(document, NAME, published=None)


def read(document: Document, name: str, published: datetime | None) -> Reading | None:
    """Everything that the skeleton says; ``published`` is the machine date, where the page has one.

    The printed times are taken as GMT: in 2014 they equal the machine date, and in 2013 nothing speaks
    against it (SITE.md section 2).
    """
    box = _box(document)
    if box is None:
        return None
    head = ClassIndex(_head(box))
    tags_box = next((div for div in box.iterchildren("div") if "b-tags_trends" in classes_of(div)), None)
    lead, body_nodes = _lead_and_body(box, tags_box)
    shown = _printed_times(head)
    if published is None and shown:
        published = document.printed_date("published_at", *shown[0])
    modified = document.printed_date("modified_at", *shown[1]) if len(shown) > 1 else None
    return Reading(
        layout=name,
        headline=document.text("headline", box.find("h1")),
        lead=document.text("lead", lead),
        breadcrumbs=_breadcrumbs(document),
        published=published,
        modified=modified,
        image=_image(document, head),
        tags=[] if tags_box is None else document.texts("tags", tags_box.iter("a")),
        body=read_body(body_nodes, document, after=lead, tails=True),
        box=box,
        container=body_nodes[-1] if body_nodes else lead,
        doubts=tuple(
            field
            for field, found, said in (
                ("published_at", published, bool(shown)),
                ("modified_at", modified, len(shown) > 1),
            )
            if said and found is None
        ),
    )


def _box(document: Document) -> etree._Element | None:
    """The `div.cont-wp` that has a headline of its own and the clock: the side column's have no clock."""
    for heading in document.root.iter("h1"):
        box = heading.getparent()
        if box is None or "cont-wp" not in classes_of(box):
            continue
        if any("acticle_clock" in classes_of(div) for div in box.iter("div")):
            return box
    return None


def _head(box: etree._Element) -> etree._Element:
    """The part of the box that holds the clock and the picture, and nothing of the text."""
    clock = next((div for div in box.iter("div") if "acticle_clock" in classes_of(div)), box)
    around = [clock, *clock.iterancestors()]
    inside = around[: around.index(box)]
    return inside[-1] if len(inside) > 1 else box


def _printed_times(head: ClassIndex) -> list[tuple[str, etree._Element]]:
    """What the clock prints, and in what: dates, or the text that should be one."""
    clock = head.first("acticle_clock")
    spans = [] if clock is None else [e for e in clock.iter("span") if "time" in classes_of(e)]
    return [(date, span) for span in spans for date in find_visible_dates(text_of(span)) or [text_of(span)] if date]


def _breadcrumbs(document: Document) -> list[str]:
    crumbs = (a for ul in document.root.iter("ul") if "crumbs" in classes_of(ul) for a in ul.iter("a"))
    return document.texts("breadcrumbs", crumbs)


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
        if node.tag == "div" and _END_CLASSES.intersection(classes_of(node)):
            break
        body.append(node)
    return after[start], body


def _image(document: Document, head: ClassIndex) -> Image | None:
    picture = head.first("article_img") if head.first("article_img") is not None else head.first("i-video")
    footer = head.first("article_img_footer")
    line = text_of(footer)
    url = largest(document, picture)
    caption, credit = split_caption(line) if line else (None, None)
    document.note("image.caption", caption, "text", footer)
    document.note("image.credit", credit, "text", footer)
    return Image(url=url, caption=caption, credit=credit) if url or caption or credit else None

"""Every page shows what its truth says. The reader below follows the selectors of docs/extend/site.md."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from parsel import Selector, SelectorList

from tests.replica import LAYOUTS, Site, Story
from tests.replica import story as s
from tests.replica.answers import Answers
from tests.replica.spans import clean

OLD = (s.LAYOUT_2013, s.LAYOUT_2014)
BEM = (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE)
Fields = dict[str, Any]


def text_of(nodes: Selector | SelectorList[Selector]) -> str:
    """All the text inside, cleaned."""
    return clean("".join(nodes.xpath(".//text()[not(ancestor::script)]").getall()))


def read(html: str, layout: str) -> Fields:
    """The fields of a page of that layout."""
    page = Selector(html)
    return _read_old(page, layout) if layout in OLD else _read_article(page, layout)


def json_ld(page: Selector) -> list[Fields]:
    """The JSON-LD blocks that can be parsed."""
    blocks = []
    for script in page.css('script[type="application/ld+json"]::text').getall():
        try:
            blocks.append(json.loads(script))
        except ValueError:
            continue
    return blocks


def _minute(text: str, form: str) -> str:
    return datetime.strptime(clean(text), form).replace(tzinfo=UTC).isoformat()


def _read_old(page: Selector, layout: str) -> Fields:
    box = page.xpath("//div[@class='cont-wp'][h1]")
    times = re.split(r"Edited time:", text_of(box.css(".acticle_clock span.time")).removeprefix("Published time:"))
    published = _minute(times[0], "%B %d, %Y %H:%M")
    if layout == s.LAYOUT_2014:
        meta = page.css("meta[name='publish-date']::attr(content)").get("")
        published = parsedate_to_datetime(meta).isoformat()
    prose = [
        node
        for node in box.xpath("./div[contains(@class, 'b-tags_trends')]/following-sibling::*")
        if node.root.tag == "p"
    ]
    paragraphs: list[str] = []
    related: list[Fields] = []
    for node in prose[1:]:
        line = text_of(node)
        if line.startswith("READ MORE:"):
            href = node.css("a::attr(href)").get("").removeprefix("%20")
            related.append({"title": line.removeprefix("READ MORE:").strip(), "url": href})
            continue
        # Two breaks end a paragraph; an opening tag may stand between them.
        parts = re.split(r"<br>\s*(?:<(?:em|i)>\s*)?<br>", node.get())
        paragraphs += [clean(text_of(Selector(part))) for part in parts if text_of(Selector(part))]
    line = text_of(box.css("p.article_img_footer"))
    return {
        "headline": clean(box.css("h1")[0].xpath("string()").get("")),
        "lead": text_of(prose[0]),
        "breadcrumbs": [text_of(link) for link in page.css("ul.crumbs li a")][1:],
        "published_at": published,
        "modified_at": _minute(times[1], "%B %d, %Y %H:%M") if len(times) > 1 else None,
        "tags": [text_of(link) for link in box.css(".b-tags_trends a")],
        "paragraphs": paragraphs,
        "related": related,
        "authors": [],
        "short_url": None,
        "image_url": page.css("meta[property='og:image']::attr(content)").get(),
        "credit_line": line,
        "embeds": _embeds(box),
    }


def _read_article(page: Selector, layout: str) -> Fields:
    box = page.css("div.article")
    article: Fields = {}
    if layout not in BEM:
        article = next(block for block in json_ld(page) if block["@type"] in ("NewsArticle", "Article"))
        published, modified = article["datePublished"], article["dateModified"]
    else:
        times = [text_of(time) for time in box.css(".article__date time.date_article-header")]
        form = "%d %b, %Y %H:%M"
        published = _minute(times[0].removeprefix("Published time:"), form)
        modified = _minute(times[1].removeprefix("Edited time:"), form) if len(times) > 1 else None
    body = box.css("div.article__text")
    short = box.css("a.short-url__link::attr(href), .social-container::attr(data-shorturl)").get()
    tags = box.css("a[rel=tag]")
    return {
        "headline": text_of(box.css("h1.article__heading")),
        "lead": text_of(box.css("div.article__summary")) or None,
        "breadcrumbs": [text_of(link) for link in box.css(".breadcrumbs a.breadcrumbs__links")][1:],
        "published_at": published,
        "modified_at": modified,
        "tags": [text_of(link) for link in tags],
        "paragraphs": _paragraphs(body),
        "related": _related(body),
        "authors": _authors(box, article, layout),
        "short_url": short,
        "image_url": _cover(box, layout),
        "credit_line": text_of(
            box.xpath("./div[contains(@class, 'article__cover')]//*[contains(@class, 'media__title')]")
        ),
        "embeds": _embeds(body),
    }


def _paragraphs(body: SelectorList[Selector]) -> list[str]:
    found = []
    for node in body.xpath("./p | ./h2 | ./h3 | ./ul/li | ./blockquote/p"):
        line = text_of(node)
        for prompt in (
            "Like this story? Share it with a friend!",
            "If you like this story, share it with a friend!",
        ):
            line = line.removesuffix(prompt).strip()
        if line and not line.startswith("READ MORE:"):
            found.append(line)
    return found


def _related(body: SelectorList[Selector]) -> list[Fields]:
    found = []
    for node in body.xpath("./p | ./div | ./a"):
        classes = node.attrib.get("class", "")
        if "read-more" in classes.lower():
            link = node if node.root.tag == "a" else node.css("a")[0]
            title = node.css(".read-more__footer, .read-more-big__title, .Read-more-text-only a")
            href = link.attrib["href"]
        elif text_of(node).startswith("READ MORE:"):
            title, href = node.css("a"), node.css("a::attr(href)").get("")
        else:
            continue
        line = text_of(title).removeprefix("READ MORE:").strip()
        found.append({"title": line, "url": s.HOST + href if href.startswith("/") else href})
    return found


def _embeds(body: SelectorList[Selector]) -> list[Fields]:
    found = []
    for node in body.css("blockquote.twitter-tweet, iframe"):
        if node.root.tag == "blockquote":
            found.append({"type": "tweet", "url": node.css("a::attr(href)").getall()[-1]})
        else:
            source = node.attrib["src"]
            found.append({"type": "youtube" if "youtube" in source else "video", "url": source})
    return found


def _authors(box: SelectorList[Selector], article: Fields, layout: str) -> list[str]:
    if layout in BEM:
        return box.css(".article__blog-autor .blog-autor__cover a[href^='/op-edge/authors/'] img::attr(alt)").getall()
    author = article["author"]
    return [author["name"]] if author["@type"] == "Person" else []


def _cover(box: SelectorList[Selector], layout: str) -> str | None:
    cover = box.xpath("./div[contains(@class, 'article__cover')]")
    if layout in BEM:
        return cover.css("img.media__item::attr(src)").get()
    widths = {}
    for sources in cover.css("source::attr(data-srcset)").getall():
        for entry in sources.split(","):
            address, width = entry.split()
            widths[int(width[:-1])] = address
    return widths[max(widths)] if widths else None


FIELDS = (
    "headline",
    "lead",
    "breadcrumbs",
    "published_at",
    "modified_at",
    "tags",
    "paragraphs",
    "related",
    "authors",
    "short_url",
    "embeds",
)
# Structure that tells the generations apart.
MARKS = {
    s.LAYOUT_2013: "div.acticle_clock",
    s.LAYOUT_2014: "div.acticle_clock",
    s.LAYOUT_2015: "div.article__date time.date_article-header",
    s.LAYOUT_2015_OPEDGE: "div.article__blog-autor",
    s.LAYOUT_2019: "div.article__date span.date_article-header",
    s.LAYOUT_2022: "div.article__breadcrumbs > span.date_article-header",
    s.LAYOUT_2022_OPED: ".Blog-author__root",
}


@pytest.fixture(scope="module")
def readings(site: Site, answers: Answers) -> dict[str, Fields]:
    """What the reader finds on the page of each good story."""
    return {story.path: read(page_of(answers, story), story.layout) for story in site.stories}


def stories_of(site: Site, layout: str) -> list[Story]:
    return [story for story in site.stories if story.layout == layout]


def page_of(answers: Answers, story: Story) -> str:
    return answers.answer(story.path).body.decode()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_field_stands_where_site_md_says(site: Site, readings: dict[str, Fields], layout: str, field: str) -> None:
    for story in stories_of(site, layout):
        assert readings[story.path][field] == story.truth()[field], story.path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cover_and_credit(site: Site, readings: dict[str, Fields], layout: str) -> None:
    for story in stories_of(site, layout):
        found, image = readings[story.path], story.truth()["image"]
        if image is None:
            assert found["image_url"] is None
            assert found["credit_line"] == ""
            continue
        assert found["image_url"] == image["url"]
        for part in (image["caption"], image["credit"]):
            assert part is None or part in found["credit_line"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_has_its_mark_and_enough_stories(site: Site, answers: Answers, layout: str) -> None:
    stories = stories_of(site, layout)
    assert len(stories) >= 30
    for story in stories[:10]:
        html = page_of(answers, story)
        assert Selector(html).css(MARKS[layout]), story.path
        assert 30_000 < len(html) < 200_000


@pytest.mark.parametrize("layout", LAYOUTS)
def test_canonical_address_only_since_2019(site: Site, answers: Answers, layout: str) -> None:
    story = stories_of(site, layout)[0]
    page = Selector(page_of(answers, story))
    og_url = page.css("meta[property='og:url']::attr(content)").get("")
    assert og_url.replace("http://rt.com", s.HOST) == story.url
    canonical = page.css("link[rel=canonical]::attr(href)").get()
    assert canonical == (story.url if layout in LAYOUTS[4:] else None)


def test_organization_block_is_invalid_only_on_current_pages(site: Site, answers: Answers) -> None:
    for layout, valid in ((s.LAYOUT_2019, 3), (s.LAYOUT_2022, 2), (s.LAYOUT_2022_OPED, 2)):
        assert len(json_ld(Selector(page_of(answers, stories_of(site, layout)[0])))) == valid


def test_clock_the_header_is_there_to_be_avoided(site: Site, answers: Answers) -> None:
    page = Selector(page_of(answers, stories_of(site, s.LAYOUT_2015)[0]))
    assert "12:00 GMT, May 01, 2026" in " ".join(page.css(".header__date time.date::text").getall())


def test_every_trait_occurs(site: Site) -> None:
    stories = list(site.stories)
    blocks = [block for story in stories for block in story.blocks]
    assert {block.role for block in blocks if isinstance(block, s.Paragraph)} == {
        "p", "h2", "h3", "bold", "li", "quote", "developing",
    }  # fmt: skip
    assert {block.form for block in blocks if isinstance(block, s.Related)} == {
        "line",
        "bold-line",
        "card",
        "text-only",
    }
    assert {block.type for block in blocks if isinstance(block, s.Player)} == {"youtube", "video"}
    raw = "".join(span.text for block in blocks if isinstance(block, s.Paragraph) for span in block.spans)
    assert {"\u00a0", "\u00ad", "\u200b", "\u0301", "’"} <= set(raw)
    assert any(story.lead is None for story in stories)
    assert any(story.image is None for story in stories)
    assert any(story.authors and story.section == "news" for story in stories)
    assert any("\u200b" in story.headline for story in stories)


def test_seed_story_has_the_shape_of_the_page_of_2019(site: Site) -> None:
    truth = site.seed_story.truth()
    assert truth["breadcrumbs"] == ["World News"]
    assert truth["published_at"] == "2019-12-29T16:12:00+00:00"
    assert truth["image"]["credit"].count(" / ") == 1
    assert truth["image"]["caption"] is None
    assert len(truth["paragraphs"]) == 6
    assert truth["paragraphs"][-1] == "DETAILS TO FOLLOW"
    assert truth["developing"]
    assert len(truth["related"]) == 1
    assert site.seed_story.layout == s.LAYOUT_2019

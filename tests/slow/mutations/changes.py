"""The changes: each takes a page's tree and a source of chance, and changes one thing; False when it finds none."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from newscrawler.pages.html import Element, Node, classes_of

_WORDS = re.findall(
    r"\w+", "amber ballast cedar drizzle ember fathom gravel hollow ivory jetty kelp lantern mortar nettle oyster"
)
#: A tag that belongs to nobody, put into the source where such a mark stands.
STRAY = "stray-tag-here"
_STRAY_TAGS = ("</div>", "</p>", "</div></div>", "<div>", "<form>", "<button>", "</span>", "<b>", "</section>", "<a>")
#: Where a page's text stands, whatever its layout.
_TEXT = "div.article__text, div.text.js-text, .ArticleView-text, .article-body, .arcticle-content"
_LEAD = "div.article__summary, .article__summary, p.intro, p.text__summary, .ArticleView-summary, .arcticle-summary"
_HEADLINE = "h1.article__heading, .cont-wp:has(div.acticle_clock) > h1, .article > h1.heading, h1"
_BLOCKS = ("p", "div", "section", "aside", "ul", "table", "h2", "span", "article", "blockquote")


@dataclass(slots=True)
class Page:
    """A page that is being changed."""

    root: Element
    box: Element
    lead: str
    chance: random.Random
    #: Where the change is one of the bytes.
    recode: Callable[[str], bytes] | None = None

    def sentence(self, least: int = 9) -> str:
        """Words that stand nowhere else."""
        words = self.chance.choices(_WORDS, k=self.chance.randint(least, 2 * least))
        return " ".join(words).capitalize() + "."

    def name(self) -> str:
        """A class that no layout knows."""
        return f"{self.chance.choice(_WORDS)}{self.chance.choice(('-box', '__inner', 'Card', '_wide', ''))}x"

    @property
    def text(self) -> Element | None:
        """The container of the text, where there is one."""
        return self.box.select_one(_TEXT)

    @property
    def paragraphs(self) -> list[Element]:
        """The paragraphs of the text."""
        if self.text is not None:
            return [e for e in self.text.select(":scope > p") if len(e.text.split()) > 3]
        return [e for e in self.box.select(":scope > p:not([class])") if len(e.text.split()) > 3][1:]

    @property
    def headline(self) -> Element | None:
        """The headline."""
        return self.box.select_one(_HEADLINE)

    @property
    def lead_element(self) -> Element | None:
        """The lead's element."""
        found = self.box.select_one(_LEAD)
        return found or self.box.select_one(":scope > p:not([class])")


Change = Callable[[Page], bool]


def _put(page: Page, markup: str) -> bool:
    """Put markup somewhere between the paragraphs."""
    found = page.paragraphs
    if not found:
        return False
    page.chance.choice(found).insert_adjacent_html(page.chance.choice(("beforebegin", "afterend")), markup)
    return True


def _retag(element: Element, tag: str, classes: str | None = None) -> None:
    names = " ".join(classes_of(element)) if classes is None else classes
    attribute = f' class="{names}"' if names else ""
    element.insert_adjacent_html("beforebegin", f"<{tag}{attribute}>{element.inner_html}</{tag}>")
    element.decompose()


def renamed_class(page: Page) -> bool:
    """A class has another name."""
    found = page.box.select("[class]")
    if not found:
        return False
    element = page.chance.choice(found)
    names = classes_of(element)
    if not names:
        return False
    names[page.chance.randrange(len(names))] = page.name()
    element.attrs["class"] = " ".join(names)
    return True


def renamed_everywhere(page: Page) -> bool:
    """A class has another name on every element."""
    found = [name for element in page.box.select("[class]") for name in classes_of(element)]
    if not found:
        return False
    old, new = page.chance.choice(found), page.name()
    for element in page.root.select("[class]"):
        if old in (names := classes_of(element)):
            element.attrs["class"] = " ".join(new if name == old else name for name in names)
    return True


def added_class(page: Page) -> bool:
    """An element has one class more."""
    element = page.chance.choice(page.box.select("*"))
    element.attrs["class"] = " ".join([*classes_of(element), page.name()])
    return True


def removed_class(page: Page) -> bool:
    """An element has no class any more."""
    found = page.box.select("[class]")
    if not found:
        return False
    del page.chance.choice(found).attrs["class"]
    return True


def changed_tag(page: Page) -> bool:
    """An element is another one."""
    found = page.box.select("div, p, h1, h2, span, section, time, strong, li")
    element = page.chance.choice(found)
    _retag(element, page.chance.choice([tag for tag in _BLOCKS if tag != element.tag]))
    return True


def wrapped(page: Page) -> bool:
    """Something stands around an element."""
    element = page.chance.choice(page.box.select("*"))
    classes = page.chance.choice(("", f' class="{page.name()}"'))
    element.insert_adjacent_html("beforebegin", f"<div{classes}>{element.html}</div>")
    element.decompose()
    return True


def split_text(page: Page) -> bool:
    """The rest of the text stands in a container of its own."""
    found = page.paragraphs
    if len(found) < 2:
        return False
    at = page.chance.randrange(1, len(found))
    text = page.text
    names = " ".join(classes_of(text)) if text is not None else ""
    classes = page.chance.choice((names, names, page.name(), ""))
    attribute = f' class="{classes}"' if classes else ""
    rest: list[Node] = [found[at]]
    for node in found[at].next_siblings:
        if text is None and isinstance(node, Element) and node not in found:
            break
        rest.append(node)
    markup = "".join(node.html if isinstance(node, Element) else node.text for node in rest)
    for node in rest:
        node.extract()
    between = page.chance.choice(("", f'<div class="{page.name()}"></div>'))
    last = text if text is not None else found[at - 1]
    last.insert_adjacent_html("afterend", f"{between}<div{attribute}>{markup}</div>")
    return True


def moved_lead(page: Page) -> bool:
    """The lead stands elsewhere."""
    lead = page.lead_element
    if lead is None or not page.lead:
        return False
    markup = page.chance.choice((lead.html, f"<p>{lead.inner_html}</p>"))
    where = page.chance.choice(("first in the text", "under the headline", "behind the text"))
    target = page.headline if where == "under the headline" else page.text
    if target is None:
        return False
    lead.decompose()
    target.insert_adjacent_html("afterbegin" if where == "first in the text" else "afterend", markup)
    return True


def repeated_lead(page: Page) -> bool:
    """The lead is repeated in the text."""
    if not page.lead:
        return False
    found = page.paragraphs
    if not found:
        return False
    classes = page.chance.choice(("", f' class="{page.name()}"'))
    page.chance.choice((found[0], page.chance.choice(found))).insert_adjacent_html(
        "beforebegin", f"<p{classes}>{page.lead}</p>"
    )
    return True


def inserted_box(page: Page) -> bool:
    """A box of an unknown kind stands between the paragraphs."""
    tag = page.chance.choice(("div", "div", "div", "section", "a", "ul", "span", "aside", "figure", "p", "table"))
    inner = page.sentence() if tag in ("p", "a", "span") else f"<p>{page.sentence()}</p>"
    if tag == "ul":
        inner = f"<li>{page.sentence()}</li>"
    elif tag == "table":
        inner = f"<tr><td>{page.sentence()}</td></tr>"
    return _put(page, f'<{tag} class="{page.name()}">{inner}</{tag}>')


def inserted_control(page: Page) -> bool:
    """A button, form or navigation stands between the paragraphs."""
    return _put(
        page,
        page.chance.choice(
            (
                f"<button>{page.sentence(4)}</button>",
                f"<form><p>{page.sentence()}</p><input name=mail><button>Go</button></form>",
                f"<nav><a href='/x/'>{page.sentence(4)}</a></nav>",
                f"<aside><p>{page.sentence()}</p></aside>",
                f"<details><summary>{page.sentence(4)}</summary><p>{page.sentence()}</p></details>",
                f"<form><p>{page.sentence()}</p></form>",
            )
        ),
    )


def text_in_box(page: Page) -> bool:
    """A sentence stands in the article's box, outside the text."""
    target = page.text or page.lead_element
    if target is None:
        return False
    classes = page.chance.choice(("", f' class="{page.name()}"'))
    if page.text is None and not classes:
        return False
    tag = page.chance.choice(("div", "p", "span", "strong"))
    target.insert_adjacent_html("beforebegin", f"<{tag}{classes}>{page.sentence()}</{tag}>")
    return True


def caption_in_text(page: Page) -> bool:
    """A picture's caption stands in the text."""
    return _put(page, f'<p class="{page.name()}">{page.sentence()} © Agency / Name</p>')


def cut_with_mark(page: Page) -> bool:
    """The text breaks off, and the page says so."""
    found = page.paragraphs
    if len(found) < 2:
        return False
    at = page.chance.randrange(1, len(found))
    for node in list(found[at].next_siblings):
        if page.text is not None or node in found:
            node.extract()
    found[at].insert_adjacent_html(
        "beforebegin",
        page.chance.choice(
            (
                "<p><a href='#'>Read the full story</a></p>",
                f"<button class='{page.name()}'>Continue reading</button>",
                f"<div class='{page.name()}'><a href='#more'>Read the full article</a></div>",
                f"<div class='{page.name()}'><span>Show the whole text</span></div>",
                "<p>Continue reading</p>",
                "<a href='#'>Read full story</a>",
            )
        ),
    )
    found[at].decompose()
    return True


def cut_without_mark(page: Page) -> bool:
    """The text breaks off, and nothing says so: one page cannot show it."""
    found = page.paragraphs
    if len(found) < 2:
        return False
    at = page.chance.randrange(1, len(found))
    for element in found[at:]:
        element.decompose()
    return True


def plain_paragraph(page: Page) -> bool:
    """A promotion stands among the paragraphs as one of them: one page cannot show it."""
    return _put(page, page.chance.choice(("<p>{}</p>", "<div>{}</div>", "<p><em>{}</em></p>")).format(page.sentence()))


def _shifted(text: str, chance: random.Random) -> str:
    """Another hour or day in a date."""
    clock = re.search(r"(\d{1,2}):(\d\d)", text)
    if clock is None:
        return text
    hour = (int(clock[1]) + chance.choice((1, 3, 5, 9))) % 24
    return f"{text[: clock.start()]}{hour:02}:{clock[2]}{text[clock.end() :]}"


def other_date(page: Page) -> bool:
    """One of several places that tell the date of publication tells another one."""
    places = _dates(page)
    return len(places) > 1 and page.chance.choice(places)()


def only_date(page: Page) -> bool:
    """The only place that tells the date of publication tells another one: one page cannot show it."""
    places = _dates(page)
    return len(places) == 1 and places[0]()


_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"[^"]+[+Z]')


def _dates(page: Page) -> list[Callable[[], bool]]:
    """What changes each place that tells the date of publication."""
    found: list[Callable[[], bool]] = []
    if any(_JSON_DATE.search(script.text) for script in page.root.select('script[type="application/ld+json"]')):
        found.append(lambda: _change_json_ld(page, lambda node: _shift_in(node, "datePublished", page.chance)))
    metas = page.root.select("meta[name=publish-date], meta[name=published_time_telegram]")
    found += [partial(_shift_attribute, meta, page.chance) for meta in metas]
    printed = page.box.select(".date_article-header, .acticle_clock span.time")[:1]
    found += [partial(_shift_text, e, page.chance) for e in printed if re.search(r"\d:\d\d", e.text)]
    return found


def _shift_attribute(meta: Element, chance: random.Random) -> bool:
    before = meta.attr("content") or ""
    meta.attrs["content"] = _shifted(before, chance)
    return meta.attr("content") != before


def _shift_text(element: Element, chance: random.Random) -> bool:
    before = element.inner_html
    element.set_inner_html(_shifted(before, chance))
    return before != element.inner_html


def other_modified_date(page: Page) -> bool:
    """The date of the last change is another one. Where only one place tells it, one page cannot show it."""
    return _change_json_ld(page, lambda node: _shift_in(node, "dateModified", page.chance))


def _shift_in(node: dict[str, object], name: str, chance: random.Random) -> bool:
    said = node.get(name)
    if not isinstance(said, str):
        return False
    node[name] = _shifted(said, chance)
    return node[name] != said


def _change_json_ld(page: Page, change: Callable[[dict[str, object]], bool]) -> bool:
    for script in page.root.select('script[type="application/ld+json"]'):
        try:
            data = json.loads(script.text)
        except ValueError:
            continue
        for node in data if isinstance(data, list) else [data]:
            if isinstance(node, dict) and "rticle" in str(node.get("@type")) and change(node):
                script.set_text(json.dumps(data))
                return True
    return False


def other_author(page: Page) -> bool:
    """One of several places that name the author names another one."""
    box = page.root.select_one(".article__blog-autor, .Blog-author__root, #blog-autor")
    if box is None or box.select_one("a[href*='/authors/']") is None:
        return False
    if page.chance.random() < 0.5 and _change_json_ld(page, _rename_author):
        return True
    for img in box.select("img"):
        img.attrs["alt"] = "Orla Quist"
        return True
    return False


def _rename_author(node: dict[str, object]) -> bool:
    author = node.get("author")
    if not isinstance(author, dict) or author.get("@type") != "Person":
        return False
    author["name"] = "Orla Quist"
    return True


def foreign_json_ld(page: Page) -> bool:
    """The JSON-LD of another article stands on the page, before its own or in its place."""
    other = "https://www.rt.com/news/611111-quite-another/"
    form = page.chance.choice(("url", "mainEntityOfPage", "page", "headline"))
    node: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "datePublished": "2017-01-02T03:04:05+00:00",
        "dateModified": "2017-01-02T04:04:05+00:00",
        "author": {"@type": "Person", "name": "Orla Quist"},
    }
    if form == "page":
        node["mainEntityOfPage"] = {"@type": "WebPage", "@id": other}
    elif form == "headline":
        node["headline"] = page.sentence()
    else:
        node[form] = other
    scripts = page.root.select('script[type="application/ld+json"]')
    markup = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    where = page.chance.choice(("before", "instead", "array"))
    if where == "array" and scripts:
        for script in scripts:
            try:
                own = json.loads(script.text)
            except ValueError:
                continue
            script.set_text(json.dumps([node, *(own if isinstance(own, list) else [own])]))
            return True
    if where == "instead":
        for script in scripts:
            script.decompose()
    body = page.root.select_one("body")
    if body is None:
        return False
    body.insert_adjacent_html("afterbegin", markup)
    return True


def badge_in_headline(page: Page) -> bool:
    """A label stands in the headline."""
    heading = page.headline
    if heading is None:
        return False
    label = page.chance.choice(("LIVE", "Exclusive", "Updated 5 minutes ago", "Video"))
    heading.insert_adjacent_html(
        page.chance.choice(("afterbegin", "beforeend")),
        page.chance.choice((f"<span class='{page.name()}'>{label}</span> ", f" <sup>{label}</sup> ", f" — {label}")),
    )
    return True


_HIDING = (
    'style="display:none"',
    'style="color: red; display: none;"',
    "hidden",
    'class="visually-hidden"',
    'class="sr-only"',
    'aria-hidden="true"',
    'style="visibility:hidden"',
)


def hidden_text(page: Page) -> bool:
    """Text that nobody sees stands in the text, in a paragraph or in the headline."""
    how = page.chance.choice(_HIDING)
    place = page.chance.choice(("text", "paragraph", "headline", "template", "lead"))
    if place == "text":
        return _put(page, f"<{(tag := page.chance.choice(('p', 'div', 'span')))} {how}>{page.sentence()}</{tag}>")
    if place == "template":
        return _put(page, f"<template><p>{page.sentence()}</p></template>")
    of_place: dict[str, list[Element | None]] = {"headline": [page.headline], "lead": [page.lead_element]}
    targets = of_place.get(place, [*page.paragraphs])
    target = page.chance.choice(targets) if targets else None
    if target is None:
        return False
    target.insert_adjacent_html("beforeend", f" <span {how}>{page.sentence()}</span>")
    return True


def deleted_text(page: Page) -> bool:
    """Text is struck out."""
    tag = page.chance.choice(("del", "s", "strike"))
    return _put(page, f"<p><{tag}>{page.sentence()}</{tag}></p>")


def stray_tag(page: Page) -> bool:
    """A tag too many, opening or closing."""
    if not _put(page, f"<!--{STRAY}-->"):
        return False
    tag = page.chance.choice(_STRAY_TAGS)
    page.recode = lambda source: source.replace(f"<!--{STRAY}-->", tag).encode()
    return True


def second_charset(page: Page) -> bool:
    """The page declares another charset than it is in, or has a byte of another."""
    how = page.chance.choice(("declares", "byte", "widget", "entities"))
    if how in ("byte", "widget") and page.root.text.isascii():
        # A byte is then what the page declares, or nothing speaks against it.
        return False
    if how == "declares":
        charset = page.chance.choice(("windows-1251", "iso-8859-1", "utf-16"))
        page.recode = lambda source: f'<meta charset="{charset}">{source}'.encode()
    elif how == "byte":
        at = page.chance.random()

        def with_byte(source: str) -> bytes:
            data = source.encode()
            texts = [match.start() for match in re.finditer(rb">[^<>{}]{20,}<", data)]
            place = data.index(b" ", texts[int(at * len(texts))])
            return data[:place] + b"\xe9" + data[place:]

        page.recode = with_byte
    elif how == "widget":
        page.recode = lambda source: source.encode() + "<div>Сегодня в сети</div>".encode("cp1251")
    else:
        found = [element for element in page.paragraphs if "’" in element.inner_html]
        if not found:
            return False
        element = page.chance.choice(found)
        element.set_inner_html(element.inner_html.replace("’", page.chance.choice(("&amp;#8217;", "&amp;rsquo;"))))
    return True


def removed_meta(page: Page) -> bool:
    """A meta, a link or a block of JSON-LD of the head is gone."""
    found = page.root.select("meta[property], meta[name], link[rel=canonical], script[type='application/ld+json']")
    if not found:
        return False
    page.chance.choice(found).decompose()
    return True


def removed_element(page: Page) -> bool:
    """Something around the text is gone: tags, the short URL, breadcrumbs, the cover, the date."""
    inside = {*([] if page.text is None else page.text.select("*")), *page.box.select(":scope > p, :scope > p *")}
    found = [e for e in page.box.select("div, span, time, h1") if e not in inside and e != page.text]
    found = [e for e in found if page.text is None or page.text not in e.select("*")]
    if not found:
        return False
    page.chance.choice(found).decompose()
    return True


#: What one page can show.
CHANGES: tuple[Change, ...] = (
    renamed_class,
    renamed_everywhere,
    added_class,
    removed_class,
    changed_tag,
    wrapped,
    split_text,
    moved_lead,
    repeated_lead,
    inserted_box,
    inserted_control,
    text_in_box,
    caption_in_text,
    cut_with_mark,
    other_date,
    other_author,
    foreign_json_ld,
    badge_in_headline,
    hidden_text,
    deleted_text,
    stray_tag,
    second_charset,
    removed_meta,
    removed_element,
)
#: What one page cannot show: the run has to.
UNSEEN: tuple[Change, ...] = (plain_paragraph, cut_without_mark, only_date, other_modified_date)

"""The body of an article: prose apart from embeds, read-more cards and boilerplate.

One walk over the body's nodes, in which each element is of one BlockKind. Block elements end a paragraph, inline ones
do not, and nothing is joined with spaces that are not there: the server strips white space between tags, and a tag's
edge may split a word. Bare text outside ``<p>`` is prose. Two or more ``<br>`` with nothing between them, also across a
tag's edge, are a paragraph break; one is a space (docs/extend/site.md#text).

Two slips of whoever typed the markup are mended as a browser shows the page: prose behind a closing tag too many
(``prose_behind``), and prose that an element without its closing tag holds (``_paragraphs_at_end``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache, partial

from newscrawler.editions import article_url
from newscrawler.items import Doubt, Embed, Related
from newscrawler.pages.document import Document
from newscrawler.pages.doubts import ends_cut, is_cut_line
from newscrawler.pages.html import HIDDEN, Element, Node, Text, is_hidden, quotation_mark, raised, text_of
from newscrawler.pages.media import embeds_inside, embeds_of, may_be_embed, site_of
from newscrawler.pages.prose import is_related_line, strip_boilerplate, strip_related_label
from newscrawler.pages.text import clean_text, drop_invisible, one_line, unescape_again


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "p h1 h2 h3 h4 h5 h6 li ul ol dl dt dd div section article aside blockquote table tbody thead tfoot "
    "tr pre center hr address main header footer details summary figure fieldset"
)
#: Without a class these are prose whatever they hold: nothing more need be asked of them.
_PLAIN = _names("p a em i strong b span div li ul h2 h3")
#: A cell ends a word, not a paragraph: a row is one paragraph.
_CELLS = frozenset(("td", "th"))
_NO_PROSE = _names(
    "script style noscript noembed noframes svg button select option input textarea label picture source img "
    "figcaption template head title meta link map canvas math dialog nav form"
)
_CARD_IN_MEDIA = ":scope > [class*=read-more]"
#: Sites whose code for a player has a line of its own beside it ("… from … on Vimeo").
_HAS_CAPTIONS = re.compile(
    r"(?:https?:)?//(?:[\w-]+\.)*(?:vimeo|dailymotion|soundcloud|flickr|imgur|scribd|reddit|rumble|odysee)\.com/?"
)
#: What is left of a player where a browser has saved the page.
_SAVED_FRAME = "iframe[src^='./'], iframe[src^='cid:']"
#: Blocks that whole texts are made of.
_PARAGRAPHS = _names("p h2 h3 h4 ul ol")
#: With these that somebody types in between.
_TYPED = _PARAGRAPHS | _names("blockquote table center")
#: What else may stand between the paragraphs behind a closing tag too many.
_BETWEEN = _PARAGRAPHS | _names("div blockquote table center script em strong b i a span br")
#: A paragraph that is nothing but words and links: it is taken without a walk through it.
_NOT_SIMPLE = f":not(a, em, i, strong, b, span), [class], {HIDDEN}"
_SIMPLE = f"p:not([class], {HIDDEN}, :has({_NOT_SIMPLE}))"
#: Blocks that no known layout has inside its text, whatever their class.
_UNUSUAL = _names("aside nav header footer main section article details dialog fieldset address h1 form")
#: Elements that show words which are not taken.
_SHOWS_WORDS = _names("form button label nav select textarea map math")
#: Elements of a table, and of a line: their classes say how they look.
_FREE = _names("tr tbody thead tfoot br hr wbr")
#: What an element inside a line stands in.
_LINES = _names("p h2 h3 h4 h5 h6 li dt dd td th a em i strong b span u q cite small font sub sup")
#: Parts and places for which a design has a box: "banner-top" is a banner's, "banner-year" is nobody's.
_PARTS = (
    "above|after|bar|before|below|block|bottom|box|button|buttons|container|content|footer|form|group|head|header|icon|"
    "icons|inline|inner|item|items|label|left|likes|line|link|links|list|lower|main|mobile|desktop|networks|panel|right|"
    "root|row|section|share|sharing|side|sidebar|signup|slot|text|thumbnails|title|toolbox|top|unit|widget|wrap|wrapper|"
    "zone|ad|js|article"
)


def class_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Finds classes of these names in a class attribute: whole names, their parts and forms.

    ``banner`` finds "banner", "banner__text", "banner_wide", "js-banner" and "banner-top", and not "banner-year";
    a component's name has its parts behind a hyphen: ``Cover`` finds "Cover-root".
    """
    found = sorted(names)
    blocks = "|".join(re.escape(name) for name in found if not name[:1].isupper()) or "(?!)"
    components = "|".join(re.escape(name) for name in found if name[:1].isupper()) or "(?!)"
    forms = rf"(?:(?:-(?:{_PARTS}|\d+))*(?:_[\w-]*|--[\w-]*)?)"
    return re.compile(rf"(?:^|\s)(?:(?:js-)?(?:{blocks}){forms}|(?:{components})(?:[-_][\w-]*)?)(?=\s|$)")


# Pictures and players with their captions: the players are embeds, the rest is not prose.
_MEDIA = _names("article__cover arcticle-media media article_img i-video video_block photo Cover RTImage Gallery") | {
    f"{box}{name}" for box in ("", "article__") for name in ("gallery", "slider", "carousel")
}
_BOILERPLATE = _names(
    "article__share article__tags article__tags-trends article__tags-public article__invitation article__social "
    "article__google-news article__short-url article__legal article__legal-disclaimer article__date "
    "article__breadcrumbs article__blog-autor article__banner article__tag article__subscribe short-url breadcrumbs "
    "addthis addthis_button sharebutton social social-likes tags-trends tags-public b-tags_trends "
    "news-block taboola banner banners newsletter subscribe subscription card-list card-rows Section comments "
    "hypercomments b-comments js-social breaking-news legal-disclaimer blog-autor Blog-author promo update_date "
    "clear clears clearboth i-clears poll quiz social-banner extension-browser main-promobox article-card "
    "promo-buttons podcast-xsmall-card spotim spot-im tolstoycomments-feed "
    # Of the other editions.
    "article__category article__comments article__crosslinks article-facebook arcticle-fb arcticle-tags crosslinks "
    "error-on-page follows-channel today-media sparrow sparrow-banner orphus widget editors-choice disclaimer rambler "
    "card_short-news listing__rows_short-news news-tags comments__rules article__socials "
    "smi2 smi24 infox mixi tolstoycomments article__facebook article__promo article__app article__watches "
    "adsbygoogle font-panel get-short-url fb-like fb-share ShareBlock GoogleNews SpotIM Tags Subscribe Subscription "
    "Banner RotatorBanners PopularNews Newsletter Comments Poll Quiz Breaking "
    "ArticleView-shares ArticleView-sharesInline ArticleView-share ArticleView-social ArticleView-tags "
    "ArticleView-authors ArticleView-timestamp ArticleView-googleNews ArticleView-rotatorBanners ArticleView-comments "
    "ArticleView-taboola ArticleView-subscribe"
)
_MEDIA_CLASS = class_pattern(_MEDIA)
_READ_MORE_CLASS = re.compile(
    r"(?:^|\s)(?:(?:arc?ticle__)?(?:[Rr]ead-more|ReadMore)(?=[\s_-]|$)|ArticleView-crosslink|Card-root(?=\s|$))"
)
_CARD_TITLE_CLASS = re.compile(
    r"(?:read-more__(?:footer|header|text-title)|read-more-big__title|Card-title|HeaderNews-root)"
)
# Classes with which word processors, old and new, mark what was pasted from them.
_PASTED = re.compile(
    r"Mso\w+|[ps]\d{1,2}|Default|western|Normal|Standard|Body\w?|ql-[\w-]+|rte\w+|(?:has-)?text-(?:align-)?\w+|align\w+|"
    r"selectionShareable|Apple-[\w-]+|docdata|js-[\w-]+|lazyload\w*|xl\d+|\[object.*"
)
#: Classes of prose in the text of the layouts that were read first; a layout names its own.
_PROSE = _names("text rtcode article__text summary quote table heading js-mediator-article")
_BREAK = "\x1e"  # white space to str.split(), and in no page: drop_invisible comes first
_PARAGRAPH_BREAK = re.compile(r"\x1e(?:\s*\x1e)+")
_LINE_STYLE = re.compile(r"(?:^|[;\s])display\s*:\s*(?:block|list-item|table)(?![\w-])", re.IGNORECASE)
#: Elements of one page that may be such: a real page has one or none.
_MAX_UNCLOSED = 20
#: Blocks of unknown kind that are named: where there are more, nothing of the layout is known.
_MAX_UNKNOWN = 20
#: Elements whose content a browser does not show.
_HIDES_CONTENT = frozenset(("video", "audio", "canvas", "dialog"))
#: Words of a paragraph that an element without its closing tag holds: fewer may be the element's own label.
_MIN_SWALLOWED_WORDS = 6


class BlockKind(StrEnum):
    """What an element of the body is."""

    PROSE = "prose"
    EMBED = "embed"
    CARD = "card"
    MEDIA = "media"
    BOILERPLATE = "boilerplate"
    NO_PROSE = "no prose"


class KnownClasses:
    """What a layout knows of the classes in its article's box, beside what all layouts share.

    ``boilerplate`` are names of what is no part of the article, ``prose`` whole names that blocks of prose have.
    """

    def __init__(self, boilerplate: frozenset[str] = frozenset(), prose: frozenset[str] = frozenset()) -> None:
        pattern = class_pattern(_BOILERPLATE | boilerplate)
        self._prose = _PROSE | prose
        # A site has some hundred class attributes, each on every page; a stranger's page may have any.
        self.kind = lru_cache(maxsize=4096)(partial(_kind_of, pattern))

    def is_boilerplate(self, classes: str) -> bool:
        """Whether a class attribute is that of no part of the article, such as a card of another one."""
        return self.kind(classes) in (BlockKind.BOILERPLATE, BlockKind.CARD)

    def is_card(self, element: Element) -> bool:
        """Whether an element's classes are those of a card of another article."""
        return self.kind(element.attr("class") or "") is BlockKind.CARD

    def unknown(self, classes: str) -> list[str]:
        """Of a block's classes those that no prose is known to have."""
        return [name for name in classes.split() if name not in self._prose and not _PASTED.fullmatch(name)]


def _kind_of(boilerplate: re.Pattern[str], classes: str) -> BlockKind:
    """What a class attribute says of an element."""
    if _READ_MORE_CLASS.search(classes):
        return BlockKind.CARD
    if _MEDIA_CLASS.search(classes):
        return BlockKind.MEDIA
    return BlockKind.BOILERPLATE if boilerplate.search(classes) else BlockKind.PROSE


_COMMON = KnownClasses()


@dataclass(slots=True)
class Body:
    """What a body holds, each in the page's order."""

    paragraphs: list[str] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    embeds: list[Embed] = field(default_factory=list)


@dataclass(slots=True)
class _Link:
    href: str
    element: Element

    @property
    def text(self) -> str:
        return text_of(self.element)


def read_body(
    nodes: Iterable[Node],
    document: Document,
    known: KnownClasses = _COMMON,
    without: Mapping[Element, str] | None = None,
) -> Body:
    """Read the body from its nodes: the children of its container, or siblings where it has none.

    What a field has claimed is passed over, and so is what ``without`` names, each with the reason; doubts about the
    rest go to the document's.
    """
    walker = _Walker(document, known, without or {})
    walker.walk(nodes)
    walker.flush()
    if walker.body.paragraphs and ends_cut(walker.body.paragraphs[-1]):
        document.doubts.add(Doubt.TEXT_CUT, f"the last paragraph breaks off: {walker.body.paragraphs[-1][-40:]}")
    return walker.body


def prose_behind(element: Element) -> Iterator[Node]:
    """The rest of a text whose container a closing tag too many has closed, and perhaps what is around it.

    Template elements have a class and end the rest; paragraphs that somebody typed have none. Nothing of the page's
    text stands directly behind its container in any layout.
    """
    around: Node | None = element
    while isinstance(around, Element) and around.tag != "body":
        for node in around.next_siblings:
            if not _may_go_on(node):
                return
            yield node
        around = around.parent


def _may_go_on(node: Node) -> bool:
    if not isinstance(node, Element):
        return True
    classes = node.attr("class") or ""
    if not classes:
        return node.tag in _BETWEEN
    return may_be_embed(node.tag, classes) or _READ_MORE_CLASS.search(classes) is not None


class _Walker:
    def __init__(self, document: Document, known: KnownClasses, without: Mapping[Element, str]) -> None:
        self.body = Body()
        self._doubts = document.doubts
        self._claimed = document.doubts.claimed
        self._known = known
        self._without = without
        self._urljoin = document.urljoin
        self._trace = document.trace
        self._parts: list[str] = []
        #: Where the paragraph began; for the trace.
        self._begun: Element | None = None
        self._anchors: list[Element] = []
        self._label_waits = self._lists_related = False
        #: Rows of data that are open: each is one paragraph.
        self._rows: list[Element] = []
        self._unclosed = 0
        self._unknown = 0

    def walk(self, nodes: Iterable[Node]) -> None:
        """Take in nodes and all under them."""
        stack: list[tuple[Element | None, Iterator[Node]]] = [(None, iter(nodes))]
        while stack:
            element, left = stack[-1]
            for node in left:
                if isinstance(node, Text):
                    self._add(node.data, element)
                elif isinstance(node, Element):
                    inside = self._open(node)
                    if inside is not None:
                        stack.append((node, iter(inside)))
                        break
            else:
                stack.pop()
                if element is not None:
                    self._close(element)

    def _add(self, text: str, element: Element | None) -> None:
        if self._begun is None:
            self._begun = element
        self._parts.append(text)

    def _open(self, element: Element) -> Iterable[Node] | None:
        """Begin an element: the nodes in it that are to be walked, or None when it is done with."""
        tag = element.tag
        if self._without and element in self._without:
            self._end_block()
            self._trace.skipped(element, self._without[element])
            return None
        if tag == "br":
            self._add(_BREAK, element)
            return None
        if element in self._claimed:
            self._pass_over(element, tag)
            return None
        if tag == "p" and not self._rows and element.matches(_SIMPLE):
            self._take_simple(element)
            return None
        if is_hidden(element):
            self._pass_over(element, tag)
            return None
        classes = element.attr("class") or ""
        if classes or tag not in _PLAIN:
            if tag == "sup" and (sign := raised(element)) is not None:
                self._add(sign, element)
                return None
            kind, embeds = self._classify(element, tag, classes)
            if kind is not BlockKind.PROSE:
                return self._take_whole(element, kind, embeds)
            self._doubt_block(element, tag, classes)
        return self._open_prose(element, tag)

    def _open_prose(self, element: Element, tag: str) -> Iterable[Node] | None:
        if tag == "a":
            if element.attr("href"):
                self._anchors.append(element)
        elif tag == "q":
            self._add(quotation_mark(element, "“"), element)
        elif tag in _BLOCKS:
            if tag == "p" and not self._rows and element.select_one(_NOT_SIMPLE) is None:
                self._take_simple(element)
                return None
            self._end_block()
            if tag == "tr" and _is_data_row(element):
                self._rows.append(element)
        elif tag == "span" and _is_line(element):
            self._end_block()
        return element

    def _take_simple(self, paragraph: Element) -> None:
        self._end_block()
        self._begun = paragraph
        self._add_piece(clean_text(paragraph.text), paragraph.select("a[href]"))
        self._begun = None

    def _pass_over(self, element: Element, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        if element not in self._claimed:
            self._trace.skipped(element, "hidden or deleted")

    def _doubt_block(self, element: Element, tag: str, classes: str) -> None:
        """Doubt a block of prose of a kind that is not known in a text."""
        if tag in _FREE or (tag not in _BLOCKS and _tag_of(element.parent) in _LINES):
            return
        unknown = self._known.unknown(classes)
        if (unknown or (tag in _UNUSUAL and not classes)) and self._unknown < _MAX_UNKNOWN and _has_prose(element):
            self._unknown += 1
            self._doubts.add(Doubt.UNKNOWN_BLOCK, f"<{tag}> of unknown kind {' '.join(unknown)}".rstrip(), element)

    def _doubt_words(self, element: Element, tag: str, swallowed: list[Node]) -> None:
        """Doubt an element that shows words which are not taken, or that holds what is taken all the same."""
        if swallowed:
            self._doubts.add(Doubt.UNKNOWN_BLOCK, f"paragraphs inside <{tag}>, which holds none", element)
        elif tag in _SHOWS_WORDS and (text := text_of(element)):
            is_cut = is_cut_line(text)
            self._doubts.add(Doubt.TEXT_CUT if is_cut else Doubt.UNKNOWN_BLOCK, f"<{tag}>: {text}", element)

    def _take_whole(self, element: Element, kind: BlockKind, embeds: list[Embed]) -> list[Node] | None:
        """Take, or skip, an element that is no prose: what is to be walked is prose that it should not hold."""
        tag = element.tag
        swallowed: list[Node] = []
        if kind is not BlockKind.BOILERPLATE and tag not in _HIDES_CONTENT and self._unclosed < _MAX_UNCLOSED:
            swallowed = _paragraphs_at_end(element, kind, self._known)
            if swallowed:
                self._unclosed += 1
                swallowed = swallowed if _is_end_of_text(element) else []
                later = {e.url for n in swallowed if isinstance(n, Element) for e in embeds_inside(n, self._urljoin)}
                embeds = [embed for embed in embeds if embed.url not in later]
        # What stands inside a line does not end the paragraph around it.
        if tag in _BLOCKS or kind is BlockKind.CARD or swallowed:
            self._end_block()
        if kind is BlockKind.CARD:
            self._take_card(element, swallowed)
        elif kind is BlockKind.NO_PROSE:
            self._trace.skipped(element, f"<{tag}> holds no prose")
            self._doubt_words(element, tag, swallowed)
        elif kind is not BlockKind.EMBED:
            self._trace.skipped(element, kind)
        elif not embeds:
            self._trace.skipped(element, "names no post or film")
            if element.matches(_SAVED_FRAME) or element.select_one(_SAVED_FRAME) is not None:
                self._doubts.add(Doubt.UNKNOWN_BLOCK, "a saved frame, which does not name its film", element)
        self.body.embeds += embeds
        for embed in embeds:
            self._trace.extracted("embeds", embed.url, embed.type, element)
        return swallowed or None

    def _classify(self, element: Element, tag: str, classes: str) -> tuple[BlockKind, list[Embed]]:
        """The element's kind, and the embeds that it is or holds."""
        if may_be_embed(tag, classes):
            embeds = embeds_of(element, self._urljoin)
            if embeds is not None:
                return BlockKind.EMBED, embeds
        kind = self._known.kind(classes) if classes else BlockKind.PROSE
        if kind is BlockKind.CARD or (tag == "blockquote" and _is_feed_card(element)):
            return BlockKind.CARD, []
        if tag in _NO_PROSE:
            return BlockKind.NO_PROSE, []
        if kind is BlockKind.MEDIA:
            # French pages have the card in a block of that class.
            if element.select_one(_CARD_IN_MEDIA) is not None:
                return BlockKind.CARD, []
            return kind, list(embeds_inside(element, self._urljoin))
        return kind, []

    def _close(self, element: Element) -> None:
        tag = element.tag
        if self._rows and self._rows[-1] == element:
            self._rows.pop()
        if tag in _BLOCKS or (tag == "span" and _is_line(element)):
            self._end_block()
        elif tag in _CELLS:
            self._add(" ", element)
        elif tag == "q":
            self._add(quotation_mark(element, "”"), element)

    def _end_block(self) -> None:
        if self._rows:
            self._parts.append(" ")
        elif self._parts or self._anchors:
            self.flush()

    def flush(self) -> None:
        """End the paragraph."""
        if not self._parts:
            self._anchors.clear()
            return
        raw = "".join(self._parts)
        anchors = self._anchors
        self._parts, self._anchors = [], []
        if "&" in raw:
            raw = unescape_again(raw)
        if raw.isspace():
            pass
        elif _BREAK not in raw:
            self._add_piece(clean_text(raw), anchors)
        else:
            for piece in _PARAGRAPH_BREAK.split(drop_invisible(raw)):
                for line in _lines_of(piece):
                    self._add_piece(line, anchors)
        self._begun = None

    def _add_piece(self, text: str, anchors: list[Element]) -> None:
        if not text:
            return
        if is_cut_line(text):
            self._doubts.add(Doubt.TEXT_CUT, f"the text says: {text}", self._begun)
            self._trace.skipped(self._begun, "pointer to the rest", text)
            return
        title = strip_related_label(text)
        if title != text or self._lists_related or " READ MORE: " in text:
            links = [_Link(href, a) for a in anchors if (href := a.attr("href"))]
            text = self._take_pointer(text, title, links)
            if not text:
                return
        prose = strip_boilerplate(text)
        self._trace.extracted("paragraphs", prose, "text", self._begun)
        if prose != text:
            self._trace.skipped(self._begun, "label or prompt", text.removeprefix(prose))
        if prose:
            self.body.paragraphs.append(prose)

    def _take_pointer(self, text: str, title: str, links: list[_Link]) -> str:
        """Take what a line says of other articles; what is left of it is prose."""
        # In capitals or with a colon it is a label whatever follows, else before a link and nothing more.
        if title != text and (is_related_line(text) or (links and title == _title_of(links))):
            self._add_related_line(text, links)
            return ""
        if self._lists_related:
            if links and self._add_listed(text, links):
                return ""
            self._lists_related = self._label_waits = False
        return self._cut_pointer(text, links) if " READ MORE: " in text else text

    def _cut_pointer(self, text: str, links: list[_Link]) -> str:
        """The paragraph without the read-more line that stands at its end with nothing between."""
        prose, _, pointer = text.rpartition(" READ MORE: ")
        if pointer in (strip_related_label(link.text) for link in links):
            self._add_related_line(pointer, links)
            return prose
        return text

    def _add_related_line(self, text: str, links: list[_Link]) -> None:
        title = strip_related_label(text)
        self._lists_related = True
        self._label_waits = not title
        if not title:
            return
        texts = [(strip_related_label(link.text), link.href) for link in links]
        matching = [(len(text), href) for text, href in texts if text and text in title]
        # A label split over two links, or a title beside an empty one: the first is as good.
        href = max(matching, key=lambda pair: pair[0])[1] if matching else next((h for _, h in texts if h), None)
        self._relate(title, href, None)

    def _add_listed(self, text: str, links: list[_Link]) -> bool:
        """Take a line that goes on with a list of related articles: nothing but links, and to articles."""
        words, parts = "".join(text.split()), ["".join(link.text.split()) for link in links]
        if words not in ("".join(parts), *parts):
            return False
        if not self._label_waits and any(article_url(self._urljoin(link.href)) is None for link in links):
            return False
        by_url = {link.href: link for link in links if link.text}
        if words == "".join(parts) and len(by_url) > 1:
            self._label_waits = False
            for href, link in by_url.items():
                self._relate(link.text, href, None)
        else:
            self._add_related_line(text, links)
        return True

    def _take_card(self, card: Element, swallowed: list[Node]) -> None:
        """The articles of a card, or of a box of several: one a link, whatever stands inside it."""
        links: dict[str, list[Element]] = {}
        of_prose = {a for node in swallowed if isinstance(node, Element) for a in node.iter_elements("a")}
        for a in card.iter_elements("a", include_self=True):
            href = a.attr("href")
            if href and a not in of_prose:
                links.setdefault(href, []).append(a)
        for href, anchors in links.items():
            texts = [_card_title(a) for a in anchors]
            title = max(texts, key=len) or (_card_title(card) if len(links) == 1 else "")
            self._relate(title, href, card)
        if not links:
            around = card.closest("a[href]")
            self._relate(_card_title(card), None if around is None else around.attr("href"), card)

    def _relate(self, title: str, href: str | None, card: Element | None) -> None:
        """``card`` is None for a line."""
        if title:
            url = self._urljoin(href) if href else ""
            is_web = url.startswith(("http://", "https://"))
            self.body.related.append(Related(title=title, url=url if is_web else None))
            where = self._begun if card is None else card
            self._trace.extracted("related", title, "line" if card is None else "card", where)


def _is_line(element: Element) -> bool:
    """Whether an element inside a line is shown as one of its own."""
    style = element.attr("style")
    return style is not None and _LINE_STYLE.search(style) is not None


def _title_of(links: list[_Link]) -> str:
    return strip_related_label(clean_text("".join(link.text for link in links)))


def _is_end_of_text(element: Element) -> bool:
    """Whether nothing of the text follows an element, as it is when its closing tag is missing."""
    return all(_is_blank(node) or not _may_go_on(node) for node in element.next_siblings)


def _paragraphs_at_end(element: Element, kind: BlockKind, known: KnownClasses) -> list[Node]:
    """What begins with a paragraph at an element's end: where its closing tag is missing, what should have followed it.

    Among the paragraphs may stand what may stand between them, and boxes of the template behind them.
    """
    found: list[Element] = []
    is_all = True
    for node in reversed(element.children):
        if _is_blank(node):
            continue
        if not isinstance(node, Element) or not (
            (node.tag in _TYPED and not node.attr("class"))
            or (not found and node.tag in _NO_PROSE and _ends_in_paragraph(node))
            or _is_known_box(node, known)
        ):
            is_all = False
            break
        found.append(node)
    if not found:
        return []
    found.reverse()
    own = _own_parts(found, kind, known) if is_all else int(any(_is_caption(node, kind) for node in found[:1]))
    prose = [node for node in found[own:] if not _is_known_box(node, known)]
    # A post, card or caption of nothing but paragraphs is one; one paragraph of a picture is its caption.
    if is_all and own == 0 and (kind is not BlockKind.NO_PROSE or element.tag == "figcaption"):
        return []
    if kind is BlockKind.MEDIA and len(prose) < 2:
        return []
    is_prose = any(node.tag in _NO_PROSE or _has_words(node, _MIN_SWALLOWED_WORDS) for node in prose)
    return list(found[own:]) if is_prose else []


def _own_parts(parts: list[Element], kind: BlockKind, known: KnownClasses) -> int:
    """How many of an element's parts are its own: its boxes, a card's title, a post's words and signature."""
    boxes = next((at for at, node in enumerate(parts) if not _is_known_box(node, known)), len(parts))
    titles = parts[boxes : boxes + (2 if kind is BlockKind.EMBED else 1)]
    # The words of a post have links of their own, before its signature.
    return max((boxes + at for at, node in enumerate(titles, 1) if _is_own(node, kind)), default=boxes)


def _is_known_box(node: Element, known: KnownClasses) -> bool:
    """Whether an element is a post, card, picture or box of the template, by its class."""
    classes = node.attr("class") or ""
    if not classes or node.tag not in _BLOCKS:
        return False
    is_known = known.kind(classes) is not BlockKind.PROSE or not known.unknown(classes)
    return is_known or may_be_embed(node.tag, classes)


def _is_own(paragraph: Element, kind: BlockKind) -> bool:
    """Whether a paragraph is a post's signature, or a card's title."""
    links = paragraph.select("a[href]")
    if kind is BlockKind.EMBED:
        return any(site_of(link.attr("href") or "") for link in links)
    return bool(links) and kind is BlockKind.CARD and text_of(links[-1]) == text_of(paragraph)


def _is_caption(paragraph: Element, kind: BlockKind) -> bool:
    """Whether a paragraph is a card's title, or the line of its site that a player's code has."""
    if kind is BlockKind.EMBED:
        return any(_HAS_CAPTIONS.match(link.attr("href") or "") for link in paragraph.select("a[href]"))
    return kind is BlockKind.CARD and _is_own(paragraph, kind)


def _ends_in_paragraph(element: Element) -> bool:
    """Whether the last thing in an element, or in what is last in it, is a paragraph."""
    last: Node | None = element
    while isinstance(last, Element) and last.tag in _NO_PROSE:
        last = next((node for node in reversed(last.children) if not _is_blank(node)), None)
    return isinstance(last, Element) and last.tag in _PARAGRAPHS and not last.attr("class")


def _has_words(node: Node, count: int) -> bool:
    """Whether there are so many words under a node: no more of it is read than that."""
    for text in node.strings:
        count -= len(text.split())
        if count <= 0:
            return True
    return False


def _has_prose(element: Element) -> bool:
    """Whether an element has words that no post in it has: posts and players stand in boxes of many names."""
    if element.select_one("blockquote, script, style") is None:
        return _has_words(element, 1)
    posts = set(element.select("blockquote, blockquote *, script, style"))
    return any(
        isinstance(node, Text) and node.data.strip() and node.parent not in posts for node in element.descendants
    )


def _tag_of(node: Node | None) -> str:
    return node.tag if isinstance(node, Element) else ""


def _is_blank(node: Node) -> bool:
    """Whether a node is neither words nor an element, but for an empty `<div>`."""
    if isinstance(node, Element):
        return node.tag == "div" and not node.children
    return not (isinstance(node, Text) and node.data.strip())


def _is_feed_card(quote: Element) -> bool:
    """The form that read-more cards have in the feed's full text: a quote with a label and a figure."""
    caption = quote.find("figcaption")
    return caption is not None and caption.find("a") is not None and text_of(quote).startswith("Read more")


def _card_title(part: Element) -> str:
    titles = (e for e in part.iter_elements(include_self=True) if _CARD_TITLE_CLASS.search(e.attr("class") or ""))
    title = next(titles, None)
    return text_of(title) if title is not None else strip_related_label(text_of(part))


def _is_data_row(row: Element) -> bool:
    """Whether a row is a line of a table; one whose cells hold paragraphs only lays out prose."""
    return all(
        len(cell.find_all(["p", "div", "li", "br"], limit=2)) < 2
        for cell in row
        if isinstance(cell, Element) and cell.tag in _CELLS
    )


def _lines_of(piece: str) -> list[str]:
    """A paragraph's lines where one break stands before a read-more line; else the paragraph, one line."""
    lines = [one_line(line) for line in piece.split(_BREAK)]
    if not any(is_related_line(line) for line in lines):
        return [one_line(piece)]
    merged: list[str] = []
    for line in filter(None, lines):
        if merged and not is_related_line(line) and not is_related_line(merged[-1]):
            merged[-1] += f" {line}"
        else:
            merged.append(line)
    return merged

"""What does not fit in a page's record, each with its reason: found while the page is read, and by comparing.

The parse claims what it reads, and rules name what they leave out; what is visible in the article's box and neither
claimed nor named is a doubt. Other witnesses of a headline, a date or authors are compared with the record, those that
stand on the page and those that the run has (listing cards, feeds) in the same way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from newscrawler.items import Article, Doubt
from newscrawler.pages.html import Element, Node, Text, is_hidden
from newscrawler.pages.prose import is_boilerplate_line, is_developing
from newscrawler.pages.text import clean_text
from newscrawler.pages.trace import Trace

#: Words on one line that are not yet prose: labels, counters, names of buttons.
MAX_UNCLAIMED_WORDS = 4
#: The same where a layout is known by facts alone: what has two words may be a field that nobody has told of.
MAX_LABEL_WORDS = 1
#: Fewer words than these are no headline: "RT", a section's name.
_MIN_HEADLINE_WORDS = 3
#: Printed times have no seconds.
_SAME_TIME = timedelta(seconds=90)
#: Elements whose text nobody reads, or which hold none.
_NO_WORDS = frozenset(
    (
        *("script", "style", "noscript", "template", "svg", "img", "picture", "source", "video", "audio", "iframe"),
        *("input", "select", "textarea", "link", "meta"),
    )
)
#: Elements that end a line of text.
_LINES = frozenset(
    (
        *("p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section", "article"),
        *("aside", "blockquote", "header", "footer", "nav", "form", "br"),
    )
)
#: Elements that somebody typed: several short ones may be the end of a text.
_TYPED = frozenset(("p", "li", "h2", "h3", "h4", "blockquote"))
_WORDS = re.compile(r"\w+")


class Witness(NamedTuple):
    """What another place than the record's own says of an article; what it does not say is empty."""

    source: str
    headline: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    authors: tuple[str, ...] = ()


class Doubts:
    """The doubts of one parse, and the elements whose text the parse has taken."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._found: set[Doubt] = set()
        self.claimed: set[Node | None] = set()

    @property
    def found(self) -> list[Doubt]:
        """Sorted, each once."""
        return sorted(self._found)

    def claim(self, *nodes: Node | None) -> None:
        """A field has taken what stands in these, or a rule has left it out."""
        self.claimed.update(nodes)

    def add(self, doubt: Doubt, reason: str, element: Element | None = None) -> None:
        """Doubt the record."""
        self._found.add(doubt)
        self._trace.doubted(doubt, reason, element)

    def check_box(self, box: Element, is_boilerplate: Callable[[str], bool], *, strictly: bool = False) -> None:
        """Doubt what an article's box shows beside its fields and the boilerplate, which is known by its classes.

        ``strictly``: also what is too short to be prose, for a layout of which no real page has been seen.
        """
        most = MAX_LABEL_WORDS if strictly else MAX_UNCLAIMED_WORDS
        short: list[str] = []
        for element, text in self._unclaimed(box, is_boilerplate):
            if is_cut_line(text):
                self.add(Doubt.TEXT_CUT, f"the page says: {text}", element)
            elif is_developing(text) or (len(text.split()) > most and not is_boilerplate_line(text)):
                self.add(Doubt.UNCLAIMED_TEXT, f"in no field: {text}", element)
            elif element.tag in _TYPED and not is_boilerplate_line(text):
                short.append(text)
        if len(" ".join(short).split()) > most:
            self.add(Doubt.UNCLAIMED_TEXT, f"in no field: {' | '.join(short)}", box)

    def _unclaimed(self, box: Element, is_boilerplate: Callable[[str], bool]) -> Iterator[tuple[Element, str]]:
        """The lines of text that nothing has claimed, each with the element in which it ends."""
        parts: list[str] = []
        stack: list[tuple[Element, Iterator[Node]]] = [(box, iter(box))]
        while stack:
            element, left = stack[-1]
            ends_line = False
            for node in left:
                if node in self.claimed:
                    continue
                if isinstance(node, Text):
                    parts.append(node.data)
                elif isinstance(node, Element) and node.tag not in _NO_WORDS:
                    classes = node.attr("class")
                    if (classes and is_boilerplate(classes)) or is_hidden(node):
                        continue
                    stack.append((node, iter(node)))
                    ends_line = node.tag in _LINES
                    break
            else:
                stack.pop()
                ends_line = element.tag in _LINES or not stack
            if ends_line and parts:
                text = clean_text("".join(parts))
                parts.clear()
                if text:
                    yield element, text


def compare(article: Article, witnesses: Iterable[Witness]) -> list[tuple[Doubt, str]]:
    """The doubts that other witnesses cast on a record, each with its reason.

    A headline is in doubt when several tell it and none tells the same: titles for search engines differ on good
    pages. A date is in doubt when any witness has another, authors when any names nobody whom the record names.
    """
    doubts: list[tuple[Doubt, str]] = []
    witnesses = list(witnesses)
    for witness in witnesses:
        for name, ours, theirs in (
            ("published_at", article.published_at, witness.published_at),
            ("modified_at", article.modified_at, witness.modified_at),
        ):
            if theirs is not None and ours is not None and abs(ours - theirs) >= _SAME_TIME:
                doubts.append((Doubt.DATE_DIFFERS, f"{name} is {ours}, {witness.source} says {theirs}"))
        if witness.authors and article.authors and not _share_a_person(article.authors, witness.authors):
            said = ", ".join(witness.authors)
            doubts.append((Doubt.AUTHOR_DIFFERS, f"{witness.source} names {said}"))
    headline = article.headline
    told = [witness for witness in witnesses if witness.headline]
    # Nearly always one has the very words.
    if headline and not any(witness.headline == headline for witness in told):
        doubts += _headline_doubts(headline, told)
    return doubts


def _headline_doubts(headline: str, witnesses: list[Witness]) -> Iterator[tuple[Doubt, str]]:
    told = [w for w in witnesses if len(_WORDS.findall(w.headline)) >= _MIN_HEADLINE_WORDS]
    if told and not any(same_headline(headline, w.headline) for w in told):
        said = "; ".join(f"{w.source}: {w.headline}" for w in told)
        yield Doubt.HEADLINE_DIFFERS, said


def words_of(text: str) -> list[str]:
    """The words of a text without punctuation and capitals."""
    return _WORDS.findall(text.casefold())


def same_headline(ours: str, theirs: str) -> bool:
    """Whether two headlines have the same words; a title may have the site's name after a dash."""
    theirs = _MARKUP.sub(" ", theirs)
    found = words_of(ours)
    return found in (words_of(theirs), words_of(_SITE_SUFFIX.sub("", theirs)))


_MARKUP = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_SITE_SUFFIX = re.compile(r"\s+[—–|-]\s+(?:RT|РТ|Russia Today)\b[^—–|]*$")


def similar_headline(ours: str, theirs: str) -> bool:
    """Whether two headlines may be of one article: half of the words of the shorter one are in the other."""
    first, second = set(words_of(ours)), set(words_of(theirs))
    return 2 * len(first & second) >= min(len(first), len(second))


def _name_words(name: str) -> frozenset[str]:
    """The words of a name without accents: a slug has none."""
    plain = unicodedata.normalize("NFD", name)
    return frozenset(words_of("".join(c for c in plain if not unicodedata.combining(c))))


def _share_a_person(first: Iterable[str], second: Iterable[str]) -> bool:
    """Whether two lists of names may have a person in common: slugs and bylines leave parts of names out."""
    ours, theirs = (frozenset().union(*map(_name_words, names)) for names in (first, second))
    return any(len(word) > 1 for word in ours & theirs)


_WHOLE_TEXT = (
    r"(?:ganzen?|vollst[aä]ndigen?|kompletten?) "
    r"(?:artikel|beitrag|text|bericht|kommentar|meldung|geschichte|analyse|nachricht|interview)"
)
_CUT_LINE = re.compile(
    r"\W*(?:(?:read|continue(?: reading)?|keep reading|see|view|show|load|open|click (?:here )?to read|tap to read)"
    r"(?: on)?(?: the)?(?: (?:full|whole|entire|complete|rest of the|remaining|more of (?:the|this)))?"
    r"(?: (?:story|article|text|report|piece|version|post))(?: here| below| now| in full| on (?:our )?\S+)?"
    r"|continue reading|keep reading|read (?:it )?in full|read on|(?:the )?(?:full|whole) (?:story|article|text) here"
    r"|to continue reading\b.{0,60}|subscribe to (?:continue|read)\b.{0,60}"
    # Gone, as pages with status 200 say it.
    r"|(?:this|sorry\W+(?:this|the)) (?:article|page|story|content|material|post)"
    r" (?:has been|was|is) (?:removed|deleted|withdrawn|unpublished|taken down|no longer available)\b.{0,30}"
    r"|(?:sorry\W+)?(?:this|the) (?:article|page) (?:is no longer available"
    r"|(?:could|can)(?:not|n['’]t| not) be found|does not exist)\b.{0,30}"
    # Spanish, French, German
    r"|(?:leer|lea|ver) (?:el |la )?(?:art[ií]culo|texto|nota|noticia) complet[oa]|(?:seguir|sigue|continuar) leyendo"
    r"|lire la suite(?: de l['’]article)?(?: sur .{1,40})?|lire l['’](?:article|int[eé]gralit[eé])(?: .{1,40})?"
    rf"|lesen sie (?:hier )?(?:den|die) {_WHOLE_TEXT}|(?:den |die )?{_WHOLE_TEXT} (?:hier )?lesen"
    # Russian, Serbian in both scripts, Arabic
    r"|(?:читать|читайте) (?:далее|дальше|полностью|продолжение)(?: (?:на|в) .{1,40})?"
    r"|(?:прочитајте|читајте) (?:цео|целу|даље)(?: \w+)?|(?:pročitajte|čitajte) (?:ceo|celu|dalje)(?: \w+)?"
    r"|(?:материал|статья|страница|новость) (?:удал[её]н[ао]?|не найден[ао]?|больше не доступн[ао]?)"
    r"|(?:لقراءة|اقرأ) (?:المقالة?|الخبر) (?:كامل[اةً]*|بالكامل))\W*",
    re.IGNORECASE,
)
_CUT_END = re.compile(
    r"(?:\[\s*(?:…|\.\.\.|\. \. \.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|(?:…|\.\.\.)\s*"
    r"(?:read|continue|lire la suite|leer m[aá]s|seguir leyendo|weiterlesen|читать)\b.{0,30})\W*$",
    re.IGNORECASE,
)


def is_cut_line(line: str) -> bool:
    """Whether a line says that the text goes on elsewhere: "read the full story" and its kin."""
    return len(line) < 80 and _CUT_LINE.fullmatch(line) is not None


def ends_cut(paragraph: str) -> bool:
    """Whether a text's last paragraph breaks off."""
    return _CUT_END.search(paragraph[-60:]) is not None


#: Broken places in a text that may be mended, and the most characters that one of them stands for.
_MAX_BROKEN_PLACES = 50
_MAX_BROKEN_LENGTH = 4
_WORD_FIELDS = ("headline", "lead", "paragraphs", "text", "word_count", "content_hash")


def mend_bytes(article: Article, earlier: Mapping[str, Any]) -> None:
    """Give an article the words of its earlier record where U+FFFD is all in which they differ."""
    ours = "".join(f"{article.headline} {article.text}".split())
    theirs = "".join(f"{earlier['headline']} {earlier['text']}".split())
    if _is_broken_form(ours, theirs):
        for name in _WORD_FIELDS:
            setattr(article, name, earlier[name])


def _is_broken_form(broken: str, whole: str) -> bool:
    parts = re.split("\ufffd+", broken)
    if not 1 < len(parts) <= _MAX_BROKEN_PLACES:
        return False
    starts = {0}
    ends: set[int] = set()
    for part in parts:
        ends = {start + len(part) for start in starts if whole.startswith(part, start)}
        starts = {end + length for end in ends for length in range(_MAX_BROKEN_LENGTH + 1)}
    return len(whole) in ends

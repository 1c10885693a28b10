"""From a response's bytes to the tree that a browser builds of them.

The only module that names the parser, turbohtml (docs/extend/decisions.md says why that one). Its trees are at most
513 elements deep, and Chromium's 512: what is nested deeper becomes a sibling, so that no walk needs a bound of
its own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

import turbohtml
from scrapy.http import TextResponse
from turbohtml import Comment, Element, Node, Text

from newscrawler.pages.text import clean_text

__all__ = [
    "HIDDEN",
    "Comment",
    "Element",
    "Node",
    "Text",
    "classes_of",
    "decoded",
    "is_hidden",
    "parse_html",
    "quotation_mark",
    "raised",
    "source_of",
    "text_of",
]

# When a page's tree is freed, glibc gives the heap's end back to the system, and has it again for the next page by 25
# page faults, which take 30 to 120 microseconds. It keeps twice the largest block that was freed and had a mapping of
# its own (mallopt(3), M_MMAP_THRESHOLD), such as this one.
bytes(1 << 20)

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
#: Of so many words beyond ASCII one in UTF-8 makes a page UTF-8: in other charsets hardly any looks like it.
_MAX_BROKEN = 10
#: Elements whose text nobody reads.
_UNREAD = frozenset(("script", "style", "noscript", "svg", "template"))
#: What ends a word in a line of text: a line break, or the edge of a block.
_WORD_ENDS = frozenset(("br", "p", "div", "li", "h1", "h2", "h3", "h4", "td", "th", "tr", "blockquote"))
#: A cheap first look, in CSS: what may be hidden, deleted, raised or quoted. Classes hide, too.
HIDDEN = "[hidden], [style], [aria-hidden], del, s, strike, sup, q"
_NOT_PLAIN = ",".join((*_UNREAD, *_WORD_ENDS, HIDDEN, "[class]"))
#: What somebody has struck out, and what is there for scripts.
_NOT_SHOWN = frozenset(("del", "s", "strike", "template"))
_MAY_HIDE = ",".join(("[hidden], [style], [aria-hidden]", *sorted(_NOT_SHOWN)))
_HIDING_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:font-size|opacity)\s*:\s*0(?![.\d])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{4,}px|clip\s*:\s*rect\(\s*[01](?:px)?[\s,])",
    re.IGNORECASE,
)
# Names that the common style sheets give to text for screen readers, and to what is not shown at all.
_HIDING_CLASS = re.compile(
    r"(?:^|\s)(?:u-|is-|a11y-|js-)?(?:(?:visually|element|screen-?reader)[-_]?(?:hidden|invisible|only|text)|hiddenVisually|"
    r"sr-only|screen-reader|hidden|hide|d-none|display-none|invisible|assistive-text|offscreen|off-screen)(?=\s|$)",
    re.IGNORECASE,
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_QUOTED = re.compile(r"\s*[\"'“”„«‘‹]")


def parse_html(source: str, *, scripting: bool = True) -> Element | None:
    """The page's root element; None when there is nothing to make one of.

    With scripting, as a browser parses: what stands in ``<noscript>`` is not shown, and closes nothing.
    """
    if not source or source.isspace():
        return None
    return turbohtml.parse(source, positions=False, scripting=scripting).root


def source_of(response: TextResponse) -> str:
    """The page as text."""
    return decoded(response)[0]


def decoded(response: TextResponse) -> tuple[str, bool]:
    """The page as text, and whether its charset is a guess against what it declares.

    Bytes that are good UTF-8 are nothing else, whatever the page declares: no other charset's words look like it. So a
    page with words in UTF-8 is UTF-8, too, where a stray byte or a widget in another charset breaks it: what is
    broken becomes U+FFFD.
    """
    body = response.body
    # A page in UTF-16 is good UTF-8, too, with a null after each letter.
    if b"\0" in body:
        return response.text.replace("\0", "").removeprefix("\ufeff"), False
    try:
        return body.decode("utf-8").removeprefix("\ufeff"), False
    except UnicodeDecodeError:
        pass
    words = _BEYOND_ASCII.findall(body)
    if len(words) <= _MAX_BROKEN * sum(_is_utf8(word) for word in words):
        return body.decode("utf-8", "replace").removeprefix("\ufeff"), False
    if codecs.lookup(response.encoding).name == "utf-8":
        return body.decode(_charset_of(words, body), "replace"), True
    return response.text.removeprefix("\ufeff"), False


def _charset_of(words: list[bytes], body: bytes) -> str:
    """The charset of words that are not UTF-8: whole words beyond ASCII are Cyrillic or Arabic."""
    if sum(map(len, words)) < 3 * len(words):
        return "cp1252"
    return "cp1256" if b'lang="ar' in body or b'dir="rtl' in body else "cp1251"


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def classes_of(element: Element) -> list[str]:
    """The element's classes."""
    return (element.attr("class") or "").split()


def text_of(element: Element | None) -> str:
    """All text under an element, cleaned; "" for None. Scripts and styles are no text, blocks end words."""
    if element is None:
        return ""
    if element.select_one(_NOT_PLAIN) is None:
        return clean_text(element.text)
    return clean_text("".join(_pieces(element)))


def is_hidden(element: Element) -> bool:
    """Whether a reader does not see an element: hidden, for screen readers only, or struck out.

    What is for eyes only (aria-hidden) is ornament or says again what other text says.
    """
    classes = element.attr("class")
    if classes and _hides(classes):
        return True
    # One call in place of four: nearly no element has any of these.
    if not element.matches(_MAY_HIDE):
        return False
    if element.tag in _NOT_SHOWN or element.attr("hidden") is not None or element.attr("aria-hidden") == "true":
        return True
    style = element.attr("style")
    return bool(style and _HIDING_STYLE.search(style))


@lru_cache(maxsize=4096)
def _hides(classes: str) -> bool:
    return _HIDING_CLASS.search(classes) is not None


def raised(element: Element) -> str | None:
    """A number in <sup> as raised digits: an exponent or a footnote's sign is no part of the word before it."""
    text = element.text.strip()
    return text.translate(_RAISED) if text.isascii() and text.isdigit() and len(text) < 4 else None


def quotation_mark(element: Element, mark: str) -> str:
    """The mark that a browser puts at an edge of <q>; "" where the text has its own."""
    return "" if _QUOTED.match(element.text) else mark


def _pieces(element: Element) -> Iterator[str]:
    """The texts under an element, with a space for each edge of a block."""
    stack: list[tuple[str, Iterator[Node]]] = [("", iter(element))]
    while stack:
        end, nodes = stack[-1]
        for node in nodes:
            if isinstance(node, Text):
                yield node.data
            elif isinstance(node, Element) and node.tag not in _UNREAD and not is_hidden(node):
                if node.tag == "sup" and (sign := raised(node)) is not None:
                    yield sign
                    continue
                before, after = (" ", " ") if node.tag in _WORD_ENDS else ("", "")
                if node.tag == "q":
                    before, after = quotation_mark(node, "“"), quotation_mark(node, "”")
                yield before
                stack.append((after, iter(node)))
                break
        else:
            stack.pop()
            yield end

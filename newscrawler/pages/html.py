"""From a response's bytes to the tree that a browser builds of them.

The only module that names the parser, turbohtml (docs/extend/decisions.md says why that one). Its trees are at most
513 elements deep, and Chromium's 512: what is nested deeper becomes a sibling, so that no walk needs a bound of
its own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from email import message_from_bytes
from functools import lru_cache
from typing import NamedTuple

import turbohtml
from scrapy.http import TextResponse
from turbohtml import Comment, Element, Node, Text
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

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
    "saved_html",
    "source_of",
    "text_of",
]

# When a page's tree is freed, glibc gives the heap's end back to the system, and has it again for the next page by 25
# page faults, which take 30 to 120 microseconds. It keeps twice the largest block that was freed and had a mapping of
# its own (mallopt(3), M_MMAP_THRESHOLD), such as this one.
bytes(1 << 20)

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_BEYOND_ASCII_TEXT = re.compile(r"[^\x00-\x7f]+")
#: Letters that UTF-8 has where it was taken for Windows-1252 or Latin-1 and encoded again; a cheap first look.
_TWICE = re.compile(rb"\xc3(?:[\x82\x83\x90\x91\x98\x99]\xc2|\xa2(?:\xc2\x80|\xe2\x82\xac))")
_WINDOWS_1252 = {ord(bytes([n]).decode("cp1252")): n for n in range(0x80, 0xA0) if n not in b"\x81\x8d\x8f\x90\x9d"}
#: Of so many words beyond ASCII one in UTF-8 makes a page UTF-8: in other charsets hardly any looks like it.
_MAX_BROKEN = 10
#: Header lines of a message, of which one names a page and its parts.
_MHTML = re.compile(rb"(?:[A-Z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){1,30}?Content-Type: multipart/related", re.IGNORECASE)
#: Elements whose text nobody reads.
_UNREAD = frozenset(("script", "style", "noscript", "noembed", "noframes", "svg", "template"))
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
    r"|(?:left|top|text-indent)\s*:\s*-(?:\d{4,}px|999px|\d{3,}(?:r?em|%|vw))|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0\s*\))",
    re.IGNORECASE,
)
# In small letters, as the next two; but for letters that show their background.
_NO_COLOUR = re.compile(r"(?:^|[;\s])color\s*:\s*transparent")
# Together with "overflow: hidden".
_NO_SIZE = re.compile(r"(?:^|[;\s])(?:max-height|height|width)\s*:\s*[01](?:px)?\s*(?:!important\s*)?(?:;|$)")
# Where a box has room by its padding, a player fills it.
_ROOM = re.compile(r"padding(?:-(?:top|bottom))?\s*:(?!\s*0(?:px)?\s*(?:;|!|$))")
# Names that the common style sheets give to text for screen readers, and to what is not shown at all.
_HIDING_CLASS = re.compile(
    r"(?:^|\s)(?:u-|is-|a11y-|js-)?(?:(?:visually|element|screen-?reader)[-_]?(?:hidden|invisible|only|text)|hiddenVisually|"
    r"sr-only|screen-reader|hidden|hide|d-none|display-none|invisible|assistive-text|offscreen|off-screen)(?=\s|$)",
    re.IGNORECASE,
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SINGLE = str.maketrans("“”", "‘’")
_QUOTED = re.compile(r"\s*[\"'“”„«‘‹]")


def parse_html(source: str, *, scripting: bool = True) -> Element | None:
    """The page's root element; None when there is nothing to make one of.

    With scripting, as a browser parses: what stands in ``<noscript>`` is not shown, and closes nothing.
    """
    if not source or source.isspace():
        return None
    return turbohtml.parse(source, positions=False, scripting=scripting).root


def saved_html(body: bytes) -> bytes:
    """The HTML of a page that a browser has saved: as it is, or the first page of its single file (MHTML)."""
    if not _MHTML.match(body):
        return body
    try:
        parts = list(message_from_bytes(body).walk())
    except RecursionError:  # parts in parts, hundreds deep: no browser's
        return body
    pages = (part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/html")
    return next((page for page in pages if isinstance(page, bytes)), body)


def source_of(response: TextResponse) -> str:
    """The page as text."""
    return decoded(response).text


class Decoded(NamedTuple):
    """A page as text."""

    text: str
    #: Whether its charset is a guess: against what it declares, or where it declares none.
    is_guess: bool = False
    #: Whether some of its letters may have been encoded twice.
    has_twice: bool = False


def decoded(response: TextResponse) -> Decoded:
    """The page as text.

    Bytes that are good UTF-8 are nothing else, whatever the page declares: no other charset's words look like it. So a
    page with words in UTF-8 is UTF-8, too, where a stray byte or a widget in another charset breaks it: what is
    broken becomes U+FFFD.
    """
    body = response.body
    # A page in UTF-16 is good UTF-8, too, with a null after each letter.
    if b"\0" in body:
        return Decoded(response.text.replace("\0", "").removeprefix("\ufeff"))
    try:
        text = body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    else:
        # Few English pages have that byte, and to look for it takes a tenth as long.
        if b"\xc3" not in body or _TWICE.search(body) is None:
            return Decoded(text)
        once = _decoded_twice(text)
        return Decoded(text, has_twice=True) if once is None else Decoded(once, is_guess=True)
    words = _BEYOND_ASCII.findall(body)
    if len(words) <= _MAX_BROKEN * sum(_is_utf8(word) for word in words):
        return Decoded(body.decode("utf-8", "replace").removeprefix("\ufeff"))
    if codecs.lookup(response.encoding).name == "utf-8":
        return Decoded(body.decode(_charset_of(words, body), "replace"), is_guess=True)
    if not _declares_charset(response):
        # What Latin words are is guessed worse than by their letters alone.
        charset = _charset_of(words, body)
        return Decoded(body.decode(charset if charset == "cp1252" else response.encoding, "replace"), is_guess=True)
    return Decoded(response.text.removeprefix("\ufeff"))


def _declares_charset(response: TextResponse) -> bool:
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return bool(http_content_type_encoding(kind) or html_body_declared_encoding(response.body))


def _decoded_twice(text: str) -> str | None:
    """The text of a page that was encoded twice: UTF-8, taken for another charset and encoded again.

    None where most of its words beyond ASCII were not.
    """
    words = _BEYOND_ASCII_TEXT.findall(text)
    once = {word: _once(word) for word in set(words)}
    if 2 * sum(once[word] is not None for word in words) <= len(words):
        return None
    return _BEYOND_ASCII_TEXT.sub(lambda word: once[word[0]] or word[0], text)


def _once(word: str) -> str | None:
    """A word's bytes in the charset that its letters are of, as UTF-8; None when they are none."""
    try:
        return word.translate(_WINDOWS_1252).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


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
    return bool(style and _is_hiding(style))


def _is_hiding(style: str) -> bool:
    if _HIDING_STYLE.search(style):
        return True
    style = style.lower()
    if _NO_COLOUR.search(style):
        return "background-clip" not in style
    return _NO_SIZE.search(style) is not None and "hidden" in style and _ROOM.search(style) is None


@lru_cache(maxsize=4096)
def _hides(classes: str) -> bool:
    return _HIDING_CLASS.search(classes) is not None


def raised(element: Element) -> str | None:
    """A number in <sup> as raised digits: an exponent or a footnote's sign is no part of the word before it."""
    text = element.text.strip()
    return text.translate(_RAISED) if text.isascii() and text.isdigit() and len(text) < 4 else None


def quotation_mark(element: Element, mark: str) -> str:
    """The mark that a browser puts at an edge of <q>, a single one inside another; "" where the text has its own."""
    if _QUOTED.match(element.text):
        return ""
    around = element.parent
    return mark.translate(_SINGLE) if isinstance(around, Element) and around.closest("q") is not None else mark


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

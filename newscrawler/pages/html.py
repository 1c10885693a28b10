"""From a response's bytes to the tree that a browser builds of them.

The only module that names the parser, turbohtml (docs/extend/decisions.md says why that one). Its trees are at most
513 elements deep, and Chromium's 512: what is nested deeper becomes a sibling, so that no walk needs a bound of
its own.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import turbohtml
from scrapy.http import TextResponse
from turbohtml import Comment, Element, Node, Text

from newscrawler.pages.text import clean_text

__all__ = ["Comment", "Element", "Node", "Text", "classes_of", "parse_html", "source_of", "text_of"]

#: Elements whose text nobody reads.
_UNREAD = frozenset(("script", "style", "noscript", "svg", "template"))
#: What ends a word in a line of text: a line break, or the edge of a block.
_WORD_ENDS = frozenset(("br", "p", "div", "li", "h1", "h2", "h3", "h4", "td", "th", "tr", "blockquote"))
_NOT_PLAIN = ",".join((*_UNREAD, *_WORD_ENDS))


def parse_html(source: str, *, scripting: bool = True) -> Element | None:
    """The page's root element; None when there is nothing to make one of.

    With scripting, as a browser parses: what stands in ``<noscript>`` is not shown, and closes nothing.
    """
    if not source or source.isspace():
        return None
    return turbohtml.parse(source, positions=False, scripting=scripting).root


def source_of(response: TextResponse) -> str:
    """The page as text. Bytes that are good UTF-8 are nothing else, whatever the page declares."""
    body = response.body
    # A page in UTF-16 is good UTF-8, too, with a null after each letter.
    if b"\0" in body:
        return _declared_text(response).replace("\0", "")
    try:
        source = body.decode("utf-8")
    except UnicodeDecodeError:
        source = _declared_text(response)
    return source.removeprefix("\ufeff")


def _declared_text(response: TextResponse) -> str:
    """The page in the encoding that it declares, or in windows-1252 where it claims UTF-8 and is mostly not.

    A page in UTF-8 with a stray bad byte stays UTF-8 (the byte becomes U+FFFD), and so does one that is cut
    in the middle of a character: there, more characters beyond ASCII are well formed than broken.
    """
    if codecs.lookup(response.encoding).name == "utf-8":
        text = response.body.decode("utf-8", "surrogateescape")
        beyond_ascii = [c for c in text if not c.isascii()]
        broken = sum("\udc80" <= c <= "\udcff" for c in beyond_ascii)
        if broken > len(beyond_ascii) - broken:
            return response.replace(encoding="cp1252").text
    return response.text


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


def _pieces(element: Element) -> Iterator[str]:
    """The texts under an element, with a space for each edge of a block."""
    stack: list[tuple[str, Iterator[Node]]] = [("", iter(element))]
    while stack:
        end, nodes = stack[-1]
        for node in nodes:
            if isinstance(node, Text):
                yield node.data
            elif isinstance(node, Element) and node.tag not in _UNREAD:
                edge = " " if node.tag in _WORD_ENDS else ""
                yield edge
                stack.append((edge, iter(node)))
                break
        else:
            stack.pop()
            yield end

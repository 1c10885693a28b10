"""From a page's bytes to its tree."""

from __future__ import annotations

import codecs
import re
from collections import Counter

from lxml import etree
from scrapy.http import TextResponse

# libxml2 gives up on a page at 2,048 open elements and says so only in its log: all that follows is lost.
_TOO_DEEP = "Excessive depth"
#: Depth to which such a page is flattened, far beyond any real one.
_KEPT_DEPTH = 256
_TAG = re.compile(
    # What is not closed goes on to the page's end, and need not be looked for again.
    rb"<!--(?:.*?-->|.*)|<(script|style|textarea|title)\b(?:.*?</\1\s*>|.*)|"
    rb"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?:[^>\"']|\"[^\"]*\"|'[^']*')*+(?:>|.*)",
    re.IGNORECASE | re.DOTALL,
)
_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr".split())


def tree_of(body: bytes) -> etree._Element | None:
    """The page, in UTF-8, as a tree; None when there is nothing to make one of.

    Plain lxml elements: the classes of lxml.html are looked up anew for each element that is touched.
    """
    root, log = _parse(body)
    if any(_TOO_DEEP in entry.message for entry in log[-1:]):
        root, _ = _parse(_flattened(body))
    return root


def utf8_of(response: TextResponse) -> bytes:
    """The page in UTF-8. Bytes that are good UTF-8 are nothing else, whatever the page declares.

    They stay as they are: decoding and encoding them again costs a tenth of the parse.
    """
    body = response.body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(response)
    return _decoded(response) if b"\0" in body else body.removeprefix(codecs.BOM_UTF8)


def _decoded(response: TextResponse) -> bytes:
    return repaired(response).text.encode("utf-8", "replace").replace(b"\0", b"")


def _parse(body: bytes) -> tuple[etree._Element | None, list[etree._LogEntry]]:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None, []
    return root, list(parser.error_log)


def _flattened(body: bytes) -> bytes:
    """The source without the tags that open elements below _KEPT_DEPTH, and without those that close them."""
    open_names: list[bytes] = []
    open_counts: Counter[bytes] = Counter()

    def keep(match: re.Match[bytes]) -> bytes:
        name = (match["name"] or b"").lower()
        if not name or name in _VOID:
            return match[0]
        if not match["end"]:
            open_names.append(name)
            open_counts[name] += 1
            return match[0] if len(open_names) <= _KEPT_DEPTH else b" "
        if not open_counts[name]:
            return match[0]
        closed = None
        while closed != name:
            closed = open_names.pop()
            open_counts[closed] -= 1
        return match[0] if len(open_names) < _KEPT_DEPTH else b" "

    return _TAG.sub(keep, body)


# --- encoding ---


def repaired(response: TextResponse) -> TextResponse:
    """The response, decoded as windows-1252 where it claims UTF-8 and is mostly not.

    A page in UTF-8 with a stray bad byte stays UTF-8 (the byte becomes U+FFFD), and so does one that is cut
    in the middle of a character: there, more characters beyond ASCII are well formed than broken.
    """
    if codecs.lookup(response.encoding).name != "utf-8":
        return response
    try:
        response.body.decode("utf-8")
    except UnicodeDecodeError:
        text = response.body.decode("utf-8", "surrogateescape")
        beyond = [c for c in text if not c.isascii()]
        broken = sum("\udc80" <= c <= "\udcff" for c in beyond)
        if broken > len(beyond) - broken:
            return response.replace(encoding="cp1252")
    return response

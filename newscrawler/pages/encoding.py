"""Pages whose bytes are not in the encoding they claim."""

from __future__ import annotations

import codecs

from scrapy.http import TextResponse


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

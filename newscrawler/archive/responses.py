"""From a stored answer to the response that a crawl would have had."""

from __future__ import annotations

from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from newscrawler.archive.records import Page

#: Never of the stored body: it is without transfer encoding, and of the length that it has.
_OF_THE_CONNECTION = ("transfer-encoding", "content-length")
_GZIP = b"\x1f\x8b"


def response_of(page: Page, url: str) -> Response:
    """The answer to a request for ``url``; a Content-Encoding is left for HttpCompressionMiddleware to undo."""
    headers = Headers()
    for name, value in page.headers:
        if name.lower() not in _OF_THE_CONNECTION:
            headers.appendlist(name, value)
    if not _is_encoded(page.body, headers):
        headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=headers, url=url, body=page.body)
    # A page that was not modified is the page that was stored before.
    status = 200 if page.status == 304 else page.status
    return kind(url=url, status=status, headers=headers, body=page.body)


def _is_encoded(body: bytes, headers: Headers) -> bool:
    """Whether the body can be what Content-Encoding says: many crawlers store the page decoded and keep the header."""
    names = b",".join(headers.getlist("Content-Encoding")).lower()
    if not names or body.lstrip()[:1] == b"<":
        return False
    return b"gzip" not in names or b"," in names or body.startswith(_GZIP)

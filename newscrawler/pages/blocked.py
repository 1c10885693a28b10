"""Pages and answers that mean no. What a server says with 403 it may also say with 200 and a script."""

from __future__ import annotations

import re

from scrapy.http import Response, TextResponse

_BY_STATUS = {401: "login", 403: "forbidden", 429: "too_many_requests", 451: "legal_reasons"}
# Source: SITE.md section 9 (DDoS-Guard's script page of March 2022); the others are the marks that the common
# guards print in the title or in the addresses of their scripts.
_TITLE = re.compile(
    rb"<title>\s*(?:ddos-guard|just a moment|attention required|checking your browser|access denied|please wait|"
    rb"are you (?:a )?human)"
)
_MARKS = (
    b"/.well-known/ddos-guard",
    b"/cdn-cgi/challenge",
    b"check.ddos-guard.net",
    b"cf-browser-verification",
    b'id="ddg-',
    b"id='ddg-",
    b"g-recaptcha",
    b"hcaptcha",
)
#: A challenge is a small page; an article that tells of one is not.
_CHALLENGE_BYTES = 100_000


def refusal(response: Response) -> str | None:
    """The kind of refusal that the answer's status states, or None."""
    return _BY_STATUS.get(response.status)


def challenge(response: Response) -> str | None:
    """The word challenge when the page is a guard's test instead of content. Ask it of unknown layouts only."""
    if len(response.body) > _CHALLENGE_BYTES or not isinstance(response, TextResponse):
        return None
    # Plain searches: one expression for all, blind to case, took 1.6 ms of every listing page.
    body = response.body.lower()
    return "challenge" if _TITLE.search(body) or any(mark in body for mark in _MARKS) else None

"""Pages and answers that mean no. What a server says with 403 it may also say with 200 and a script."""

from __future__ import annotations

import re

from scrapy.http import Response, TextResponse

_BY_STATUS = {401: "login", 403: "forbidden", 429: "too_many_requests", 451: "legal_reasons"}
# Source: SITE.md section 9 (DDoS-Guard's script page of March 2022); the others are the marks that the common
# guards print in the title or in the addresses of their scripts.
_CHALLENGE = re.compile(
    rb"<title>\s*(?:ddos-guard|just a moment|attention required|checking your browser|access denied|"
    rb"please wait|are you (?:a )?human)|/\.well-known/ddos-guard|/cdn-cgi/challenge|check\.ddos-guard\.net|"
    rb"cf-browser-verification|id=[\"']ddg-|g-recaptcha|hcaptcha",
    re.IGNORECASE,
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
    return "challenge" if _CHALLENGE.search(response.body) else None

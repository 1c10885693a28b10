"""The ways in which the site may say no to everything: statuses, pages, redirects, and lists with nothing in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.replica import odd_pages
from tests.replica.layouts import chrome
from tests.replica.layouts.common import PageContext

#: Status, body, headers.
Refusal = tuple[int, bytes, dict[str, str]]
#: What the site asks for where it sends Retry-After, in seconds.
RETRY_AFTER = 3600

REFUSALS = (
    "unauthorized",
    "forbidden",
    "too_many_requests",
    "too_many_requests_until",
    "too_many_requests_plain",
    "legal_reasons",
    "unavailable_until",
    "challenge_200",
    "challenge_202",
    "challenge_503",
    "login_wall",
    "login_redirect",
    "country_200",
    "country_403",
    "country_451",
    "country_redirect",
    "empty",
    "blank",
)
#: Robots files that can't be had, by what comes instead.
ROBOTS_REFUSALS = ("forbidden", "too_many_requests", "challenge", "markup", "long", "utf16")

_PLAIN = {
    "unauthorized": 401,
    "forbidden": 403,
    "too_many_requests": 429,
    "too_many_requests_until": 429,
    "too_many_requests_plain": 429,
    "legal_reasons": 451,
    "unavailable_until": 503,
}


def refuse(kind: str, path: str, context: PageContext) -> Refusal | None:
    """The answer to any path; None where this kind lets the request through."""
    if kind in _PLAIN:
        return _PLAIN[kind], odd_pages.plain("Request refused", context).encode(), _when(kind)
    name, _, how = kind.partition("_")
    if name == "challenge":
        return int(how), odd_pages.challenge().encode(), {"Server": "ddos-guard"}
    if name == "login":
        redirect = how == "redirect" and not path.startswith("/login")
        return (302, b"", {"Location": "/login/?next=" + path}) if redirect else (200, login(context).encode(), {})
    if name == "country":
        redirect = how == "redirect" and not path.startswith("/unavailable")
        status = int(how) if how.isdigit() else 200
        return (302, b"", {"Location": "/unavailable/"}) if redirect else (status, country().encode(), {})
    return _nothing(kind, path, context)


def refuse_robots(mode: str) -> Refusal | None:
    """What comes in place of the robots file; None for the modes in which it comes."""
    match mode:
        case "forbidden":
            return 403, b"", {}
        case "too_many_requests":
            return 429, b"", {"Retry-After": str(RETRY_AFTER)}
        case "challenge":
            return 200, odd_pages.challenge().encode(), {"Server": "ddos-guard"}
        case "markup":
            return 200, b"<!DOCTYPE html><html><head><title>Hello</title></head><body><p>Hello.</p></body></html>", {}
        case "long":
            # The rule that counts is within the first 500 KiB, what would undo it is beyond.
            filler = b"Disallow: /nowhere/%06d/\n"
            lines = b"".join(filler % number for number in range(21_000))
            return 200, b"User-agent: *\nDisallow: /\n" + lines + b"Allow: /\nAllow: /news/\n", {}
        case "utf16":
            return 200, "User-agent: *\r\rDisallow: /\r".encode("utf-16"), {}
    return None


def login(context: PageContext) -> str:
    """A page with a form to log in, among the site's boilerplate."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>Sign in</title></head><body>{chrome.sprite()}<div class="layout">
{chrome.header(chrome.MENU_2022, "")}<div class="layout__content "><h1 class="heading">Sign in to read on</h1>
<form method="post" action="/login/"><input type="email" name="email"><input type="password" name="password"><button>Sign in</button></form>
</div>{chrome.footer(context.now.year)}</div></body></html>
"""


def country() -> str:
    """A page that says that the reader is in the wrong place."""
    return """<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>Not available</title></head><body><main>
<h1>Sorry!</h1><p>This website is currently not available in your country.</p></main></body></html>
"""


def _when(kind: str) -> dict[str, str]:
    if kind.endswith("_until"):
        # Of the client's clock, whatever time it is on the site.
        return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=RETRY_AFTER), usegmt=True)}
    return {"Retry-After": str(RETRY_AFTER)} if kind == "too_many_requests" else {}


def _nothing(kind: str, path: str, context: PageContext) -> Refusal | None:
    """Lists without entries; stories can still be read."""
    is_feed = path.startswith("/rss")
    is_list = path.count("/") == 2 and path.endswith("/")
    if not (is_feed or is_list or path.endswith(".xml")):
        return None
    if kind == "blank":
        return 200, b"", {"Content-Type": "text/xml; charset=UTF-8"} if not is_list else {}
    xml = {"Content-Type": "text/xml; charset=UTF-8"}
    if is_feed:
        return 200, b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>', xml
    if path.endswith(".xml"):
        return 200, b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', xml
    return 200, odd_pages.plain("News", context).encode(), {}

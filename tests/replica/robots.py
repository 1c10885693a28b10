"""The robots file, in RT's own words or in others that a test may need."""

from __future__ import annotations

from tests.replica.story import HOST

_DISALLOWED = [
    "/search*",
    "/preview*",
    "/register*",
    "/login*",
    "/requestresetpass*",
    "/*/video/",
    "/shortcode/",
    "/preview/",
    "/api/",
    "/rtmobile/",
    "/listing/",
    "/widget/",
    "/schedulejson/",
    "/vote/",
    "*?",
]
_ALLOWED = ("/static/fonts/icon/", "/static/css/", "/static/js/")


def robots_txt(mode: str, host: str = HOST) -> str:
    """The text for the modes `rt`, `open` and `deny`."""
    if mode == "open":
        rules = ["User-agent: *", "Allow: /"]
    elif mode == "deny":
        rules = ["User-agent: *", "Disallow: /"]
    else:
        rules = []
        for agent in ("*", "Googlebot", "bingbot"):
            rules.append(f"User-agent: {agent}")
            rules += [f"Disallow: {path}" for path in _DISALLOWED]
            rules += [f"Allow: {path}" for path in _ALLOWED]
            rules.append("")
    return "\n".join([*rules, f"Sitemap: {host}/sitemap.xml", f"Sitemap: {host}/newssitemap.xml", ""])

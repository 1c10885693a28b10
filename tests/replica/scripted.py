"""Pages that need a browser: filled by script, behind a cookie wall, never at rest. Switched on by name."""

from __future__ import annotations

import html as entities
import json
import re

#: Name -> what it does to the section pages and the articles.
WAYS = {
    "listing": "the cards of a section page come out of a script of the page itself",
    "fetched": "the cards of a section page are fetched by script from /listing/",
    "shell": "an article is an empty page that a script of the site fills",
    "listing-wall": "a wall covers section pages until cookies are accepted, and the page comes only then",
    "wall": "the same on articles",
    "boilerplate": "pictures, fonts, frames, beacons and foreign scripts on every page",
    "endless": "articles poll the site without end, change all the time, open windows and dialogs",
    "loop": "a script of the articles never returns",
}
#: The script that fills an empty page.
SHELL_SCRIPT = "/static/js/page.js"
POLL_PATH = "/static/js/poll"

_SHELL = """document.addEventListener('DOMContentLoaded', function () {
    var page = JSON.parse(document.getElementById('state').textContent);
    setTimeout(function () { document.open(); document.write(page); document.close(); }, 400);
});
"""
_LIST = re.compile(
    r'(<(?:ul class="listCard-rows js-listing__list"|dl class="js-listing__list")>)(.*?)(</(?:ul|dl)></div>)', re.S
)
_BODY = re.compile(r"(<body[^>]*>)(.*)(</body>)", re.S)


def parse_ways(text: str) -> frozenset[str]:
    """`none` or a list with commas; ValueError names what is unknown."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip()) - {"none"}
    if unknown := sorted(names - WAYS.keys()):
        raise ValueError(f"unknown way {', '.join(unknown)} (known: {', '.join(WAYS)})")
    return names


def script(path: str) -> str | None:
    """The site's own scripts."""
    if path == SHELL_SCRIPT:
        return _SHELL
    return "1" if path.startswith(POLL_PATH) else None


def listing_page(page: str, ways: frozenset[str], first_fragment: str) -> str:
    """A section page that a browser must finish."""
    if "listing" in ways:
        page = _LIST.sub(lambda found: found[1] + found[3] + _insert(json.dumps(found[2])), page)
    elif "fetched" in ways:
        page = _LIST.sub(lambda found: found[1] + found[3] + _fetch(first_fragment), page)
    return _any_page(page, ways, "listing-wall")


def article(page: str, ways: frozenset[str]) -> str:
    """An article that a browser must finish."""
    if "endless" in ways:
        page = _BODY.sub(lambda body: body[1] + body[2] + _ENDLESS + body[3], page)
    if "loop" in ways:
        page = _BODY.sub(lambda body: body[1] + body[2] + "<script>while (true) {}</script>" + body[3], page)
    page = _any_page(page, ways, "wall")
    if "shell" not in ways:
        return page
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>RT</title><script src="{SHELL_SCRIPT}"></script></head>
<body><div id="root"></div><script type="application/json" id="state">{_json(page)}</script></body></html>
"""


def _any_page(page: str, ways: frozenset[str], wall: str) -> str:
    if "boilerplate" in ways:
        page = _BODY.sub(lambda body: body[1] + _FURNITURE + body[2] + body[3], page)
    if wall in ways:
        page = _BODY.sub(lambda body: body[1] + _wall(body[2]) + body[3], page)
    return page


def _json(text: str) -> str:
    """A JSON string that can stand in a script element."""
    return json.dumps(text).replace("<", "\\u003c")


def _insert(cards: str) -> str:
    cards = cards.replace("<", "\\u003c")
    return (
        "<script>setTimeout(function () { document.querySelector('.js-listing__list')"
        f".insertAdjacentHTML('beforeend', {cards}); }}, 300);</script>"
    )


def _fetch(address: str) -> str:
    return (
        f"<script>fetch('{address}').then(function (answer) {{ return answer.text(); }}).then(function (cards) {{"
        " document.querySelector('.js-listing__list').insertAdjacentHTML('beforeend', cards); });</script>"
    )


def _wall(body: str) -> str:
    """What was the body stands escaped in an attribute until the button is pressed."""
    return (
        '<div class="cookies-wall" style="position:fixed;inset:0;z-index:9999;background:#fff"><p>This website uses cookies.</p>'
        '<button type="button" class="cookies-wall__button">Accept all</button></div>'
        f'<div id="behind" hidden data-page="{entities.escape(body)}"></div>'
        "<script>document.querySelector('.cookies-wall__button').addEventListener('click', function () {"
        " var behind = document.getElementById('behind'); document.querySelector('.cookies-wall').remove();"
        " var range = document.createRange(); range.selectNode(document.body);"
        " document.cookie = 'cookies=all';"
        " behind.replaceWith(range.createContextualFragment(behind.dataset.page)); });</script>"
    )


_FURNITURE = """<img src="/files/own-picture.jpg" alt=""><img src="https://pictures.invalid/foreign.jpg" alt="">
<video src="/files/own-film.mp4"></video><link rel="stylesheet" href="/static/css/own.css">
<style>@font-face { font-family: Own; src: url(/static/fonts/own.woff2); } body { font-family: Own; background: url(/files/back.png); }</style>
<script src="https://scripts.invalid/tracker.js"></script><script src="/api/tracker.js"></script>
<iframe src="https://frames.invalid/frame.html"></iframe><iframe src="/about-us/"></iframe>
<script>fetch('https://beacons.invalid/beacon').catch(function () {}); fetch('/search?q=beacon').catch(function () {});
navigator.sendBeacon('/vote/beacon', 'x'); fetch('/static/js/post', {method: 'POST', body: 'x'}).catch(function () {});
try { new WebSocket('wss://sockets.invalid/socket'); } catch (error) {}</script>
"""

_ENDLESS = f"""<p id="ticker"></p><script>
(function poll() {{ fetch('{POLL_PATH}' + Math.random()).then(poll, poll); }})();
setInterval(function () {{ document.getElementById('ticker').textContent += ' tick'; }}, 20);
setInterval(function () {{ window.open('https://windows.invalid/'); }}, 200);
setTimeout(function () {{ alert('Subscribe'); confirm('Really?'); }}, 50);
setTimeout(function () {{ location.href = 'https://elsewhere.invalid/'; }}, 100);
window.addEventListener('beforeunload', function (event) {{ event.preventDefault(); event.returnValue = 'stay'; }});
</script>"""

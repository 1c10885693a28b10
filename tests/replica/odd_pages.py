"""Pages that are no articles, or not quite: challenge, unknown layout, truncated, huge, shows."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tests.replica.layouts import chrome, grid
from tests.replica.layouts.common import PageContext
from tests.replica.spans import text_html
from tests.replica.story import Story
from tests.replica.text import Newswire

_NAMED = re.compile(r"&(?:[lr][sd]quo|[nm]dash|nbsp|shy|eacute|ntilde);")


def challenge() -> str:
    """A 200 answer that is really a check of the browser."""
    return """<!DOCTYPE html><html><head><title>DDOS-GUARD</title><meta charset="utf-8"><meta name="robots" content="noindex">
<script src="/.well-known/ddos-guard/js-challenge/index.js"></script></head><body data-ddg-origin="true"><div id="ddg-l10n-title">Checking your browser before accessing www.rt.com</div>
<p id="ddg-l10n-description">Please wait a few seconds. Once this check is complete, the website will open automatically</p>
<noscript><p>Please allow JavaScript and cookies to continue</p></noscript><script>document.cookie="__ddg1_=x";setTimeout(function(){location.reload()},5000);</script></body></html>
"""


def unknown_layout(story: Story) -> str:
    """The story in a design that does not exist yet; its Open Graph data are as ever."""
    prose = "".join(f'<div class="Prose-line">{text_html(text)}</div>' for text in story.paragraphs)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>{text_html(story.headline)} — RT World News</title>
<meta property="og:title" content="{html.escape(story.headline)}"><meta property="og:type" content="article"><meta property="og:url" content="{story.url}">
<link rel="canonical" href="{story.url}"></head><body><main class="Story-root" data-story="{story.number}"><header class="Story-top"><h1 class="Story-title">{text_html(story.headline)}</h1>
<span class="Story-moment">{story.published_at:%d/%m/%Y}</span></header><section class="Story-prose">{prose}</section></main></body></html>
"""


def truncated(story: Story, context: PageContext) -> bytes:
    """The page cut off in the middle of its body."""
    page = grid.render(story, context).encode()
    start = page.index(b'<div class="article__text')
    end = page.index(b'<div class="article__share', start)
    return page[: (start + end) // 2]


def windows_1252(story: Story, context: PageContext) -> bytes:
    """The page in windows-1252, while the header and the page's own meta say UTF-8."""
    page = _NAMED.sub(lambda match: html.unescape(match[0]), grid.render(story, context))
    return page.encode("cp1252", errors="xmlcharrefreplace")


def huge(story: Story, context: PageContext, size: int) -> tuple[int, Iterator[bytes]]:
    """The exact length of a page padded to about `size` bytes, and its pieces: nothing of it is kept."""
    page = grid.render(story, context).encode()
    cut = page.index(b'<div class="layout__footer">')
    wire = Newswire(story.number)
    piece = (f'<div class="banners"><!-- {wire.sentence()} -->' + "x" * 65_000 + "</div>\n").encode()
    count = max(0, size - len(page)) // len(piece) + 1

    def pieces() -> Iterator[bytes]:
        yield page[:cut]
        for _ in range(count):
            yield piece
        yield page[cut:]

    return len(page) + count * len(piece), pieces()


def show(story: Story, context: PageContext, kind: str) -> str:
    """A page about a programme: a title and a player, no article."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>{text_html(story.headline)} — RT {kind.capitalize()}s</title>
<meta property="og:type" content="video.other"><link rel="canonical" href="{story.url}"></head><body>{chrome.sprite()}<div class="layout">
{chrome.header(chrome.MENU_2022, "/shows/")}<div class="layout__content "><div class="Grid-root"><div class="program"><h1 class="program__title">{text_html(story.headline)}</h1>
<div class="program__description">{text_html(story.description)}</div><div class="rtcode"><iframe src="https://www.youtube.com/embed/programme01"></iframe></div></div></div></div>
{chrome.podcasts()}{chrome.footer(context.now.year)}</div></body></html>
"""


def plain(title: str, context: PageContext) -> str:
    """Any other page of the site, such as /about-us/."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>{text_html(title)} — RT</title></head><body>{chrome.sprite()}<div class="layout">
{chrome.header(chrome.MENU_2022, "")}<div class="layout__content "><h1 class="heading">{text_html(title)}</h1></div>{chrome.footer(context.now.year)}</div></body></html>
"""

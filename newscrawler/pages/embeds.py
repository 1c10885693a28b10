"""Posts and players from elsewhere inside a body.

RT wraps them in ``div.rtcode`` from 2016; before, they are siblings of the paragraphs (SITE.md section 1 and
appendices). A misspelt class is seen, so a quote counts by its place and its link, not by its class alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from newscrawler.items import Embed
from newscrawler.pages.document import strings, xpath

_TYPES = (
    ("tweet", re.compile(r"(?:^|\.)(?:twitter|x)\.com$")),
    ("youtube", re.compile(r"(?:^|\.)(?:youtube(?:-nocookie)?\.com|youtu\.be)$")),
    ("instagram", re.compile(r"(?:^|\.)instagram\.com$")),
    ("facebook", re.compile(r"(?:^|\.)facebook\.com$")),
    ("telegram", re.compile(r"(?:^|\.)(?:t\.me|telegram\.me|telegram\.org)$")),
    ("vk", re.compile(r"(?:^|\.)(?:vk\.com|vkvideo\.ru|vk\.ru)$")),
    ("tiktok", re.compile(r"(?:^|\.)tiktok\.com$")),
)
_STATUS = re.compile(r"^(?:https?:)?//(?:[a-z]+\.)?(?:twitter|x)\.com/(?:[^/]+|i/web)/status(?:es)?/\d+", re.IGNORECASE)
_WIDGET_CLASS = re.compile(
    r"twitter-(?:tweet|video)|instagram-media|tiktok-embed|fb-(?:post|video)|reddit-|telegram-|imgur-embed",
    re.IGNORECASE,
)


_PROSE = xpath("descendant::text()[not(parent::script or parent::style)]")


def may_be_embed(tag: str, classes: str) -> bool:
    """A cheap first look: whether ``is_embed`` is worth asking."""
    return tag in ("blockquote", "iframe", "video", "audio", "script") or (
        bool(classes) and ("rtcode" in classes or _WIDGET_CLASS.search(classes) is not None)
    )


def is_embed(element: etree._Element) -> bool:
    """Whether an element is a player, or holds a post that its site's script would draw."""
    if element.tag in ("iframe", "video", "audio"):
        return True
    if element.tag == "script":
        return element.get("data-telegram-post") is not None
    classes = element.get("class") or ""
    if "rtcode" in classes.split():
        return next(_players(element), None) is not None or _has_script_only(element)
    if _WIDGET_CLASS.search(classes):
        return True
    return element.tag == "blockquote" and _status_link(element) is not None and _ends_with_status(element)


def embeds_of(element: etree._Element, urljoin: Callable[[str], str]) -> Iterator[Embed]:
    """The embeds that an element is or holds, in order; addresses absolute."""
    for player in _players(element):
        href = _address_of(player)
        url = urljoin(href) if href else ""
        if url.startswith(("http://", "https://")):
            yield Embed(type=_type_of(player, url), url=url)


def _players(element: etree._Element) -> Iterator[etree._Element]:
    covered: etree._Element | None = None
    for node in element.iter("blockquote", "iframe", "video", "audio", "div", "script"):
        if covered is not None and covered in node.iterancestors():
            continue
        if node.tag == "div" and not _WIDGET_CLASS.search(node.get("class") or ""):
            continue
        if node.tag == "script" and not node.get("data-telegram-post"):
            continue
        if _address_of(node):
            covered = node
            yield node


def _address_of(node: etree._Element) -> str | None:
    if node.tag == "script":
        return f"https://t.me/{node.get('data-telegram-post')}"
    if node.tag in ("iframe", "video", "audio"):
        return node.get("src") or node.get("data-src") or next((s.get("src") for s in node.iter("source")), None)
    for attribute in ("data-instgrm-permalink", "data-href", "cite"):
        if node.get(attribute):
            return node.get(attribute)
    status = _status_link(node)
    if status:
        return status
    links = [a.get("href") for a in node.iter("a") if (a.get("href") or "").startswith(("http", "//"))]
    return links[-1] if links else None


def _status_link(node: etree._Element) -> str | None:
    """The link to the post itself: the last one to a status, since posts quote others."""
    links = [a.get("href") or "" for a in node.iter("a")]
    return next((href for href in reversed(links) if _STATUS.match(href.strip())), None)


def _ends_with_status(quote: etree._Element) -> bool:
    links = [a.get("href") or "" for a in quote.iter("a")]
    return bool(links) and _STATUS.match(links[-1].strip()) is not None


def _has_script_only(element: etree._Element) -> bool:
    return element.find(".//script") is not None and not "".join(strings(_PROSE, element)).strip()


def _type_of(node: etree._Element, url: str) -> str:
    if node.tag in ("video", "audio"):
        return str(node.tag)
    parts = urlsplit(url)
    if parts.path.lower().endswith((".mp4", ".m3u8", ".webm")):
        return "video"
    if parts.path.lower().endswith((".mp3", ".ogg")):
        return "audio"
    host = parts.hostname or ""
    for name, pattern in _TYPES:
        if pattern.search(host):
            return name
    return "iframe" if node.tag == "iframe" else "quote"

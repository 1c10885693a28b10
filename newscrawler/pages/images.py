"""The cover picture's largest address.

Sizes: SITE.md section 1 (pictures) and appendices. One picture is offered in many sizes under folder names;
lists for retina screens count pixels double, so folders are compared, not the widths they claim.
"""

from __future__ import annotations

import re

from lxml import etree

from newscrawler.pages.document import Document

_FOLDERS = ("xxs", "xs", "thumbnail", "m", "l", "article", "xxl", "original")
_FOLDER = re.compile(r"/files/\d{4}\.\d\d/([a-z]+)/")
# Before 2016 a cut of the picture has its size between name and ending: 2.si.jpg, 2.n.jpg, 2.op.jpg.
_OLD_CUT = re.compile(r"\.[a-z]{1,2}\.(?:jpe?g|png|gif)$", re.IGNORECASE)
_NO_PICTURE = re.compile(r"^data:|placeholder_|/static/|\.svg$")
_FROM_SET = re.compile(r"(?:^|,)\s*((?:https?:)?/[^\s,]+)")


def largest(document: Document, cover: etree._Element | None) -> str | None:
    """Absolute address of the largest size among those that the cover and og:image offer, or None."""
    offered = [] if cover is None else _offered(cover)
    social = document.metas.get("og:image")
    candidates = [url for url in [*offered, *([social] if social else [])] if not _NO_PICTURE.search(url)]
    best = max(candidates, key=_rank, default=None)
    url = document.urljoin(best) if best else ""
    if not url.startswith(("http://", "https://")):
        return None
    if best in offered:
        return document.note("image.url", url, f"largest of {len(candidates)} addresses", cover)
    return document.note("image.url", url, "meta og:image")


def _offered(cover: etree._Element) -> list[str]:
    urls: list[str] = []
    # By descent: lxml does not know that `source` is void and nests the img in it.
    for node in cover.iter("source", "img", "video"):
        for name in ("data-srcset", "srcset"):
            urls += _FROM_SET.findall(node.get(name) or "")
        urls += [value for name in ("data-src", "src", "poster") if (value := node.get(name))]
    return [url.strip() for url in urls if not url.lower().split("?")[0].endswith((".mp4", ".m3u8", ".webm"))]


def _rank(url: str) -> int:
    folder = _FOLDER.search(url)
    if folder:
        return _FOLDERS.index(folder[1]) if folder[1] in _FOLDERS else -1
    return -1 if _OLD_CUT.search(url) else len(_FOLDERS)

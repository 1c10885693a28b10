"""Posts and players from elsewhere inside a body, and the cover picture.

RT wraps them in ``div.rtcode`` from 2016; before, they are siblings of the paragraphs (docs/extend/site.md#media). A
misspelt class occurs, so a quote counts by its place and its link, not by its class alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from newscrawler.editions import tidy_url
from newscrawler.items import Embed
from newscrawler.pages.document import Document
from newscrawler.pages.html import Element, classes_of, text_of

_TYPES = (
    ("tweet", re.compile(r"(?:^|\.)(?:twitter|x)\.com$")),
    ("youtube", re.compile(r"(?:^|\.)(?:youtube(?:-nocookie)?\.com|youtu\.be)$")),
    ("instagram", re.compile(r"(?:^|\.)instagram\.com$")),
    ("facebook", re.compile(r"(?:^|\.)facebook\.com$")),
    ("telegram", re.compile(r"(?:^|\.)(?:t\.me|telegram\.me|telegram\.org)$")),
    ("vk", re.compile(r"(?:^|\.)(?:vk\.com|vkvideo\.ru|vk\.ru)$")),
    ("tiktok", re.compile(r"(?:^|\.)tiktok\.com$")),
    ("bluesky", re.compile(r"(?:^|\.)bsky\.app$")),
    ("threads", re.compile(r"(?:^|\.)threads\.(?:net|com)$")),
    ("truthsocial", re.compile(r"(?:^|\.)truthsocial\.com$")),
)
# Mastodon runs on thousands of hosts, and its posts' URLs have one form.
_MASTODON_POST = re.compile(r"https?://[^/]+/(?:@[\w.-]+(?:@[\w.-]+)?|users/[\w.-]+/statuses)/\d+(?:/embed)?$")
#: Networks whose frame of a post is the post's URL and "/embed".
_POSTS_IN_FRAMES = ("mastodon", "truthsocial")
_BLUESKY_URI = re.compile(r"at://([^/]+)/app\.bsky\.feed\.post/([^/?#]+)")
_REDDIT_POST = re.compile(r"https?://(?:\w+\.)?reddit\.com/r/\w+/comments/")
_STATUS = re.compile(
    r"(?:https?:)?//(?:[a-z]+\.)?(?:twitter|x)\.com/(?:#!/)?(?:[^/]+|i/web)/status(?:es)?/\d+", re.IGNORECASE
)
_WIDGET_CLASS = re.compile(
    r"twitter-(?:tweet|video|timeline|moment)|instagram-media|tiktok-embed|fb-(?:post|video)|reddit-|telegram-post|"
    r"imgur-embed|video-link-autoprocess|bluesky-embed|mastodon-embed|text-post-media|truthsocial-embed|"
    r"YouTubeEmbed|media__youtube-frame|podcast-view-card",
    re.IGNORECASE,
)
# A post's own script names the post in place of a link, a player's names the film.
_VK_POST = re.compile(r"vk_post_(-?\d+)_(\d+)")
# A script's words first, films among them after: looked for in one go, the end of one was sought from each "http".
_WORD_IN_SCRIPT = re.compile(r"[^\s\"'<>\\]+")
_HTTP = re.compile(r"https?://")
# How a tweet's text ends, just before the link to it.
_SIGNATURE = re.compile(r"\(@\w+\)")
_FRAMES = ("iframe", "video", "audio", "embed")
_PLAYERS = (*_FRAMES, "blockquote", "div", "a", "script")
#: A code block that shows a player is code to its end, unless somebody typed an article's length beside it.
_CAPTION_LENGTH = 300
_DEEP_IN_CODE = ".rtcode " * 4 + ".rtcode"
_TYPED = ("p", "li", "td", "h2", "h3", "h4", "blockquote")


# A player or post, and where it plays from or stands.
_Player = tuple[Element, list[str]]


def may_be_embed(tag: str, classes: str) -> bool:
    """A cheap first look: whether ``embeds_of`` is worth asking."""
    return tag in ("blockquote", "iframe", "video", "audio", "script", "object", "embed") or (
        bool(classes) and ("rtcode" in classes or _is_widget(classes))
    )


# The same few class attributes on every page; a stranger's page may have any.
@lru_cache(maxsize=1024)
def _is_widget(classes: str) -> bool:
    return _WIDGET_CLASS.search(classes) is not None


def embeds_of(element: Element, urljoin: Callable[[str], str]) -> list[Embed] | None:
    """The embeds of an element that is a player, or holds a post that its site's script would draw.

    None when it is neither, and prose.
    """
    classes = element.attr("class") or ""
    if "rtcode" in classes.split():
        # Each is judged by all that it holds; in this many, one in the other, nothing is.
        if element.matches(_DEEP_IN_CODE):
            return None
        players = list(_players(element))
        return list(_embeds(players, urljoin)) if _is_code(element, players) else None
    if element.tag == "blockquote" and not _is_widget(classes) and not _player_urls(element):
        return None
    return list(_embeds(_players(element), urljoin))


def embeds_inside(element: Element, urljoin: Callable[[str], str]) -> list[Embed]:
    """The embeds that stand in an element, in order; URLs absolute."""
    return list(_embeds(_players(element), urljoin))


def _embeds(players: Iterable[_Player], urljoin: Callable[[str], str]) -> Iterator[Embed]:
    for player, hrefs in players:
        for href in hrefs:
            url = _without_tracking(_shown_at(urljoin(href)))
            if url.startswith(("http://", "https://")) and not _NO_PLAYER.match(url):
                try:
                    kind = _type_of(player, url)
                except ValueError:  # no URL: a bracket in its host is not closed
                    continue
                yield Embed(type=kind, url=url.removesuffix("/embed") if kind in _POSTS_IN_FRAMES else url)


def _players(element: Element) -> Iterator[_Player]:
    """Players and posts with their URLs; what stands inside one is its own."""
    in_code = "rtcode" in classes_of(element)
    inside: set[Element] = set()
    for node in element.iter_elements(_PLAYERS, include_self=True):
        if node in inside:
            continue
        hrefs = _player_urls(node, in_code)
        if hrefs:
            inside.update(node.iter_elements(_PLAYERS))
            yield node, hrefs


def _player_urls(node: Element, in_code: bool = False) -> list[str]:
    tag, classes = node.tag, node.attr("class")
    if tag == "script" or tag in _FRAMES or (classes and _is_widget(classes)):
        return list(_urls_of(node))
    if tag == "blockquote" and (_is_tweet(node) or (in_code and _is_known_post(node))):
        return list(_urls_of(node))
    return []


def _is_known_post(quote: Element) -> bool:
    return any(site_of(href) for href in _urls_of(quote))


def _is_tweet(quote: Element) -> bool:
    """Whether a quote without a class is a tweet: signed, and ending with the link to its status.

    A quotation in prose may end with such a link, or with a tweet, too.
    """
    if quote.find("blockquote") is not None:
        return False
    links = [a.attr("href") or "" for a in quote.iter_elements("a")]
    return bool(links) and _STATUS.match(tidy_url(links[-1])) is not None and bool(_SIGNATURE.search(text_of(quote)))


def _is_code(block: Element, players: list[_Player]) -> bool:
    """Whether a code block holds a post, player or script, and not prose that somebody typed into it."""
    if players:
        if len(block.text) < _CAPTION_LENGTH:
            return True
        theirs = sum(len(text_of(player)) for player, _ in players if player.tag != "script")
        return len(text_of(block)) - theirs < _CAPTION_LENGTH
    return block.find("script") is not None and not any(text_of(e) for e in block.iter_elements(_TYPED))


def _urls_of(node: Element) -> Iterator[str]:
    """Where a player plays from or a post stands; a script may start several players."""
    if node.tag == "script":
        yield from _urls_in_script(node)
    elif node.tag in _FRAMES:
        sources = (node.attr("src"), node.attr("data-src"), *(s.attr("src") for s in node.iter_elements("source")))
        yield from [src for src in sources if src and not _OF_COPY.match(src)][:1]
    else:
        named = _named_by(node) if node.matches(_NAMES_ITS_POST) else None
        href = named or (node.attr("href") if node.tag == "a" else _link_of(node))
        if href:
            yield href


# Nothing yet, or a file that a browser has put beside the page which it saved.
_OF_COPY = re.compile(r"about:|data:|blob:|cid:|file:|\./")
_PERMALINKS = (
    "data-instgrm-permalink",
    "data-text-post-permalink",
    "data-embed-url",
    "data-href",
    "cite",
    "data-youtubesrc",
    "data-src",
)
_NAMES_ITS_POST = ", ".join(f"[{name}]" for name in (*_PERMALINKS, "data-bluesky-uri", "data-youtubeid", "id"))
# A frame of a post names the post; scripts, and browsers that save what these have drawn, leave the frame alone.
_TWEET_FRAME = re.compile(r"https?://platform\.(?:twitter|x)\.com/embed/.*[?&#]id=(\d+)")
#: Frames that show advertising, or nothing.
_NO_PLAYER = re.compile(
    r"https?://(?:[\w-]+\.)*(?:doubleclick\.net|googlesyndication\.com|googletagmanager\.com|googleadservices\.com"
    r"|adfox\.ru|taboola\.com|outbrain\.com)/"
)
_YOUTUBE_ID = re.compile(r"[\w-]{11}")
#: Parameters that say who shared a post, and where.
_TRACKING = re.compile(
    r"(?:utm_\w+|ref_src|ref_url|ref|igshid|igsh|fbclid|gclid|twclid|mibextid|mc_[ce]id|si|xmt|cmpid|_branch\w*)(?:=|$)"
)


def _shown_at(url: str) -> str:
    """The URL of the tweet that a frame shows; any other URL itself."""
    tweet = _TWEET_FRAME.match(url)
    return f"https://twitter.com/i/status/{tweet[1]}" if tweet else url


def _without_tracking(url: str) -> str:
    """The URL of a post without what was added when it was shared; of a tweet's nothing else is a query."""
    before, mark, query = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = query.partition("#")
    is_status = _STATUS.match(before) is not None
    kept = "&".join(part for part in query.split("&") if part and not is_status and not _TRACKING.match(part))
    return before + ("?" + kept if kept else "") + hash_mark + fragment


def _named_by(node: Element) -> str | None:
    """The URL that a post's attributes name."""
    named = next((value for name in _PERMALINKS if (value := node.attr(name))), None)
    return named or _bluesky_post(node) or _youtube_of(node)


def _bluesky_post(node: Element) -> str | None:
    named = _BLUESKY_URI.match(node.attr("data-bluesky-uri") or "")
    return f"https://bsky.app/profile/{named[1]}/post/{named[2]}" if named else None


def _youtube_of(node: Element) -> str | None:
    """The film that a component's own attribute names: `data-youtubeid`, or the id of `.YouTubeEmbed`."""
    named = node.attr("data-youtubeid") or (node.attr("id") if "YouTubeEmbed" in (node.attr("class") or "") else None)
    return f"https://www.youtube.com/embed/{named}" if named and _YOUTUBE_ID.fullmatch(named) else None


def _urls_in_script(script: Element) -> Iterator[str]:
    post = script.attr("data-telegram-post")
    if post:
        yield f"https://t.me/{post}"
    code = script.text
    if "vk_post_" in code:
        for owner, number in dict.fromkeys(_VK_POST.findall(code)):
            yield f"https://vk.com/wall{owner}_{number}"
    if ".mp4" in code or ".m3u8" in code:
        yield from dict.fromkeys(film for word in _WORD_IN_SCRIPT.findall(code) if (film := _film_in(word)))


def _film_in(word: str) -> str:
    """The URL of a film that a script's word holds, or ""."""
    end = max((word.rfind(ending) + len(ending) for ending in (".mp4", ".m3u8") if ending in word), default=0)
    start = _HTTP.search(word, 0, end)
    return word[start.start() : end] if start else ""


def _link_of(node: Element) -> str | None:
    """The link to the post itself: the last one to a status, since posts quote others; else the last."""
    absolute = None
    for a in reversed(list(node.iter_elements("a"))):
        href = tidy_url(a.attr("href") or "")
        if _STATUS.match(href) or _REDDIT_POST.match(href):
            return href
        if absolute is None and href.startswith(("http", "//")):
            absolute = href
    return absolute


def site_of(url: str) -> str | None:
    """The network that a URL is of, as an embed's type, or None."""
    try:
        return _site_at(urlsplit(tidy_url(url)).netloc)
    except ValueError:
        return None


# Taking a network location apart takes longer than all the rest.
@lru_cache(maxsize=256)
def _site_at(netloc: str) -> str | None:
    host = urlsplit(f"//{netloc}").hostname or ""
    return next((name for name, pattern in _TYPES if pattern.search(host)), None)


def _is_mastodon(node: Element, url: str) -> bool:
    """Whether a post's form is Mastodon's; Truth Social's URLs have it, too, under its own name."""
    return "mastodon-embed" in (node.attr("class") or "") or _MASTODON_POST.match(url) is not None


def _type_of(node: Element, url: str) -> str:
    path = urlsplit(url).path.lower()
    if node.tag == "video" or path.endswith((".mp4", ".m3u8", ".webm")):
        return "video"
    if node.tag == "audio" or path.endswith((".mp3", ".ogg")):
        return "audio"
    site = site_of(url)
    if site is None and _is_mastodon(node, url):
        return "mastodon"
    if site and not (node.tag == "a" and site == "tweet" and not _STATUS.match(url)):
        return site
    return "quote" if node.tag == "blockquote" else "iframe"


_FOLDERS = ("xxs", "xs", "thumbnail", "m", "l", "article", "xxl", "original")
# Each edition has its own folder above the month: files, pics, images, public_images.
_FOLDER = re.compile(r"/\d{4}\.\d\d/([a-z]+)/")
# Before 2016 a cut of the picture has its size between name and ending: 2.si.jpg, 2.n.jpg, 2.op.jpg.
_OLD_CUT = re.compile(r"\.[a-z]{1,2}\.(?:jpe?g|png|gif)$", re.IGNORECASE)
# Pictures of 2016's Russian pages have their hash's first digits as folders: /static/2/5/3/253….jpg.
_NO_PICTURE = re.compile(rf"^(?:{_OF_COPY.pattern})|placeholder_|/static/(?![0-9a-f]/)|\.svg$")
_FROM_SET = re.compile(r"(?:^|,)\s*((?:https?:)?/[^\s,]+)")


def largest(document: Document, cover: Element | None, *, shared: bool = True) -> str | None:
    """Absolute URL of the largest size among those that the cover and og:image offer, or None.

    With ``shared``, both show one picture; without, og:image counts only where the cover shows none.
    """
    offered = [] if cover is None else [url for url in _offered(cover) if not _NO_PICTURE.search(url)]
    # Russian pages of 2016 may have the second one alone.
    social = document.meta("og:image") or document.meta("image") if shared or not offered else ""
    candidates = [*offered, *([social] if social and not _NO_PICTURE.search(social) else [])]
    best = max(candidates, key=_rank, default=None)
    url = document.urljoin(best) if best else ""
    if not url.startswith(("http://", "https://")):
        return None
    if best in offered:
        document.trace.extracted("image.url", url, f"largest of {len(candidates)} URLs", cover)
    else:
        document.trace.extracted("image.url", url, "meta og:image")
    return url


def _offered(cover: Element) -> list[str]:
    urls: list[str] = []
    for node in cover.iter_elements(("source", "img", "video"), include_self=True):
        for name in ("data-srcset", "srcset"):
            if offered := node.attr(name):
                urls += _FROM_SET.findall(offered)
        urls += [value for name in ("data-src", "src", "poster") if (value := node.attr(name))]
    return [url.strip() for url in urls if not url.lower().split("?")[0].endswith((".mp4", ".m3u8", ".webm"))]


def _rank(url: str) -> int:
    folder = _FOLDER.search(url)
    if folder:
        return _FOLDERS.index(folder[1]) if folder[1] in _FOLDERS else -1
    return -1 if _OLD_CUT.search(url) else len(_FOLDERS)

"""What the layouts share: the context of a page, lists of sizes, embeds, padding."""

# Markup stands on the lines on which the site prints it.

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from tests.replica.heads import Head
from tests.replica.spans import attr, text_html
from tests.replica.story import HOST, Player, Tweet

PLACEHOLDER = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAQAAACRI2S5AAAAEElEQVR42mNkIAAYRxWMKgAAIdgAC"
    "sVEzYkAAAAASUVORK5CYII="
)
SIZES = (
    ("xxs", 280),
    ("xs", 320),
    ("thumbnail", 460),
    ("m", 540),
    ("l", 768),
    ("article", 980),
    ("xxl", 1240),
)


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page shows that is not its story: the clock and other stories."""

    now: datetime
    others: tuple[Head, ...]


def visible_date(moment: datetime) -> str:
    """`1 Apr, 2016 15:17`, the day without a leading zero."""
    return f"{moment.day} {moment:%b, %Y %H:%M}"


def sized(url: str, size: str) -> str:
    """The copy of a `/xxl/` or `/original/` picture in another size."""
    return url.replace("/xxl/", f"/{size}/").replace("/original/", f"/{size}/")


def srcset(url: str, *, factor: int, own_ids: bool = False) -> str:
    """The `data-srcset` of a picture. Until 2019 every size had an id of its own."""
    lines = []
    for index, (size, width) in enumerate(SIZES):
        address = sized(url, size)
        if own_ids and size != "xxl":
            stem, extension = address.rsplit(".", 1)
            address = f"{stem[:-2]}{(int(stem[-2:], 16) + index + 1) % 256:02x}.{extension}"
        lines.append(f"                                {address} {width * factor}w")
    return "\n" + ",\n".join(lines) + "\n                            "


def picture_html(url: str, alt: str, classes: str = "media__item ", *, own_ids: bool = False) -> str:
    """A lazy `<picture>` with its conditional comments and noscript twin, as printed since 2019."""
    small = sized(url, "xxs")
    return f"""<picture><!--[if IE 9]><video style="display: none;"><![endif]--><source
                            media="(-webkit-min-device-pixel-ratio: 2) and (min-resolution: 120dpi)"
                            data-srcset="{srcset(url, factor=2, own_ids=own_ids)}"
                            srcset="{PLACEHOLDER}"
                        ><source
                            data-srcset="{srcset(url, factor=1, own_ids=own_ids)}"
                            srcset="{PLACEHOLDER}"
                        ><!--[if IE 9]></video><![endif]--><img
                        alt="{attr(alt)}"

                        src="{PLACEHOLDER}"
                        data-sizes="auto"
                        data-src="{small}"
                        class="{classes} lazyload"
                    /></picture><!-- noscript pattern --><noscript><img src="{small}" class="{classes}" alt="{attr(alt)}" /></noscript>"""


def tweet_html(tweet: Tweet) -> str:
    """A tweet as Twitter's own snippet prints it since 2015: only the message is a `<p>`."""
    tag = tweet.handle[:6]
    return (
        f'<blockquote class="twitter-tweet" data-lang="en"><p lang="en" dir="ltr">{text_html(tweet.message)} '
        f'<a href="https://twitter.com/hashtag/{tag}?src=hash">#{tag}</a>'
        f'<a href="https://t.co/{tweet.status % 10**10:x}">pic.twitter.com/{tweet.status % 10**10:x}</a></p>'
        f'&mdash; {text_html(tweet.name)} (@{tweet.handle}) <a href="{tweet.url}">{tweet.day}</a></blockquote>'
        '<script async src="//platform.twitter.com/widgets.js" charset="utf-8"></script>'
    )


def player_html(player: Player) -> str:
    """The frame of a video player."""
    return f'<iframe width="560" height="315" src="{attr(player.url)}" frameborder="0" allowfullscreen></iframe>'


@cache
def inline_css(seed: int, rules: int) -> str:
    """A block of style rules: weight, as on the real pages."""
    rng = random.Random(seed)
    blocks = (
        "header",
        "card",
        "media",
        "nav",
        "banner",
        "promo",
        "list",
        "footer",
        "share",
        "grid",
        "player",
    )
    lines = []
    for index in range(rules):
        lines.append(
            f"        .{rng.choice(blocks)}__{rng.choice(blocks)}_{index}{{display:block;margin:{rng.randrange(40)}px "
            f"{rng.randrange(40)}px;color:#{rng.getrandbits(24):06x};transition:opacity {rng.randrange(900)}ms}}"
        )
    return '<style media="screen">\n' + "\n".join(lines) + "\n    </style>"


@cache
def inline_script(seed: int, slots: int) -> str:
    """A block of advertising set-up: weight, as on the real pages."""
    rng = random.Random(seed)
    lines = ["        window.yaContextCb = window.yaContextCb || [];"]
    for _ in range(slots):
        lines.append(
            f"        window.yaContextCb.push(()=>{{ Ya.adfoxCode.create({{ ownerId: {rng.randrange(10**6)}, containerId: "
            f"'adfox_{rng.getrandbits(50)}', params: {{ pp: '{rng.choice('abcdefg')}', ps: 'douc', p2: '{rng.getrandbits(16):x}',"
            " puid1: '', puid2: '', puid3: '' } }) });"
        )
    return "<script>\n" + "\n".join(lines) + "\n    </script>"


def title_suffix(section: str, *, modern: bool) -> str:
    """The tail of `<title>`."""
    old = {
        "news": "RT News",
        "usa": "RT USA",
        "uk": "RT UK",
        "op-edge": "RT Op-Edge",
        "business": "RT Business",
    }
    new = {
        "news": "RT World News",
        "usa": "RT USA News",
        "uk": "RT UK News",
        "russia": "RT Russia & Former Soviet Union",
        "op-ed": "RT Op-ed",
        "business": "RT Business News",
        "sport": "RT Sport News",
    }
    return (new if modern else old).get(section, f"RT {section.capitalize()}")


def absolute(path: str) -> str:
    """A path of the site as a canonical address."""
    return HOST + path

"""The truth about a story: what its page shows, and what a record of it should hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.replica.spans import Span, clean, plain

HOST = "https://www.rt.com"

LAYOUT_2013 = "2013-cont-wp"
LAYOUT_2014 = "2014-cont-wp-docpage"
LAYOUT_2015 = "2015-article-bem"
LAYOUT_2015_OPEDGE = "2015-article-bem-opedge"
LAYOUT_2019 = "2019-article-bem-jsonld"
LAYOUT_2022 = "2022-grid"
LAYOUT_2022_OPED = "2022-grid-oped"
LAYOUTS = (
    LAYOUT_2013,
    LAYOUT_2014,
    LAYOUT_2015,
    LAYOUT_2015_OPEDGE,
    LAYOUT_2019,
    LAYOUT_2022,
    LAYOUT_2022_OPED,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of prose. Role: p, h2, h3, bold (a sub-heading in a `<p><strong>`), li, quote or developing."""

    spans: tuple[Span, ...]
    role: str = "p"

    @property
    def text(self) -> str:
        """The cleaned text."""
        return plain(self.spans)


@dataclass(frozen=True, slots=True)
class Tweet:
    """An embedded tweet; none of its words belong to the story."""

    name: str
    handle: str
    status: int
    message: str
    day: str

    @property
    def url(self) -> str:
        """The address of the status."""
        return f"https://twitter.com/{self.handle}/status/{self.status}"


@dataclass(frozen=True, slots=True)
class Player:
    """A YouTube player (`youtube`), an mp4 file (`video`) or an Instagram post (`instagram`) in the body."""

    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Related:
    """A pointer to another story inside the body. Form: line, bold-line, card or text-only."""

    title: str
    href: str
    form: str = "card"
    picture: str = ""
    host: str = HOST

    @property
    def url(self) -> str:
        """The address, resolved against the site."""
        return site_url(self.host, self.href) if self.href.startswith("/") else self.href


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: the address stands for the largest copy."""

    url: str
    caption: str | None
    credit: str | None


Block = Paragraph | Tweet | Player | Related | Picture


@dataclass(frozen=True, slots=True)
class Author:
    """Who signed an opinion piece."""

    name: str
    slug: str
    biography: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A trend or tag link. Kind: trends or tags."""

    name: str
    slug: str
    kind: str = "trends"

    @property
    def path(self) -> str:
        """Its address on the site."""
        return f"/{self.kind}/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Story:
    """One version of one story. Nothing in it changes: an edit is another Story."""

    number: int
    path: str
    section: str
    headline: str
    lead: str | None
    description: str
    authors: tuple[Author, ...]
    published_at: datetime
    modified_at: datetime | None
    image: Picture | None
    tags: tuple[Tag, ...]
    blocks: tuple[Block, ...]
    layout: str
    short_url: str | None
    breadcrumbs: tuple[tuple[str, str], ...]
    variant: int = 0
    host: str = HOST
    edition: str = "en"
    subheadline: str | None = None

    @property
    def url(self) -> str:
        """The canonical address."""
        return site_url(self.host, self.path)

    @property
    def id(self) -> str:
        """The number in the address, or the whole last segment for the form of 2013."""
        return article_id(self.path, self.number, self.layout)

    @property
    def paragraphs(self) -> list[str]:
        """The cleaned prose, a string a paragraph."""
        return [block.text for block in self.blocks if isinstance(block, Paragraph)]

    @property
    def developing(self) -> bool:
        """Whether the page promises more."""
        return any(isinstance(block, Paragraph) and block.role == "developing" for block in self.blocks)

    def truth(self) -> dict[str, Any]:
        """The fields of an ideal record, named and shaped as in the labels of the corpus."""
        image = self.image
        embeds = [block for block in self.blocks if isinstance(block, (Tweet, Player))]
        return {
            "url": self.url,
            "article_id": self.id,
            "edition": self.edition,
            "section": self.section,
            "breadcrumbs": [clean(name) for name, _ in self.breadcrumbs],
            "headline": clean(self.headline),
            "subheadline": clean(self.subheadline) if self.subheadline else None,
            "lead": clean(self.lead) if self.lead else None,
            "authors": [author.name for author in self.authors],
            "published_at": self.published_at.isoformat(timespec="seconds"),
            "modified_at": self.modified_at.isoformat(timespec="seconds") if self.modified_at else None,
            "image": image
            and {
                "url": image.url,
                "caption": clean(image.caption) if image.caption else None,
                "credit": clean(image.credit) if image.credit else None,
            },
            "tags": [tag.name for tag in self.tags],
            "paragraphs": self.paragraphs,
            "related": [
                {"title": clean(block.title), "url": block.url} for block in self.blocks if isinstance(block, Related)
            ],
            "embeds": [
                {"type": "tweet" if isinstance(block, Tweet) else block.type, "url": block.url} for block in embeds
            ],
            "developing": self.developing,
            "short_url": self.short_url,
        }


def site_url(host: str, path: str) -> str:
    """The address of a path, whatever its script."""
    return host + quote(path, safe="/%:@!$&'()*+,;=~?#")


def article_id(path: str, number: int, layout: str) -> str:
    """The id of a story as a record names it."""
    return path.rstrip("/").rsplit("/", 1)[-1] if layout == LAYOUT_2013 else str(number)

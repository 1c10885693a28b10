"""The record: one line of the dataset.

This class is the single source. ``docs/use/fields.md`` and ``newscrawler/article.schema.json`` are generated from it
by ``scrapy schema``, and a test fails when they are stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from newscrawler.utils import format_time, parse_time

#: Semantic version of the record: readers of 1.x can read every 1.y.
SCHEMA_VERSION = "1.1.0"


class Source(StrEnum):
    """What named an article's URL first."""

    LISTING = "listing"
    FEED = "feed"
    NEWS_SITEMAP = "newssitemap"
    SITEMAP = "sitemap"
    URL = "url"
    FILE = "file"
    TREND = "trend"
    WARC = "warc"


class RevisionReason(StrEnum):
    """Why there is a further line of an article."""

    CONTENT = "content"
    METADATA = "metadata"
    EXTRACTOR = "extractor"


class Status(StrEnum):
    """Whether the article's page is still there."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Doubt(StrEnum):
    """What does not fit in a record: its text and fields are the best reading, a doubt says why they may be wrong."""

    AUTHOR_DIFFERS = "author_differs"
    DATE_DIFFERS = "date_differs"
    DATE_UNPROVEN = "date_unproven"
    DIFFERS_FROM_FEED = "differs_from_feed"
    ENCODING_REPAIRED = "encoding_repaired"
    HEADLINE_DIFFERS = "headline_differs"
    RECURRING_PARAGRAPH = "recurring_paragraph"
    SHRUNK = "shrunk"
    TEXT_CUT = "text_cut"
    UNCLAIMED_TEXT = "unclaimed_text"
    UNKNOWN_BLOCK = "unknown_block"


def json_value(value: Any) -> Any:
    """A field's value as a line of the dataset has it; also what json and Scrapy's exporters ask for one."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [json_value(part) for part in value]
    if isinstance(value, Image | Related | Embed):
        return {part.name: getattr(value, part.name) for part in fields(value)}
    return value


def _doc(text: str, *, since: str | None = None, **schema: Any) -> dict[str, Any]:
    """Metadata of a field: its meaning, and what the JSON Schema says beyond the type.

    ``since`` is the schema version that added the field, for one that came after 1.0.0: lines of earlier versions
    need not have it.
    """
    added = {} if since is None else {"x-since": since}
    return {"json_schema_extra": {"description": text, **schema, **added}}


def _typed(text: str, *, since: str | None = None, **schema: Any) -> dict[str, Any]:
    """As ``_doc``, for a field whose value is no text inside but one in every output, whatever its format."""
    return {**_doc(text, since=since, **schema), "serializer": json_value}


_TIME: dict[str, Any] = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$"}
_URL: dict[str, Any] = {"format": "uri", "pattern": "^https?://"}
_WORDS: dict[str, Any] = {"minLength": 1}


@dataclass(slots=True, kw_only=True)
class Image:
    """The cover picture."""

    url: str | None = field(default=None, metadata=_doc("URL of the largest size that the page offers.", **_URL))
    caption: str | None = field(default=None, metadata=_doc("What the picture shows.", **_WORDS))
    credit: str | None = field(
        default=None,
        metadata=_doc("Who made or owns it, without the © sign; several joined by ' / '.", **_WORDS),
    )


@dataclass(slots=True, kw_only=True)
class Related:
    """Another article to which the body links with a read-more card or line."""

    title: str = field(default="", metadata=_doc("Title of that article, without 'READ MORE:'."))
    url: str | None = field(default=None, metadata=_doc("Its URL; null when the line has no link.", **_URL))


@dataclass(slots=True, kw_only=True)
class Embed:
    """Something from elsewhere that the body shows: its text is not the article's."""

    type: str = field(
        default="",
        metadata=_doc(
            "Kind of embed.",
            enum=[
                "tweet",
                "youtube",
                "video",
                "audio",
                "instagram",
                "facebook",
                "telegram",
                "vk",
                "tiktok",
                "iframe",
                "quote",
                "bluesky",
                "mastodon",
                "threads",
                "truthsocial",
            ],
        ),
    )
    url: str = field(default="", metadata=_doc("URL of the post or the player.", **_URL))


@dataclass(slots=True, kw_only=True)
class Article:
    """One article as one page showed it. Fields are null or [] when the page has none, never absent."""

    schema_version: str = field(
        default=SCHEMA_VERSION,
        metadata=_doc("Version of the record schema (semantic versioning).", pattern=r"^1\.\d+\.\d+$"),
    )
    article_id: str | None = field(
        default=None,
        metadata=_doc(
            "Unique within an edition and stable when the slug changes: the number in the URL, or the "
            "whole last path segment for the URLs of 2013, whose three digits are not unique.",
            pattern=r"^[^/\s]+$",
        ),
    )
    edition: str | None = field(default=None, metadata=_doc("RT edition, by its short name.", pattern="^[a-z]{2}$"))
    language: str | None = field(default=None, metadata=_doc("BCP 47 language of the text.", pattern="^[a-z]{2}$"))
    url: str | None = field(
        default=None,
        metadata=_doc("Canonical URL: https, the edition's main host, no query, no fragment.", **_URL),
    )
    short_url: str | None = field(default=None, metadata=_doc("Short URL that the page prints, as printed.", **_URL))
    section: str | None = field(
        default=None, metadata=_doc("First segment of the path of the URL, such as news or op-ed.", **_WORDS)
    )
    breadcrumbs: list[str] = field(
        default_factory=list, metadata=_doc("Section names above the headline, without Home.")
    )
    headline: str | None = field(default=None, metadata=_doc("The article's own h1.", **_WORDS))
    subheadline: str | None = field(
        default=None,
        metadata=_doc("The second headline of a Russian page; null elsewhere.", since="1.1.0", **_WORDS),
    )
    lead: str | None = field(
        default=None,
        metadata=_doc("Summary above the text, if the page has one; never repeated in paragraphs.", **_WORDS),
    )
    authors: list[str] = field(
        default_factory=list, metadata=_doc("Names in the byline; empty for agency and staff copy.")
    )
    published_at: datetime | None = field(
        default=None,
        metadata=_typed(
            "When the page says it was published. UTC; seconds are 00 where it gives only minutes.", **_TIME
        ),
    )
    modified_at: datetime | None = field(
        default=None,
        metadata=_typed(
            "When the page says it was last changed. UTC. Kept as said: bulk migrations set it too, so it is "
            "no evidence of an edit.",
            **_TIME,
        ),
    )
    image: Image | None = field(default=None, metadata=_doc("The cover picture; null when there is none."))
    tags: list[str] = field(default_factory=list, metadata=_doc("Trends and tags, in the page's order."))
    paragraphs: list[str] = field(
        default_factory=list,
        metadata=_doc(
            "The body in order: one string a paragraph, sub-heading or list item. Embeds, read-more cards "
            "and boilerplate are not in it. Empty only where the lead is all the text, as in flash items and films "
            "of other editions than the English."
        ),
    )
    text: str | None = field(default=None, metadata=_doc("Lead and paragraphs, joined by blank lines.", **_WORDS))
    related: list[Related] = field(
        default_factory=list, metadata=_doc("Articles to which the body links with read-more cards or lines.")
    )
    embeds: list[Embed] = field(default_factory=list, metadata=_doc("Posts and players in the body, in order."))
    developing: bool = field(default=False, metadata=_doc("True when the page says DETAILS TO FOLLOW or the like."))
    word_count: int = field(
        default=0,
        metadata=_doc(
            "Number of words of text, separated by white space, in every script; punctuation between spaces, as "
            "in French, counts.",
            minimum=0,
        ),
    )
    content_hash: str | None = field(
        default=None,
        metadata=_doc(
            "SHA-256, in hex, over headline, lead and paragraphs as one stream of words: blind to spacing, to "
            "paragraph breaks and to where the lead ends.",
            pattern="^[0-9a-f]{64}$",
        ),
    )
    revision: int = field(default=1, metadata=_doc("Counts the article's lines in this dataset, from 1.", minimum=1))
    revision_of_hash: str | None = field(
        default=None,
        metadata=_doc(
            "content_hash of the revision that this one follows; null for the first.", pattern="^[0-9a-f]{64}$"
        ),
    )
    near_duplicate_of: str | None = field(
        default=None,
        metadata=_doc(
            "article_id of the earliest published article, of those already in the dataset, with nearly the same text."
        ),
    )
    near_duplicate_similarity: float | None = field(
        default=None,
        metadata=_doc("Jaccard similarity of the two texts' word shingles.", minimum=0, maximum=1),
    )
    first_seen_at: datetime | None = field(
        default=None,
        metadata=_typed("When discovery first named the article; null outside a dataset. UTC.", **_TIME),
    )
    fetched_at: datetime | None = field(
        default=None,
        metadata=_typed("When the page was fetched or captured; for a saved page of unknown age null. UTC.", **_TIME),
    )
    discovered_via: Source | None = field(default=None, metadata=_typed("What named the URL first."))
    layout: str | None = field(default=None, metadata=_doc("Layout of the page.", **_WORDS))
    extractor_version: str | None = field(
        default=None, metadata=_doc("Version of the extraction rules.", pattern=r"^\d+$")
    )
    revision_reason: RevisionReason | None = field(
        default=None,
        metadata=_typed(
            "Why there is a further line: the words changed (content), only date, authors, section, developing "
            "mark or status did (metadata), or only the extractor did (extractor). Null for the first line."
        ),
    )
    doubts: list[Doubt] = field(
        default_factory=list,
        metadata=_typed("What does not fit in this record, sorted; empty for a clean one.", since="1.1.0"),
    )
    status: Status = field(
        default=Status.PUBLISHED,
        metadata=_typed("withdrawn when the page is gone for good; its last content stays."),
    )


#: Names of the record's fields, in its order.
FIELD_NAMES = tuple(part.name for part in fields(Article))


def record_of(article: Article) -> dict[str, Any]:
    """The record as a line of the dataset has it: what json knows, times and enums as text."""
    return {name: json_value(getattr(article, name)) for name in FIELD_NAMES}


_PARTS: dict[str, Callable[[Any], Any]] = {
    "image": lambda value: Image(**value),
    "related": lambda values: [Related(**value) for value in values],
    "embeds": lambda values: [Embed(**value) for value in values],
    "published_at": parse_time,
    "modified_at": parse_time,
    "first_seen_at": parse_time,
    "fetched_at": parse_time,
    "discovered_via": Source,
    "revision_reason": RevisionReason,
    "doubts": lambda values: [Doubt(value) for value in values],
    "status": Status,
}


def article_of_record(record: Mapping[str, Any]) -> Article:
    """The article that ``record_of`` gave this record for.

    Raises TypeError, ValueError or AttributeError for what is none of this version's.
    """
    return Article(
        **{name: _PARTS[name](value) if value and name in _PARTS else value for name, value in record.items()}
    )


#: What a record must have to be one; the validate pipeline and the schema both read it.
REQUIRED_FIELDS = (
    "article_id",
    "edition",
    "language",
    "url",
    "headline",
    "published_at",
    "text",
)
#: Editions of whose pages each has paragraphs. Elsewhere a flash item or a film may have nothing but its lead.
_ALWAYS_PARAGRAPHS = frozenset(("en",))


def missing_fields(article: Article) -> Iterator[str]:
    """What an article lacks to be a record."""
    yield from (name for name in REQUIRED_FIELDS if not getattr(article, name))
    if not article.paragraphs and article.edition in _ALWAYS_PARAGRAPHS:
        yield "paragraphs"

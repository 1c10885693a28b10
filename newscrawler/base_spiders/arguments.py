"""Spider arguments (`-a name=value`), checked before anything is fetched."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from pathlib import Path

from newscrawler.editions import ArticleUrl, Edition, article_url
from newscrawler.exceptions import ArgumentError
from newscrawler.items import Source
from newscrawler.rendering.setup import KINDS
from newscrawler.utils import DateRange, parse_day

#: Characters of a command's name that the ledger keeps.
MAX_COMMAND = 1000
SOURCES = (Source.LISTING, Source.FEED, Source.NEWS_SITEMAP)
#: Year of the oldest sitemap that is known of (docs/extend/site.md#sitemaps): no range begins before it.
FIRST_DAY = date(2000, 1, 1)
# Last path segment of a page of a trend or tag: words, an id with words, in any script, escaped or not.
_SLUG = re.compile(r"[\w%][\w.%~-]*")


def _meaning(text: str) -> dict[str, str]:
    """Metadata of an argument: one line for `scrapy crawl --help`."""
    return {"help": text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a crawl of articles. Every argument is text, as `-a` gives it."""

    section: tuple[str, ...] = field(metadata=_meaning("sections of the site, with commas"))
    sources: tuple[str, ...] = field(
        default=SOURCES, metadata=_meaning("where URLs come from: listing, feed, newssitemap, with commas")
    )
    max_pages: int = field(default=5, metadata=_meaning("pages of the listing to read at most, the first one included"))
    max_articles: int | None = field(default=None, metadata=_meaning("articles to fetch at most"))
    url: tuple[ArticleUrl, ...] = field(
        default=(), metadata=_meaning("these articles only: URLs with commas, or the name of a file with one a line")
    )
    trend: tuple[str, ...] = field(
        default=(), metadata=_meaning("these trends or tags in place of a section's sources, with commas")
    )
    since: date | None = field(default=None, metadata=_meaning("first day of publication, such as 2019-12-01 (UTC)"))
    until: date | None = field(default=None, metadata=_meaning("last day of publication (UTC)"))
    render: str | None = field(
        default=None, metadata=_meaning("which pages are opened in a browser: listing, article or all")
    )

    @classmethod
    def parse(cls, edition: Edition, given: dict[str, str], *, today: date | None = None) -> Arguments:
        """The arguments as typed values. ``today`` (UTC) is what a range must not lie behind.

        Raises:
            ArgumentError: an unknown name, a value that can't be used, or two that can't go together.
        """
        known = [one.name for one in fields(cls)]
        for name in given:
            if name not in known:
                raise ArgumentError(f"unknown argument -a {name}=…; there are: {', '.join(known)}")
        _check_together(given)
        since, until = _days(given, today)
        # A trend's articles are of all sections.
        sections = edition.all_sections if "trend" in given else edition.world
        if "section" in given:
            sections = _sections(edition, given["section"])
            _check_listed(edition, given)
        return cls(
            section=sections,
            sources=_sources(edition, given["sources"]) if "sources" in given else sources_of(edition),
            max_pages=_count("max_pages", given.get("max_pages", "5")),
            max_articles=_count("max_articles", given["max_articles"]) if "max_articles" in given else None,
            url=_article_urls(edition, given["url"]) if "url" in given else (),
            trend=_trends(edition, given["trend"]) if "trend" in given else (),
            since=since,
            until=until,
            render=_render(given["render"]) if "render" in given else None,
        )

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """Each argument's meaning in one line."""
        return {one.name: one.metadata["help"] for one in fields(cls)}

    def command(self, spider: str, edition: Edition) -> str:
        """The name of what is asked for beyond the defaults: a new argument makes no other command of the old."""
        defaults = type(self).parse(edition, {})
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        given = [f"{name}={value!r}" for name, value in values.items() if value != getattr(defaults, name)]
        return " ".join([spider, *given])[:MAX_COMMAND]

    @property
    def is_range(self) -> bool:
        return self.since is not None or self.until is not None

    def date_range(self, now: datetime) -> DateRange:
        """The days that are wanted, up to today at most: a later day has no articles yet."""
        today = now.astimezone(UTC).date()
        return DateRange(self.since or FIRST_DAY, min(self.until or today, today))


#: Arguments that can't be given with one another, and why.
_APART = (
    ("url", ("since", "until", "trend"), "the URLs are given already"),
    ("trend", ("since", "until"), "sitemaps name no trends"),
    ("since", ("sources", "max_pages"), "a range is looked for in the sitemaps"),
    ("until", ("sources", "max_pages"), "a range is looked for in the sitemaps"),
    ("trend", ("sources",), "its page is the source"),
)


def _check_together(given: dict[str, str]) -> None:
    for name, others, why in _APART:
        for other in others:
            if name in given and other in given:
                raise ArgumentError(f"{name}= and {other}= can't go together: {why}")


def _days(given: dict[str, str], today: date | None) -> tuple[date | None, date | None]:
    since, until = (_day(name, given[name]) if name in given else None for name in ("since", "until"))
    if since and until and since > until:
        raise ArgumentError(f"since={since} is after until={until}: give the earlier day as since")
    if since and today and since > today:
        raise ArgumentError(f"since={since} is in the future; today is {today} (UTC)")
    if until and until < FIRST_DAY:
        raise ArgumentError(f"until={until} is before the site's first sitemap, of {FIRST_DAY.year}")
    return since, until


def _day(name: str, value: str) -> date:
    try:
        return parse_day(value)
    except ValueError:
        raise ArgumentError(f"{name}={value}: give a day such as 2019-12-01") from None


def _sections(edition: Edition, value: str) -> tuple[str, ...]:
    names = _names(value)
    for name in names or (value,):
        if name not in edition.all_sections:
            which = "" if name == value else f" as {name}"
            raise ArgumentError(
                f"section={value}: no such section{which}; there are: {', '.join(edition.all_sections)}"
            )
    return names


def _check_listed(edition: Edition, given: dict[str, str]) -> None:
    names = _names(given["section"])
    if not any(name in given for name in ("url", "trend", "since", "until")) and not set(names) & {*edition.sections}:
        raise ArgumentError(f"section={given['section']}: in no listing any more; give since= and until=, or url=")


def _trends(edition: Edition, value: str) -> tuple[str, ...]:
    paths = []
    first, *others = edition.topics
    for name in _names(value) or (value,):
        before, _, slug = name.strip("/").rpartition("/")
        template = edition.topics.get(before or first)
        if template is None or not _SLUG.fullmatch(slug):
            forms = "".join(f", or {kind}/… for one of {edition.topics[kind].format(slug='…')}" for kind in others)
            raise ArgumentError(f"trend={value}: give the last part of {edition.topics[first].format(slug='…')}{forms}")
        paths.append(template.format(slug=slug))
    return tuple(dict.fromkeys(paths))


def _names(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def sources_of(edition: Edition) -> tuple[str, ...]:
    """The kinds of sources that are known of an edition."""
    has = {Source.FEED: bool(edition.feed or edition.feeds), Source.NEWS_SITEMAP: edition.news_sitemap is not None}
    return tuple(name for name in SOURCES if has.get(name, True))


def _sources(edition: Edition, value: str) -> tuple[str, ...]:
    names, known = _names(value), sources_of(edition)
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        of = "" if known == SOURCES else f" (what is known of the {edition.name} edition)"
        raise ArgumentError(f"sources={value}: choose from {', '.join(known)}{of}, separated by commas")
    return names


def _render(value: str) -> str:
    if value not in KINDS:
        raise ArgumentError(f"render={value}: choose one of {', '.join(KINDS)}")
    return value


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) < 1:
        raise ArgumentError(f"{name}={value}: give a whole number from 1")
    return int(value)


def _lines(data: bytes) -> list[str]:
    """The words of a text file as editors save it: with a byte order mark, in UTF-16, with comments after a #.

    A # inside a URL is a part of it. Raises UnicodeError.
    """
    marked = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if data.startswith(marked):
        text = data.decode("utf-16")
    elif data[1:2] == b"\0":  # a URL's first letters are ASCII: UTF-16 without the mark
        text = data.decode("utf-16-le")
    elif data[:1] == b"\0":
        text = data.decode("utf-16-be")
    else:
        text = data.decode("utf-8-sig")
    return [word for line in text.splitlines() for word in re.sub(r"(?:^|\s)#.*", "", line).replace(",", " ").split()]


def _article_urls(edition: Edition, value: str) -> tuple[ArticleUrl, ...]:
    if "://" in value:
        lines, where = value.replace(",", " ").split(), "url"
    else:
        where = f"url={value}"
        try:
            lines = _lines(Path(value).read_bytes())
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise ArgumentError(f"{where}: neither a URL nor a readable file: {why}") from None
    urls = []
    for line in lines:
        url = article_url(line)
        if url is None:
            raise ArgumentError(f"{where}: not the URL of an RT article: {line}")
        if url.edition is not edition:
            other = f"{where}: an article of the {url.edition.name} edition, not of the {edition.name} one: {line}"
            raise ArgumentError(f"{other}; its spider has it")
        urls.append(url)
    if not urls:
        raise ArgumentError(f"{where}: no URL in it")
    return tuple({url.url: url for url in urls}.values())

"""Spider arguments (`-a name=value`), checked before anything is fetched."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from newscrawler.editions import Edition
from newscrawler.exceptions import ArgumentError
from newscrawler.urls import ArticleAddress, article_address

SOURCES = ("listing", "feed", "newssitemap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a crawl of articles can be told. Every argument is text, as `-a` gives it."""

    #: Section whose news is wanted; world news by default.
    section: str
    #: Where addresses come from: any of listing, feed, newssitemap.
    sources: tuple[str, ...] = SOURCES
    #: Listing pages to read at most, the first one included.
    max_pages: int = 5
    #: Articles to fetch at most; None for all that are found.
    max_articles: int | None = None
    #: These articles and no discovery: addresses, or the name of a file with one a line.
    url: tuple[ArticleAddress, ...] = ()

    @classmethod
    def parse(cls, edition: Edition, given: dict[str, str]) -> Arguments:
        """The arguments as typed values.

        Raises:
            ArgumentError: an unknown name, or a value that can't be used.
        """
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise ArgumentError(f"unknown argument -a {name}=…; there are: {', '.join(known)}")
        return cls(
            section=_section(edition, given.get("section", edition.world_section)),
            sources=_sources(given.get("sources", ",".join(SOURCES))),
            max_pages=_count("max_pages", given.get("max_pages", "5")),
            max_articles=_count("max_articles", given["max_articles"]) if "max_articles" in given else None,
            url=_addresses(given["url"]) if "url" in given else (),
        )


def _section(edition: Edition, value: str) -> str:
    if value not in edition.sections:
        raise ArgumentError(f"section={value}: no such section; there are: {', '.join(edition.sections)}")
    return value


def _sources(value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    wrong = [name for name in names if name not in SOURCES]
    if wrong or not names:
        raise ArgumentError(f"sources={value}: choose from {', '.join(SOURCES)}, separated by commas")
    return names


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) < 1:
        raise ArgumentError(f"{name}={value}: give a whole number from 1")
    return int(value)


def _addresses(value: str) -> tuple[ArticleAddress, ...]:
    if "://" in value:
        lines, where = value.replace(",", " ").split(), "url"
    else:
        where = f"url={value}"
        try:
            lines = Path(value).read_text("utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(f"{where}: neither an address nor a readable file: {error}") from None
    addresses = []
    for line in lines:
        address = article_address(line)
        if address is None:
            raise ArgumentError(f"{where}: not the address of an RT article: {line}")
        addresses.append(address)
    if not addresses:
        raise ArgumentError(f"{where}: no address in it")
    return tuple({address.url: address for address in addresses}.values())

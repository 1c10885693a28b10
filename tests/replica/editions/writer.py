"""Writes the stories of an edition: always the same one for the same head."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.replica import story as s
from tests.replica.editions.edition import Edition
from tests.replica.editions.lexicon import Scribe
from tests.replica.heads import Head
from tests.replica.spans import Span, clean

_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяёђљњћџј"
_LATIN = [
    "a",
    "b",
    "v",
    "g",
    "d",
    "e",
    "zh",
    "z",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "p",
    "r",
    "s",
    "t",
    "u",
    "f",
    "h",
    "c",
    "ch",
    "sh",
    "sch",
    "_",
    "y",
    "_",
    "e",
    "yu",
    "ya",
    "e",
    "dj",
    "lj",
    "nj",
    "c",
    "dz",
    "j",
]
_SLUG = {ord(letter): latin.replace("_", "") for letter, latin in zip(_RUSSIAN, _LATIN, strict=True)}
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def slug(headline: str) -> str:
    """Three words for an address: Latin letters, but Arabic ones in Arabic."""
    text = clean(headline).lower().translate(_SLUG).replace("ß", "ss")
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return "-".join(re.findall(r"[^\W_]+", text)[:4])


def head_of(
    edition: Edition, design: str, section: str, moment: datetime, number: int, seed: int, *, old: bool
) -> Head:
    """What is decided about a story before its body is written."""
    headline = Scribe(edition.lexicon, seed).headline()
    shape = (old and edition.generations[design].path) or edition.path
    path = shape.format(section=section, number=number, slug=slug(headline))
    return Head(number, seed, path, path.split("/")[1], headline, design, moment, host=edition.host)


def write(edition: Edition, head: Head, others: Sequence[Head]) -> s.Story:
    """The story of a head. `others` are earlier ones that it may point to."""
    generation = edition.generations[head.layout]
    offered = generation.offers
    scribe = Scribe(edition.lexicon, head.seed)
    scribe.headline()
    rng = scribe.rng
    lead = scribe.lead()
    authors = [scribe.name() for _ in range(rng.choice((1, 2)))] if rng.random() < 0.3 else []
    subheadline = scribe.title(6, 10) if rng.random() < 0.2 else None
    blocks = _blocks(edition, head, scribe, others)
    flash = rng.random() < 0.15
    tags = [scribe.title(1, 3) for _ in range(rng.randrange(0, 5))]
    if "byline" in offered:
        authors = authors[:1]
    return s.Story(
        number=head.number,
        path=head.path,
        section=head.section,
        headline=head.headline,
        lead=lead,
        description=lead,
        authors=tuple(s.Author(name, slug(name), "") for name in authors) if offered & {"authors", "byline"} else (),
        published_at=head.published_at,
        modified_at=_modified(head, rng) if "modified" in offered else None,
        image=_cover(edition, head, scribe),
        tags=tuple(s.Tag(clean(name), slug(name), "tag") for name in dict.fromkeys(tags)) if "tags" in offered else (),
        blocks=() if flash and "flash" in offered else tuple(blocks),
        layout=generation.layout,
        short_url=f"https://{edition.shortener}/{_code(head.number)}" if "short" in offered else None,
        breadcrumbs=((edition.sections.get(head.section, head.section), f"/{head.section}{edition.slash}"),)
        if "breadcrumbs" in offered
        else (),
        variant=rng.randrange(1000),
        host=edition.host,
        edition=edition.code,
        subheadline=subheadline if "subheadline" in offered else None,
    )


def _code(number: int) -> str:
    code = ""
    while number:
        number, digit = divmod(number, 36)
        code = _ALPHABET[digit] + code
    return code.rjust(4, "a")


def _modified(head: Head, rng: random.Random) -> datetime:
    """Minutes after publication; of a scheduled story, days before it."""
    if rng.random() < 0.15:
        return head.published_at - timedelta(seconds=rng.randrange(4_000, 200_000))
    return head.published_at + timedelta(seconds=rng.randrange(20, 3_000))


def _picture_url(edition: Edition, head: Head, size: str, rng: random.Random) -> str:
    stamp = f"{int(head.published_at.timestamp()):08x}{rng.getrandbits(64):016x}"
    return edition.pictures.format(month=f"{head.published_at:%Y.%m}", size=size, stamp=stamp)


def _cover(edition: Edition, head: Head, scribe: Scribe) -> s.Picture | None:
    rng, offered = scribe.rng, edition.generations[head.layout].offers
    url = _picture_url(edition, head, "original" if "original" in offered else "article", rng)
    caption, credit = scribe.title(4, 8), scribe.title(1, 2)
    if "static" in offered:
        return s.Picture(f"{edition.host}/static/2/5/3/{rng.getrandbits(160):040x}.jpg", None, "RT")
    if "bare" in offered and rng.random() < 0.25:
        return None
    if "both" in offered:
        return s.Picture(url, caption, credit)
    return s.Picture(url, caption if "caption" in offered else None, credit if "credit" in offered else None)


def _blocks(edition: Edition, head: Head, scribe: Scribe, others: Sequence[Head]) -> list[s.Block]:
    """Prose, and what the design allows between the paragraphs."""
    rng, offered = scribe.rng, edition.generations[head.layout].offers
    blocks: list[s.Block] = [s.Paragraph(scribe.paragraph()) for _ in range(rng.randrange(4, 9))]
    extras: dict[str, s.Block] = {
        "h2": s.Paragraph((Span(scribe.title(3, 6)),), "h2"),
        "h3": s.Paragraph((Span(scribe.title(3, 6)),), "h3"),
        "bold": s.Paragraph((Span(scribe.title(3, 6)),), "bold"),
        "quote": s.Paragraph((Span(scribe.sentence()),), "quote"),
        "li": s.Paragraph((Span(scribe.sentence()),), "li"),
        "tweet": _tweet(scribe, head.published_at),
        "youtube": s.Player("youtube", f"https://www.youtube.com/embed/{_token(rng)}"),
        "instagram": s.Player("instagram", f"https://www.instagram.com/p/{_token(rng)}/"),
        "picture": s.Picture(_picture_url(edition, head, "original", rng), scribe.title(2, 5), scribe.title(1, 3)),
    }
    for name, extra in extras.items():
        if rng.random() < 0.35 and name in offered:
            blocks.insert(rng.randrange(1, len(blocks)), extra)
    pointed = [other for other in others if rng.random() < 0.4][:2]
    for other in pointed:
        for form in ("card", "text-only"):
            if form in offered and rng.random() < 0.6:
                related = _related(edition, other, form, rng)
                blocks.insert(rng.randrange(1, len(blocks)), related)
                break
    if "line" in offered and others and rng.random() < 0.5:
        last = next((other for other in others if other not in pointed), None)
        if last:
            blocks.append(_related(edition, last, "line", rng))
    if source := edition.labels.get("source"):
        blocks.append(s.Paragraph((Span(f"{source} {scribe.title(1, 2)}"),)))
    return blocks


def _related(edition: Edition, other: Head, form: str, rng: random.Random) -> s.Related:
    picture = _picture_url(edition, other, "thumbnail", rng)
    return s.Related(other.headline, other.url.removeprefix(other.host), form, picture, edition.host)


def _token(rng: random.Random) -> str:
    return "".join(rng.choice(_ALPHABET + _ALPHABET.upper()) for _ in range(11))


def _tweet(scribe: Scribe, moment: datetime) -> s.Tweet:
    handle = f"nota{scribe.rng.randrange(100, 999)}"
    when = f"{moment:%B} {moment.day}, {moment.year}"
    return s.Tweet(scribe.name(), handle, scribe.rng.randrange(10**17, 10**18), scribe.sentence(), when)

"""Writes a whole story for a head: always the same one for the same head and version."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.replica import story as s
from tests.replica import words
from tests.replica.heads import Head, slugify
from tests.replica.spans import Span
from tests.replica.text import Newswire

_BULK_MIGRATION = datetime(2022, 1, 18, 16, 56, 53, tzinfo=UTC)
_OLD_NAMES = {
    "news": "News",
    "usa": "USA",
    "uk": "UK",
    "business": "Business",
    "politics": "Russian politics",
    "sport": "Sport",
    "op-edge": "Op-Edge",
}
_NEW_NAMES = {
    "news": "World News",
    "usa": "USA News",
    "uk": "UK News",
    "russia": "Russia & Former Soviet Union",
    "business": "Business News",
    "sport": "Sport News",
    "pop-culture": "Games & Culture",
    "africa": "Africa",
    "india": "India",
    "op-ed": "Op-ed",
}
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def section_name(section: str, layout: str) -> str:
    """What the breadcrumbs of that generation call a section."""
    if layout == s.LAYOUT_2015 and section == "usa":
        return "America"
    old = layout in (s.LAYOUT_2013, s.LAYOUT_2014, s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE)
    names = _OLD_NAMES if old else _NEW_NAMES
    return names.get(section, section.capitalize())


def write_story(head: Head, version: int, others: Sequence[Head]) -> s.Story:
    """The story of `head` after `version` edits. `others` are earlier stories it may point to."""
    wire = Newswire(head.seed)
    wire.headline()
    rng = wire.rng
    oped = head.layout in (s.LAYOUT_2015_OPEDGE, s.LAYOUT_2022_OPED)
    lead, description = _lead(head, wire)
    return s.Story(
        number=head.number,
        path=head.path,
        section=head.section,
        headline=_headline(head, rng),
        lead=lead,
        description=description,
        authors=_authors(wire) if oped else (),
        published_at=head.published_at,
        image=_cover(head, wire),
        tags=_tags(head, rng),
        modified_at=_modified(head, version, rng),
        blocks=_version(_blocks(head, wire, others), head, version, rng),
        layout=head.layout,
        short_url=_short_url(head),
        breadcrumbs=_breadcrumbs(head),
        variant=rng.randrange(1000),
    )


def _headline(head: Head, rng: random.Random) -> str:
    if head.layout == s.LAYOUT_2014 and rng.random() < 0.1:
        return "\u200b" + head.headline
    return head.headline


def _lead(head: Head, wire: Newswire) -> tuple[str | None, str]:
    """The standfirst and the meta description, which differ on the current site."""
    if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014, s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE, s.LAYOUT_2019):
        lead = f"{wire.sentence()} {wire.sentence()}"
        return lead, lead
    summary, description = wire.summary(), wire.sentence().rstrip(".")
    return (None if head.migrated else summary), description


def _authors(wire: Newswire) -> tuple[s.Author, ...]:
    name = wire.people[0]
    return (s.Author(name, slugify(name, 4), wire.biography(name)),)


def _hex_id(moment: datetime, rng: random.Random) -> str:
    """An id of RT's database: its first eight digits are the time of creation."""
    return f"{int(moment.timestamp()):08x}{rng.getrandbits(64):016x}"


def _host(moment: datetime) -> str:
    return "https://cdni.russiatoday.com" if moment.year < 2024 else "https://mf.b37mrtl.ru"


def picture_url(head: Head, rng: random.Random) -> str:
    """An address for a picture of the story in the largest size that its layout offers."""
    moment = head.published_at
    if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014):
        number = f"{head.number:06x}"
        return f"http://rt.com/files/news/{number[:2]}/{number[2:4]}/{number[4:]}/00/{rng.randrange(2, 99)}.jpg"
    picture = _hex_id(moment, rng)
    month = f"{moment:%Y.%m}"
    if head.layout in (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE):
        return f"https://{rng.choice(('cdn', 'img'))}.rt.com/files/{month}/original/{picture}.jpg"
    host = "https://cdni.rt.com" if head.layout == s.LAYOUT_2019 else _host(moment)
    return f"{host}/files/{month}/xxl/{picture}.jpg"


def _credit(head: Head, wire: Newswire) -> str:
    rng = wire.rng
    agency, name = rng.choice(words.AGENCIES), rng.choice(wire.people)
    form = rng.randrange(4)
    if form == 0:
        return agency
    if form == 1:
        return f"{agency} / {rng.choice([other for other in words.AGENCIES if other != agency])}"
    return f"{name} / {agency}" if head.layout in (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE) else f"{agency} / {name}"


def _cover(head: Head, wire: Newswire) -> s.Picture | None:
    rng = wire.rng
    url, credit, caption = picture_url(head, rng), _credit(head, wire), wire.caption()
    dice = rng.random()
    if dice < 0.06 and head.layout not in (s.LAYOUT_2013, s.LAYOUT_2014):
        return None
    if dice < 0.10:
        return s.Picture(url, None, None)
    return s.Picture(url, caption if rng.random() < 0.55 else None, credit)


def _tags(head: Head, rng: random.Random) -> tuple[s.Tag, ...]:
    if head.layout in (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE) and rng.random() < 0.6:
        return ()
    names = rng.sample(words.SECTION_TOPICS, rng.randrange(0, 7))
    trends = [s.Tag(name, f"{slugify(name, 3)}-files", "trends") for name in names]
    if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014):
        half = len(names) // 3
        return tuple(trends[:half] + [s.Tag(name, slugify(name, 3), "tags") for name in names[half:]])
    if head.layout == s.LAYOUT_2022_OPED:
        return (s.Tag("oped", "op-ed", "tags"), *trends)
    return tuple(trends)


def _modified(head: Head, version: int, rng: random.Random) -> datetime | None:
    dice, minutes, seconds = rng.random(), rng.randrange(20, 2900), rng.randrange(0, 300)
    published = head.published_at
    if head.layout in (s.LAYOUT_2022, s.LAYOUT_2022_OPED, s.LAYOUT_2019):
        if head.migrated:
            return _BULK_MIGRATION
        return head.edits[version - 1] if version else published + timedelta(seconds=seconds)
    if version:
        return head.edits[version - 1].replace(second=0)
    if head.edits or dice > 0.4:
        return None
    return (published + timedelta(minutes=minutes)).replace(second=0)


def _short_url(head: Head) -> str | None:
    if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014):
        return None
    code, rest = "", head.number
    while rest:
        rest, digit = divmod(rest, 36)
        code = _ALPHABET[digit] + code
    scheme = "http" if head.layout == s.LAYOUT_2015 and head.published_at.year == 2016 else "https"
    return f"{scheme}://on.rt.com/{code}"


def _breadcrumbs(head: Head) -> tuple[tuple[str, str], ...]:
    if head.layout == s.LAYOUT_2022_OPED:
        return ("Tags", "/tags/"), ("Op-ed", "/tags/op-ed/")
    return ((section_name(head.section, head.layout), f"/{head.section}/"),)


def _blocks(head: Head, wire: Newswire, others: Sequence[Head]) -> list[s.Block]:
    """The final body: prose first, then what stands between the paragraphs."""
    rng = wire.rng
    blocks: list[s.Block] = [s.Paragraph(wire.paragraph()) for _ in range(rng.randrange(5, 13))]
    extras: list[s.Block] = []
    if rng.random() < 0.25:
        extras += [_tweet(wire, head.published_at) for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.14:
        extras.append(_youtube(rng))
    if rng.random() < 0.1 and head.layout in (s.LAYOUT_2022, s.LAYOUT_2022_OPED):
        video = f"{_host(head.published_at)}/files/{head.published_at:%Y.%m}/{_hex_id(head.published_at, rng)}.mp4"
        extras.append(s.Player("video", video))
    if rng.random() < 0.15:
        extras.append(s.Picture(picture_url(head, rng), wire.caption(), _credit(head, wire)))
    if rng.random() < 0.25:
        extras += [_subheading(head, wire) for _ in range(rng.randrange(1, 4))]
    early = head.layout in (s.LAYOUT_2013, s.LAYOUT_2014)
    if rng.random() < 0.12 and not early:
        extras.append(s.Paragraph((Span(wire.sentence()),), "quote"))
    if others and rng.random() < 0.5:
        extras += [
            _related(head, rng, other) for other in rng.sample(list(others), min(len(others), rng.randrange(1, 3)))
        ]
    for extra in extras:
        blocks.insert(rng.randrange(1, len(blocks) + 1), extra)
    if rng.random() < 0.1 and not early:
        where = rng.randrange(1, len(blocks) + 1)
        blocks[where:where] = [s.Paragraph((Span(wire.sentence()),), "li") for _ in range(rng.randrange(2, 5))]
    return blocks


def _tweet(wire: Newswire, moment: datetime) -> s.Tweet:
    rng = wire.rng
    name = rng.choice(wire.people)
    handle = "".join(letter for letter in name if letter.isascii() and letter.isalnum())
    return s.Tweet(
        name, handle, rng.randrange(10**17, 10**18), wire.remark(), f"{moment:%B} {moment.day}, {moment.year}"
    )


def _youtube(rng: random.Random) -> s.Player:
    code = "".join(rng.choice(_ALPHABET + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") for _ in range(11))
    return s.Player("youtube", f"https://www.youtube.com/embed/{code}{rng.choice(('', '?rel=0'))}")


def _subheading(head: Head, wire: Newswire) -> s.Paragraph:
    roles = ("bold",) if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014) else ("h2", "h2", "h3", "bold")
    return s.Paragraph((Span(wire.subheading()),), wire.rng.choice(roles))


def _related(head: Head, rng: random.Random, other: Head) -> s.Related:
    picture = picture_url(head, rng)
    if head.layout in (s.LAYOUT_2013, s.LAYOUT_2014):
        return s.Related(other.headline, f"http://rt.com{other.path}", rng.choice(("line", "bold-line")))
    if head.layout in (s.LAYOUT_2015, s.LAYOUT_2015_OPEDGE):
        if rng.random() < 0.5:
            return s.Related(other.headline, other.url, rng.choice(("line", "bold-line")))
        return s.Related(other.headline, other.path, "card", picture)
    if head.layout == s.LAYOUT_2019:
        return s.Related(other.headline, other.path, "card", picture)
    return s.Related(other.headline, other.path, rng.choice(("card", "card", "card", "text-only")), picture)


_DETAILS = s.Paragraph((Span("DETAILS TO FOLLOW"),), "developing")


def _version(blocks: list[s.Block], head: Head, version: int, rng: random.Random) -> tuple[s.Block, ...]:
    """The body as it stands after `version` edits: an early one is shorter and promises details."""
    forever_developing = rng.random() < 0.06
    missing = len(head.edits) - version
    if missing:
        return (*blocks[: max(3, len(blocks) - 2 * missing)], _DETAILS)
    return (*blocks, _DETAILS) if forever_developing else tuple(blocks)

"""Serbian: rt.rs in Cyrillic letters, and the same pages in Latin ones on lat.rt.rs."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tests.replica.editions import components
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

_CYRILLIC = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN = [
    "a",
    "b",
    "v",
    "g",
    "d",
    "đ",
    "e",
    "ž",
    "z",
    "i",
    "j",
    "k",
    "l",
    "lj",
    "m",
    "n",
    "nj",
    "o",
    "p",
    "r",
    "s",
    "t",
    "ć",
    "u",
    "f",
    "h",
    "c",
    "č",
    "dž",
    "š",
]
_LETTERS = {ord(letter): latin for letter, latin in zip(_CYRILLIC, _LATIN, strict=True)}
_LETTERS |= {ord(chr(code).upper()): latin.capitalize() for code, latin in list(_LETTERS.items())}

SERBIAN = Edition(
    code="sr",
    host="https://rt.rs",
    language="sr",
    site_name="РТ Балкан",
    zone=ZoneInfo("Europe/Belgrade"),
    lexicon=Lexicon(
        onsets="б в г д ђ ж з к л љ м н њ п р с т ћ ф х ц ч џ ш",
        vowels="а е и о у",
        codas="ј н м т ск ћ ште",
        particles="и у на се да за од је са по",
        quotes=("„", "“"),
    ),
    sections={"news": "Вести", "videos": "Видео"},
    world=1,
    path="/{section}/{number}-{slug}/",
    generations={
        "components": Generation(
            "2020-components",
            components.render,
            (2023, 2026),
            offers("modified tags breadcrumbs authors both h3 li quote tweet youtube instagram picture card"),
        )
    },
    listings={
        "2023": Listing(
            components.listing,
            components.card,
            "/listing/category.{section}/prepare/articles-listing/{size}/{page}",
            24,
        )
    },
    pictures="https://mf.b37mrtl.ru/rsimages/{month}/{size}/{stamp}.jpg",
    ids=((57, day(2022, 11, 1)), (6_645, day(2023, 2, 1)), (160_000, day(2026, 5, 1))),
    labels={"home": "Почетна", "more": "Више"},
    months=("јан", "феб", "мар", "апр", "мај", "јун", "јул", "авг", "сеп", "окт", "нов", "дец"),
    strays=("/author/120-fenjer/", "/trends/fenjer/", "/tag/fenjer/"),
)

#: Paths and ids are those of the Cyrillic pages.
SERBIAN_LATIN = replace(SERBIAN, host="https://lat.rt.rs", letters=_LETTERS)

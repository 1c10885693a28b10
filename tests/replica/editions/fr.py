"""French, francais.rt.com."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.replica.editions import bem
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

_SHARED = "modified h2 quote tweet youtube caption"

FRENCH = Edition(
    code="fr",
    host="https://francais.rt.com",
    language="fr",
    site_name="RT en Français",
    zone=ZoneInfo("Europe/Paris"),
    lexicon=Lexicon(
        onsets="b bl c ch d f fr g j l m n p pl qu r s t tr v",
        vowels="a e i o u é è ê ou ai eau oi",
        codas="r l s t nt tion x",
        particles="le la les un de du et en au par sur",
        quotes=("«\u00a0", "\u00a0»"),
        question="\u202f?",
    ),
    sections={"international": "International", "france": "France", "economie": "Economie"},
    world=1,
    path="/{section}/{number}-{slug}",
    generations={
        "2023": Generation(
            "fr-2020-bem",
            bem.french,
            (2021, 2026),
            offers(f"{_SHARED} breadcrumbs authors both card text-only line"),
        ),
        "2020": Generation("fr-2020-bem", bem.french, (2020, 2020), offers(f"{_SHARED} card")),
    },
    listings={
        "2020": Listing(
            bem.french_listing, bem.french_card, "/listing/category.{section}/noprepare/lastnews/{size}/{page}", 20
        )
    },
    pictures="https://mf.b37mrtl.ru/french/images/{month}/{size}/{stamp}.jpg",
    ids=((70_000, day(2020, 1, 5)), (76_619, day(2020, 7, 6)), (130_000, day(2026, 5, 1))),
    feed="/rss",
    read_on="Lire la suite",
    labels={"home": "Accueil", "more": "Lire aussi"},
    months=("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    strays=("/en-ce-moment/4120-lanterne", "/stream-paris", "/magazines"),
)

"""Spanish, actualidad.rt.com."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.replica.editions import components, early
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

SPANISH = Edition(
    code="es",
    host="https://actualidad.rt.com",
    language="es",
    site_name="RT en Español",
    zone=ZoneInfo("UTC"),
    lexicon=Lexicon(
        onsets="b c ch d f g l ll m n ñ p pr r s t tr v z qu",
        vowels="a e i o u á é í ó ú ie",
        codas="s n r l z d ción",
        particles="de la el lo al su un por con es se",
        quotes=('"', '"'),
    ),
    sections={"actualidad": "Actualidad", "opinion": "Opinión", "viral": "Viral"},
    world=1,
    path="/{section}/{number}-{slug}",
    generations={
        "components": Generation(
            "2020-components",
            components.render,
            (2020, 2026),
            offers("modified tags breadcrumbs short both h3 li quote tweet youtube instagram picture card"),
        ),
        "2017": Generation(
            "es-2017-arcticle", early.spanish, (2017, 2019), offers("tags breadcrumbs short both quote tweet")
        ),
    },
    listings={
        "2026": Listing(
            components.listing,
            components.card,
            "/listing/category.{section}/prepare/articles-listing/{size}/{page}",
            24,
        ),
        "2020": Listing(
            components.listing, components.card, "/listing/category.{section}/prepare/last-news/{size}/{page}", 18
        ),
    },
    pictures="https://mf.b37mrtl.ru/actualidad/public_images/{month}/{size}/{stamp}.jpg",
    ids=(
        (230_369, day(2017, 2, 6)),
        (347_627, day(2020, 3, 26)),
        (358_922, day(2020, 7, 6)),
        (603_743, day(2026, 5, 7)),
    ),
    feed="/feeds/all.rss",
    read_on="Leer más",
    shortener="es.rt.com",
    labels={"home": "Portada", "published": "Publicado:"},
    months=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    strays=("/programas/brota_luz/51200-farol", "/en_vivo", "/equipo/view/1200-farol"),
)

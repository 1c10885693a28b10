"""German, de.rt.com."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.replica.editions import bem, components
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

GERMAN = Edition(
    code="de",
    host="https://de.rt.com",
    language="de",
    site_name="RT DE",
    zone=ZoneInfo("Europe/Berlin"),
    lexicon=Lexicon(
        onsets="b br d dr f g gl h k kl l m n pf r s sch st str t w z",
        vowels="a e i o u ä ö ü ei au ie",
        codas="n r t ß ck ng st lich ung",
        particles="der die das und in zu mit auf von im den",
        quotes=("„", "“"),
        capitals=0.4,
    ),
    sections={"international": "International", "inland": "Inland", "wirtschaft": "Wirtschaft", "meinung": "Meinung"},
    world=1,
    path="/{section}/{number}-{slug}/",
    generations={
        "components": Generation(
            "2020-components",
            components.render,
            (2021, 2026),
            offers("modified tags breadcrumbs byline both h3 bold li quote tweet youtube instagram picture card line"),
        ),
        "2020": Generation(
            "de-2020-bem",
            bem.german,
            (2020, 2020),
            offers("modified tags breadcrumbs short both bold quote tweet instagram card line"),
        ),
    },
    listings={
        "2021": Listing(
            components.listing, components.card, "/listing/tag.{section}/prepare/category-tags/{size}/{page}", 12
        ),
        "2020": Listing(
            bem.german_listing, bem.german_card, "/listing/tag.{section}/prepare/category-tags/{size}/{page}", 12
        ),
    },
    pictures="https://mf.b37mrtl.ru/deutsch/images/{month}/{size}/{stamp}.jpg",
    ids=(
        (100_000, day(2020, 5, 1)),
        (103_982, day(2020, 7, 3)),
        (110_251, day(2020, 12, 15)),
        (250_000, day(2026, 5, 1)),
    ),
    feed="/feeds/news/",
    section_feed="/feeds/news/{section}/",
    read_on="Weiterlesen",
    shortener="de.rt.com",
    labels={"home": "Startseite", "more": "Mehr zum Thema"},
    months=("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."),
    strays=("/programme/451_grad/90210-laterne/", "/live/", "/uber-uns/", "/26yj"),
)

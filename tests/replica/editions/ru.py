"""Russian, russian.rt.com."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.replica.editions import bem, early
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

RUSSIAN = Edition(
    code="ru",
    host="https://russian.rt.com",
    language="ru",
    site_name="RT на русском",
    zone=ZoneInfo("Europe/Moscow"),
    lexicon=Lexicon(
        onsets="б в г д ж з к л м н п р с т ф х ч ш пр ст",
        vowels="а е и о у ы я ю ё",
        codas="й н т сь ть в м ский ние",
        particles="и в на не с по за к о из у",
        quotes=("«", "»"),
    ),
    sections={"world": "Мир", "russia": "Россия", "ussr": "Бывший СССР", "science": "Наука"},
    world=1,
    path="/{section}/news/{number}-{slug}",
    generations={
        "2020": Generation(
            "ru-2020-bem",
            bem.russian,
            (2020, 2026),
            offers("modified tags short authors subheadline flash bare credit quote tweet youtube card text-only"),
        ),
        "2016": Generation(
            "ru-2015-html5", early.russian, (2014, 2016), offers("static quote"), "/article/{number}-{slug}"
        ),
    },
    listings={
        "2020": Listing(
            bem.russian_listing,
            bem.russian_card,
            "/listing/type.Article.category.{section}/prepare/all-new/{size}/{page}",
            15,
        )
    },
    pictures="https://mf.b37mrtl.ru/russian/images/{month}/{size}/{stamp}.jpg",
    ids=(
        (40_000, day(2014, 1, 1)),
        (72_926, day(2015, 2, 7)),
        (142_694, day(2016, 1, 18)),
        (760_993, day(2020, 7, 3)),
        (1_451_700, day(2025, 3, 20)),
        (1_615_700, day(2026, 4, 4)),
    ),
    feed="/rss",
    feed_query="?utm_source=rss&utm_medium=rss&utm_campaign=RSS",
    read_on="Читать далее",
    shortener="ru.rt.com",
    months=(
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ),
    strays=("/trend/334905-vetrolom", "/inotv/2026-05-01-fonar", "/tag/fonar"),
)

"""Arabic, arabic.rt.com."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.replica.editions import rtl
from tests.replica.editions.edition import Edition, Generation, Listing, day, offers
from tests.replica.editions.lexicon import Lexicon

ARABIC = Edition(
    code="ar",
    host="https://arabic.rt.com",
    language="ar",
    site_name="RT Arabic",
    zone=ZoneInfo("UTC"),
    lexicon=Lexicon(
        onsets="ب ت ج ح د ر ز س ش ط ع ف ق ك ل م ن ه خ ص",
        vowels="ا و ي ا",
        codas="ة ن ر ت ه ية",
        particles="في من على إلى عن مع أن هذا كل",
        quotes=('"', '"'),
        question="؟",
        comma="،",
        # Tatweel, a vowel sign, and a ligature of the presentation forms.
        kept="\u0640\u064e\ufefb",
        hidden="\u200f\u200e\u200b",
    ),
    sections={
        "world": "أخبار العالم",
        "middle_east": "أخبار العالم العربي",
        "business": "مال وأعمال",
        "sport": "رياضة",
    },
    world=2,
    path="/{section}/{number}-{slug}/",
    generations={
        "2020": Generation(
            "ar-2020-rtl",
            rtl.render,
            (2020, 2026),
            offers("modified tags short original both tweet youtube picture card"),
        ),
        "2016": Generation(
            "ar-2016-rtl", rtl.early, (2016, 2018), offers("tags short original both tweet"), "/news/{number}-{slug}/"
        ),
    },
    listings={
        "2020": Listing(rtl.listing, rtl.card, "/listing/category.{section}/noprepare/category/{size}/{page}", 10)
    },
    pictures="https://mf.b37mrtl.ru/media/pics/{month}/{size}/{stamp}.jpg",
    ids=(
        (810_657, day(2016, 2, 10)),
        (1_101_738, day(2020, 4, 7)),
        (1_125_071, day(2020, 6, 16)),
        (1_780_000, day(2026, 5, 1)),
    ),
    feed="/rss/",
    section_feed="/rss/{section}/",
    read_on="المزيد",
    shortener="ar.rt.com",
    labels={"published": "تاريخ النشر:", "edited": "آخر تحديث:", "source": "المصدر:"},
    strays=("/photolines/1089254-فنار/", "/prg/telecast/1089255-فنار/", "/docfilms/12000-فنار/"),
)

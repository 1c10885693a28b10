"""The Arabic edition, arabic.rt.com; docs/extend/site-editions.md#arabic."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

ARABIC = Edition(
    code="ar",
    name="Arabic",
    language="ar",
    host="arabic.rt.com",
    # Slugs are Arabic words, percent-encoded. Up to 2018 the section was `news` whatever the subject.
    own_names=("RT Arabic", "RT عربي", "RT Online", "روسيا اليوم"),
    layouts=("ar-2020-rtl", "ar-2016-rtl"),
    articles=(r"/(?P<section>[a-z0-9_-]+)/(?P<id>\d{4,9})(?:-[^/]*)?",),
    sections=(
        "world",
        "middle_east",
        "russia",
        "business",
        "sport",
        "culture",
        "technology",
        "space",
        "health",
        "it",
        "car",
        "features",
        "funny",
        "varieties",
        "society",
        "press",
        "info",
        "news",
    ),
    world=("world", "middle_east"),
    other_sections=(
        "360",
        "channel",
        "docfilms",
        "focuses",
        "infographics",
        "lessons",
        "listing",
        "live",
        "mobile",
        "persons",
        "photolines",
        "popular",
        "prg",
        "privacy-policy",
        "rss",
        "rtonline",
        "satelites",
        "schedule",
        "search",
        "static",
        "tags",
        "vacancy",
        "video",
        "videoclub",
        "votings?",
    ),
    feeds=("culture", "sport"),
    feed="/rss/",
    topics={"tags": "/tags/{slug}/", "focuses": "/focuses/{slug}/"},
    id_dates=(
        (810_657, datetime(2016, 2, 10, tzinfo=UTC)),
        (1_101_738, datetime(2020, 4, 7, tzinfo=UTC)),
        (1_125_071, datetime(2020, 6, 16, tzinfo=UTC)),
    ),
)

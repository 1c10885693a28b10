"""The Russian edition, russian.rt.com; docs/extend/site-editions.md#russian."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

RUSSIAN = Edition(
    code="ru",
    name="Russian",
    language="ru",
    host="russian.rt.com",
    own_names=("RT на русском", "РТ на русском"),
    layouts=("ru-2020-bem", "ru-2015-html5"),
    articles=(
        r"/(?P<section>[a-z0-9_-]+)/(?:news|article|video|photo|foto|gallery)/(?P<id>\d{4,9})(?:-[^/]*)?",
        # To 2016; a slug from 2016 on.
        r"/(?P<section>article)/(?P<id>\d{1,9})(?:-[^/]*)?",
        r"/(?P<section>opinion)/(?P<id>\d{4,9})(?:-[^/]*)?",
    ),
    zone="Europe/Moscow",
    sections=("world", "russia", "ussr", "business", "science", "sport", "nopolitics", "opinion"),
    world=("world",),
    former_sections=("article", "partners", "press_releases", "rt_events"),
    other_sections=(
        r"about(?:-us)?",
        "all",
        "category",
        "fiction_fact",
        "foto",
        "inotv",
        "listing",
        "news",
        "poll",
        "pr",
        "privacy(?:-policy)?",
        "quiz",
        "recommendations",
        "rss",
        "search",
        "static",
        "tag",
        "trend",
        "video",
        "videoclub",
        "widget",
    ),
    feed="/rss",
    topics={"tag": "/tag/{slug}", "trend": "/trend/{slug}"},
    trailing_slash=False,
    id_dates=(
        (72_926, datetime(2015, 2, 7, tzinfo=UTC)),
        (142_694, datetime(2016, 1, 18, tzinfo=UTC)),
        (760_993, datetime(2020, 7, 3, tzinfo=UTC)),
        (1_451_700, datetime(2025, 3, 20, tzinfo=UTC)),
        (1_615_700, datetime(2026, 4, 4, tzinfo=UTC)),
    ),
)

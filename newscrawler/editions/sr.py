"""The Serbian edition, rt.rs, and in Latin script lat.rt.rs; docs/extend/site-editions.md#serbian."""

from __future__ import annotations

from newscrawler.editions.edition import Edition

SERBIAN = Edition(
    code="sr",
    name="Serbian",
    language="sr",
    host="rt.rs",
    mirrors=("lat.rt.rs",),
    transliterated=("lat.rt.rs",),
    own_names=("RT Balkan", "RT Балкан", "РТ Балкан"),
    layouts=("2020-components",),
    unproven_layouts=("2020-components",),
    articles=(
        # Ids begin in the tens, in 2022.
        r"/(?P<section>[a-z0-9-]+)/(?P<id>\d{1,9})-[^/]*",
        r"/(?P<section>opinion)/[^/]+/(?P<id>\d{1,9})-[^/]*",
    ),
    zone="Europe/Belgrade",
    sections=("news", "opinion", "videos"),
    world=("news",),
    other_sections=("author", "listing", "search", "static", "tag", "trends", r"opinion/(?!\d)[^/]+$"),
    topics={"trends": "/trends/{slug}/", "tag": "/tag/{slug}/"},
)

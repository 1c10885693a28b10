"""The Spanish edition, actualidad.rt.com; docs/extend/site-editions.md#spanish."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

SPANISH = Edition(
    code="es",
    name="Spanish",
    language="es",
    host="actualidad.rt.com",
    mirrors=("actualidad-rt.com", "esrt.space", "esrt.site", "esrt.press"),
    own_names=("RT en Español", "Actualidad RT"),
    layouts=("2020-components", "es-2017-arcticle"),
    articles=(
        r"/(?P<section>[a-z0-9_-]+)/(?P<id>\d{4,9})(?:-[^/]*)?",
        # Columns stand under their author.
        r"/(?P<section>opinion)/[^/]+/(?P<id>\d{4,9})(?:-[^/]*)?",
        # 2009-2013: slugs in mixed case, with all kinds of signs.
        r"/(?P<section>[a-z0-9_-]+)/(?:[^/]+/)?view/(?P<id>\d{1,9})-[^/]*",
    ),
    sections=("actualidad", "viral", "opinion", "video", "a-fondo"),
    world=("actualidad",),
    former_sections=("ciencias", "cultura", "economia", "sociedad", "ultima_hora"),
    other_sections=(
        "360",
        "acerca",
        "comics",
        "en_vivo",
        "equipo",
        "falso-real-ia",
        "feeds?",
        "galerias",
        "listing",
        "palabra_secreta",
        "programas",
        "rss",
        "rtpedia",
        "satelites",
        "search",
        "sp",
        "static",
        "suscripciones",
        "tag",
        "themes",
        "todas_las_noticias",
        "videoclub",
        "voto",
    ),
    feed="/feeds/all.rss",
    topics={"tag": "/tag/{slug}", "themes": "/themes/{slug}"},
    trailing_slash=False,
    home_crumb="Portada",
    id_dates=(
        (230_369, datetime(2017, 2, 6, tzinfo=UTC)),
        (347_627, datetime(2020, 3, 26, tzinfo=UTC)),
        (358_922, datetime(2020, 7, 6, tzinfo=UTC)),
        (603_743, datetime(2026, 5, 7, tzinfo=UTC)),
    ),
)

"""The French edition, francais.rt.com; docs/extend/site-editions.md#french."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

FRENCH = Edition(
    code="fr",
    name="French",
    language="fr",
    host="francais.rt.com",
    mirrors=("rtenfrance.tv",),
    own_names=("RT France", "RT en français"),
    layouts=("fr-2020-bem",),
    articles=(r"/(?P<section>[a-z0-9-]+)/(?P<id>\d{4,9})(?:-[^/]*)?",),
    zone="Europe/Paris",
    sections=("international", "france", "economie", "opinions", "videos"),
    world=("international",),
    other_sections=(
        "360",
        "actualite",
        "communiques-de-presse",
        "documentaires",
        "en-ce-moment",
        "en-direct",
        "listing",
        "magazines",
        "podcasts",
        "rss",
        "rt-vous-parle",
        "search",
        "static",
        "stream-paris",
    ),
    feed="/rss",
    topics={"en-ce-moment": "/en-ce-moment/{slug}"},
    trailing_slash=False,
    home_crumb="Accueil",
    id_dates=((76_619, datetime(2020, 7, 6, tzinfo=UTC)),),
)

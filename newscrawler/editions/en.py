"""The English edition, www.rt.com; docs/extend/site.md."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

ENGLISH = Edition(
    code="en",
    name="English",
    language="en",
    host="www.rt.com",
    mirrors=("rt.com", "m.rt.com", "swentr.site", "rtnewsru.com", "rurtnews.com", "rtrunews.com", "runewsrt.com"),
    own_names=("RT", "RT International", "RT News", "Russia Today"),
    layouts=("2022-grid", "2019-article-bem-jsonld", "2015-article-bem", "2014-cont-wp-docpage", "2013-cont-wp"),
    articles=(
        # Ids are four digits or more (the renumbered articles of 2006 begin at 4157). A slug may be absent
        # (`/usa/449757-`). One of 2013 may begin with a year: no id of that size has a slug that ends in three digits.
        r"/(?P<section>[a-z0-9-]+)/(?!(?:19|20)\d\d-[^/]*-\d{3}$)(?P<id>\d{4,9})(?:-[^/]*)?",
        # The form of 2013: three digits at the END of the slug. They are not unique, so the whole segment is the id.
        r"/(?P<section>[a-z0-9-]+)/(?P<id>[a-z0-9][a-z0-9-]*-\d{3})",
        # News that is filed under the press releases of the site itself (2022) has no number.
        r"/(?P<section>about-us)/press-releases/(?P<id>[a-z0-9]+(?:-[a-z0-9]+)+)",
    ),
    sections=(
        "news",
        "russia",
        "usa",
        "uk",
        "business",
        "sport",
        "op-ed",
        "op-edge",
        "politics",
        "pop-culture",
        "africa",
        "india",
        "newsline",
        "viral",
        "bulletin-board",
        "360",
    ),
    world=("news",),
    guest_sections=("about-us",),
    other_sections=(
        "shows",
        "podcast",
        "podcasts",
        "tags",
        "trends",
        "in-vision",
        "in-motion",
        r"about-us(?!/press-releases/)",
        "sponsored-content",
        "onair-talent",
        "projects",
        "schedule",
        "where-to-watch",
        "rss-feeds",
        "listing",
        "search",
        "static",
        "files",
    ),
    feeds=("news", "russia", "usa", "uk", "business", "op-ed", "pop-culture", "africa", "india"),
    news_sitemap="/newssitemap.xml",
    topics={"trends": "/trends/{slug}/", "tags": "/tags/{slug}/"},
    home_crumb="Home",
    # Pages and the feed index of docs/extend/site.md#ids.
    id_dates=(
        (189_460, datetime(2014, 9, 22, tzinfo=UTC)),
        (230_339, datetime(2015, 2, 8, tzinfo=UTC)),
        (332_070, datetime(2016, 2, 10, tzinfo=UTC)),
        (376_685, datetime(2017, 2, 8, tzinfo=UTC)),
        (473_849, datetime(2019, 11, 20, tzinfo=UTC)),
        (507_937, datetime(2020, 11, 27, tzinfo=UTC)),
        (564_427, datetime(2022, 10, 10, tzinfo=UTC)),
        (596_000, datetime(2024, 4, 15, tzinfo=UTC)),
        (609_000, datetime(2024, 12, 10, tzinfo=UTC)),
        (622_000, datetime(2025, 8, 1, tzinfo=UTC)),
        (632_000, datetime(2026, 2, 7, tzinfo=UTC)),
        (640_000, datetime(2026, 5, 7, tzinfo=UTC)),
        (642_000, datetime(2026, 7, 15, tzinfo=UTC)),
    ),
    # Below it stand the articles that were numbered anew (4157 is of 2006): nothing proves that they are in order.
    first_ordered_id=100_000,
)

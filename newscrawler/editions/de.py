"""The German edition, de.rt.com, until 2021 deutsch.rt.com; docs/extend/site-editions.md#german."""

from __future__ import annotations

from datetime import UTC, datetime

from newscrawler.editions.edition import Edition

GERMAN = Edition(
    code="de",
    name="German",
    language="de",
    # Before 2021 this host was the shortener: `de.rt.com/26yj` is in none of the shapes.
    host="de.rt.com",
    mirrors=(
        "deutsch.rt.com",
        "rtdeutsch.com",
        "freedert.online",
        "dert.online",
        "rtde.live",
        "rtde.world",
        "rtde.me",
        "rtde.xyz",
        "rtde.tech",
        "rtde.team",
        "rtde.site",
    ),
    articles=(
        r"/(?P<section>[a-z0-9-]+)/(?P<id>\d{4,9})(?:-[^/]*)?",
        # Left over from 2014: id, section and slug.
        r"/(?P<id>\d{1,9})/(?P<section>[a-z-]+)/[^/]+",
    ),
    zone="Europe/Berlin",
    sections=(
        "international",
        "inland",
        "wirtschaft",
        "gesellschaft",
        "meinung",
        "europa",
        "nordamerika",
        "amerika",
        "lateinamerika",
        "asien",
        "afrika",
        "nahost",
        "der-nahe-osten",
        "russland",
        "viral",
        "ins-auge",
    ),
    world=("international",),
    other_sections=(
        "360",
        "aktuell",
        "dokumentation",
        "feeds",
        "fotostrecken",
        "impressum",
        "jobs?",
        "kurzclips",
        "listing",
        "live",
        "nutzungsbedingungen[^/]*",
        "podcasts?",
        "privacy-policy",
        "programme",
        "search",
        "spezial",
        "static",
        "stream-list",
        "strippenzieher",
        "tag",
        "terms-of-use",
        "themen",
        "uber-uns",
        "video",
    ),
    feeds=("europa", "gesellschaft"),
    section_feed="/feeds/news/{section}/",
    feed="/feeds/news/",
    topics={"tag": "/tag/{slug}/", "themen": "/themen/{slug}/"},
    id_dates=((103_982, datetime(2020, 7, 3, tzinfo=UTC)), (110_251, datetime(2020, 12, 15, tzinfo=UTC))),
)

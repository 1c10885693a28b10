"""RT's world news in English."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import ENGLISH


class RtWorld(DiscoverySpider):
    """World news of www.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world"
    edition = ENGLISH

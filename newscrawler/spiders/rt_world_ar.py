"""RT's world news in Arabic."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import ARABIC


class RtWorldAr(DiscoverySpider):
    """World news of arabic.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_ar"
    edition = ARABIC

"""RT's world news in Russian."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import RUSSIAN


class RtWorldRu(DiscoverySpider):
    """World news of russian.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_ru"
    edition = RUSSIAN

"""RT's world news in French."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import FRENCH


class RtWorldFr(DiscoverySpider):
    """World news of francais.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_fr"
    edition = FRENCH

"""RT's world news in German."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import GERMAN


class RtWorldDe(DiscoverySpider):
    """World news of de.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_de"
    edition = GERMAN

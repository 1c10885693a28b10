"""RT's world news in Serbian."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import SERBIAN


class RtWorldSr(DiscoverySpider):
    """World news of rt.rs; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_sr"
    edition = SERBIAN

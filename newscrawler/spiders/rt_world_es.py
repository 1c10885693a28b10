"""RT's world news in Spanish."""

from __future__ import annotations

from newscrawler.base_spiders.discovery import DiscoverySpider
from newscrawler.editions import SPANISH


class RtWorldEs(DiscoverySpider):
    """World news of actualidad.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world_es"
    edition = SPANISH

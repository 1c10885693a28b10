"""RT's world news in English."""

from __future__ import annotations

from newscrawler.editions import ENGLISH
from newscrawler.spiders.base import ArticleSpider


class RtWorld(ArticleSpider):
    """World news of www.rt.com; its arguments (`-a`) are in docs/arguments.md."""

    name = "rt_world"
    edition = ENGLISH

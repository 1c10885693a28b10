"""RT's world news in English."""

from __future__ import annotations

from newscrawler.base_spiders.article import ArticleSpider
from newscrawler.editions import ENGLISH


class RtWorld(ArticleSpider):
    """World news of www.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_world"
    edition = ENGLISH

"""RT's articles in English from WARC files."""

from __future__ import annotations

from newscrawler.base_spiders.archive import ArchiveSpider
from newscrawler.editions import ENGLISH


class RtArchive(ArchiveSpider):
    """Stored pages of www.rt.com; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_archive"
    edition = ENGLISH

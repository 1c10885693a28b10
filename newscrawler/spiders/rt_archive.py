"""RT's articles in English from WARC files."""

from __future__ import annotations

from newscrawler.editions import ENGLISH
from newscrawler.spiders.archive import ArchiveSpider


class RtArchive(ArchiveSpider):
    """Stored pages of www.rt.com; its arguments (`-a`) are in docs/arguments.md."""

    name = "rt_archive"
    edition = ENGLISH

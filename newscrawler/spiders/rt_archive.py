"""RT's articles of all editions from WARC files."""

from __future__ import annotations

from newscrawler.base_spiders.archive import ArchiveSpider


class RtArchive(ArchiveSpider):
    """Stored pages of all editions; its arguments (`-a`) are in docs/use/arguments.md."""

    name = "rt_archive"

"""The designs of article pages, one class a generation of the site."""

from __future__ import annotations

from newscrawler.pages.layouts.base import Layout
from newscrawler.pages.layouts.bem import Article2016, Article2019, Article2022
from newscrawler.pages.layouts.cont_wp import Article2013, Article2014

LAYOUTS: tuple[type[Layout], ...] = (Article2022, Article2019, Article2016, Article2014, Article2013)

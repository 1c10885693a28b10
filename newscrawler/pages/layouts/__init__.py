"""The designs of article pages, one class a generation of the site."""

from __future__ import annotations

from functools import cache

from newscrawler.editions import Edition
from newscrawler.pages.layouts.arcticle import Arcticle2017
from newscrawler.pages.layouts.base import Layout
from newscrawler.pages.layouts.bem import Article2016, Article2019, Article2022
from newscrawler.pages.layouts.bem_editions import French2020, German2020, Russian2020
from newscrawler.pages.layouts.components import ArticleComponents
from newscrawler.pages.layouts.cont_wp import Article2013, Article2014
from newscrawler.pages.layouts.html5 import Html5
from newscrawler.pages.layouts.rtl import Rtl2016, Rtl2020

#: All of them. An edition names those that its pages have, and among them they exclude each other.
LAYOUTS: tuple[type[Layout], ...] = (
    Article2022,
    Article2019,
    Article2016,
    Article2014,
    Article2013,
    ArticleComponents,
    Arcticle2017,
    Rtl2020,
    Rtl2016,
    Russian2020,
    Html5,
    German2020,
    French2020,
)
_BY_NAME = {layout.NAME: layout for layout in LAYOUTS}


@cache
def layouts_of(edition: Edition) -> tuple[type[Layout], ...]:
    """The layouts of an edition's pages, newest first."""
    return tuple(_BY_NAME[name] for name in edition.layouts)

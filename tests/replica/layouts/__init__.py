"""One module a generation of RT's article page; each renders a Story to the whole page."""

from __future__ import annotations

from collections.abc import Callable

from tests.replica import story as s
from tests.replica.layouts import bem, cont_wp, grid
from tests.replica.layouts.common import PageContext
from tests.replica.story import Story

_RENDERERS: dict[str, Callable[[Story, PageContext], str]] = {
    s.LAYOUT_2013: cont_wp.render,
    s.LAYOUT_2014: cont_wp.render,
    s.LAYOUT_2015: bem.render,
    s.LAYOUT_2015_OPEDGE: bem.render,
    s.LAYOUT_2019: bem.render_2019,
    s.LAYOUT_2022: grid.render,
    s.LAYOUT_2022_OPED: grid.render,
}


def render(story: Story, context: PageContext) -> str:
    """The page of a story in the layout that it was saved in."""
    return _RENDERERS[story.layout](story, context)

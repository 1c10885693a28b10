"""The structural marks by which a layout is known.

A layout's ``FORMS`` are the forms in which its pages come; a page has the layout when all marks of one of
them hold. What `scrapy explain` shows of a layout are these same marks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from newscrawler.pages.document import Document
from newscrawler.pages.trace import SeenLayout, SeenMark


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that a page has or has not. ``test`` is a function of a module: it is asked once a page."""

    says: str
    test: Callable[[Document], bool]
    wanted: bool = True

    def holds(self, document: Document) -> bool:
        """Whether the page is in this as the layout wants it."""
        return document.once(self.test) is self.wanted


Forms = tuple[tuple[Mark, ...], ...]


def without(mark: Mark) -> Mark:
    """The mark, not wanted."""
    return replace(mark, wanted=False)


def fits(forms: Forms, document: Document) -> bool:
    """Whether the page has one of these forms."""
    return any(all(mark.holds(document) for mark in form) for form in forms)


def seen(name: str, forms: Forms, document: Document) -> SeenLayout:
    """The layout as the page shows it: the form of which most marks hold."""
    shown = [tuple(SeenMark(m.says, m.wanted, document.once(m.test)) for m in form) for form in forms]
    best = max(shown, key=lambda marks: sum(m.holds for m in marks) / len(marks))
    return SeenLayout(name, fits(forms, document), best)

"""A record of where a parse took each value from and what it left out, written by the parse itself.

A parse has none unless one is given: then every place that takes a value notes it too, so that what
`scrapy explain` shows can't be another thing than what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

_STEPS = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """A value of a field. ``source`` says in what form it stood; ``path`` is its element's, "" for none."""

    field: str
    source: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Left:
    """What was not taken for prose, or cut from it."""

    path: str
    classes: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class SeenMark:
    """A mark of a layout on one page. ``wanted`` is False for one that the layout's pages must not have."""

    says: str
    wanted: bool
    found: bool

    @property
    def holds(self) -> bool:
        """Whether the page is in this as the layout wants it."""
        return self.found is self.wanted


@dataclass(frozen=True, slots=True)
class SeenLayout:
    """A layout held against one page: the form of it that comes nearest."""

    name: str
    matches: bool
    marks: tuple[SeenMark, ...]

    @property
    def near(self) -> bool:
        """Whether something of the layout is there, though not all."""
        return not self.matches and any(mark.found and mark.wanted for mark in self.marks)


@dataclass(slots=True)
class Trace:
    """Filled during one parse; read after it, whether it gave a record or not."""

    layouts: list[SeenLayout] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def take(self, name: str, value: object, source: str, element: etree._Element | None = None) -> None:
        """Note a field's value, unless there is none."""
        if value:
            self.taken.append(Taken(name, source, path_of(element), str(value)))

    def leave(self, element: etree._Element | None, reason: str, text: str) -> None:
        """Note what was left out."""
        classes = "" if element is None else element.get("class") or ""
        self.left.append(Left(path_of(element), classes, reason, text))


def path_of(element: etree._Element | None) -> str:
    """Where an element stands, in the manner of a CSS selector: itself and its nearest ancestors."""
    steps: list[str] = []
    while element is not None and isinstance(element.tag, str) and len(steps) < _STEPS:
        steps.append(_step(element))
        if element.get("id") or element.tag == "body":
            break
        element = element.getparent()
    return " > ".join(reversed(steps))


def _step(element: etree._Element) -> str:
    tag = str(element.tag)
    if element.get("id"):
        return f"{tag}#{element.get('id')}"
    classes = (element.get("class") or "").split()
    if classes:
        return f"{tag}.{classes[0]}"
    before = sum(1 for other in element.itersiblings(tag, preceding=True))
    return f"{tag}:nth-of-type({before + 1})" if before or element.getnext() is not None else tag

"""Where a parse took each value from and what it left out, noted by the parse itself.

A parse notes into NO_TRACE unless a trace is given, so that what `scrapy explain` shows can't differ from what was
done.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from newscrawler.items import Doubt
from newscrawler.pages.html import Element, Node, text_of

_STEPS = 3


@dataclass(frozen=True, slots=True)
class Extraction:
    """A value of a field. ``source`` says in what form it stood; ``path`` is its element's, "" for none."""

    field: str
    source: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not taken for prose, or cut from it."""

    path: str
    classes: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt about the record, and what cast it. ``path`` is "" where no element did."""

    doubt: Doubt
    reason: str
    path: str


@dataclass(frozen=True, slots=True)
class CheckedCondition:
    """A condition of a layout on one page. ``wanted`` is False for one that the layout's pages must not meet."""

    says: str
    wanted: bool
    found: bool

    @property
    def holds(self) -> bool:
        """Whether the page is in this as the layout wants it."""
        return self.found is self.wanted


@dataclass(frozen=True, slots=True)
class CheckedLayout:
    """A layout compared with one page: the signature of it that comes nearest."""

    name: str
    matches: bool
    conditions: tuple[CheckedCondition, ...]

    @property
    def near(self) -> bool:
        """Whether something of the layout is there, though not all."""
        return not self.matches and any(condition.found and condition.wanted for condition in self.conditions)


class _Paths:
    """Where elements stand, in the manner of a CSS selector."""

    def __init__(self) -> None:
        #: Of each parent asked about, the place of its children among those of their tag, 0 for an only child.
        self._places: dict[Node, dict[Element, int]] = {}

    def of(self, element: Element | None) -> str:
        """The element and its nearest ancestors."""
        steps: list[str] = []
        while element is not None and len(steps) < _STEPS:
            steps.append(self._step(element))
            if element.attr("id") or element.tag == "body":
                break
            parent = element.parent
            element = parent if isinstance(parent, Element) else None
        return " > ".join(reversed(steps))

    def _step(self, element: Element) -> str:
        tag = element.tag
        if element.attr("id"):
            return f"{tag}#{element.attr('id')}"
        classes = (element.attr("class") or "").split()
        if classes:
            return f"{tag}.{classes[0]}"
        place = self._place(element)
        return f"{tag}:nth-of-type({place})" if place else tag

    def _place(self, element: Element) -> int:
        parent = element.parent
        if parent is None:
            return 0
        if parent not in self._places:
            children = [node for node in parent if isinstance(node, Element)]
            counts: Counter[str] = Counter()
            places: dict[Element, int] = {}
            for child in children:
                counts[child.tag] += 1
                places[child] = counts[child.tag] if len(children) > 1 else 0
            # The last of its tag, and the only one, needs no number.
            last = children[-1]
            if places[last] == 1:
                places[last] = 0
            self._places[parent] = places
        return self._places[parent][element]


@dataclass(slots=True)
class Trace:
    """Filled during one parse; read after it, whether it gave a record or not."""

    layouts: list[CheckedLayout] = field(default_factory=list)
    extractions: list[Extraction] = field(default_factory=list)
    skips: list[Skipped] = field(default_factory=list)
    doubts: list[Doubted] = field(default_factory=list)
    _paths: _Paths = field(default_factory=_Paths, repr=False)
    #: Whether notes are kept: what only a trace needs is not worked out otherwise.
    enabled: ClassVar[bool] = True

    def extracted(self, name: str, value: object, source: str, element: Element | None = None) -> None:
        """Note a field's value, unless there is none."""
        if value:
            self.extractions.append(Extraction(name, source, self._paths.of(element), str(value)))

    def skipped(self, element: Element | None, reason: str, text: str | None = None) -> None:
        """Note what was left out: an element, or a text at it."""
        classes = "" if element is None else element.attr("class") or ""
        self.skips.append(Skipped(self._paths.of(element), classes, reason, text_of(element) if text is None else text))

    def doubted(self, doubt: Doubt, reason: str, element: Element | None = None) -> None:
        """Note a doubt."""
        self.doubts.append(Doubted(doubt, reason, self._paths.of(element)))


class _NoTrace(Trace):
    """Keeps nothing, at no cost."""

    enabled = False

    def extracted(self, name: str, value: object, source: str, element: Element | None = None) -> None: ...

    def skipped(self, element: Element | None, reason: str, text: str | None = None) -> None: ...

    def doubted(self, doubt: Doubt, reason: str, element: Element | None = None) -> None: ...


NO_TRACE = _NoTrace()

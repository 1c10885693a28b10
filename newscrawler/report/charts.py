"""Charts as SVG that pygal draws, with no style, script or outside name in them; report.css gives the colours.

Each has its figures once more as a table, for those who can't see it or want the numbers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import pygal  # type: ignore[import-untyped]
from lxml import etree
from markupsafe import Markup
from pygal.style import Style  # type: ignore[import-untyped]

from newscrawler.utils import truncate

# pygal adds an importer for plugins with maps, in a form that Python warns of at each import that comes after.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

#: A name and one value a label; None leaves a gap.
Series: TypeAlias = tuple[str, Sequence[float | None]]
Format: TypeAlias = Callable[[float], str]

_WIDTH, _HEIGHT = 480, 210
_MAX_LABELS = 6
_MAX_STRETCHES = 3
#: First columns of tables in which the newest comes first; in a drawing it stands on the right.
_IN_TIME = ("day", "day fetched", "month", "year", "run")
_SHARES, _UPPER_SHARES = [0.0, 25.0, 50.0, 75.0, 100.0], [50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Chart:
    """What the page shows: the drawing, the names in their order and the table."""

    title: str
    note: str
    svg: Markup
    names: list[str]
    #: Name of the first column.
    over: str
    rows: list[tuple[str, list[str]]]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.rows


def plain(value: float) -> str:
    """A count with thousands set apart."""
    return f"{value:,.0f}".replace(",", "\u202f")


def counted(value: float, one: str, many: str = "") -> str:
    """A count with its noun, in the singular or the plural."""
    return f"{plain(value)} {one if value == 1 else many or f'{one}s'}"


def percent(value: float) -> str:
    """A share of 100, without decimals unless there is nearly all or nothing."""
    return f"{value:.0f} %" if value in (0, 100) or 1 <= round(value) <= 99 else f"{value:.1f} %"


def megabytes(value: float) -> str:
    """Bytes in a unit that people read."""
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def bars(
    title: str, over: str, labels: Sequence[str], series: Sequence[Series], *, form: Format = plain, note: str = ""
) -> Chart:
    """Bars over labels, of several series stacked."""
    sums = [sum(values[at] or 0 for _, values in series) for at in range(len(labels))]
    if over in _IN_TIME and over != "run":
        note = " ".join(filter(None, [note, _empty_stretches(labels, sums)]))
    return _chart(
        pygal.StackedBar, title, over, labels, series, ticks=_ticks(max(sums, default=0)), form=form, note=note
    )


def _empty_stretches(labels: Sequence[str], sums: Sequence[float]) -> str:
    """What is said of the labels between and after the bars that have none; nothing of those before the first."""
    first = next((at for at, value in enumerate(sums) if value), len(sums))
    stretches = [
        [labels[at] for at in stretch]
        for is_empty, stretch in groupby(range(first, len(sums)), lambda at: not sums[at])
        if is_empty
    ]
    if not stretches:
        return ""
    stretches.sort(key=len, reverse=True)
    named = [names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}" for names in stretches[:_MAX_STRETCHES]]
    more = len(stretches) - len(named)
    return f"None: {', '.join(named)}{f' and {more} more' if more else ''}."


def horizontal_bars(title: str, over: str, counts: Sequence[tuple[str, int]]) -> Chart:
    """Lying bars with their names beside them, the first on top."""
    most = max((count for _, count in counts), default=0)
    labels, values = [name for name, _ in counts], [count for _, count in counts]
    return _chart(
        pygal.HorizontalBar, title, over, labels, [("articles", values)], ticks=_ticks(most), form=plain, note=""
    )


def lines(
    title: str, over: str, labels: Sequence[str], series: Sequence[Series], *, form: Format = plain, note: str = ""
) -> Chart:
    """A line for each series."""
    most = max((value for _, values in series for value in values if value is not None), default=0)
    least = min((value for _, values in series for value in values if value is not None), default=0)
    ticks = (_UPPER_SHARES if least >= _UPPER_SHARES[0] else _SHARES) if form is percent else _ticks(most)
    return _chart(pygal.Line, title, over, labels, series, ticks=ticks, form=form, note=note)


def _chart(
    kind: Any,
    title: str,
    over: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    ticks: list[float],
    form: Format,
    note: str,
) -> Chart:
    names = [name for name, _ in series]
    if all(value is None for _, values in series for value in values):
        return Chart(title, note, Markup(), names, over, [])
    lying = kind is pygal.HorizontalBar
    most = _MAX_LABELS - 2 if over == "run" else _MAX_LABELS
    every = 1 if lying else max(1, math.ceil(len(labels) / most))
    height = 40 + 26 * len(labels) if lying else _HEIGHT
    # pygal begins lying bars at the bottom.
    order = -1 if lying else 1
    chart = kind(
        **{"js": [], "css": [], "classes": ["chart"], "no_prefix": True, "show_legend": False},
        **{"width": _WIDTH, "height": height, "margin": 2, "margin_left": 8, "margin_right": 8, "spacing": 4},
        style=Style(label_font_size=12, major_label_font_size=12),
        formatter=form,
        show_minor_x_labels=lying,
        x_labels_major_every=every,
        truncate_label=30,
        dots_size=1.5 if len(labels) > 20 else 2.5,
        range=(ticks[0], ticks[-1]),
        allow_interruptions=True,
    )
    # A bar of 1 beside one of thousands can't be seen, its number can.
    shown = [
        f"{truncate(label, 18)} {form(series[0][1][at] or 0)}" if lying else label for at, label in enumerate(labels)
    ]
    chart.x_labels = shown[::order]
    chart.y_labels = [{"value": tick, "label": form(tick)} for tick in ticks]
    for name, values in series:
        chart.add(name, list(values)[::order])
    rows = [
        (label, ["–" if values[at] is None else form(values[at] or 0) for _, values in series])
        for at, label in enumerate(labels)
    ]
    if over in _IN_TIME:
        rows.reverse()
    return Chart(title, note, _bare(chart.render_tree(), title, names), names, over, rows)


def _ticks(most: float) -> list[float]:
    """Four or five round numbers from 0 up to the greatest value; whole ones, for they count things."""
    step = max(1.0, most / 4)
    size = 10 ** math.floor(math.log10(step))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= step)
    return [step * at for at in range(max(1, math.ceil(most / step)) + 1)]


def _bare(root: Any, title: str, names: Sequence[str]) -> Markup:
    """What pygal drew, without its style, script, comments and empty parts; values become titles, for the pointer."""
    for node in list(root):
        if node.tag in ("defs", "title", f"{_SVG}defs", f"{_SVG}title") or not isinstance(node.tag, str):
            root.remove(node)
    for node in list(root.iter()):
        parent = node.getparent()
        if parent is None:
            continue
        classes = (node.get("class") or "").split()
        if {"tooltip-overlay", "text-overlay", "background"} & set(classes) or _is_nothing(node):
            parent.remove(node)
        elif _tag(node) == "desc" or (_tag(node) == "title" and "guides" in (parent.get("class") or "")):
            _become_title(node, parent, names)
        node.attrib.pop("style", None)
        for name, value in node.attrib.items():
            if name in ("x", "y", "width", "height", "cx", "cy"):
                node.set(name, f"{float(value):.1f}")
            elif name == "d":
                node.set(name, _rounded(value))
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", f"{title}: a chart; the table below has its figures")
    etree.cleanup_namespaces(root)
    # The text was escaped by the serializer; an SVG in HTML is read by the same rules.
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704


def _is_nothing(node: Any) -> bool:
    """Whether a node is a bar without height: of a 0."""
    return node.get("class") == "bar" and any(not float(one.get("height") or 1) for one in node)


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _become_title(node: Any, parent: Any, names: Sequence[str]) -> None:
    """Turn the first of pygal's descriptions of a mark, its value, into a title; the others go."""
    if node.get("class") != "value":
        parent.remove(node)
        return
    group = next((one.get("class") for one in node.iterancestors() if "serie-" in (one.get("class") or "")), "")
    number = next((int(name[6:]) for name in group.split() if name.startswith("serie-")), 0)
    label = next((one.text for one in parent if one.get("class") == "x_label"), None)
    title = etree.SubElement(parent, node.tag.replace("desc", "title"))
    title.text = f"{label + ', ' if label else ''}{names[number]}: {node.text}"
    parent.remove(node)


def _rounded(path: str) -> str:
    return " ".join(f"{word[:1] if word[:1].isalpha() else ''}{_one_place(word)}" for word in path.split())


def _one_place(word: str) -> str:
    digits = word.lstrip("MLZHhVvmlz")
    return f"{float(digits):.1f}" if digits else ""

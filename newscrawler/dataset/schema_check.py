"""Whether a record keeps to the schema, for `verify`.

As much of JSON Schema as ``record_docs.article_schema`` uses, and one thing more: times must be real times. A test
compares the verdicts with those of the jsonschema package, which would bring five packages into every crawl.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from newscrawler.record_docs import article_schema

_IS: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class SchemaCheck:
    """Tells what is wrong with records; made once, called for each. ``checked`` counts them."""

    def __init__(self) -> None:
        self._schema = article_schema()
        self.checked = 0

    def __call__(self, record: dict[str, Any]) -> list[str]:
        """One text a fault, beginning with the field's name."""
        self.checked += 1
        return list(_faults(record, self._schema, ""))


def _faults(value: Any, part: dict[str, Any], name: str) -> Iterator[str]:
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if not any(_IS[kind](value) for kind in kinds):
        yield f"{name or 'record'}: {_short(value)} is not {' or '.join(kinds)}"
        return
    if "enum" in part and value not in part["enum"]:
        yield f"{name}: {_short(value)} is none of the values it may have"
    if isinstance(value, str):
        yield from _text_faults(value, part, name)
    elif isinstance(value, list):
        if len(value) < part.get("minItems", 0):
            yield f"{name}: empty"
        for at, inner in enumerate(value):
            yield from _faults(inner, part["items"], f"{name}[{at}]")
    elif isinstance(value, dict):
        yield from _object_faults(value, part, name)
    elif isinstance(value, int | float) and not part.get("minimum", value) <= value <= part.get("maximum", value):
        yield f"{name}: {value} is out of bounds"


def _text_faults(value: str, part: dict[str, Any], name: str) -> Iterator[str]:
    if len(value) < part.get("minLength", 0):
        yield f"{name}: empty"
    if "pattern" in part and not re.search(part["pattern"], value):
        yield f"{name}: {_short(value)} is not of the form {part['pattern']}"
    elif part.get("format") == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield f"{name}: {_short(value)} is no time"


def _object_faults(value: dict[str, Any], part: dict[str, Any], name: str) -> Iterator[str]:
    prefix = f"{name}." if name else ""
    for key in part["required"]:
        if key not in value:
            yield f"{prefix}{key}: missing"
    for key, inner in part["properties"].items():
        if key in value:
            yield from _faults(value[key], inner, f"{prefix}{key}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"

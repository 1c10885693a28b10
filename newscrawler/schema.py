"""The JSON Schema and the field page, generated from the item class."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from newscrawler.items import REQUIRED_FIELDS, SCHEMA_VERSION, Article

_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", NoneType: "null"}


def article_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line of the dataset.

    Readers of version 1.x must be able to read every 1.y: unknown keys are allowed, known ones are required.
    """
    schema = _object(Article)
    for name in REQUIRED_FIELDS:
        _not_null(schema["properties"][name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"newscrawler article, schema_version {SCHEMA_VERSION}",
        **schema,
    }


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(article_schema(), indent=2, ensure_ascii=False) + "\n"


def fields_page() -> str:
    """docs/use/fields.md."""
    lines = [
        "# What each field means",
        "",
        "<!-- Generated from newscrawler/items.py by `scrapy schema --write`; do not edit. -->",
        "",
        f"One JSON object a line, UTF-8, keys in this order. `schema_version` is {SCHEMA_VERSION} and follows",
        "semantic versioning: a reader of 1.x can read every 1.y. A field is null or [] when the page has none; it is",
        "never absent. Times are ISO 8601 in UTC. The same as a JSON Schema: `newscrawler/article.schema.json`.",
        "",
        "| field | type | meaning |",
        "| --- | --- | --- |",
    ]
    for name, part in article_schema()["properties"].items():
        lines.append(f"| `{name}` | {_type_name(part)} | {part['description']} |")
        inner = part.get("items", part).get("properties", {})
        prefix = f"{name}[]" if "items" in part else name
        lines += [f"| `{prefix}.{key}` | {_type_name(sub)} | {sub['description']} |" for key, sub in inner.items()]
    lines += ["", "A record is exported only when it has: " + ", ".join(f"`{n}`" for n in REQUIRED_FIELDS) + ".", ""]
    return "\n".join(lines)


def _object(cls: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    properties = {}
    for field in fields(cls):
        part = _of_type(hints[field.name])
        part.update(field.metadata.get("json_schema_extra", {}))
        if "enum" in part and "null" in part["type"]:
            part["enum"] = [*part["enum"], None]
        properties[field.name] = part
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": True}


def _of_type(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is list:
        return {"type": "array", "items": _of_type(get_args(hint)[0])}
    if isinstance(hint, UnionType):
        parts = [_of_type(arg) for arg in get_args(hint)]
        merged = {key: value for part in parts for key, value in part.items()}
        merged["type"] = [part["type"] for part in parts]
        return merged
    if is_dataclass(hint):
        return _object(cast("type[Any]", hint))
    return {"type": _JSON_TYPES[hint]}


def _not_null(part: dict[str, Any]) -> None:
    if isinstance(part["type"], list):
        part["type"] = next(name for name in part["type"] if name != "null")
    if part["type"] == "array":
        part["minItems"] = 1


def _type_name(part: dict[str, Any]) -> str:
    kind = part["type"]
    if isinstance(kind, list):
        return " or ".join(kind)
    return f"list of {part['items']['type']}" if kind == "array" else str(kind)


# --- schema_check ---

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

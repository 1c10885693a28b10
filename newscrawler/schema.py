"""The JSON Schema and the field page, generated from the item class."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from itemadapter import ItemAdapter

from newscrawler.items import REQUIRED_FIELDS, SCHEMA_VERSION, Article
from newscrawler.utils import parse_time, truncate


def article_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line of the dataset.

    Readers of version 1.x must be able to read every 1.y: unknown keys are allowed, known ones are required. One that
    came after 1.0.0 has the version in ``x-since``; lines that name an earlier version need not have it.
    """
    schema = _strict(ItemAdapter.get_json_schema(Article))
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


_FIRST = ("type", "items", "properties", "required", "additionalProperties")


def _strict(part: dict[str, Any]) -> dict[str, Any]:
    """A part of what itemadapter gives: every key required, unknown ones allowed, and null as one of the types."""
    options = part.get("anyOf", [part])
    merged = {key: value for option in (*options, part) for key, value in option.items()}
    given = (option.get("type", part.get("type")) for option in options)
    kinds = list(dict.fromkeys(kind for one in given for kind in (one if isinstance(one, list) else [one])))
    kinds.sort(key=lambda kind: kind == "null")
    merged["type"] = kinds if len(kinds) > 1 else kinds[0]
    if "enum" in merged and "null" in kinds:
        merged["enum"] = [*merged["enum"], None]
    if "items" in merged:
        merged["items"] = _strict(merged["items"])
    if "properties" in merged:
        merged["properties"] = {name: _strict(inner) for name, inner in merged["properties"].items()}
        merged |= {"required": list(merged["properties"]), "additionalProperties": True}
    names = [*_FIRST, *part, *merged]
    return {name: merged[name] for name in names if name in merged and name not in ("anyOf", "default")}


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
    """Tells what is wrong with records; made once, called for each. ``checked`` counts them.

    A line is checked against the version that it names: of a 1.x before ours, what came later may be missing.
    """

    def __init__(self, schema: dict[str, Any] | None = None) -> None:
        self._schema = article_schema() if schema is None else schema
        self.checked = 0

    def __call__(self, record: dict[str, Any]) -> list[str]:
        """One text a fault, beginning with the field's name."""
        self.checked += 1
        return list(_faults(record, self._schema, "", _version(record.get("schema_version"))))


#: Later than every version: of a record that names none, all that is known is required.
_LATEST = (1 << 31,)


def _version(text: object) -> tuple[int, ...]:
    found = re.fullmatch(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})", text) if isinstance(text, str) else None
    return _LATEST if found is None else tuple(map(int, found.groups()))


def _faults(value: Any, part: dict[str, Any], name: str, version: tuple[int, ...]) -> Iterator[str]:
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if not any(_IS[kind](value) for kind in kinds):
        yield f"{name or 'record'}: {truncate(repr(value), 80)} is not {' or '.join(kinds)}"
        return
    if "enum" in part and value not in part["enum"]:
        yield f"{name}: {truncate(repr(value), 80)} is none of the values it may have"
    if isinstance(value, str):
        yield from _text_faults(value, part, name)
    elif isinstance(value, list):
        if len(value) < part.get("minItems", 0):
            yield f"{name}: empty"
        for at, inner in enumerate(value):
            yield from _faults(inner, part["items"], f"{name}[{at}]", version)
    elif isinstance(value, dict):
        yield from _object_faults(value, part, name, version)
    elif isinstance(value, int | float) and not part.get("minimum", value) <= value <= part.get("maximum", value):
        yield f"{name}: {value} is out of bounds"


def _text_faults(value: str, part: dict[str, Any], name: str) -> Iterator[str]:
    if len(value) < part.get("minLength", 0):
        yield f"{name}: empty"
    if "pattern" in part and not re.search(part["pattern"], value):
        yield f"{name}: {truncate(repr(value), 80)} is not of the form {part['pattern']}"
    elif part.get("format") == "date-time":
        try:
            parse_time(value)
        except ValueError:
            yield f"{name}: {truncate(repr(value), 80)} is no time"


def _object_faults(value: dict[str, Any], part: dict[str, Any], name: str, version: tuple[int, ...]) -> Iterator[str]:
    prefix = f"{name}." if name else ""
    for key in part["required"]:
        if key not in value and _version(part["properties"][key].get("x-since", "1.0.0")) <= version:
            yield f"{prefix}{key}: missing"
    for key, inner in part["properties"].items():
        if key in value:
            yield from _faults(value[key], inner, f"{prefix}{key}", version)

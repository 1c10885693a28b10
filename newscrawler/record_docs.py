"""The JSON Schema and the field page, generated from the item class."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
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
    """docs/fields.md."""
    lines = [
        "# What each field means",
        "",
        "<!-- Generated from newscrawler/items.py by `scrapy schema --write`; do not edit. -->",
        "",
        f"One JSON object a line, UTF-8, keys in this order. `schema_version` is {SCHEMA_VERSION} and follows",
        "semantic versioning: a reader of 1.x can read every 1.y. A field is null or [] when the page has none; it is",
        "never absent. Times are ISO 8601 in UTC. The same as a JSON Schema: `newscrawler/schema/article.schema.json`.",
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

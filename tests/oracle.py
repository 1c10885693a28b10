"""Is a dataset what it must be? One check for all that crawl, kill, break and wait."""

from __future__ import annotations

from typing import Any

import jsonschema

from newscrawler.schema import article_schema

_schema = jsonschema.Draft202012Validator(article_schema())


def schema_problems(record: dict[str, Any]) -> list[str]:
    """What is wrong with a record by the full schema, as jsonschema sees it and not our own check."""
    return [error.message for error in _schema.iter_errors(record)]

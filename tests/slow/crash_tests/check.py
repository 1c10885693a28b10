"""Is the dataset what it must be, whatever happened to the runs that wrote it?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema

from newscrawler.dataset import finished_files, read_lines, verify
from newscrawler.exceptions import NewscrawlerError
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.ledger.database import Database
from newscrawler.ledger.revisit_policy import DEFAULT_TABLE
from newscrawler.schema import article_schema
from tests.slow.crash_tests.later import LATER
from tests.slow.crash_tests.world import AFTER, World

#: Fields in which a record must agree with the truth; a mirror or an alias may have another address.
FIELDS = ("headline", "lead", "paragraphs", "published_at", "section", "authors", "developing", "image", "tags")
#: Metadata whose change with the same words is a revision.
_METADATA = ("published_at", "authors", "section", "developing")

_schema = jsonschema.Draft202012Validator(article_schema())


def lines_of(data_dir: Path) -> list[bytes]:
    """All lines of the finished files, in order."""
    return [line for path in finished_files(data_dir) for _, line in read_lines(path)]


def problems(data_dir: Path, world: World, first: Sequence[bytes], *, later: bool = False) -> list[str]:
    """Everything that is wrong; empty for a dataset that is whole.

    ``first`` are the lines that the first run, on the first state of the site, had written; none if there was no
    first run, and then what the second state does not name can't be there.
    """
    try:
        lines = lines_of(data_dir)
    except NewscrawlerError as error:
        return [str(error)]
    records: list[dict[str, Any]] = []
    found: list[str] = []
    for line in lines:
        try:
            records.append(json.loads(line))
        except ValueError as error:
            found.append(f"no JSON: {error}: {line[:60]!r}")
        if not line.endswith(b"\n"):
            found.append(f"torn line: {line[:60]!r}")
    lost = Counter(first) - Counter(lines)
    found += [f"an earlier line is lost: {line[:60]!r}" for line in lost.elements()]
    found += _wrong_revisions(records, world, {json.loads(line)["article_id"]: json.loads(line) for line in first})
    found += _wrong_folders(data_dir)
    found += _wrong_ledger(data_dir, later=later)
    return found


def _wrong_revisions(records: list[dict[str, Any]], world: World, first: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Each article exactly once in each of its revisions, the last one as the site has it now."""
    by_id: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_id.setdefault(record["article_id"], []).append(record)
    for article_id, truth in world.truths.items():
        history = by_id.pop(article_id, [])
        if not first and article_id not in world.named and not history:
            continue
        if not history:
            yield f"{article_id}: lost"
            continue
        old = first.get(article_id)
        expected = 1 if old is None or _same(old, truth) else 2
        numbers = [record["revision"] for record in history]
        if numbers != list(range(1, expected + 1)):
            yield f"{article_id}: revisions {numbers}, should be 1 to {expected}"
        last = history[-1]
        wrong = (name for name in FIELDS if last[name] != truth[name])
        yield from (f"{article_id}: {name} is {str(last[name])[:60]!r}" for name in wrong)
        if expected == 2 and last["revision_reason"] != _reason(history[0], truth):
            yield f"{article_id}: reason {last['revision_reason']}"
    yield from (f"{article_id}: not an article of the site" for article_id in by_id)


def _same(record: dict[str, Any], truth: dict[str, Any]) -> bool:
    return all(record[name] == truth[name] for name in ("headline", "lead", "paragraphs", *_METADATA))


def _reason(record: dict[str, Any], truth: dict[str, Any]) -> str:
    words = all(record[name] == truth[name] for name in ("headline", "lead", "paragraphs"))
    return "metadata" if words else "content"


def _wrong_folders(data_dir: Path) -> Iterator[str]:
    for name in ("parts", "orphans"):
        left = sorted(path.name for path in (data_dir / name).glob("*"))
        if left:
            yield f"{name} is not empty: {left}"


def _wrong_ledger(data_dir: Path, *, later: bool) -> Iterator[str]:
    """Ledger and files against each other, and nothing that the last run should have done still to do."""
    path = data_dir / LEDGER_NAME
    try:
        if later:
            database = Database(path, durability="run", read_only=True, migrations=LATER)
            ledger = Ledger(database, DEFAULT_TABLE)
        else:
            ledger = Ledger.open(path, read_only=True)
    except NewscrawlerError as error:
        yield str(error)
        return
    with ledger:
        for problem in verify(data_dir, ledger, _schema_problems):
            yield f"verify: {problem.kind}: {problem.file}:{problem.line}: {problem.detail}"
        yield from (f"run {run.run_id} is unfinished" for run in ledger.runs.unfinished())
        due = ledger.addresses.count_due(AFTER + timedelta(minutes=1))
        if due:
            yield f"{due} addresses are still due"


def _schema_problems(record: dict[str, Any]) -> list[str]:
    return [error.message for error in _schema.iter_errors(record)]

"""Is anything lost? The dataset against the replica's truth, against what it was, and against itself."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

from newscrawler.dataset import verify
from newscrawler.exceptions import NewscrawlerError
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.schema import article_schema
from tests.replica.script import Script
from tests.slow.crash_tests.check import lines_of
from tests.slow.fault_injection.world import START, World
from tests.slow.soak.truth import face_of

_schema = jsonschema.Draft202012Validator(article_schema())


def losses(
    data_dir: Path,
    world: World,
    before: Sequence[bytes],
    until: datetime,
    *,
    stale: bool = False,
    leadless: bool = False,
) -> list[str]:
    """All that is lost, doubled, wrong or damaged after the last run, which was at ``until``.

    ``before`` are the lines that were there before the fault. ``stale``: an edit may still wait for its visit.
    ``leadless``: the pages had no lead for a while, and lines may say so.
    """
    try:
        lines = lines_of(data_dir)
        records = [json.loads(line) for line in lines]
    except (NewscrawlerError, ValueError) as error:
        return [str(error)]
    found = [f"an earlier line is lost: {line[:60]!r}" for line in (Counter(before) - Counter(lines)).elements()]
    histories: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        histories[int(record["article_id"])].append(record)
    known = {int(json.loads(line)["article_id"]) for line in before}
    for script in world.site.scripts.values():
        due = script.head.section == "news" and START < script.head.published_at <= until
        history = histories.pop(script.number, [])
        if history or due or script.number in known:
            found += _wrong(script, history, world, until, stale=stale, leadless=leadless)
    found += [f"{number}: not an article of the site" for number in histories]
    return found + list(_damage(data_dir))


def _wrong(
    script: Script, history: list[dict[str, Any]], world: World, until: datetime, *, stale: bool, leadless: bool
) -> Iterator[str]:
    """Each version at most once, in order, and the last one as the site has it."""
    if not history:
        yield f"{script.number}: lost"
        return
    history.sort(key=lambda record: int(record["revision"]))
    revisions = [record["revision"] for record in history]
    if revisions != list(range(1, len(history) + 1)):
        yield f"{script.number}: revisions {revisions}"
    if any(record["status"] != "published" for record in history):
        yield f"{script.number}: {history[-1]['status']}, though it was never taken away"
    truths = [world.site.version_of(script.number, at).truth() for at in range(len(script.starts))]
    versions = [_version(record, truths) for record in history]
    if leadless:
        bare = [_version(record, [{**truth, "lead": None} for truth in truths]) for record in history]
        both = [max(pair) for pair in zip(versions, bare, strict=True)]
        versions = [at for place, at in enumerate(both) if place == 0 or at != both[place - 1]]
    if -1 in versions or versions != sorted(set(versions)):
        yield f"{script.number}: its lines are versions {versions}"
    elif not stale and versions[-1] != script.version_at(until):
        yield f"{script.number}: version {versions[-1]}, the site has {script.version_at(until)}"


def _version(record: Mapping[str, Any], truths: Sequence[Mapping[str, Any]]) -> int:
    """Which version a line has; -1 for one that the site never had."""
    faces = [face_of(truth) for truth in truths]
    face = face_of(record)
    return faces.index(face) if face in faces else -1


def _damage(data_dir: Path) -> Iterator[str]:
    """What `scrapy dataset verify` finds, and runs that nobody brought to an end."""
    try:
        with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
            for problem in verify(data_dir, ledger, lambda record: [e.message for e in _schema.iter_errors(record)]):
                yield f"verify: {problem.kind}: {problem.file}:{problem.line}: {problem.detail}"
            yield from (f"run {run.run_id} is unfinished" for run in ledger.runs.unfinished())
    except NewscrawlerError as error:
        yield str(error)

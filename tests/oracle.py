"""Is a dataset what it must be, whatever happened to the runs that wrote it?

One check for all that crawl, kill, break and wait: ``problems`` compares a data folder with what the replica knows
to be true. It reads the files and the ledger itself; `scrapy dataset verify` is asked too, but under test as well.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.dataset.verification import verify
from newscrawler.exceptions import NewscrawlerError
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.schema import article_schema

#: Fields in which a record must agree with the truth; an alias may have another URL.
FIELDS = ("headline", "lead", "paragraphs", "published_at", "section", "authors", "developing", "image", "tags")
_WORDS = ("headline", "lead", "paragraphs")
_SHOWN = 60
_schema = jsonschema.Draft202012Validator(article_schema())
Record = Mapping[str, Any]


def schema_problems(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with a record by the full schema, as jsonschema sees it and not our own check."""
    return [error.message for error in _schema.iter_errors(record)]


def lines_of(data_dir: Path) -> list[bytes]:
    """All lines of the finished files, in order."""
    return [line for path in finished_files(data_dir) for _, line in read_lines(path)]


def records_of(data_dir: Path) -> list[dict[str, Any]]:
    """All records of the finished files, in order."""
    return [json.loads(line) for line in lines_of(data_dir)]


def exact(record: Record) -> Hashable:
    """All of FIELDS, as they are: what two versions differ by unless a Truth says otherwise."""
    return json.dumps([record[name] for name in FIELDS], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there of one article. ``versions`` are what the site said, oldest first.

    ``latest`` is the one that the last line must have; None where any will do. ``optional``: no run need have seen
    the article at all.
    """

    versions: Sequence[Record]
    latest: int | None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a dataset is compared with.

    ``articles``: by article id, all that the site ever had. ``earlier``: lines that were there before, and must be
    still. ``face``: by what versions are told apart. ``without_lead``: the pages had no lead for a while, so lines
    may say so. ``due_at``: at that moment, no article may wait for a visit. ``orphans``: something may have been set
    aside by a recovery.
    """

    articles: Mapping[str, Expected]
    earlier: Sequence[bytes] = ()
    face: Callable[[Record], Hashable] = exact
    without_lead: bool = False
    due_at: datetime | None = None
    orphans: bool = False


def open_to_read(data_dir: Path) -> Ledger:
    """The ledger of a data folder."""
    return Ledger.open(data_dir / LEDGER_NAME, read_only=True)


def problems(
    data_dir: Path, truth: Truth, *, open_ledger: Callable[[Path], AbstractContextManager[Ledger]] = open_to_read
) -> list[str]:
    """All that is lost, doubled, wrong or damaged; empty for a dataset that is whole."""
    try:
        lines = lines_of(data_dir)
    except NewscrawlerError as error:
        return [str(error)]
    found: list[str] = []
    histories: defaultdict[str, list[Record]] = defaultdict(list)
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError as error:
            found.append(f"no JSON: {error}: {_shown(line)}")
            continue
        if not line.endswith(b"\n"):
            found.append(f"torn line: {_shown(line)}")
        histories[record["article_id"]].append(record)
    lost = Counter(truth.earlier) - Counter(lines)
    found += [f"an earlier line is lost: {_shown(line)}" for line in lost.elements()]
    known = {json.loads(line)["article_id"] for line in truth.earlier}
    for article_id, expected in truth.articles.items():
        history = histories.pop(article_id, [])
        if history:
            found += (f"{article_id}: {what}" for what in _wrong_history(history, expected, truth))
        elif article_id in known or not expected.optional:
            found.append(f"{article_id}: lost")
    found += [f"{article_id}: not an article of the site" for article_id in histories]
    return [*found, *damage(data_dir, truth.due_at, orphans=truth.orphans, open_ledger=open_ledger)]


def _wrong_history(history: list[Record], expected: Expected, truth: Truth) -> Iterator[str]:
    """Each version at most once, in order, and the last one as the site has it."""
    history.sort(key=lambda record: int(record["revision"]))
    revisions = [record["revision"] for record in history]
    if revisions != list(range(1, len(history) + 1)):
        yield f"revisions {revisions}, should be 1 to {len(history)}"
    if any(record["status"] != "published" for record in history):
        yield f"{history[-1]['status']}, though it was never taken away"
    versions = [_version_of(record, expected.versions, truth.face) for record in history]
    if truth.without_lead:
        bare = [{**version, "lead": None} for version in expected.versions]
        versions = [max(at, _version_of(one, bare, truth.face)) for at, one in zip(versions, history, strict=True)]
        versions = [at for place, at in enumerate(versions) if place == 0 or at != versions[place - 1]]
    if -1 in versions or versions != sorted(set(versions)):
        yield f"its lines are versions {versions}{_difference(history[-1], expected, versions)}"
    elif expected.latest is not None and versions[-1] != expected.latest:
        yield f"version {versions[-1]}, the site has {expected.latest}"
    for before, after in pairwise(history):
        reason = "metadata" if all(before[name] == after[name] for name in _WORDS) else "content"
        if after["revision_reason"] != reason:
            yield f"reason {after['revision_reason']}, should be {reason}"


def _version_of(record: Record, versions: Sequence[Record], face: Callable[[Record], Hashable]) -> int:
    """Which version a line has, the newest if the site went back to an earlier one; -1 for one that it never had."""
    wanted = face(record)
    return next((at for at in reversed(range(len(versions))) if face(versions[at]) == wanted), -1)


def _difference(last: Record, expected: Expected, versions: Sequence[int]) -> str:
    if versions[-1] != -1:
        return ""
    truth = expected.versions[-1 if expected.latest is None else expected.latest]
    wrong = (name for name in FIELDS if last[name] != truth[name])
    return "; " + ", ".join(f"{name} is {str(last[name])[:_SHOWN]!r}" for name in wrong)


def damage(
    data_dir: Path,
    due_at: datetime | None = None,
    *,
    orphans: bool = False,
    open_ledger: Callable[[Path], AbstractContextManager[Ledger]] = open_to_read,
) -> Iterator[str]:
    """Files and ledger against themselves and each other: what a dataset must be, of whatever site it is."""
    for name in ("parts",) if orphans else ("parts", "orphans"):
        left = sorted(path.name for path in (data_dir / name).glob("*"))
        if left:
            yield f"{name} is not empty: {left}"
    try:
        with open_ledger(data_dir) as ledger:
            for problem in verify(data_dir, ledger, schema_problems):
                yield f"verify: {problem.kind}: {problem.file}:{problem.line}: {problem.detail}"
            yield from (f"run {run.run_id} is unfinished" for run in ledger.runs.unfinished())
            due = ledger.urls.count_due(due_at) if due_at else 0
            if due:
                yield f"{due} addresses are still due"
    except NewscrawlerError as error:
        yield str(error)


def _shown(line: bytes) -> str:
    return repr(line[:_SHOWN])

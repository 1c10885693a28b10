"""Reading everything again: does each line say what it should, and do files and ledger agree?"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import ARTICLES, ORPHANS, PARTS, finished_files, read_lines, run_id_of
from newscrawler.exceptions import DatasetError
from newscrawler.items import json_value
from newscrawler.ledger import Key, Ledger, RevisionRow, Run
from newscrawler.pages.text import content_hash
from newscrawler.utils import TMP_SUFFIX

#: Kinds of problem and what each means.
KINDS: Mapping[str, str] = {
    "unreadable_file": "a file can't be read, or is no whole gzip file; its other lines were not checked",
    "torn_line": "the last line has no line end",
    "invalid_json": "a line is no JSON object",
    "no_key": "a record has no edition, article_id or revision",
    "schema": "a record breaks the schema",
    "text_mismatch": "text is not lead and paragraphs joined by blank lines",
    "hash_mismatch": "content_hash is not that of headline, lead and paragraphs",
    "altered_line": "a line is not byte for byte what was written",
    "ledger_mismatch": "the ledger has another content_hash, status or reason for the line",
    "misplaced_line": "a line is not where the ledger has it; one problem a file",
    "duplicate_revision": "the same revision of an article is there twice",
    "revision_gap": "the revision before this one is missing",
    "base_mismatch": "revision_of_hash is not that of the revision that stood before",
    "unknown_line": "the ledger doesn't know the line",
    "taken_down": "a line of an article that was taken down",
    "missing_line": "the ledger has a revision whose line is not in its file",
    "missing_file": "the ledger has a run with lines whose file is not there",
    "doubled_file": "a run has two files, a plain and a compressed one, say",
    "unfinished_part": "a part file is left over; run recover, unless a crawl is running",
    "orphan": "a part file that no run of the ledger explains",
    "stray_file": "a file that does not belong into the dataset's folders",
    "ledger_damaged": "SQLite finds the ledger's file damaged",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``file`` is relative to the data folder, ``line`` counts from 1; 0: the file."""

    kind: str
    file: str
    line: int
    detail: str


def verify(data_dir: Path, ledger: Ledger, validate: Callable[[dict[str, Any]], list[str]]) -> Iterator[Problem]:
    """Everything that is wrong with a data folder, file by file; changes nothing.

    ``validate`` gives what is wrong with a record by the schema. Keeps in memory one file's index at a time.
    """
    runs = {run.run_id: run for run in ledger.runs.with_lines()}
    seen: set[str] = set()
    for path in finished_files(data_dir):
        run_id = run_id_of(path)
        name = path.relative_to(data_dir).as_posix()
        if run_id in seen:
            yield Problem("doubled_file", name, 0, f"run {run_id} has another file; this one was not checked")
            continue
        seen.add(run_id)
        yield from _FileCheck(path, name, ledger, runs.get(run_id), validate).problems()
    parts, strays = _other_files(data_dir)
    yield from parts
    for run in runs.values():
        if run.run_id not in seen and not (data_dir / PARTS / f"{run.run_id}.jsonl").exists():
            yield Problem("missing_file", run.file or run.run_id, 0, f"{run.lines} lines of run {run.run_id}")
    yield from strays
    for detail in ledger.lines.problems():
        yield Problem("ledger_damaged", ledger.path.name, 0, detail)


def _other_files(data_dir: Path) -> tuple[list[Problem], list[Problem]]:
    """Problems of parts, and of files that should not be there."""
    parts: list[Problem] = []
    strays: list[Problem] = []
    finished = set(finished_files(data_dir))
    for folder in (PARTS, ORPHANS, ARTICLES):
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_dir() or path in finished:
                continue
            name = path.relative_to(data_dir).as_posix()
            if folder == ORPHANS:
                parts.append(Problem("orphan", name, 0, KINDS["orphan"]))
            elif folder == PARTS and path.name.endswith((".jsonl", TMP_SUFFIX)):
                parts.append(Problem("unfinished_part", name, 0, KINDS["unfinished_part"]))
            else:
                strays.append(Problem("stray_file", name, 0, KINDS["stray_file"]))
    return parts, strays


class _FileCheck:
    """One file against the schema, itself and the ledger's rows of its run."""

    def __init__(
        self,
        path: Path,
        name: str,
        ledger: Ledger,
        run: Run | None,
        validate: Callable[[dict[str, Any]], list[str]],
    ) -> None:
        self._path = path
        self._name = name
        self._ledger = ledger
        self._run_id = None if run is None else run.run_id
        self._validate = validate
        self._rows = {row.location.offset: row for row in ledger.lines.of_run(run)} if run else {}
        self._unseen = {(row.key, row.revision) for row in self._rows.values()}
        self._misplaced = False

    def problems(self) -> Iterator[Problem]:
        """All problems of the file; missing lines last."""
        try:
            for number, (offset, line) in enumerate(read_lines(self._path), start=1):
                for kind, detail in self._line(offset, line):
                    yield Problem(kind, self._name, number, detail)
        except DatasetError as error:
            yield Problem("unreadable_file", self._name, 0, str(error))
            return
        for row in self._rows.values():
            if (row.key, row.revision) in self._unseen:
                yield Problem("missing_line", self._name, 0, f"{'/'.join(row.key)} revision {row.revision}")

    def _line(self, offset: int, line: bytes) -> Iterator[tuple[str, str]]:
        if not line.endswith(b"\n"):
            yield "torn_line", f"{len(line)} bytes without a line end"
            return
        try:
            record = json.loads(line)
        except ValueError as error:
            yield "invalid_json", str(error)
            return
        if not isinstance(record, dict):
            yield "invalid_json", "no object"
            return
        yield from (("schema", detail) for detail in self._validate(record))
        yield from _own_problems(record)
        key, revision = (record.get("edition"), record.get("article_id")), record.get("revision")
        if not (isinstance(key[0], str) and isinstance(key[1], str) and isinstance(revision, int)):
            yield "no_key", KINDS["no_key"]
            return
        yield from self._against_ledger((key[0], key[1]), revision, offset, line, record)

    def _against_ledger(
        self, key: Key, revision: int, offset: int, line: bytes, record: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        what = f"{'/'.join(key)} revision {revision}"
        row = self._rows.get(offset)
        if row is None or (row.key, row.revision) != (key, revision):
            row = self._ledger.lines.find(key, revision)
            if row is None:
                taken = self._ledger.takedowns.includes(key)
                yield ("taken_down" if taken else "unknown_line"), what
                return
            if row.location.run_id != self._run_id or (key, revision) not in self._unseen:
                yield "duplicate_revision", f"{what} is also in run {row.location.run_id}"
                return
            if not self._misplaced:
                self._misplaced = True
                yield "misplaced_line", f"{what} is at byte {offset}, not {row.location.offset}"
        elif (key, revision) not in self._unseen:
            yield "duplicate_revision", f"{what} is in this file twice"
        self._unseen.discard((key, revision))
        if len(line) != row.location.length or zlib.crc32(line) != row.location.crc32:
            yield "altered_line", what
        yield from self._against_row(row, record, what)

    def _against_row(self, row: RevisionRow, record: dict[str, Any], what: str) -> Iterator[tuple[str, str]]:
        for name, value in (
            ("content_hash", row.content_hash),
            ("revision_reason", json_value(row.reason)),
            ("status", row.status.value),
        ):
            if record.get(name) != value:
                yield "ledger_mismatch", f"{what}: {name} is {record.get(name)!r}, in the ledger {value!r}"
        expected = self._ledger.lines.hash_before(row) if row.revision > 1 else None
        if row.revision > 1 and self._ledger.lines.find(row.key, row.revision - 1) is None:
            yield "revision_gap", what
        elif record.get("revision_of_hash") != expected:
            yield "base_mismatch", f"{what}: {record.get('revision_of_hash')!r}, should be {expected!r}"


def _own_problems(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a record says that can't be true whatever the ledger has."""
    lead, paragraphs = record.get("lead"), record.get("paragraphs")
    if not isinstance(paragraphs, list) or not all(isinstance(one, str) for one in paragraphs):
        return  # the schema check reports it
    if record.get("text") != "\n\n".join([lead, *paragraphs] if lead else paragraphs):
        yield "text_mismatch", KINDS["text_mismatch"]
    if record.get("content_hash") != content_hash(record.get("headline"), lead, paragraphs):
        yield "hash_mismatch", KINDS["hash_mismatch"]

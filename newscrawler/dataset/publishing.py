"""Copies finished files to where others read them, an object store: new ones are added, those taken down are removed.

The listing is written last: each file that it names has the length and digest that it gives, except while a takedown
is carried out.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from newscrawler.dataset.files import ARTICLES, finished_files
from newscrawler.exceptions import OutputError
from newscrawler.failpoints import failpoint

LISTING = "listing.json"
LATEST = "latest.jsonl"


class Store(Protocol):
    """What is asked of the place."""

    def names(self) -> list[str]:
        """All files there."""

    def open(self, name: str) -> IO[bytes]:
        """A file for reading."""

    def put(self, name: str, path: Path) -> None:
        """Store a file, in place of one of its name."""

    def remove(self, name: str) -> None:
        """Remove a file."""


@dataclass(slots=True)
class Published:
    """How many files there are now, and what was done for it."""

    files: int = 0
    copied: int = 0
    removed: int = 0


def publish(data_dir: Path, store: Store, latest: Callable[[], Iterable[bytes]] | None = None) -> Published:
    """Make the store's files those of the data folder; ``latest`` gives lines of one more. Safe to repeat.

    The run lock must be held. Raises OutputError, or what the store raises.
    """
    done = Published()
    there = set(store.names())
    before: dict[str, Any] = {}
    if LISTING in there:
        try:
            with store.open(LISTING) as file:
                before = {entry["name"]: entry for entry in json.loads(file.read())["files"]}
        except (ValueError, KeyError, TypeError):
            before = {}  # all is copied anew
    entries = []
    for path in finished_files(data_dir):
        entry = _entry(path, path.relative_to(data_dir).as_posix())
        entries.append(entry)
        if entry["name"] not in there or before.get(entry["name"]) != entry:
            store.put(entry["name"], path)
            done.copied += 1
            failpoint("published_file")
    with tempfile.TemporaryDirectory(prefix="newscrawler-publish-") as name:
        if latest is not None:
            newest = Path(name) / LATEST
            with newest.open("wb") as file:
                file.writelines(latest())
            store.put(LATEST, newest)
            entries.append(_entry(newest, LATEST))
        elif LATEST in before:
            # It may hold what has been taken down since.
            store.remove(LATEST)
        names = {entry["name"] for entry in entries}
        for gone in sorted(there - names):
            if gone.startswith(f"{ARTICLES}/"):
                store.remove(gone)
                done.removed += 1
        failpoint("before_listing")
        listing = Path(name) / LISTING
        listing.write_text(json.dumps({"files": entries}, indent=1) + "\n", "utf-8")
        store.put(LISTING, listing)
    done.files = len(entries)
    return done


def _entry(path: Path, name: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"name": name, "bytes": path.stat().st_size, "sha256": digest}
    except OSError as error:
        raise OutputError(f"{path}: can't be read: {error.strerror or error}") from error

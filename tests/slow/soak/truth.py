"""What a perfect crawl could have seen: the versions of each story, told apart as a reader would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from tests.replica.rehearsal import Calendar, ScriptedSite
from tests.replica.script import Script
from tests.replica.spans import clean

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Face:
    """By what two versions differ: the words, wherever the lead ends, and what readers are told about them."""

    words: str
    section: str
    developing: bool
    published_at: str
    authors: tuple[str, ...]


def face_of(record: Mapping[str, Any]) -> Face:
    """Of a line of the dataset, or of the replica's truth, which has the same keys."""
    stream = [record["headline"], record["lead"], *record["paragraphs"]]
    return Face(
        words=clean(" ".join(part for part in stream if part)),
        section=str(record["section"]),
        developing=bool(record["developing"]),
        published_at=str(record["published_at"]),
        authors=tuple(record["authors"]),
    )


@dataclass(frozen=True, slots=True)
class Version:
    """One face of a story and the span in which it stood; ``number`` counts faces from 0."""

    number: int
    face: Face
    start: datetime
    end: datetime

    def stood(self, calendar: Calendar) -> timedelta:
        """How long it could be seen."""
        first, last = max(self.start, calendar.down[0]), min(self.end, calendar.down[1])
        return self.end - self.start - max(timedelta(0), last - first)


@dataclass(frozen=True, slots=True)
class Known:
    """A story with all that it says from first to last."""

    script: Script
    versions: tuple[Version, ...]

    @property
    def published_at(self) -> datetime:
        """When it appeared."""
        return self.script.head.published_at

    def version_at(self, moment: datetime) -> Version | None:
        """The version that stood then; None before it appeared. Withdrawals don't count."""
        found = [version for version in self.versions if version.start <= moment]
        return found[-1] if found else None


@lru_cache(maxsize=10_000)
def known(site: ScriptedSite, script: Script) -> Known:
    """The versions of a story up to the end of the soak. A change that nobody can read is none."""
    versions: list[Version] = []
    end = site.calendar.end
    for index, start in enumerate(script.starts):
        face = face_of(site.version_of(script.number, index).truth())
        if start > end or (versions and versions[-1].face == face):
            continue
        if versions:
            last = versions.pop()
            versions.append(Version(last.number, last.face, last.start, start))
        versions.append(Version(len(versions), face, start, end))
    return Known(script, tuple(versions))

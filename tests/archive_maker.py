"""WARC files as years of several crawlers leave them: two editions, overlaps, revisits into other files, 404s, mirrors,
damage; and what is compared of the rows and lines that come of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.utils import open_plain_or_gzip
from tests.replica import Site, Story
from tests.replica.answers import Answers
from tests.replica.editions import EDITIONS, EditionAnswers, EditionSite
from tests.warc_files import HTML, PROFILE, Stored, damaged, record_bytes

START = datetime(2026, 5, 2, 12, tzinfo=UTC)


@dataclass
class Archive:
    """The files that were made."""

    files: list[Path] = field(default_factory=list)
    captures: int = 0
    damaged: int = 0
    #: Time of the last capture.
    end: datetime = START

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.files)


def digest_of(body: bytes) -> str:
    """As crawlers write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def edited(page: bytes, story: Story, word: str) -> bytes:
    """The page with another word in its text."""
    first = story.truth()["paragraphs"][0].split()[0]
    return page.replace(f"{first} ".encode(), f"{word} ".encode())


def make_archive(
    folder: Path,
    *,
    captures: int,
    files: int = 8,
    articles: int = 40,
    seed: int = 1,
    others: int = 0,
    start: datetime = START,
    errors: bool = True,
) -> Archive:
    """So many captures of the English and the German edition in so many files, in no order of time; the same for the
    same arguments. Without ``errors`` every record is whole and has a page.
    """
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    english = Site.build(articles=articles - articles // 4, faults="none")
    german = EditionSite.of(EDITIONS["de"], articles=articles // 4)
    stories: list[Story] = []
    pages: list[bytes] = []
    for site, answers in ((english, Answers(english)), (german, EditionAnswers(german))):
        stories += site.stories
        pages += [answers.answer(story.path).body for story in site.stories]
    made = Archive([folder / f"{'ab'[number % 2]}{number // 2}" / "crawl.warc.gz" for number in range(files)])
    out = []
    for path in made.files:
        path.parent.mkdir(parents=True, exist_ok=True)
        out.append(path.open("wb"))
    moment = start
    last: dict[int, Stored] = {}
    elsewhere = record_bytes(Stored("https://example.org/", b"<html>" + b"elsewhere " * 2000, START))
    for _ in range(captures):
        moment += timedelta(hours=draw.choice((0, 1, 5, 30)), seconds=draw.randrange(3))
        number = draw.randrange(len(stories))
        stored = _capture(draw, stories[number], pages[number], moment, last.get(number), errors)
        if stored.type == "response" and stored.status.startswith("200"):
            last[number] = stored
        data = record_bytes(stored)
        if errors and draw.random() < 0.002:
            data = damaged(data)
            made.damaged += 1
        at = draw.randrange(files)
        out[at].write(data)
        if draw.random() < 0.05:  # two crawlers at the same second
            out[(at + 1) % files].write(data)
        for _ in range(others):
            out[at].write(elsewhere)
        made.captures += 1
    for file in out:
        file.close()
    made.end = moment
    return made


def _capture(
    draw: random.Random, story: Story, page: bytes, moment: datetime, before: Stored | None, errors: bool
) -> Stored:
    url = story.url
    if draw.random() < 0.1:
        url = url.replace("www.rt.com", draw.choice(("swentr.site", "rt.com", "m.rt.com")))
    if draw.random() < 0.02:
        url += "?utm_source=x"
    chance = draw.random()
    if not errors:
        return Stored(url, page if chance < 0.8 else edited(page, story, "Changed"), moment)
    if before is not None and chance < 0.08:
        return Stored(
            url,
            at=moment,
            type="revisit",
            says=(
                ("WARC-Profile", PROFILE + "identical-payload-digest"),
                ("WARC-Payload-Digest", digest_of(before.body)),
                ("WARC-Refers-To-Target-URI", before.url),
                ("WARC-Refers-To-Date", before.at.strftime("%Y-%m-%dT%H:%M:%SZ")),
            )[: draw.choice((2, 4))],
        )
    if before is not None and chance < 0.10:
        return Stored(
            before.url,
            at=moment,
            status="304 Not Modified",
            type="revisit",
            says=(("WARC-Profile", PROFILE + "server-not-modified"),),
        )
    if chance < 0.165:
        return _no_page(chance, url, moment)
    if chance < 0.35:
        return Stored(url, edited(page, story, draw.choice(("Corrected", "Amended", "Added"))), moment)
    return Stored(url, page, moment, headers=(*HTML, ("ETag", '"x"')))


def _no_page(chance: float, url: str, moment: datetime) -> Stored:
    if chance < 0.14:
        return Stored(url, b"gone", moment, status="404 Not Found")
    if chance < 0.15:
        return Stored(url, b"", moment, status="301 Moved", headers=(("Location", "/"),))
    if chance < 0.16:
        return Stored(url, b"busy", moment, status="503 Busy")
    return Stored(url, b"<html><title>Other</title></html>", moment)


def hash_of(rows: Path) -> str:
    """Of all rows files, with their names; fails where anything else is left."""
    found = hashlib.sha256()
    for path in sorted(rows.iterdir()):
        assert path.name.endswith(".jsonl.gz"), path
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def lines_of(folder: Path) -> list[bytes]:
    """The lines without the time at which a run first named the article: that is its clock's."""
    lines = (line for path in finished_files(folder) for _, line in read_lines(path))
    return [re.sub(rb'"first_seen_at": "[^"]*"', b'"first_seen_at": null', line) for line in lines]


def rows_of(rows: Path) -> Iterator[dict[str, Any]]:
    """All rows of a folder."""
    for path in sorted(rows.iterdir()):
        with open_plain_or_gzip(path) as file:
            yield from map(json.loads, file)

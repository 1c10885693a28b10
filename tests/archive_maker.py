"""WARC files as years of several crawlers leave them: overlaps, revisits into other files, 404s, mirrors, damage."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.replica import Site, Story
from tests.replica.answers import Answers
from tests.warc_files import HTML, PROFILE, Stored, damaged, record_bytes

START = datetime(2026, 5, 2, 12, tzinfo=UTC)


@dataclass
class Archive:
    """The files that were made."""

    files: list[Path] = field(default_factory=list)
    captures: int = 0
    damaged: int = 0


def digest_of(body: bytes) -> str:
    """As crawlers write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def edited(page: bytes, story: Story, word: str) -> bytes:
    """The page with another word in its text."""
    first = story.truth()["paragraphs"][0].split()[0]
    return page.replace(f"{first} ".encode(), f"{word} ".encode())


def make_archive(
    folder: Path, *, captures: int, files: int = 8, articles: int = 40, seed: int = 1, others: int = 0
) -> Archive:
    """So many captures in so many files, in no order of time; the same for the same arguments."""
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    site = Site.build(articles=articles, faults="none")
    answers = Answers(site)
    stories = list(site.stories)
    pages = [answers.answer(story.path).body for story in stories]
    made = Archive([folder / f"{'ab'[number % 2]}{number // 2}" / "crawl.warc.gz" for number in range(files)])
    out = []
    for path in made.files:
        path.parent.mkdir(parents=True, exist_ok=True)
        out.append(path.open("wb"))
    moment = START
    last: dict[int, Stored] = {}
    elsewhere = record_bytes(Stored("https://example.org/", b"<html>" + b"elsewhere " * 2000, START))
    for _ in range(captures):
        moment += timedelta(hours=draw.choice((0, 1, 5, 30)), seconds=draw.randrange(3))
        number = draw.randrange(len(stories))
        stored = _capture(draw, stories[number], pages[number], moment, last.get(number))
        if stored.type == "response" and stored.status.startswith("200"):
            last[number] = stored
        data = record_bytes(stored)
        if draw.random() < 0.002:
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
    return made


def _capture(draw: random.Random, story: Story, page: bytes, moment: datetime, before: Stored | None) -> Stored:
    url = story.url
    if draw.random() < 0.1:
        url = url.replace("www.rt.com", draw.choice(("swentr.site", "rt.com", "m.rt.com")))
    if draw.random() < 0.02:
        url += "?utm_source=x"
    chance = draw.random()
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
    if chance < 0.14:
        return Stored(url, b"gone", moment, status="404 Not Found")
    if chance < 0.15:
        return Stored(url, b"", moment, status="301 Moved", headers=(("Location", "/"),))
    if chance < 0.16:
        return Stored(url, b"busy", moment, status="503 Busy")
    if chance < 0.165:
        return Stored(url, b"<html><title>Other</title></html>", moment)
    if chance < 0.35:
        return Stored(url, edited(page, story, draw.choice(("Corrected", "Amended", "Added"))), moment)
    return Stored(url, page, moment, headers=(*HTML, ("ETag", '"x"')))


Maker = Callable[..., Archive]

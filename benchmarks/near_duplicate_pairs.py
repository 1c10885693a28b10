"""Labelled pairs for `benchmarks.near_duplicates`: real articles, and edits made to them from fixed seeds."""

import gzip
import json
import random
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

PAIRS_A_KIND = 400
DUPLICATES = ("headline changed", "words changed", "paragraph added", "paragraph removed", "several edits")
DIFFERENT = ("shared tail", "unrelated")


@dataclass(frozen=True, slots=True)
class Story:
    """One article of the corpus; `paragraphs` are two sentences each, as the corpus has no breaks."""

    story_id: str
    published: date
    headline: str
    text: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts and how the second was made. `headlines` are kept apart, as in a record."""

    kind: str
    texts: tuple[str, str]
    headlines: tuple[str, str]


def load_stories(corpus: Path) -> list[Story]:
    """All articles of the data set, in its order."""
    stories = []
    with gzip.open(corpus / "datasets" / "articles-2022.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            sentences = re.split(r"(?<=[.!?”])\s+(?=[A-Z“‘])", row["text"])
            paragraphs = tuple(" ".join(sentences[at : at + 2]) for at in range(0, len(sentences), 2))
            number = row["url"].rstrip("/").rsplit("/", 1)[-1].split("-")[0]
            stories.append(Story(number, date.fromisoformat(row["date"]), row["title"], row["text"], paragraphs))
    return stories


def _add_paragraph(paragraphs: list[str], other: Story, draw: random.Random) -> list[str]:
    at = draw.randint(0, len(paragraphs))
    return [*paragraphs[:at], draw.choice(other.paragraphs), *paragraphs[at:]]


def _remove_paragraph(paragraphs: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(paragraphs))
    return paragraphs[:at] + paragraphs[at + 1 :]


def _change_words(paragraphs: list[str], other: Story, draw: random.Random, share: float) -> list[str]:
    words = " ".join(paragraphs).split()
    foreign = other.text.split()
    for at in draw.sample(range(len(words)), max(1, round(share * len(words)))):
        words[at] = draw.choice(foreign)
    return [" ".join(words)]


def _share_tail(story: Story, other: Story, draw: random.Random) -> tuple[str, str]:
    """`other` with its end replaced by that of `story`: 20 to 60 % of the shorter one's words."""
    own, foreign = story.text.split(), other.text.split()
    tail = round(draw.uniform(0.2, 0.6) * min(len(own), len(foreign)))
    return story.text, " ".join(foreign[:-tail] + own[-tail:])


def _edit(kind: str, story: Story, other: Story, draw: random.Random) -> tuple[str, str]:
    paragraphs = list(story.paragraphs)
    match kind:
        case "unrelated":
            return story.text, other.text
        case "shared tail":
            return _share_tail(story, other, draw)
        case "paragraph added":
            paragraphs = _add_paragraph(paragraphs, other, draw)
        case "paragraph removed":
            paragraphs = _remove_paragraph(paragraphs, draw)
        case "words changed":
            paragraphs = _change_words(paragraphs, other, draw, 0.05)
        case "several edits":
            for _ in range(2):
                paragraphs = _add_paragraph(paragraphs, other, draw)
            paragraphs = _change_words(_remove_paragraph(paragraphs, draw), other, draw, 0.02)
    return story.text, " ".join(paragraphs)


def labelled_pairs(stories: list[Story]) -> list[Pair]:
    """PAIRS_A_KIND pairs of each duplicate kind, and as many different pairs as duplicates in all."""
    pairs = []
    for kind in (*DUPLICATES, *DIFFERENT):
        draw = random.Random(f"near-duplicates/{kind}")
        count = PAIRS_A_KIND if kind in DUPLICATES else PAIRS_A_KIND * len(DUPLICATES) // len(DIFFERENT)
        for _ in range(count):
            story, other = draw.sample(stories, 2)
            same_headline = kind in ("paragraph added", "paragraph removed", "words changed")
            headlines = (story.headline, story.headline if same_headline else other.headline)
            pairs.append(Pair(kind, _edit(kind, story, other, draw), headlines))
    return pairs


def graded_texts(stories: list[Story]) -> list[str]:
    """Copies with more and more foreign text, so that pairs of every similarity occur, those near the
    threshold above all."""
    draw = random.Random("graded")
    texts = []
    for story, other in zip(stories, stories[1:] + stories[:1], strict=True):
        own, foreign = story.text.split(), other.text.split()
        kept = round(len(own) * draw.uniform(0.6, 1.0))
        texts.append(" ".join(own[:kept] + foreign[: len(own) - kept]))
    return texts

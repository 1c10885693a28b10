"""How well and how fast near-duplicates are found, measured on real articles and on edits made to them.

    python -m benchmarks.near_duplicates --corpus ../shared/corpus

Pairs are labelled by how they are made: an edited copy is a near-duplicate, two stories with a common
background tail or nothing in common are not. All choices are drawn from fixed seeds, so that accuracy is the
same in each run; times are the least of several rounds. docs/use/near-duplicates.md quotes the tables.
"""

import argparse
import importlib.metadata
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from rensa import RMinHash  # type: ignore[import-untyped]

from benchmarks.near_duplicate_pairs import (
    DIFFERENT,
    DUPLICATES,
    PAIRS_A_KIND,
    Pair,
    Story,
    graded_texts,
    labelled_pairs,
    load_stories,
)
from newscrawler import near_duplicates as nd

THRESHOLDS = tuple(round(0.30 + 0.05 * step, 2) for step in range(14))
WORDS_EACH = (2, 3, 4, 5)
BAND_CHOICES = ((16, 8), (25, 5), (32, 4), (42, 3), (64, 2))
SHORT_LENGTHS = (10, 15, 20, 25, 30, 40, 50, 60, 80)
BRIEF_LEADS = (40, 60, 80, 100)
BRIEF_TAIL = 110
LIBRARIES = ("rensa", "datasketch")
ROUNDS = 7

Report = dict[str, Any]


def similarities(pairs: list[Pair], words_each: int, *, headline: bool = False) -> dict[str, list[float]]:
    """The exact Jaccard similarity of each pair, by kind."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        texts = [f"{h}\n{t}" if headline else t for h, t in zip(pair.headlines, pair.texts, strict=True)]
        first, second = (nd.shingle_hashes(text, words_each=words_each) for text in texts)
        found[pair.kind].append(nd.jaccard(first, second))
    return found


def curve(found: dict[str, list[float]]) -> list[Report]:
    """Precision and recall at each threshold, over as many duplicates as different pairs."""
    points = []
    for threshold in THRESHOLDS:
        over = {kind: sum(value >= threshold for value in values) for kind, values in found.items()}
        hits, false = sum(over[kind] for kind in DUPLICATES), sum(over[kind] for kind in DIFFERENT)
        total = sum(len(found[kind]) for kind in DUPLICATES)
        points.append(
            {
                "threshold": threshold,
                "precision": round(hits / (hits + false), 4) if hits + false else 1.0,
                "recall": round(hits / total, 4),
                "recall_by_kind": {kind: round(over[kind] / len(found[kind]), 4) for kind in DUPLICATES},
                "shared_tail_found": round(over["shared tail"] / len(found["shared tail"]), 4),
            }
        )
    return points


def spread(values: list[float]) -> Report:
    ordered = sorted(values)
    return {
        "least": round(ordered[0], 3),
        "p1": round(ordered[len(ordered) // 100], 3),
        "median": round(statistics.median(ordered), 3),
        "p99": round(ordered[-1 - len(ordered) // 100], 3),
        "most": round(ordered[-1], 3),
    }


def all_pairs(shingles: list[nd.Shingles]) -> dict[tuple[int, int], float]:
    """Exact similarity of every pair that shares a shingle, by their places in the list."""
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for place, values in enumerate(shingles):
        for value in values:
            holders[value].append(place)
    common: Counter[tuple[int, int]] = Counter()
    for places in holders.values():
        common.update(combinations(places, 2))
    return {(a, b): n / (len(shingles[a]) + len(shingles[b]) - n) for (a, b), n in common.items()}


def measure_accuracy(stories: list[Story]) -> Report:
    """Curves for each shingle size, the spread of each kind, and what the headline would change."""
    pairs = labelled_pairs(stories)
    report: Report = {"pairs": dict(Counter(pair.kind for pair in pairs)), "curves": {}}
    for words_each in WORDS_EACH:
        found = similarities(pairs, words_each)
        report["curves"][str(words_each)] = curve(found)
        if words_each == nd.SHINGLE_WORDS:
            report["spread"] = {kind: spread(values) for kind, values in found.items()}
    with_headline = similarities(pairs, nd.SHINGLE_WORDS, headline=True)
    report["spread_with_headline"] = {kind: spread(values) for kind, values in with_headline.items()}
    return report


def measure_natural(stories: list[Story]) -> Report:
    """The most similar real pairs, for a person to judge, and how many each threshold would mark."""
    report: Report = {"pairs": len(stories) * (len(stories) - 1) // 2, "most_by_words": {}}
    for words_each in WORDS_EACH:
        found = all_pairs([nd.shingle_hashes(story.text, words_each=words_each) for story in stories])
        report["most_by_words"][str(words_each)] = round(max(found.values()), 4)
        if words_each != nd.SHINGLE_WORDS:
            continue
        report["at_or_above"] = {
            str(limit): sum(value >= limit for value in found.values()) for limit in (0.2, 0.25, *THRESHOLDS)
        }
        best = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:15]
        report["most_similar"] = [
            {
                "similarity": round(value, 4),
                "ids": [stories[a].story_id, stories[b].story_id],
                "days_apart": abs((stories[a].published - stories[b].published).days),
            }
            for (a, b), value in best
        ]
    return report


def _alike(texts: list[list[str]]) -> int:
    found = all_pairs([nd.shingle_hashes(" ".join(words), min_words=0) for words in texts])
    return sum(value >= nd.THRESHOLD for value in found.values())


def measure_short(stories: list[Story]) -> Report:
    """Where short texts mislead: by how many words stories differ at their beginning, how similar they stay
    when two words change, and what a brief looks like that is mostly the common closing background."""
    texts = [nd.normalised_words(story.text) for story in stories]
    beginnings, briefs = [], []
    for length in SHORT_LENGTHS:
        draw = random.Random(f"short/{length}")
        kept = []
        for text in texts[:PAIRS_A_KIND]:
            changed = text[:length]
            for at in draw.sample(range(length), 2):
                changed[at] = "changed"
            pair = (nd.shingle_hashes(" ".join(words), min_words=0) for words in (text[:length], changed))
            kept.append(nd.jaccard(*pair))
        alike = _alike([words[:length] for words in texts])
        beginnings.append({"words": length, "alike": alike, "two_words_changed": round(statistics.median(kept), 3)})
    for lead in BRIEF_LEADS:
        cut = [words[:lead] + words[-BRIEF_TAIL:] for words in texts]
        briefs.append({"own_words": lead, "closing_words": BRIEF_TAIL, "alike": _alike(cut)})
    closings = Counter(tuple(words[-100:]) for words in texts)
    same = sum(count for count in closings.values() if count > 1)
    return {"beginnings": beginnings, "briefs": briefs, "stories_closing_with_the_same_100_words": same}


def digests(shingles: list[nd.Shingles], permutations: int) -> list[list[int]]:
    """rensa's signatures, for band choices other than the package's."""
    found = []
    for values in shingles:
        minhash = RMinHash(permutations, 1)
        minhash.update([value.to_bytes(8, "little") for value in values])
        found.append(minhash.digest())
    return found


def shared_keys(keys: Iterable[Iterable[tuple[int, ...]]]) -> set[tuple[int, int]]:
    """Pairs of places that share a band key."""
    holders: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, values in enumerate(keys):
        for value in values:
            holders[value].append(place)
    return {pair for places in holders.values() for pair in combinations(places, 2)}


def measure_candidates(stories: list[Story], band_choices: tuple[tuple[int, int], ...] = BAND_CHOICES) -> Report:
    """Candidates by band key against exact all pairs, over the articles and one graded copy of each."""
    shingles = [nd.shingle_hashes(text) for text in [s.text for s in stories] + graded_texts(stories)]
    exact = all_pairs(shingles)
    wanted = {pair: value for pair, value in exact.items() if value >= nd.THRESHOLD}
    steps = [(nd.THRESHOLD, nd.THRESHOLD + 0.05), (nd.THRESHOLD + 0.05, 0.7), (0.7, 1.01)]
    report: Report = {"documents": len(shingles), "pairs_at_or_above_threshold": len(wanted), "choices": []}
    choices: list[tuple[str, int, int, set[tuple[int, int]]]] = []
    for bands, rows in band_choices:
        signed = digests(shingles, bands * rows)
        keys = [[(b, *d[b * rows : (b + 1) * rows]) for b in range(bands)] for d in signed]
        choices.append((f"{bands} x {rows}", bands, rows, shared_keys(keys)))
    own = [[(key,) for key in nd.band_keys(values)] for values in shingles]
    choices.append(("the package", nd.BANDS, nd.ROWS, shared_keys(own)))
    for name, bands, rows, found in choices:
        row: Report = {"choice": name, "recall": round(len(found & wanted.keys()) / len(wanted), 4)}
        for low, high in steps:
            inside = {pair for pair, value in wanted.items() if low <= value < high}
            row[f"recall_{low:g}_{min(high, 1):g}"] = round(len(found & inside) / len(inside), 4)
        row["expected_at_threshold"] = round(1 - (1 - nd.THRESHOLD**rows) ** bands, 4)
        row["needless_a_document"] = round(len(found - wanted.keys()) / len(shingles), 1)
        report["choices"].append(row)
    return report


_PROBE = """
import hashlib, json, random, resource, sys, time
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
draw = random.Random(7)
documents = [[draw.getrandbits(64).to_bytes(8, "little") for _ in range(350)] for _ in range(300)]
before, start = resident(), time.perf_counter()
if sys.argv[1] == "rensa":
    from rensa import RMinHash
    def make(tokens):
        minhash = RMinHash(128, 1); minhash.update(tokens); return minhash
else:
    from datasketch import MinHash
    def number(token): return int.from_bytes(token[:4], "little")
    def make(tokens):
        minhash = MinHash(128, seed=1, hashfunc=number); minhash.update_batch(tokens); return minhash
imported, loaded = time.perf_counter() - start, resident()
best = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    kept = [make(tokens) for tokens in documents]
    best.append((time.perf_counter() - start) / len(documents))
base = resident()
more = [make(tokens) for _ in range(20) for tokens in documents]
each = (resident() - base) / len(more)
text = json.dumps([[int(value) for value in minhash.digest()] for minhash in kept])
print(json.dumps({"microseconds": round(min(best) * 1e6, 1), "import_ms": round(imported * 1e3),
    "import_mb": round((loaded - before) / 1024, 1), "kb_a_signature": round(each, 2),
    "digest": hashlib.sha256(text.encode()).hexdigest()[:16]}))
"""


def _probe(library: str, rounds: int, **environment: str) -> Report:
    command = [sys.executable, "-c", _PROBE, library, str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **environment})
    report: Report = json.loads(done.stdout)
    return report


def _installed_mb(library: str) -> float:
    """Size of the package and of what it needs, as installed."""
    names, total = [library], 0
    for name in names:
        distribution = importlib.metadata.distribution(name)
        total += sum(Path(str(file.locate())).stat().st_size for file in distribution.files or [])
        for line in distribution.requires or []:
            needed = re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0].lower()
            if "extra ==" not in line and needed not in names:
                names.append(needed)
    return round(total / 1e6, 1)


def measure_libraries() -> Report:
    """Speed, memory and determinism of each installed library, every measure in a process of its own."""
    report: Report = {}
    for library in LIBRARIES:
        try:
            version = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            report[library] = {"version": None}
            continue
        row = {"version": version, "installed_mb": _installed_mb(library), **_probe(library, ROUNDS)}
        others = [_probe(library, 1, PYTHONHASHSEED=seed) for seed in ("0", "1", "4294967295")]
        others.append(_probe(library, 1, RENSA_FORCE_KERNEL="scalar"))
        row["same_in_all_processes"] = {other["digest"] for other in others} == {row["digest"]}
        report[library] = row
    return report


def _microseconds(work: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) / count * 1e6)
    return round(min(times), 1)


def measure_cost(stories: list[Story]) -> Report:
    """What one document costs, in microseconds and bytes, cut or filled to 500 words each."""
    running: Iterator[str] = (word for story in stories for word in story.text.split())
    texts = [" ".join(next(running) for _ in range(500)) for _ in range(200)]
    shingles = [nd.shingle_hashes(text) for text in texts]
    packed = [nd.pack_shingles(values) for values in shingles]
    return {
        "shingles_us": _microseconds(lambda: [nd.shingle_hashes(text) for text in texts], len(texts)),
        "band_keys_us": _microseconds(lambda: [nd.band_keys(values) for values in shingles], len(texts)),
        "unpack_us": _microseconds(lambda: [nd.unpack_shingles(data) for data in packed], len(texts)),
        "jaccard_us": _microseconds(lambda: [nd.jaccard(shingles[0], s) for s in shingles], len(texts)),
        "packed_bytes": round(statistics.mean(map(len, packed))),
        "band_keys": nd.BANDS,
    }


def table(title: str, rows: list[Report]) -> None:
    """Print rows of equal keys as a small table."""
    print(f"\n{title}")
    cells = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_accuracy(report: Report) -> None:
    """The curve of each shingle size side by side, then the chosen one by kind of edit."""
    table(
        f"precision/recall by shingle size (chosen: {nd.SHINGLE_WORDS} words, {nd.THRESHOLD})",
        [
            {
                "threshold": limit,
                **{
                    f"{words} words": "{precision:.4f} {recall:.4f}".format(**report["curves"][words][place])
                    for words in report["curves"]
                },
            }
            for place, limit in enumerate(THRESHOLDS)
        ],
    )
    chosen = report["curves"][str(nd.SHINGLE_WORDS)]
    kinds = [
        {"threshold": p["threshold"], **p["recall_by_kind"], "shared tail": p["shared_tail_found"]} for p in chosen
    ]
    table("found by kind", kinds)
    table("similarity by kind", [{"kind": k, **v} for k, v in report["spread"].items()])
    with_headline = [{"kind": k, **v} for k, v in report["spread_with_headline"].items()]
    table("the same with the headline in the text", with_headline)


def print_report(report: Report) -> None:
    """All parts that were measured."""
    if "accuracy" in report:
        print_accuracy(report["accuracy"])
    if "natural" in report:
        natural = report["natural"]
        table("real pairs, most similar (for a person to judge)", natural["most_similar"])
        counts = [{"similarity": k, "real pairs": v} for k, v in natural["at_or_above"].items() if v]
        table(f"real pairs at or above, of {natural['pairs']}", counts)
        table("most similar real pair by shingle size", [natural["most_by_words"]])
    if "short" in report:
        table(f"stories cut to their first words: pairs at {nd.THRESHOLD}", report["short"]["beginnings"])
        table(f"cut to a lead and their last words: pairs at {nd.THRESHOLD}", report["short"]["briefs"])
    if "candidates" in report:
        wanted = report["candidates"]["pairs_at_or_above_threshold"]
        table(f"candidates against {wanted} exact pairs", report["candidates"]["choices"])
    if "libraries" in report:
        rows = [{"library": name, **row} for name, row in report["libraries"].items() if row["version"]]
        table("libraries, 128 permutations, 350 shingles", rows)
    if "cost" in report:
        table("cost of a document of 500 words", [report["cost"]])


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write the figures with --json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.near_duplicates", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the real articles")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    needs_stories: dict[str, Callable[[list[Story]], object]] = {
        "accuracy": measure_accuracy,
        "natural": measure_natural,
        "short": measure_short,
        "candidates": measure_candidates,
        "cost": measure_cost,
    }
    parts = (*needs_stories, "libraries")
    parser.add_argument("--part", action="append", choices=parts, help="measure only this (may be repeated)")
    options = parser.parse_args(arguments)
    stories = load_stories(options.corpus)
    report: Report = {"stories": len(stories), "threshold": nd.THRESHOLD, "band_version": nd.BAND_VERSION}
    for part in options.part or parts:
        start = time.perf_counter()
        report[part] = needs_stories[part](stories) if part in needs_stories else measure_libraries()
        print(f"{part}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    print_report(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.slow.mutations --corpus DIR`: change pages, one thing at a time, and tell what the parse made of it.

A changed page gives the same record; a softer one, with a field less, as the run counts; no record (loud); one with a
doubt; or another one without a word (silent).
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from scrapy.http import HtmlResponse

from newscrawler.exceptions import PageError
from newscrawler.items import REQUIRED_FIELDS, record_of
from newscrawler.pages.article import parse_article
from newscrawler.pages.document import Document
from newscrawler.pages.html import parse_html, source_of
from newscrawler.pages.layouts import layouts_of
from tests.slow.mutations.changes import CHANGES, UNSEEN, Change, Page

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FIXTURES = Path(__file__).parents[2] / "pages"
#: Of changes that one page can show, the share that may give a wrong record without a word.
MAX_SILENT = 0.02
#: No part of what a page says.
_NOT_COMPARED = frozenset(("doubts", "fetched_at", "layout", "text", "word_count", "content_hash"))


class Result(StrEnum):
    """What became of a changed page."""

    SAME = "same"
    SOFT = "soft"
    LOUD = "loud"
    DOUBTED = "doubted"
    SILENT = "silent"


@dataclass(slots=True)
class Tally:
    """Results by change, and examples of silent ones."""

    results: defaultdict[str, Counter[Result]] = field(default_factory=lambda: defaultdict(Counter))
    silent: list[str] = field(default_factory=list)

    def count(self, changes: Iterable[Change]) -> Counter[Result]:
        """The results of these changes together."""
        return sum((self.results[change.__name__] for change in changes), Counter())

    def share_silent(self, changes: Iterable[Change] = CHANGES) -> float:
        """Of these changes, by default of all that one page can show."""
        found = self.count(changes)
        return found[Result.SILENT] / max(1, found.total())

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"{'change':22}" + "".join(f"{result:>9}" for result in Result) + f"{'silent %':>10}"
        for changes, name in ((CHANGES, "all that a page shows"), (UNSEEN, "what it cannot show")):
            for change in changes:
                yield _line(change.__name__, self.results[change.__name__])
            yield _line(name, self.count(changes))


def _line(name: str, found: Counter[Result]) -> str:
    share = 100 * found[Result.SILENT] / max(1, found.total())
    return f"{name:22}" + "".join(f"{found[result]:9}" for result in Result) + f"{share:10.1f}"


def read(body: bytes) -> dict[str, Any]:
    """A page's record as a line has it."""
    return record_of(parse_article(HtmlResponse("file:///page.html", body=body), now=NOW).article)


def judge(before: dict[str, Any], body: bytes) -> tuple[Result, list[str]]:
    """What became of a record, and the fields that differ."""
    try:
        after = read(body)
    except PageError:
        return Result.LOUD, []
    if any(not after[name] for name in REQUIRED_FIELDS):
        return Result.LOUD, []
    differing = [name for name in before if name not in _NOT_COMPARED and not _is_same(name, before[name], after[name])]
    if before["content_hash"] == after["content_hash"]:
        # No word is lost or moved; paragraphs are cut otherwise, or the lead is one of them.
        differing = [name for name in differing if name != "paragraphs"]
    if not differing:
        return Result.SAME, []
    if set(after["doubts"]) - set(before["doubts"]):
        return Result.DOUBTED, differing
    if all(_is_emptier(name, before[name], after[name]) for name in differing):
        return Result.SOFT, differing
    return Result.SILENT, differing


def _is_same(name: str, before: Any, after: Any) -> bool:
    """Whether two values say the same: a time is one to the minute."""
    if before == after or None in (before, after):
        return bool(before == after)
    if name in ("published_at", "modified_at"):
        return bool(before[:16] == after[:16])
    return False


def _is_emptier(name: str, before: Any, after: Any) -> bool:
    """Whether a field has lost its value, or a part of it, and gained none; the text's words are another matter."""
    if name == "image" and after:
        # Without the cover, or its largest size, the URL is that of the next that the page names.
        return all(before[key] == after[key] or after[key] is None for key in ("caption", "credit"))
    return after in (None, []) or (name in ("tags", "breadcrumbs") and set(after) <= set(before))


def run(pages: Sequence[Path], each: int, seed: int, keep: Path | None = None) -> Tally:
    """Make every change ``each`` times on every page; pages of silent ones go to the folder ``keep``."""
    tally = Tally()
    for path in pages:
        source = source_of(HtmlResponse("file:///page.html", body=path.read_bytes()))
        root = parse_html(source)
        if root is None:
            continue
        try:
            before = read(_written(source).encode())
        except PageError:
            continue
        if before["doubts"] or any(not before[name] for name in REQUIRED_FIELDS):
            continue
        for change in (*CHANGES, *UNSEEN):
            chance = random.Random(f"{seed} {path.parent.name}/{path.stem} {change.__name__}")
            for _ in range(each):
                changed = _changed(source, before["lead"] or "", change, chance)
                if changed is None:
                    continue
                result, differing = judge(before, changed)
                tally.results[change.__name__][result] += 1
                if result is Result.SILENT and change in CHANGES:
                    name = "/".join(path.parts[-3:-1])
                    tally.silent.append(
                        f"{change.__name__} {name} {path.stem} {len(tally.silent) + 1}: {', '.join(differing)}"
                    )
                    if keep is not None:
                        (keep / f"{len(tally.silent)}.html").write_bytes(changed)
    return tally


def _changed(source: str, lead: str, change: Change, chance: random.Random) -> bytes | None:
    document = Document(HtmlResponse("file:///page.html", body=source.encode()), NOW)
    layouts = [layout for layout in layouts_of(document.edition) if layout.matches(document)]
    box = layouts[0].find_box(document) if layouts else None
    if box is None:
        return None
    page = Page(document.root, box, lead, chance)
    if not change(page):
        return None
    written = "<!DOCTYPE html>" + page.root.serialize()
    return written.encode() if page.recode is None else page.recode(written)


def _written(source: str) -> str:
    root = parse_html(source)
    assert root is not None
    return "<!DOCTYPE html>" + root.serialize()


def pages_of(corpus: Path | None) -> list[Path]:
    """The fixtures, and the corpus's pages."""
    fixtures = sorted(FIXTURES.glob("*/*/page.html"))
    return fixtures + (sorted((corpus / "pages").glob("*.html")) if corpus else [])


def main() -> int:
    """Print the table and the silent ones; exit code 1 when they are too many."""
    parser = argparse.ArgumentParser(prog="python -m tests.slow.mutations", description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder with pages/*.html")
    parser.add_argument("--only-corpus", action="store_true", help="leave the fixtures out")
    parser.add_argument("--each", type=int, default=2, help="how often each change is made on each page")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for pages that gave a wrong record without a word")
    options = parser.parse_args()
    pages = pages_of(options.corpus)
    if options.only_corpus:
        pages = [path for path in pages if FIXTURES not in path.parents]
    tally = run(pages, options.each, options.seed, options.keep)
    for line in (*tally.lines(), *tally.silent):
        print(line)
    return int(tally.share_silent() > MAX_SILENT)


if __name__ == "__main__":
    sys.exit(main())

"""The dataset's card: README.md as Hugging Face has it, from what is in the files and the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import newscrawler
from newscrawler.dataset.doubts import read_doubts
from newscrawler.dataset.export import latest_lines
from newscrawler.dataset.files import finished_files, read_lines
from newscrawler.items import SCHEMA_VERSION, Status
from newscrawler.ledger import LEDGER_NAME, Ledger
from newscrawler.schema import article_schema
from newscrawler.utils import escape_control_chars

#: Hugging Face's bounds of its size categories.
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def dataset_card(data_dir: Path) -> str:
    """The card of a data folder as it is now; without a ledger it has no agreement rate. Raises DatasetError."""
    articles, languages, editions = 0, Counter[str](), Counter[str]()
    sections, years, filled = Counter[str](), Counter[str](), Counter[str]()
    withdrawn = 0
    first, last, fetched = "", "", ""
    for line in latest_lines(data_dir):
        record: dict[str, Any] = json.loads(line)
        articles += 1
        withdrawn += record.get("status") == Status.WITHDRAWN
        languages[str(record.get("language"))] += 1
        editions[str(record.get("edition"))] += 1
        sections[f"{record.get('edition')}/{record.get('section')}"] += 1
        filled.update(name for name, value in record.items() if value not in (None, [], ""))
        if published := record.get("published_at"):
            years[str(published)[:4]] += 1
            first, last = min(first or published, published), max(last, published)
        fetched = max(fetched, str(record.get("fetched_at")))
    lines = sum(1 for path in finished_files(data_dir) for _ in read_lines(path))
    text = [
        *_head(articles, languages),
        "# News of RT, as newscrawler read it",
        "",
        f"{articles} articles in {lines} lines (one line a revision), {withdrawn} of them withdrawn since. "
        f"Published from {first[:10] or 'no day'} to {last[:10] or 'no day'}, last fetched "
        f"{fetched or 'never'} (UTC). Made by newscrawler {newscrawler.__version__}, record schema {SCHEMA_VERSION}.",
        "",
        "## Coverage",
        "",
        "What sitemaps, listings and feeds named and the site still served: no complete list of what RT published.",
        "",
        *_table("edition", editions),
        *_table("year of publication", years, by_name=True),
        *_table("section", sections),
        "## Fields",
        "",
        "| field | type | articles that have it | meaning |",
        "| --- | --- | --- | --- |",
        *_fields(filled, articles),
        "",
        "## Doubts",
        "",
        "What does not fit in a record is named in its field `doubts`; the texts are kept.",
        "",
        *_doubts(data_dir),
        "## Agreement of page and feed",
        "",
        _agreement(data_dir),
        "",
        "## Licence",
        "",
        "newscrawler is under the MIT licence. The texts and pictures are not: they belong to RT and their other "
        "owners, and neither the program nor this card gives a right to publish them.",
        "",
        "## Citation",
        "",
        "```bibtex",
        "@software{newscrawler,",
        "  title = {newscrawler},",
        "  author = {{The newscrawler developers}},",
        f"  version = {{{newscrawler.__version__}}},",
        f"  note = {{Dataset of {articles} articles, last fetched {fetched or 'never'}}},",
        "}",
        "```",
        "",
    ]
    return "\n".join(text)


def _head(articles: int, languages: Counter[str]) -> Iterator[str]:
    size = next((name for bound, name in _SIZES if articles < bound), "n>1M")
    # In quotes, since "no" would be false in YAML.
    yield from ("---", "pretty_name: News of RT", "language:")
    yield from (f"- {json.dumps(name)}" for name in sorted(languages))
    yield from ("license: other", "license_name: texts-belong-to-their-owners", "task_categories:", "- text-generation")
    yield from ("size_categories:", f"- {size}", "configs:", "- config_name: default", '  data_files: "*.parquet"')
    yield from ("---", "")


def _table(name: str, counts: Counter[str], *, by_name: bool = False) -> Iterator[str]:
    yield from (f"| {name} | articles |", "| --- | --- |")
    rows = sorted(counts.items()) if by_name else counts.most_common()
    yield from (f"| {_cell(key)} | {count} |" for key, count in rows)
    yield ""


def _fields(filled: Counter[str], articles: int) -> Iterator[str]:
    for name, part in article_schema()["properties"].items():
        kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
        share = f"{filled[name] / articles:.1%}" if articles else "none"
        yield f"| `{name}` | {' or '.join(kinds)} | {share} | {_cell(part['description'])} |"


def _doubts(data_dir: Path) -> Iterator[str]:
    found = read_doubts(data_dir)
    counts = Counter({kind: counts.articles for kind, counts in found.kinds.items()})
    if counts:
        yield from _table("doubt", counts)
    else:
        yield from (f"None in {found.articles} articles.", "")


def _agreement(data_dir: Path) -> str:
    if not (data_dir / LEDGER_NAME).exists():
        return "Unknown: there is no ledger beside the files."
    with Ledger.open(data_dir / LEDGER_NAME, read_only=True) as ledger:
        figures = [run.figures for run in ledger.runs.last() if run.figures is not None]
    compared, agreed = (sum(getattr(one, name) for one in figures) for name in ("compared", "agreed"))
    if not compared:
        return "Unknown: no feed has told a text to compare with."
    return f"{agreed / compared:.1%}: {agreed} of {compared} texts had the words of the feed, but for five at most."


def _cell(text: str) -> str:
    return escape_control_chars(text).replace("|", "\\|")

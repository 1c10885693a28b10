"""The documentation is true: its tables agree with the code, its links lead somewhere.

tests/slow/test_docs_commands.py runs its commands.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scrapy.settings import default_settings

from newscrawler import settings
from newscrawler.base_spiders.arguments import SOURCES, Arguments
from newscrawler.editions import ENGLISH
from newscrawler.monitoring.verdict import ExitCode
from newscrawler.outcomes import FAULTS, Outcome
from newscrawler.schema import article_schema
from tests.replica import FAULTS as REPLICA_FAULTS
from tests.replica.demo import demo_site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
#: Settings that are as in Scrapy on purpose.
SAME_AS_SCRAPY = {"FEED_STORE_EMPTY"}
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, *kinds: str) -> Iterator[str]:
    """The fenced blocks of these kinds."""
    for match in _BLOCK.finditer(page.read_text("utf-8")):
        if match["kind"] in kinds:
            yield match["text"]


def commands_of(page: Path) -> Iterator[str]:
    """What the page tells its reader to type; in `console` blocks what follows the prompt."""
    for text in blocks(page, "sh"):
        yield from text.replace("\\\n", " ").splitlines()
    for text in blocks(page, "console"):
        yield from re.findall(r"^\$ (.+)$", text.replace("\\\n", " "), re.MULTILINE)


COMMANDS = list(dict.fromkeys(command for page in PAGES for command in commands_of(page) if command.strip()))


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the table whose first row begins with that heading."""
    lines = page.read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))])
    return rows


def codes(cell: str) -> list[str]:
    """What a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_make_knows_its_targets(command: str) -> None:
    target = command.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_record_of_the_first_crawl_is_the_demo_s() -> None:
    [text] = blocks(DOCS / "use" / "first-crawl.md", "json")
    record: dict[str, Any] = json.loads(text)
    [text] = blocks(ROOT / "README.md", "json")
    in_readme: dict[str, Any] = json.loads(text)
    assert in_readme == {name: record[name] for name in in_readme}
    schema = article_schema()
    assert list(record) == list(schema["properties"])
    jsonschema.Draft202012Validator(schema).validate(record)
    story = demo_site().story(record["url"])
    assert story is not None
    truth = story.truth()
    assert shortened({name: record[name] for name in truth}, truth), "make the record anew: make demo"
    assert shortened(record["text"], "\n\n".join([truth["lead"], *truth["paragraphs"]]))


def shortened(shown: Any, whole: Any) -> bool:
    """Whether what is shown is the whole, but for texts that end in … and the end of the list of paragraphs."""
    if isinstance(shown, str) and shown.endswith("…"):
        return bool(whole.startswith(shown[:-1]))
    if isinstance(shown, dict):
        return shown.keys() == whole.keys() and all(shortened(shown[key], whole[key]) for key in shown)
    if isinstance(shown, list):
        return len(shown) <= len(whole) and all(map(shortened, shown, whole))
    return bool(shown == whole)


def test_settings() -> None:
    page = DOCS / "operate" / "settings.md"
    ours = {name: value for name, value in vars(settings).items() if name.startswith("NEWSCRAWLER_")}
    ours_in_page = [row for row in table(page, "setting") if row[0].startswith("`NEWSCRAWLER_")]
    rows = {codes(row[0])[0]: "" if row[1] == "``" else codes(row[1])[0] for row in ours_in_page}
    assert set(rows) == set(ours) == set(re.findall(r"NEWSCRAWLER_[A-Z_]+", page.read_text("utf-8")))
    for name, value in ours.items():
        assert rows[name] == (f"{value:g}" if isinstance(value, float) else str(value)), name


def test_settings_of_scrapy() -> None:
    text = (DOCS / "operate" / "settings.md").read_text("utf-8")
    theirs = {name: value for name, value in vars(settings).items() if re.fullmatch("[A-Z_]+", name)}
    for name, value in theirs.items():
        if name.startswith("NEWSCRAWLER_"):
            continue
        assert f"`{name}`" in text, name
        assert (getattr(default_settings, name) == value) == (name in SAME_AS_SCRAPY), name


def test_arguments() -> None:
    page = DOCS / "use" / "arguments.md"
    arguments = Arguments.parse(ENGLISH, {})
    rows = {codes(row[0])[0]: row for row in table(page, "argument")}
    assert {name: row[1].replace("`", "") for name, row in rows.items()} == Arguments.meanings()
    assert list(rows) == list(Arguments.meanings())
    assert tuple(codes(rows["section"][2])) == arguments.section
    assert codes(rows["max_pages"][2])[0] == str(arguments.max_pages)
    assert codes(rows["sources"][1]) == list(SOURCES) == list(arguments.sources)
    text = page.read_text("utf-8")
    sections = text[text.index("## section") : text.index("An article belongs")]
    assert codes(sections) == list(ENGLISH.sections)
    for name in rows:
        assert re.search(rf"^## .*\b{name}\b", text, re.MULTILINE), name


def test_exit_codes() -> None:
    rows = {int(row[0]): codes(row[1])[0] for row in table(DOCS / "operate" / "exit-codes.md", "code")}
    assert rows == {int(code): code.name for code in ExitCode}


def test_outcomes() -> None:
    rows = {codes(row[0])[0]: row[2] for row in table(DOCS / "use" / "outcomes.md", "outcome")}
    assert list(rows) == [str(outcome) for outcome in Outcome]
    assert {name for name, fault in rows.items() if fault == "yes"} == {str(outcome) for outcome in FAULTS}


def test_reasons_for_which_a_record_is_invalid() -> None:
    text = (DOCS / "use" / "outcomes.md").read_text("utf-8")
    validate = (ROOT / "newscrawler/pipelines.py").read_text("utf-8")
    readers = [*(ROOT / "newscrawler/pages").glob("*.py"), *(ROOT / "newscrawler/base_spiders").glob("*.py")]
    reasons = set(re.findall(r'yield "(\w+)"', validate))
    for path in readers:
        reasons |= set(re.findall(r'InvalidArticle\(\s*"(\w+)"', path.read_text("utf-8")))
    assert {"truncated", "other_article", "text_too_long"} <= reasons
    assert not {reason for reason in reasons if f"`{reason}`" not in text}


def test_the_replica_s_options_and_faults() -> None:
    page = DOCS / "extend" / "replica.md"
    done = subprocess.run(
        [sys.executable, "-m", "tests.replica", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    assert {codes(row[0])[0] for row in table(page, "option")} == options
    assert {name for row in table(page, "name") for name in codes(row[0])} == set(REPLICA_FAULTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            linked = page.parent / path if path else page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


def anchors(page: Path) -> set[str]:
    """The names of a page's headings in links, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_names_every_page_once() -> None:
    named = re.findall(r"\]\((\w+/[\w-]+\.md)\)", (DOCS / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(str(page.relative_to(DOCS)) for page in DOCS.glob("*/*.md"))


def test_readme_is_about_one_screen() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 75


def test_references_in_the_code_lead_somewhere() -> None:
    sources = [file for part in ("newscrawler", "tests", "benchmarks") for file in (ROOT / part).rglob("*.py")]
    dead = []
    for source in sources:
        for name, anchor in re.findall(r"\b(docs/\w+/[\w-]+\.md)(?:#([\w-]+))?", source.read_text("utf-8")):
            if not (ROOT / name).exists() or (anchor and anchor not in anchors(ROOT / name)):
                dead.append(f"{source.relative_to(ROOT)}: {name}#{anchor}")
    assert not dead


def test_a_table_s_reader_reads_tables(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# x\n\n| a | b |\n| - | - |\n| `1` | x \\| y |\n| 2 | |\n\n| c |\n")
    assert table(page, "a") == [["`1`", "x | y"], ["2", ""]]
    assert codes("`a`, b, `c d`") == ["a", "c d"]

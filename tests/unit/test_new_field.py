"""A field is added in three files, as CONTRIBUTING says, and nothing that was written before becomes invalid."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import newscrawler
from tests.unit.test_older_lines import LINE

PACKAGE = Path(newscrawler.__file__).parent
PAGE = Path(__file__).parents[1] / "pages" / "2022" / "news" / "page.html"

#: What a developer types, by file: the line before it, and the new lines.
EDITS = {
    "items.py": [
        ('SCHEMA_VERSION = "1.1.0"', '"1.1.0"', '"1.2.0"'),
        (
            "    authors: list[str] = field(",
            "    authors:",
            "    dateline: str | None = field(\n"
            '        default=None, metadata=_doc("Where it was written.", since="1.2.0", **_WORDS)\n'
            "    )\n"
            "    authors:",
        ),
    ],
    "loaders.py": [
        ("    lead_in, lead_out = ", "    lead_in", "    dateline_in, dateline_out = _clean, _first\n    lead_in"),
    ],
    "pages/layouts/bem.py": [
        (
            "    def lead(self) -> str:",
            "    def lead",
            "    def dateline(self) -> str:\n"
            '        return self.text("dateline", self.box.select_one("span.article__dateline"))\n\n'
            "    def lead",
        ),
    ],
}
#: Asks the edited copy what it makes of a page with the field, of one without, and of a line of version 1.0.0.
QUESTIONS = """
import json, sys
from datetime import UTC, datetime
from scrapy.http import HtmlResponse
from newscrawler.pages.explanation import explain, lines_of
from newscrawler.items import article_of_record, record_of
from newscrawler.schema import SchemaCheck, article_schema, fields_page
from newscrawler.testing.fixtures import expectation

pages, line = json.load(sys.stdin)
answers = []
for page in pages:
    response = HtmlResponse("file:///page.html", body=page.encode())
    explained = explain("page", response, now=datetime(2026, 7, 1, tzinfo=UTC), asked=None)
    record = record_of(explained.article)
    assert record_of(article_of_record(record)) == record
    answers.append({
        "record": record, "faults": SchemaCheck()(record), "explained": "\\n".join(lines_of(explained)),
        "expectation": expectation(response, now=datetime(2026, 7, 1, tzinfo=UTC)),
    })
print(json.dumps({"pages": answers, "old": SchemaCheck()(line), "docs": fields_page(),
                  "required": article_schema()["required"]}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, root / "newscrawler", ignore=shutil.ignore_patterns("__pycache__"))
    for name, edits in EDITS.items():
        file = root / "newscrawler" / name
        text = file.read_text("utf-8")
        for line, old, new in edits:
            assert text.count(line) == 1, f"{name}: {line}"
            text = text.replace(line, line.replace(old, new, 1))
        file.write_text(text, "utf-8")
    page = PAGE.read_text("utf-8")
    with_field = page.replace("</h1>", '</h1><span class="article__dateline"> Lower  Town </span>', 1)
    done = subprocess.run(
        [sys.executable, "-c", QUESTIONS],
        input=json.dumps([[with_field, page], json.loads(LINE % ("0" * 64, "feed"))]),
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_field_is_in_the_record_clean_and_whole(answers: Any) -> None:
    page = answers["pages"][0]
    assert page["record"]["dateline"] == "Lower Town"
    assert page["record"]["doubts"] == []
    assert page["faults"] == []


def test_it_is_null_on_a_page_without_it(answers: Any) -> None:
    page = answers["pages"][1]
    assert page["record"]["dateline"] is None
    assert page["faults"] == []


def test_a_line_of_the_first_version_is_still_valid(answers: Any) -> None:
    assert "dateline" in answers["required"]
    assert answers["old"] == []


def test_explain_fixtures_and_docs_know_it(answers: Any) -> None:
    said, silent = (page["explained"].splitlines() for page in answers["pages"])
    assert any(line.split()[0] == "dateline" and line.endswith("Lower Town") for line in said if line.strip())
    assert any(line.split()[:3] == ["dateline", "nothing", "found"] for line in silent)
    assert answers["pages"][0]["expectation"]["dateline"] == "Lower Town"
    assert "| `dateline` | string or null | Where it was written. |" in answers["docs"]


def test_contributing_names_these_files() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| a field of the record |"))
    files = row.split("|")[2]
    assert files.count("`newscrawler/") == len(EDITS) == 3
    for name in ("items.py", "loaders.py", "pages/layouts/"):
        assert f"`newscrawler/{name}" in files

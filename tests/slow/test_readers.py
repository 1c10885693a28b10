"""docs/use/reading.md: each example is run, as it stands there, in a folder with a small dataset."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from newscrawler.dataset.export import latest_lines
from tests.dataset_driver import START
from tests.hand_made import whole_record, write_file

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "use" / "reading.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DAY = timedelta(days=1)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second, compressed file has values in fields that are null all through the first, and one old capture.
    The page's `scrapy` commands have been run beside it.
    """
    folder = tmp_path_factory.mktemp("readers")
    data = folder / "data"
    write_file(data, START, [whole_record(n) for n in range(4)])
    image = {"url": "https://mf.b37mrtl.ru/a.jpg", "caption": None, "credit": "A / B"}
    revised = whole_record(
        1, 1, fetched_at=(START + DAY).isoformat(), revision=2, revision_of_hash="0" * 64, revision_reason="content"
    )
    withdrawn = whole_record(2, fetched_at=(START + DAY).isoformat(), revision=2, status="withdrawn")
    old = whole_record(3, 2, fetched_at=(START - DAY).isoformat(), revision=2, image=image)
    more: dict[str, Any] = {
        "near_duplicate_of": "600000",
        "near_duplicate_similarity": 0.75,
        "authors": ["A. Writer"],
        "tags": ["x"],
    }
    new = whole_record(4, fetched_at=(START + DAY).isoformat(), image=image) | more
    write_file(data, START + DAY, [revised, withdrawn, old, new], gz=True)
    beside = data / "articles" / "2026" / "05" / "01" / "20260501T000000Z-bbbb.jsonl.tmp"
    beside.write_text("half a line that a takedown is writ")
    run_shell(folder)
    return folder


def expected(folder: Path) -> set[tuple[str, int]]:
    return {(r["article_id"], r["revision"]) for r in map(json.loads, latest_lines(folder / "data"))}


def run(code: str, folder: Path) -> str:
    """Run code in a process of its own, warnings being errors; what it prints."""
    offline = {"HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    environment = {**os.environ, **offline, "SCRAPY_SETTINGS_MODULE": "newscrawler.settings", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_shell(folder: Path) -> None:
    """The page's `scrapy` commands, with this interpreter's."""
    for line in "".join(blocks("sh")).splitlines():
        if line.startswith(".venv/bin/scrapy"):
            words, _, output = line.removeprefix(".venv/bin/scrapy ").partition(" > ")
            printed = run(
                f"import sys; from scrapy.cmdline import execute; execute({['scrapy', *words.split()]})", folder
            )
            if output:
                (folder / output).write_text(printed)


def test_the_page_has_what_is_run_here() -> None:
    assert [len(blocks(language)) for language in ("sql", "python")] == [1, 2]
    assert PAGE.count(".venv/bin/scrapy dataset latest") == 3


def test_duckdb(folder: Path) -> None:
    show = "SELECT DISTINCT article_id, revision, image.credit FROM latest ORDER BY 1"
    code = f"""
import duckdb, json
query = {blocks("sql")[0]!r}
shown = duckdb.sql(query).fetchall()
print(json.dumps([[row[0] for row in shown], duckdb.sql({show!r}).fetchall()]))
"""
    shown, rows = json.loads(run(code, folder))
    assert {(row[0], row[1]) for row in rows} == expected(folder)
    assert [row[2] for row in rows] == [None, None, None, None, "A / B"]
    assert shown == ["600004", "600003", "600001", "600000"]


@pytest.mark.parametrize("number", [0, 1])
def test_python(folder: Path, number: int) -> None:
    code = (
        blocks("python")[number]
        + "\nprint(json.dumps([list(map(str, latest[n])) for n in ('article_id', 'revision')]))"
    )
    ids, revisions = json.loads(run("import json\n" + code, folder).splitlines()[-1])
    assert set(zip(ids, map(int, revisions), strict=True)) == expected(folder)


def test_files_of_latest(folder: Path) -> None:
    code = """
import json
import duckdb, pandas as pd
jsonl = pd.read_json("latest.jsonl", lines=True, dtype=False)
csv = pd.read_csv("since-april.csv", dtype=str)
parquet = pd.read_parquet("latest.parquet")
assert str(parquet["published_at"].dtype) == "datetime64[ms, UTC]", parquet.dtypes
assert list(csv.columns) == list(jsonl.columns) == list(parquet.columns)
assert duckdb.sql("SELECT image.credit FROM 'latest.parquet' WHERE image IS NOT NULL").fetchall() == [("A / B",)]
assert json.loads(csv["paragraphs"][0]) == jsonl["paragraphs"][0] == list(parquet["paragraphs"][0])
print(json.dumps([[[a, int(r)] for a, r in zip(f["article_id"], f["revision"])] for f in (jsonl, csv, parquet)]))
"""
    found: list[list[Any]] = json.loads(run(code, folder))
    for rows in found:
        assert [row[0] for row in rows] == ["600004", "600003", "600002", "600001", "600000"]
        assert {(a, r) for a, r in rows} == expected(folder)


def test_a_folder_of_parquet_with_its_card(folder: Path) -> None:
    """As Hugging Face reads it: files of several days, of which one has no article, and the card's YAML."""
    shared = folder / "shared"
    shared.mkdir()
    days = ("2026-05-01", "2026-05-02", "2010-01-01")
    commands = [["latest", "--since", day, "--until", day, "-o", f"shared/{day}.parquet"] for day in days]
    for command in (*commands, ["card", "-o", "shared/README.md"]):
        run(f"from scrapy.cmdline import execute; execute({['scrapy', 'dataset', *command]})", folder)
    code = """
import datasets, duckdb
from huggingface_hub import DatasetCard
card = DatasetCard.load("shared/README.md").data.to_dict()
assert (card["language"], card["license"], card["size_categories"]) == (["en"], "other", ["n<1K"]), card
train = datasets.load_dataset("shared", split="train")
assert train.features["published_at"] == datasets.Value("timestamp[ms, tz=UTC]"), train.features
assert train.features["authors"] == datasets.List(datasets.Value("string")), train.features
kinds = dict(row[:2] for row in duckdb.sql("DESCRIBE SELECT * FROM 'shared/*.parquet'").fetchall())
assert {kinds[name] for name in kinds if name.endswith("_at")} == {"TIMESTAMP WITH TIME ZONE"}, kinds
print(train.num_rows)
"""
    assert int(run(code, folder)) == len(expected(folder))

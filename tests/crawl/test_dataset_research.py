"""dataset latest with its choices, changes and card, as a researcher runs them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from newscrawler.api import open_dataset
from newscrawler.dataset.export import WRITERS
from newscrawler.items import Article
from newscrawler.utils import format_time
from tests.command_runs import scrapy
from tests.dataset_driver import START
from tests.hand_made import whole_record, write_file

DAY = timedelta(days=1)


def at(day: int) -> str:
    return format_time(START + day * DAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five articles of five days, of which one was changed on the sixth."""
    records = [
        whole_record(number, published_at=at(number), fetched_at=at(number), section="news" if number < 3 else "sport")
        for number in range(5)
    ]
    records[1]["tags"] = ["Deep Sea"]
    write_file(tmp_path / "data", START, records)
    changed = whole_record(2, published_at=at(2), fetched_at=at(6), headline="It, changed", revision=2)
    write_file(tmp_path / "data", START + 6 * DAY, [changed | {"revision_reason": "content"}])
    return tmp_path


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--until", "2026-05-02"), ["600000", "600001"]),
        (("--since", "2026-05-02", "--until", "2026-05-03"), ["600001", "600002"]),
        (("--section", "sport"), ["600003", "600004"]),
        (("--tag", "deep sea"), ["600001"]),
        (("--edition", "ru"), []),
    ],
)
def test_latest_of_what_is_wanted(folder: Path, options: tuple[str, ...], ids: list[str]) -> None:
    done = scrapy(folder, "dataset", "latest", "-o", "-", "--columns", "article_id,headline", *options)
    assert done.code == 0, done.err
    found = lines(done.out)
    assert [record["article_id"] for record in found] == ids
    assert all(list(record) == ["article_id", "headline"] for record in found)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--columns", "id"), "--columns id: no field id; there are: schema_version"),
        (("--section", ","), "--section ,: give at least one name"),
        (("--since", "2026-05-02", "--until", "2026-05-01"), "--since 2026-05-02 is after --until 2026-05-01"),
        (("--until", "soon"), "--until soon: give a day"),
        (("--before", "2026-05-01"), "latest does not take --before"),
    ],
)
def test_latest_refuses(folder: Path, options: tuple[str, ...], says: str) -> None:
    done = scrapy(folder, "dataset", "latest", "-o", "-", *options)
    assert done.code == 2
    assert says in done.err
    assert done.err.count("\n") == 1


def test_xlsx_without_its_extra_is_one_line(folder: Path) -> None:
    if find_spec("openpyxl"):
        pytest.skip("openpyxl is here")
    done = scrapy(folder, "dataset", "latest", "-o", "x.xlsx")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "pip install 'newscrawler[xlsx]'" in done.err


def test_xlsx_has_dates_and_no_formulas(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    record = whole_record(1, headline="=1+1", lead="bell \x07")
    with (tmp_path / "x.xlsx").open("wb") as file:
        assert WRITERS["xlsx"](["headline", "lead", "published_at", "tags"])([record], file) == 1
    rows = list(openpyxl.load_workbook(tmp_path / "x.xlsx").active.iter_rows())
    assert [cell.data_type for cell in rows[1][:2]] == ["s", "s"]
    moment = datetime.fromisoformat(record["published_at"]).astimezone(UTC).replace(tzinfo=None)
    assert [cell.value for cell in rows[1]] == ["=1+1", "bell �", moment, "[]"]


def test_changes_are_one_table(folder: Path) -> None:
    assert scrapy(folder, "dataset", "changes", "-o", "changes.csv").code == 0
    rows = list(csv.DictReader((folder / "changes.csv").read_text("utf-8").splitlines()))
    assert [(row["article_id"], row["part"], row["before"], row["after"]) for row in rows] == [
        ("600002", "headline", "Story 2", "It, changed")
    ]
    assert (rows[0]["fetched_before"], rows[0]["fetched_at"], rows[0]["reason"]) == (at(2), at(6), "content")
    for options in (("--until", "2026-05-06"), ("--since", "2026-05-08")):
        assert scrapy(folder, "dataset", "changes", "-o", "-", *options).out == ""
    done = scrapy(folder, "dataset", "changes", "-o", "changes.parquet")
    assert (done.code, "changes are written as csv or jsonl" in done.err) == (2, True)


def test_card(folder: Path) -> None:
    done = scrapy(folder, "dataset", "card", "-o", "README.md")
    assert done.code == 0, done.err
    _, head, text = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    assert 'configs:\n- config_name: default\n  data_files: "*.parquet"\n' in head
    assert 'language:\n- "en"\n' in head
    assert "5 articles in 6 lines" in text
    assert "Published from 2026-05-01 to 2026-05-05" in text
    assert "None in 5 articles." in text
    assert "Unknown: there is no ledger" in text
    assert all(f"| `{name}` |" in text for name in Article.__dataclass_fields__)


def test_a_folder_of_parquet_and_card_keeps_its_types(folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for section in ("news", "sport", "none-such"):
        assert scrapy(folder, "dataset", "latest", "-o", f"{section}.parquet", "--section", section).code == 0
    schemas = [parquet.read_schema(path) for path in sorted(folder.glob("*.parquet"))]
    assert len(schemas) == 3
    assert all(schema.equals(schemas[0]) for schema in schemas)
    assert str(schemas[0].field("published_at").type) == "timestamp[ms, tz=UTC]"


def test_from_python(folder: Path) -> None:
    dataset = open_dataset(folder / "data")
    found = dataset.latest(since=date(2026, 5, 2), until=date(2026, 5, 4), section="news")
    assert [record["article_id"] for record in found] == ["600001", "600002"]
    assert [record["article_id"] for record in dataset.latest(tag="deep sea")] == ["600001"]
    assert [row["part"] for row in dataset.changes()] == ["headline"]


def test_help_has_a_group_for_each_action_and_a_line_for_each_argument(tmp_path: Path) -> None:
    out = scrapy(tmp_path, "dataset", "--help").out
    for action in ("latest", "changes", "card", "doubts", "verify", "compress", "backup", "publish"):
        assert f"\n{action.title()}\n{'=' * len(action)}\n" in out
    out = scrapy(tmp_path, "crawl", "--help").out
    assert "  -a max_pages=… pages of the listing to read at most" in out

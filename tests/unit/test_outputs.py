"""What an output's name and the file of that name say before a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from newscrawler.exceptions import ArgumentError, OutputError
from newscrawler.feedexport import _end_last_line, check_outputs
from newscrawler.items import FIELD_NAMES

HEADER = ",".join(FIELD_NAMES)


def outputs(path: Path, form: str, **options: Any) -> Settings:
    settings = Settings()
    settings.setmodule("newscrawler.settings")
    settings.set("FEEDS", {str(path): {"format": form, **options}}, priority="cmdline")
    return settings


@pytest.mark.parametrize(("form", "there"), [("json", "[\n]"), ("xml", "<items></items>")])
def test_a_form_that_has_an_end_is_not_added_to(tmp_path: Path, form: str, there: str) -> None:
    path = tmp_path / f"out.{form}"
    check_outputs(outputs(path, form))
    path.write_text("")
    check_outputs(outputs(path, form))
    path.write_text(there)
    with pytest.raises(ArgumentError, match=rf"out\.{form}: {form} can't be added to; replace it with -O"):
        check_outputs(outputs(path, form))
    check_outputs(outputs(path, form, overwrite=True))
    assert path.read_text() == there


def test_a_table_of_other_columns_is_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text(f"{HEADER}\n1\n")
    check_outputs(outputs(path, "csv"))
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ArgumentError, match="its columns are not those of the records"):
        check_outputs(outputs(path, "csv"))
    check_outputs(outputs(path, "csv", fields=["a", "b"]))


def test_the_result_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    check_outputs(outputs(path, "jsonl"), str(tmp_path / "result.json"))
    with pytest.raises(ArgumentError, match=r"--result .*: the same file as"):
        check_outputs(outputs(path, "jsonl"), str(path))
    with pytest.raises(OutputError, match="/dev/null is no regular file"):
        check_outputs(outputs(path, "jsonl"), "/dev/null")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("there", "then"), [(b"", b""), (b"one\n", b"one\n"), (b"one\ntwo", b"one\ntwo\n")])
def test_a_record_is_not_added_to_half_a_line(tmp_path: Path, there: bytes, then: bytes) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(there)
    _end_last_line(path)
    assert path.read_bytes() == then

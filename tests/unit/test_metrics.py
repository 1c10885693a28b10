"""The file for Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from newscrawler.ledger import LEDGER_NAME, Ledger, new_run_id
from newscrawler.monitoring.metrics import DatasetFigures, gauges_of_dataset, gauges_of_run, write
from newscrawler.monitoring.stats import RunFigures

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def read(path: Path) -> dict[tuple[str, str], float]:
    """Values by name and label."""
    samples = [one for family in text_string_to_metric_families(path.read_text("utf-8")) for one in family.samples]
    of_run = {(one.labels["spider"], one.labels["edition"], one.labels["schedule"]) for one in samples}
    assert of_run == {("rt_world_ru", "ru", path.stem)}
    return {
        (
            one.name.removeprefix("newscrawler_"),
            "".join(v for k, v in one.labels.items() if k not in ("spider", "edition", "schedule")),
        ): one.value
        for one in samples
    }


def test_a_run_and_the_dataset(tmp_path: Path) -> None:
    figures = RunFigures(seconds=4.5, records=10, op_eds=2, lines=3, outcomes={"new": 3, "gone": 1})
    figures = replace(figures, fields={"lead": 9, "op_ed_authors": 1})
    path = tmp_path / "made" / "newscrawler.prom"
    gauges = [*gauges_of_run(figures, 3, NOW), *gauges_of_dataset(DatasetFigures(70, 5, NOW))]
    write(path, gauges, spider="rt_world_ru", edition="ru")
    found = read(path)
    assert found["last_run_timestamp_seconds", ""] == found["last_good_run_timestamp_seconds", ""] == NOW.timestamp()
    assert found["run_exit_code", ""] == 3
    assert found["run_duration_seconds", ""] == 4.5
    assert (found["run_outcomes", "new"], found["run_outcomes", "gone"]) == (3, 1)
    # Of op-eds, not of all records.
    assert (found["run_field_coverage_ratio", "lead"], found["run_field_coverage_ratio", "op_ed_authors"]) == (0.9, 0.5)
    assert (found["articles", ""], found["due_addresses", ""]) == (70, 5)
    assert [one.name for one in path.parent.iterdir()] == ["newscrawler.prom"]


def test_without_a_good_run_there_is_no_time_of_it() -> None:
    assert "last_good_run_timestamp_seconds" not in [one.name for one in gauges_of_dataset(DatasetFigures(0, 0, None))]


def test_a_run_without_records_has_no_shares(tmp_path: Path) -> None:
    write(tmp_path / "x.prom", gauges_of_run(RunFigures(), 0, NOW), spider="rt_world_ru", edition="ru")
    assert not any(name == "run_field_coverage_ratio" for name, _ in read(tmp_path / "x.prom"))


def test_two_schedules_of_one_spider_are_told_apart(tmp_path: Path) -> None:
    """node_exporter refuses all files when two have the same series."""
    files = [tmp_path / "hourly.prom", tmp_path / "russia.prom"]
    found = []
    for path in files:
        write(path, gauges_of_run(RunFigures(), 0, NOW), spider="rt_world_ru", edition="ru")
        found += [line for line in path.read_text("utf-8").splitlines() if line.startswith("newscrawler_run_exit_code")]
    assert len(found) == len({line.rpartition(" ")[0] for line in found}) == 2


def test_the_last_good_run_is_one_of_the_same_command(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / LEDGER_NAME) as ledger:
        for command, code in (("rt_world", 0), ("rt_world section=russia", 3)):
            run = ledger.runs.begin(new_run_id(NOW), NOW, extractor_version="1", command=command)
            ledger.runs.end(run, NOW, outcomes={}, finish_reason="finished", exit_code=code)
        assert ledger.runs.last_good("rt_world") is not None
        assert ledger.runs.last_good("rt_world section=russia") is None

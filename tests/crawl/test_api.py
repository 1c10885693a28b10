"""newscrawler.api, as a script or notebook uses it, with the examples of docs/use/python.md."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newscrawler.api import Result, crawl, extract, open_dataset
from newscrawler.exceptions import ArgumentError, DatasetError, PageError
from tests.command_runs import make_dataset, scrapy_s_own
from tests.harness import FAST, ROOT, environment
from tests.replica import Server


@pytest.fixture
def settings(replica: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings of a crawl of the replica, in an empty folder."""
    server = replica(articles=20)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "page.html").write_bytes(server.answers.answer(next(iter(server.site.stories)).path).body)
    return {**FAST, "NEWSCRAWLER_MIRRORS": {"www.rt.com": server.url}, "LOG_LEVEL": "WARNING"}


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs/use/python.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.slow
def test_the_first_example_runs_under_an_event_loop(
    settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = examples()[0].replace("contact=", "settings=SETTINGS, contact=")

    async def notebook() -> None:
        exec(compile(text, "docs/use/python.md", "exec"), {"SETTINGS": settings})

    asyncio.run(notebook())
    said = capsys.readouterr()
    assert said.out.startswith("True 0 ")
    assert "verdict  good" in said.err
    assert len(Path("articles.jsonl").read_text("utf-8").splitlines()) == 5
    assert list(open_dataset("data"))


BESIDE = """
import asyncio, json, os
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from newscrawler.api import crawl

class Other(Spider):
    name = "other"

    async def start(self):
        result = await asyncio.to_thread(crawl, "rt_world", output="a.jsonl", max_articles=2, settings=SETTINGS)
        print(result.good, result.figures["outcomes"]["new"])
        return
        yield

SETTINGS = json.loads(os.environ["SETTINGS"])
process = AsyncCrawlerProcess({"LOG_ENABLED": False})
process.crawl(Other)
process.start()
"""


@pytest.mark.slow
def test_a_crawl_beside_an_async_crawler_process(settings: dict[str, Any], tmp_path: Path) -> None:
    env = {**environment(), "SETTINGS": json.dumps(settings)}
    done = subprocess.run(
        [sys.executable, "-c", BESIDE], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "True 2\n", done.stderr


def test_schedulers_tasks_fail_with_a_run_that_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples in their plainest form: the frameworks' decorators only call the function."""
    bad = Result("rt_world", 3, "bad", "half of it failed", {}, ())
    monkeypatch.setattr("newscrawler.api.crawl", lambda *args, **options: bad)
    plain = types.ModuleType("airflow.sdk")
    plain.task = plain.asset = lambda function: function  # type: ignore[attr-defined]
    plain.dag = lambda **options: lambda function: function  # type: ignore[attr-defined]
    for name in ("airflow", "airflow.sdk", "dagster"):
        monkeypatch.setitem(sys.modules, name, plain)
    airflow, dagster = examples()[1:]
    with pytest.raises(RuntimeError, match="exit code 3: half of it failed"):
        exec(airflow, {})
    names: dict[str, Any] = {}
    exec(dagster, names)
    with pytest.raises(RuntimeError, match="exit code 3: half of it failed"):
        names["world_news"]()


def test_wrong_arguments_are_raised_with_the_command_s_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with pytest.raises(ArgumentError, match=r"^unknown argument -a mood=…; there are: section"):
        crawl(mood=1)
    with pytest.raises(DatasetError, match="no dataset; name the data folder of a crawl"):
        open_dataset(tmp_path / "nothing")


def test_what_a_dataset_is_asked_for(tmp_path: Path) -> None:
    """As of a crawl: days as text, lists of names; what there is not is said, and never an empty answer."""
    dataset = open_dataset(make_dataset(tmp_path))
    whole = [record["article_id"] for record in dataset.latest()]
    assert whole
    records = list(dataset)
    days = sorted(record["published_at"][:10] for record in records)
    sections = sorted({record["section"] for record in records})
    asked = dataset.latest(since=days[0], until=days[-1], edition="en", section=[*sections, "sport"])
    assert [record["article_id"] for record in asked] == whole
    assert list(dataset.latest(tag=["no such tag"])) == []
    for wrong, why in (
        ({"edition": "xx"}, "^edition=xx: there is no such edition; there are: en, ar"),
        ({"since": "yesterday"}, "^since=yesterday: give a day such as 2019-12-01"),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "^since=2026-05-02 is after until=2026-05-01"),
    ):
        with pytest.raises(ArgumentError, match=why):
            dataset.latest(**wrong)


def test_a_page_is_read_from_path_bytes_and_text(settings: dict[str, Any]) -> None:
    body = Path("page.html").read_bytes()
    found = [extract("page.html"), extract(Path("page.html")), extract(body), extract(body.decode())]
    assert len({article.content_hash for article in found}) == 1
    assert found[0].fetched_at is None
    with pytest.raises(PageError):
        extract("<p>no article</p>")


@pytest.mark.slow
def test_scrapy_s_own_commands_leave_the_data_folder_alone(replica: Callable[..., Server], tmp_path: Path) -> None:
    """The others of them are in tests/slow/test_scrapy_commands.py."""
    done = scrapy_s_own(replica(articles=30), tmp_path, "parse", "https://www.rt.com/news/")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<GET https://www.rt.com/news/") > 5
    assert not list(tmp_path.iterdir())
